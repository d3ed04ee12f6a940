import { queryOptions } from "@tanstack/react-query";
import { apiOf, data, type Schemas } from "./client";
import type { Scope } from "./queries";

/** What belongs to the organization as a whole, and not to one environment. */

export type Key = Schemas["ReadKey"];
export type CreatedKey = Schemas["CreatedKey"];
export type Right = Key["rights"][number];
export type Member = Schemas["ReadMember"];
export type Invitation = Schemas["ReadInvitation"];
export type NewInvitation = Schemas["NewInvitation"];
export type Price = Schemas["ReadPrice"];
export type Storage = Schemas["Storage"];

const api = apiOf("");
const of = (id: string) => ({ params: { path: { id } } });

export const keys = queryOptions({
  queryKey: ["organization", "keys"],
  queryFn: async ({ signal }) => (await data(api.GET("/api/keys/", { signal }))).results,
});

export function createKey(body: Schemas["NewKey"]): Promise<CreatedKey> {
  return data(api.POST("/api/keys/", { body }));
}

export function changeKey(id: string, body: Schemas["KeyBody"]): Promise<Key> {
  return data(api.PATCH("/api/keys/{id}/", { ...of(id), body }));
}

export async function revokeKey(id: string): Promise<void> {
  await api.DELETE("/api/keys/{id}/", of(id));
}

export const environments = queryOptions({
  queryKey: ["organization", "environments"],
  queryFn: async ({ signal }) => (await data(api.GET("/api/environments/", { signal }))).results,
});

export async function createEnvironment(name: string): Promise<void> {
  await api.POST("/api/environments/", { body: { name } });
}

export const members = queryOptions({
  queryKey: ["organization", "members"],
  queryFn: async ({ signal }) => (await data(api.GET("/api/members/", { signal }))).results,
});

export function changeMember(id: string, body: Schemas["MemberBody"]): Promise<Member> {
  return data(api.PATCH("/api/members/{id}/", { ...of(id), body }));
}

export async function removeMember(id: string): Promise<void> {
  await api.DELETE("/api/members/{id}/", of(id));
}

/** A link by which the member sets a new password. */
export function resetMember(id: string): Promise<NewInvitation> {
  return data(api.POST("/api/members/{id}/reset/", of(id)));
}

export const invitations = queryOptions({
  queryKey: ["organization", "invitations"],
  queryFn: async ({ signal }) => (await data(api.GET("/api/invitations/", { signal }))).results,
});

export function invite(body: Schemas["InvitationBody"]): Promise<NewInvitation> {
  return data(api.POST("/api/invitations/", { body }));
}

export async function revokeInvitation(id: string): Promise<void> {
  await api.DELETE("/api/invitations/{id}/", of(id));
}

export const prices = queryOptions({
  queryKey: ["organization", "prices"],
  queryFn: async ({ signal }) => (await data(api.GET("/api/prices/", { signal }))).results,
});

export async function setPrice(body: Schemas["PriceBody"]): Promise<void> {
  await api.POST("/api/prices/", { body });
}

export async function removePrice(id: string): Promise<void> {
  await api.DELETE("/api/prices/{id}/", of(id));
}

export type Repricing = Schemas["RepriceState"];

const REPRICING_MS = 1000;

/** The last re-pricing of the environment; asked again every second while one runs. */
export function repricing({ api, environment }: Scope) {
  return queryOptions({
    queryKey: [environment, "repricing"],
    queryFn: ({ signal }) => data(api.GET("/api/prices/reprice/", { signal })),
    staleTime: 0,
    refetchInterval: (query) => (query.state.data?.state === "running" ? REPRICING_MS : false),
  });
}

/** Begin one, or say what one would do. Throws a `Fault` of 409 while one runs. */
export function reprice({ api }: Scope, body: Partial<Schemas["RepriceBody"]>): Promise<Repricing> {
  return data(api.POST("/api/prices/reprice/", { body: body as Schemas["RepriceBody"] }));
}

const STORAGE_MS = 10_000;

/** How storing goes, asked again every ten seconds while somebody looks. */
export const storage = queryOptions({
  queryKey: ["organization", "storage"],
  queryFn: ({ signal }) => data(api.GET("/api/storage/", { signal })),
  refetchInterval: STORAGE_MS,
  staleTime: 0,
});
