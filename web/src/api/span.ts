import { type InfiniteData, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { toast } from "../state/toasts";
import { data, exactData, type Schemas, type Span } from "./client";
import type { Scope } from "./queries";
import { useApi } from "./session";

/** Questions about one span, and what people may change of it. */

/** What is made of other fields or comes when it is asked for; a payload of megabytes stands in each of them. */
const LATER = [
  "prompt_messages",
  "messages",
  "completion_message",
  "keywordsai_params",
  "full_request",
  "full_response",
  "embedding",
];
const RAW = ["full_request", "full_response", "embedding"];
const ALL_BUT_RAW = ["input", "output", "tools", "reasoning", "variables", "usage", "respan_params", "customer_params"];

/** The span with its input and output, without the fields of `LATER`. */
export function spanOf({ api, environment }: Scope, id: string) {
  return queryOptions({
    queryKey: [environment, "span", id],
    queryFn: ({ signal }) =>
      exactData<Span>(
        api.GET("/api/request-logs/{id}/", {
          params: { path: { id }, query: { exclude_fields: LATER.join(",") } },
          parseAs: "text",
          signal,
        }),
      ),
  });
}

/** Whoever walks a list from span to span finds the next one there: it is asked for when the one that is open has come.
 * `before` and `after` are its neighbours in the list; at first the way leads down.
 */
export function useNextSpan(opened: string | null, before: string | undefined, after: string | undefined): void {
  const { api, environment } = useApi();
  const queries = useQueryClient();
  const isUp = useRef(false);
  const seen = useRef({ opened, before });
  useEffect(() => {
    if (seen.current.opened !== opened) isUp.current = opened !== null && opened === seen.current.before;
    seen.current = { opened, before };
    const next = isUp.current ? before : after;
    if (opened === null || !next) return;
    const scope = { api, environment };
    let isLeft = false;
    const ahead = () => {
      if (!isLeft) void queries.prefetchQuery(spanOf(scope, next));
    };
    void queries.fetchQuery(spanOf(scope, opened)).then(ahead, () => {});
    return () => {
      isLeft = true;
    };
  }, [queries, api, environment, opened, before, after]);
}

/** The raw request and response, and the vector of an embedding. */
export function rawOf({ api, environment }: Scope, id: string) {
  const excluded = [...LATER, ...ALL_BUT_RAW].filter((name) => !RAW.includes(name));
  return queryOptions({
    queryKey: [environment, "span", id, "raw"],
    queryFn: async ({ signal }) => {
      const { full_request, full_response, embedding } = await exactData<Span>(
        api.GET("/api/request-logs/{id}/", {
          params: { path: { id }, query: { exclude_fields: excluded.join(",") } },
          parseAs: "text",
          signal,
        }),
      );
      return { full_request, full_response, embedding };
    },
  });
}

/** All that the API says of a span. */
export function wholeSpan({ api }: Scope, id: string): Promise<Span> {
  return exactData(api.GET("/api/request-logs/{id}/", { params: { path: { id } }, parseAs: "text" }));
}

const CALLS = ["chat", "completion", "response", "text"];
const DAYS_BACK = 30;

/** So many calls are looked back at: agents that talk side by side have histories of their own. */
const LOOK_BACK = 6;

/** The calls before this one, the last first: of its thread, or of its trace where it has no thread. */
export function callsBefore({ api, environment }: Scope, span: Span) {
  const within = span.thread_identifier
    ? { thread_identifier: { operator: "eq", value: [span.thread_identifier] } }
    : { trace_unique_id: { operator: "eq", value: [span.trace_unique_id] } };
  return queryOptions({
    queryKey: [environment, "calls before", span.id],
    queryFn: async ({ signal }) => {
      const page = await data(
        api.POST("/api/request-logs/list/", {
          params: {
            query: {
              start_time: new Date(Date.parse(span.timestamp) - DAYS_BACK * 86_400_000).toISOString(),
              end_time: span.timestamp,
              sort_by: "-timestamp",
              page_size: LOOK_BACK + 1,
              include_fields: "input,output",
            },
          },
          body: {
            filters: { ...within, log_type: { operator: "in", value: CALLS } } as unknown as Record<string, never>,
            operator: null,
            query: null,
          },
          signal,
        }),
      );
      return page.results.filter((one) => one.id !== span.id).slice(0, LOOK_BACK);
    },
  });
}

export type SpanChange = Partial<Pick<Span, "note" | "is_pinned" | "positive_feedback">>;

/** Changes what people add to a span: at once on the page, and taken back where the server refuses. */
export function useChangeSpan(id: string) {
  const { api, environment } = useApi();
  const queries = useQueryClient();
  const key = [environment, "span", id];

  function show(change: SpanChange) {
    queries.setQueryData<Span>(key, (span) => span && { ...span, ...change });
    queries.setQueriesData<InfiniteData<Schemas["SpanPage"]>>({ queryKey: [environment, "spans"] }, (list) => {
      if (!list?.pages?.some((page) => page.results?.some((one) => one.id === id))) return list;
      const pages = list.pages.map((page) => ({
        ...page,
        results: page.results.map((one) => (one.id === id ? { ...one, ...change } : one)),
      }));
      return { ...list, pages };
    });
  }

  return useMutation({
    mutationFn: (change: SpanChange) =>
      data(api.PATCH("/api/request-logs/{id}/", { params: { path: { id } }, body: change as Schemas["ChangeBody"] })),
    onMutate(change) {
      const before = queries.getQueryData<Span>(key);
      show(change);
      return before;
    },
    onError(error, change, before) {
      if (before) {
        const names = Object.keys(change) as (keyof SpanChange)[];
        show(Object.fromEntries(names.map((name) => [name, before[name]])) as SpanChange);
      } else void queries.invalidateQueries({ queryKey: [environment, "spans"] });
      toast(`Not saved: ${error.message}`, { kind: "error" });
    },
  });
}
