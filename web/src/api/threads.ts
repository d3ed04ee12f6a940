import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { clause } from "../domain/clause";
import type { Window } from "../domain/range";
import { data, type PageOf, type Schemas, type Span } from "./client";
import { bounds, keptWithin, LISTED, type Scope } from "./queries";

export type Thread = Schemas["ReadThread"];

const PAGE_SIZE = 50;
const SPANS_A_PAGE = 60;
/** A thread is shown whole, whatever range the page has. */
const EVER = "1970-01-01T00:00:00Z";

export interface ThreadListQuestion {
  window: Window;
  query: string;
  sort: string;
}

/** Threads page by page: those whose last span ended in the window. */
export function threadPages({ api, environment }: Scope, { window, query, sort }: ThreadListQuestion) {
  return infiniteQueryOptions({
    queryKey: [environment, "threads", window.start, window.end, query, sort],
    initialPageParam: 1,
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET("/api/log_threads/", {
          params: {
            query: {
              ...bounds(window),
              page: pageParam,
              page_size: PAGE_SIZE,
              count: false, // those last spoken are found without looking at the others
              sort_by: sort as "-timestamp",
              ...(query ? { query } : {}),
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (page, _, at) => (page.next ? at + 1 : null),
    placeholderData: keptWithin(environment),
  });
}

/** How many threads there are. */
export function threadCount({ api, environment }: Scope, { window, query }: Omit<ThreadListQuestion, "sort">) {
  return queryOptions({
    queryKey: [environment, "threads", "count", window.start, window.end, query],
    queryFn: async ({ signal }) => {
      const asked = { ...bounds(window), page_size: 1, ...(query ? { query } : {}) };
      return (await data(api.GET("/api/log_threads/", { params: { query: asked }, signal }))).count;
    },
    placeholderData: keptWithin(environment),
  });
}

/** What the spans of a thread come to; null where there is none of this id. */
export function threadOf({ api, environment }: Scope, id: string) {
  return queryOptions({
    queryKey: [environment, "thread", id],
    queryFn: async ({ signal }) => {
      const page = await data(
        api.GET("/api/log_threads/", {
          params: { query: { start_time: EVER, page_size: 1, count: false, query: clause("thread", id) } },
          signal,
        }),
      );
      return page.results[0] ?? null;
    },
  });
}

/** The filter that finds a thread's spans: those that name it, and those of its traces that name none. */
export function threadQuery(id: string): string {
  return `${clause("thread", id)} OR (missing:thread ${clause("trace.thread", id)})`;
}

const FIELDS = [
  ...LISTED,
  "start_time",
  "span_parent_id",
  "input",
  "output",
  "reasoning",
  "tool_calls",
  "completion_messages",
] as const satisfies readonly (keyof Span)[];

/** A span of a thread, with what was said in it. */
export type ThreadSpan = Pick<Span, (typeof FIELDS)[number]>;

/** The spans of a thread, the oldest first, with what went in and came out. */
export function threadSpans({ api, environment }: Scope, id: string) {
  return infiniteQueryOptions({
    queryKey: [environment, "thread spans", id],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }): Promise<PageOf<ThreadSpan>> =>
      data(
        api.GET("/api/request-logs/list/", {
          params: {
            query: {
              start_time: EVER,
              page_size: SPANS_A_PAGE,
              sort_by: "timestamp",
              fields: FIELDS.join(","),
              query: threadQuery(id),
              ...(pageParam ? { cursor: pageParam } : {}),
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next_cursor,
  });
}
