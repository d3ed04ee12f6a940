import { infiniteQueryOptions, QueryCache, QueryClient, queryOptions } from "@tanstack/react-query";
import type { Window } from "../domain/range";
import { type Api, data, Fault, type PageOf, type Schemas, type Span } from "./client";
import { session } from "./session";

/** Questions to the API, as TanStack Query asks them. Each key begins with the environment. */

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError(error) {
      // The session has ended: the gate looks again, and shows the way in.
      if (error instanceof Fault && error.status === 401) void queryClient.invalidateQueries(session);
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 60_000, // a window's end stands still, and spans do not change
      refetchOnWindowFocus: false,
      networkMode: "always", // the server may well be on this machine
      retry: (failures, error) => error instanceof Fault && error.isPassing && failures < 2,
      retryDelay: (failures, error) =>
        error instanceof Fault && error.retryAfter ? Math.min(error.retryAfter, 30) * 1000 : 500 * 2 ** failures,
    },
  },
});

export interface Scope {
  api: Api;
  environment: string;
}

/** What was shown stays until the answer comes, but never from one environment in another. */
export function keptWithin(environment: string) {
  return <T>(before: T | undefined, asked: { queryKey: readonly unknown[] } | undefined): T | undefined =>
    asked?.queryKey[0] === environment ? before : undefined;
}

/** The window as the API takes it. */
export function bounds(window: Window): { start_time: string; end_time?: string } {
  return { start_time: window.start, ...(window.end ? { end_time: window.end } : {}) };
}

/** What tables show of spans, and the head of a span's panel until the whole is there. */
export const LISTED = [
  "id",
  "timestamp",
  "latency",
  "time_to_first_token",
  "span_name",
  "log_type",
  "model",
  "provider_id",
  "trace_unique_id",
  "status",
  "status_code",
  "error_code",
  "error_message",
  "warnings",
  "input_preview",
  "output_preview",
  "prompt_tokens",
  "completion_tokens",
  "total_request_tokens",
  "cost",
  "customer_identifier",
  "customer_name",
  "thread_identifier",
  "prompt_id",
  "prompt_name",
  "positive_feedback",
  "is_pinned",
] as const satisfies readonly (keyof Span)[];

/** A span as a table has it. The server reads only these fields: others cost time on every row. */
export type ListedSpan = Pick<Span, (typeof LISTED)[number]> & Partial<Pick<Span, "metadata">>;

export interface SpanListQuestion {
  window: Window;
  query: string;
  sort: string;
  /** Metadata is shown too. */
  hasMetadata?: boolean;
}

/** As many as a screen shows and one is likely to look at; who scrolls on gets more at a time. */
const FIRST_SIZE = 100;
const NEXT_SIZE = 200;

/** Spans page by page, as `GET /api/request-logs/list/` answers with cursors. */
export function spanPages({ api, environment }: Scope, question: SpanListQuestion) {
  const { window, query, sort, hasMetadata = false } = question;
  const fields = hasMetadata ? [...LISTED, "metadata"] : LISTED;
  return infiniteQueryOptions({
    queryKey: [environment, "spans", window.start, window.end, query, sort, hasMetadata],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }): Promise<PageOf<ListedSpan>> =>
      data(
        api.GET("/api/request-logs/list/", {
          params: {
            query: {
              ...bounds(window),
              page_size: pageParam === null ? FIRST_SIZE : NEXT_SIZE,
              sort_by: sort,
              fields: fields.join(","),
              count: false, // the newest are found without looking at the others
              ...(query ? { query } : {}),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keptWithin(environment),
  });
}

/** How many spans a filter matches. */
export function spanCount(scope: Scope, window: Window, query: string) {
  return metrics(scope, window, { measures: ["count"], interval: "none", ...(query ? { query } : {}) });
}

export type MetricsBody = Partial<Schemas["MetricsBody"]> & { measures: string[] };

/** Measures over time and groups, as `POST /api/metrics/query/` answers. */
export function metrics({ api, environment }: Scope, window: Window, body: MetricsBody) {
  return queryOptions({
    queryKey: [environment, "metrics", window.start, window.end, body],
    queryFn: ({ signal }) =>
      data(
        api.POST("/api/metrics/query/", {
          body: { ...body, ...bounds(window) } as Schemas["MetricsBody"],
          signal,
        }),
      ),
    placeholderData: keptWithin(environment),
  });
}

/** Whether there is any span at all, whenever it was. */
export function anySpan({ api, environment }: Scope) {
  return queryOptions({
    queryKey: [environment, "any span"],
    queryFn: async ({ signal }) => {
      const query = { start_time: "1970-01-01T00:00:00Z", page_size: 1, fields: "id", count: false };
      return (await data(api.GET("/api/request-logs/list/", { params: { query }, signal }))).results.length > 0;
    },
    staleTime: 0,
  });
}
