import { queryOptions } from "@tanstack/react-query";
import { data, exactData, type Schemas } from "./client";
import type { Scope } from "./queries";

export type SqlSchema = Schemas["Schema"];
export type SqlTable = Schemas["Table"];

export interface SqlAnswer {
  columns: Schemas["Column"][];
  rows: unknown[][];
  isTruncated: boolean;
  /** From the question to the whole answer, as the browser saw it. */
  seconds: number;
}

/** The tables and functions that SQL may name, and its limits. */
export function sqlSchema({ api, environment }: Scope) {
  return queryOptions({
    queryKey: [environment, "sql schema"],
    queryFn: ({ signal }) => data(api.GET("/api/sql/schema/", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The answer to one SELECT. It is asked once: what takes long is not asked again by itself. */
export function sqlAnswer({ api, environment }: Scope, query: string, limit: number) {
  return queryOptions({
    queryKey: [environment, "sql", query, limit],
    enabled: query !== "",
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000, // answers may be large
    retry: false,
    queryFn: async ({ signal }): Promise<SqlAnswer> => {
      const from = performance.now();
      const answer = await exactData<Schemas["SqlAnswer"]>(
        api.POST("/api/sql/", { body: { query, limit, format: "json", parameters: {} }, parseAs: "text", signal }),
      );
      return {
        columns: answer.columns,
        rows: answer.rows as unknown[][],
        isTruncated: answer.is_truncated,
        seconds: (performance.now() - from) / 1000,
      };
    },
  });
}
