import { queryOptions } from "@tanstack/react-query";
import type { Window } from "../domain/range";
import { data, type Schemas } from "./client";
import type { Scope } from "./queries";

/** Questions about filters: what they can name, which values there are, and what one means. */

export type Field = Schemas["FieldsAnswer"]["fields"][number];

/** What is listed, and so what a filter names fields of. */
export type Listed = "spans" | "traces" | "threads" | "customers";

const VALUES_LIMIT = 50;

/** The fields, with the keys that the newest spans have. */
export function fields({ api, environment }: Scope, of: Listed) {
  return queryOptions({
    queryKey: [environment, "fields", of],
    queryFn: async ({ signal }) =>
      (await data(api.GET("/api/fields/", { params: { query: of === "spans" ? {} : { of } }, signal }))).fields,
    staleTime: 5 * 60_000,
  });
}

/** The most frequent values of a field in a window, with how many spans have each. */
export function fieldValues({ api, environment }: Scope, window: Window, name: string, prefix: string) {
  return queryOptions({
    queryKey: [environment, "field values", window.start, window.end, name, prefix],
    queryFn: async ({ signal }) => {
      const query = {
        name,
        limit: VALUES_LIMIT,
        start_time: window.start,
        ...(window.end ? { end_time: window.end } : {}),
        ...(prefix ? { prefix } : {}),
      };
      // A key may hold any letter, so it stands in no path.
      const answer = api.GET("/api/fields/{name}/values/", { params: { path: { name: "_" }, query }, signal });
      return (await data(answer)).values;
    },
    placeholderData: (before, asked) =>
      asked?.queryKey[0] === environment && asked.queryKey[4] === name ? before : undefined,
    staleTime: 5 * 60_000,
  });
}

/** A filter in English and written anew. Throws a `Fault` with `position` for one that cannot be read. */
export function explanation({ api, environment }: Scope, of: Listed, query: string) {
  return queryOptions({
    queryKey: [environment, "explanation", of, query],
    queryFn: ({ signal }) =>
      data(
        api.POST("/api/request-logs/explain/", {
          params: { query: of === "spans" ? {} : { of } },
          body: { query, filters: null, operator: "AND" },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
