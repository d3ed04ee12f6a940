import { metrics, type Scope, spanPages } from "../../api/queries";
import type { Window } from "../../domain/range";
import type { First } from "../../first";
import { METADATA } from "../../parts/spans/metadata";
import { type SpansUrl, spansUrl } from "./url";

/** The spans of the table. */
export function listed(scope: Scope, window: Window, { query, sort, columns }: SpansUrl) {
  return spanPages(scope, { window, query, sort, hasMetadata: columns.some((id) => id.startsWith(METADATA)) });
}

/** How many spans there were over time, and how many of them failed. */
export function overTime(scope: Scope, window: Window, query: string) {
  return metrics(scope, window, {
    measures: ["count", "error_count"],
    interval: "auto",
    ...(query ? { query } : {}),
  });
}

export const first: First = (queries, { scope, window, params }) => {
  const url = spansUrl.read(params);
  void queries.prefetchInfiniteQuery(listed(scope, window, url));
  void queries.prefetchQuery(overTime(scope, window, url.query));
};
