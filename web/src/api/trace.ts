import { infiniteQueryOptions, type QueryClient, queryOptions } from "@tanstack/react-query";
import { clause } from "../domain/clause";
import type { Window } from "../domain/range";
import type { TreeNode } from "../domain/trace";
import { type Api, apiOf, data, type Schemas } from "./client";
import { bounds, keptWithin, type Scope } from "./queries";
import type { paths } from "./schema";

/** Questions about traces, and what people may change of them. */

export type TraceSums = Schemas["ReadTrace"];
export type TraceHead = Omit<Schemas["TraceTree"], "span_tree">;
export type SpanContent = Schemas["SpanContent"];

export interface WholeTrace {
  head: TraceHead;
  tree: TreeNode[];
}

/** Where one trace is read from: with a session, or by its public link. */
export interface TraceSource {
  /** Begins the keys of its questions. */
  key: readonly unknown[];
  id: string;
  tree(signal: AbortSignal): Promise<Schemas["TraceTree"]>;
  contents(ids: readonly string[], signal: AbortSignal): Promise<Schemas["ContentPage"]>;
  /** Ids of the first spans in which every one of the words stands, in input and output too; where that can be asked. */
  find?(head: TraceHead, words: readonly string[], signal: AbortSignal): Promise<string[]>;
}

const FOUND_MOST = 200;

/** An id as the path takes it; one that a path cannot hold goes into the query string. */
function placed(id: string): { path: { id: string }; query: object } {
  const isPlain = !id.includes("/") && !["_", ".", "..", "list", "summary", "bulk", "ingest"].includes(id);
  return isPlain ? { path: { id }, query: {} } : { path: { id: "_" }, query: { id } };
}

export function ownTrace({ api, environment }: Scope, id: string): TraceSource {
  const { path, query } = placed(id);
  return {
    key: [environment, "trace", id],
    id,
    tree: (signal) =>
      data(api.GET("/api/traces/{id}/", { params: { path, query: { ...query, skeleton: "true" } }, signal })),
    contents: (ids, signal) =>
      data(
        api.GET("/api/traces/{id}/contents/", { params: { path, query: { ...query, ids: ids.join(",") } }, signal }),
      ),
    find: async ({ id, start_time, end_time }, words, signal) => {
      const query = [clause("trace", id), ...words.map((word) => JSON.stringify(word))].join(" ");
      const page = await data(
        api.GET("/api/request-logs/list/", {
          params: { query: { start_time, end_time, page_size: FOUND_MOST, fields: "id", query } },
          signal,
        }),
      );
      return page.results.map((span) => span.id);
    },
  };
}

/** A trace that is shared, for who has its link. */
export function sharedTrace(organization: string, id: string): TraceSource {
  const api = apiOf("");
  const { path, query } = placed(id);
  const place = { ...path, unique_organization_id: organization };
  return {
    key: ["shared", organization, id],
    id,
    tree: (signal) =>
      data(
        api.GET("/api/{unique_organization_id}/traces/{id}/", {
          params: { path: place, query: { ...query, skeleton: "true" } },
          signal,
        }),
      ),
    contents: (ids, signal) =>
      data(
        api.GET("/api/{unique_organization_id}/traces/{id}/contents/", {
          params: { path: place, query: { ...query, ids: ids.join(",") } },
          signal,
        }),
      ),
  };
}

/** The trace and the skeleton of its tree. */
export function traceTree(source: TraceSource) {
  return queryOptions({
    queryKey: [...source.key, "tree"],
    queryFn: async ({ signal }): Promise<WholeTrace> => {
      const { span_tree, ...head } = await source.tree(signal);
      return { head, tree: span_tree as unknown as TreeNode[] };
    },
    // Comparing thirty thousand spans with those before takes longer than drawing them anew.
    structuralSharing: false,
    gcTime: 60_000,
  });
}

const AT_ONCE = 100;

/** What some spans of the trace were given and gave, by their ids. */
export function spanContents(source: TraceSource, ids: readonly string[]) {
  return queryOptions({
    queryKey: [...source.key, "contents", ids],
    queryFn: async ({ signal }) => {
      const found = new Map<string, SpanContent>();
      let left = [...ids];
      while (left.length > 0) {
        const page = await source.contents(left.slice(0, AT_ONCE), signal);
        for (const content of page.results) found.set(content.id, content);
        left = [...page.left, ...left.slice(AT_ONCE)];
      }
      return found;
    },
    structuralSharing: false,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export interface TraceListQuestion {
  window: Window;
  query: string;
  sort: string;
}

const PAGE_SIZE = 100;

type TraceSort = NonNullable<NonNullable<paths["/api/traces/list/"]["get"]["parameters"]["query"]>["sort_by"]>;

/** Traces page by page. */
export function tracePages({ api, environment }: Scope, question: TraceListQuestion) {
  const { window, query, sort } = question;
  return infiniteQueryOptions({
    queryKey: [environment, "traces", window.start, window.end, query, sort],
    initialPageParam: 1,
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET("/api/traces/list/", {
          params: {
            query: {
              ...bounds(window),
              page: pageParam,
              page_size: PAGE_SIZE,
              count: false, // the newest are found without looking at the others
              exclude_fields: "input,output",
              sort_by: sort as TraceSort,
              ...(query ? { query } : {}),
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (page, _, asked) => (page.next ? asked + 1 : null),
    placeholderData: keptWithin(environment),
  });
}

/** What all traces of a window come to. */
export function traceSums({ api, environment }: Scope, { window, query }: Omit<TraceListQuestion, "sort">) {
  return queryOptions({
    queryKey: [environment, "traces", "sums", window.start, window.end, query],
    queryFn: ({ signal }) =>
      data(
        api.GET("/api/traces/summary/", {
          params: { query: { ...bounds(window), ...(query ? { query } : {}) } },
          signal,
        }),
      ),
    placeholderData: keptWithin(environment),
  });
}

/** Ids of the spans of the trace in which every one of the words stands, in what they were given and gave too. */
export function spansWith(source: TraceSource, head: TraceHead, words: readonly string[]) {
  const { find } = source;
  return queryOptions({
    queryKey: [...source.key, "with", words],
    queryFn: ({ signal }) => (find ? find(head, words, signal) : []),
    enabled: find !== undefined && words.length > 0,
  });
}

/** Make the public link of a trace, or end it. */
export async function share(api: Api, id: string, isPublic: boolean): Promise<Schemas["Shared"]> {
  const { path, query } = placed(id);
  return data(api.PATCH("/api/traces/{id}/", { params: { path, query }, body: { is_public: isPublic } }));
}

/** Delete every span of a trace. */
export async function remove(api: Api, id: string): Promise<Schemas["Deleted"]> {
  const { path, query } = placed(id);
  return data(api.DELETE("/api/traces/{id}/", { params: { path, query } }));
}

/** A trace is gone: nothing is known of it any more, and every list and sum of its environment is old. */
export async function forgetTrace(queries: QueryClient, environment: string, id: string): Promise<void> {
  const key = [environment, "trace", id];
  queries.removeQueries({ queryKey: key });
  await queries.invalidateQueries({
    queryKey: [environment],
    predicate: ({ queryKey }) => !key.every((part, at) => queryKey[at] === part),
  });
}
