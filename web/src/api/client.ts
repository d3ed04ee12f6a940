import createClient, { type Client, type Middleware } from "openapi-fetch";
import { read } from "../domain/json";
import { BASE } from "../state/base";
import { isReachable } from "../state/connection";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Span = Schemas["ReadSpan"];
/** A page of spans that hold only some fields, as `fields=` asks for them. */
export type PageOf<Row> = Omit<Schemas["SpanPage"], "results"> & { results: Row[] };
export type Api = Client<paths>;

/** The header, and for downloads and event streams the parameter, that say which environment is meant. */
export const ENVIRONMENT_HEADER = "Midspan-Environment";
export const ENVIRONMENT_PARAMETER = "midspan_environment";

/** A request that was refused or did not get through: `status` is 0 where no answer came. */
export class Fault extends Error {
  override name = "Fault";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** What is wrong with single fields, by their names. */
    readonly errors: Record<string, string[]> = {},
    /** Seconds after which another try makes sense. */
    readonly retryAfter: number | null = null,
    /** Of a filter that cannot be read: the character in its text, from 1, and what was probably meant. */
    readonly position: number | null = null,
    readonly suggestion: string | null = null,
  ) {
    super(message);
  }

  /** Whether the same request may go through later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

/** What a refusal says, as a fault. Answers of proxies have no body of ours. */
export async function faultOf(response: Response): Promise<Fault> {
  const wait = Number(response.headers.get("Retry-After")) || null;
  try {
    const body = (await response.clone().json()) as Schemas["ErrorBody"] & { position?: number; suggestion?: unknown };
    const errors = body.errors && !Array.isArray(body.errors) ? (body.errors as Record<string, string[]>) : {};
    const suggestion = typeof body.suggestion === "string" ? body.suggestion : null;
    return new Fault(
      response.status,
      body.code ?? "unknown",
      body.detail,
      errors,
      wait,
      body.position ?? null,
      suggestion,
    );
  } catch {
    const text = `The server answered ${response.status} ${response.statusText}`.trim();
    return new Fault(response.status, "unknown", `${text}, and nothing more.`, {}, wait);
  }
}

const faults: Middleware = {
  async onResponse({ response }) {
    isReachable.set(true);
    if (!response.ok) throw await faultOf(response);
    return undefined;
  },
  onError({ error }) {
    if (error instanceof Fault || (error instanceof DOMException && error.name === "AbortError")) return error as Error;
    isReachable.set(false);
    return new Fault(0, "unreachable", "Midspan cannot be reached. It may be restarting, or the network is down.");
  },
};

const clients = new Map<string, Api>();

/** The API as seen from one environment; "" is the one that the server takes by itself. */
export function apiOf(environment: string): Api {
  const known = clients.get(environment);
  if (known) return known;
  const client = createClient<paths>({
    baseUrl: BASE || "/",
    headers: environment ? { [ENVIRONMENT_HEADER]: environment } : {},
  });
  client.use(faults);
  clients.set(environment, client);
  return client;
}

/** The address of a download or an event stream, which can carry no header. */
export function addressOf(path: string, environment: string, parameters: Record<string, string>): string {
  const params = new URLSearchParams(parameters);
  if (environment) params.set(ENVIRONMENT_PARAMETER, environment);
  return `${BASE}${path}?${params}`;
}

/** The data of an answer that was asked for as text, its whole numbers exactly as they came. */
export async function exactData<T>(answer: Promise<{ data?: unknown }>): Promise<T> {
  return read((await data(answer)) as string) as T;
}

/** The data of an answer. Refusals were thrown before. */
export async function data<T>(answer: Promise<{ data?: T }>): Promise<T> {
  const { data } = await answer;
  if (data === undefined) throw new Fault(0, "empty", "The server sent an answer without content.");
  return data;
}
