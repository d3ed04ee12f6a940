import { type QueryClient, queryOptions, useQuery } from "@tanstack/react-query";
import { useAddress } from "../state/address";
import { type Api, apiOf, data, type Schemas } from "./client";

/** Who looks at the page, what they may do, and what the server is. */
export type Session = Schemas["ReadSession"];
export type Role = Schemas["SessionMember"]["role"];

const api = apiOf("");

export const session = queryOptions({
  queryKey: ["session"],
  queryFn: ({ signal }) => data(api.GET("/api/session/", { signal })),
  staleTime: 5 * 60_000,
});

/** Throws a `Fault` of 401 when the password is not right, of 429 after too many tries. */
export function signIn(email: string, password: string): Promise<Session> {
  return data(api.POST("/api/session/", { body: { email, password } }));
}

export async function signOut(): Promise<void> {
  await api.DELETE("/api/session/");
}

/** Ends every session of the member who is signed in, this one too. */
export async function signOutEverywhere(): Promise<void> {
  await api.DELETE("/api/sessions/");
}

/** Throws a `Fault` of 422 with what is wrong at `current_password` or `password`. The other sessions end. */
export async function changePassword(present: string, password: string): Promise<void> {
  await api.POST("/api/session/password/", { body: { current_password: present, password } });
}

/** The page is somebody else's now: nothing of the one before is left. */
export function startSession(queries: QueryClient, made: Session): void {
  queries.removeQueries({ predicate: (query) => query.queryKey[0] !== session.queryKey[0] });
  queries.setQueryData(session.queryKey, made);
}

export type Link = Schemas["ReadLink"];

/** Whom a one-time link is for. Throws a `Fault` of 404 when it opens nothing any more. */
export function lookAtLink(token: string): Promise<Link> {
  return data(api.POST("/api/welcome/link/", { body: { token } }));
}

/** Use a link up. Faults of 422 name `email`, `name` or `password`. */
export function followLink(body: Schemas["WelcomeBody"]): Promise<Session> {
  return data(api.POST("/api/welcome/", { body }));
}

/** Who is signed in. Only below `SessionGate`, which waits for it. */
export function useSession(): Session {
  const { data } = useQuery(session);
  if (!data) throw new Error("useSession outside of SessionGate");
  return data;
}

/** The environment that the address names, or the first there is; and the API as seen from it. */
export function useApi(): { environment: string; api: Api } {
  const [params] = useAddress();
  return scopeOf(useSession(), params);
}

/** The same, where nothing is drawn yet. */
export function scopeOf({ environments }: Session, params: URLSearchParams): { environment: string; api: Api } {
  const environment = params.get("env") ?? environments[0] ?? "";
  return { environment, api: apiOf(environment) };
}
