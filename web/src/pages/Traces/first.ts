import type { Scope } from "../../api/queries";
import { tracePages, traceSums } from "../../api/trace";
import type { Window } from "../../domain/range";
import type { First } from "../../first";
import type { ListUrl } from "../../state/listUrl";
import { tracesUrl } from "./url";

/** The traces of the table. */
export function listed(scope: Scope, window: Window, { query, sort }: ListUrl) {
  return tracePages(scope, { window, query, sort });
}

export const first: First = (queries, { scope, window, params }) => {
  const url = tracesUrl.read(params);
  void queries.prefetchInfiniteQuery(listed(scope, window, url));
  void queries.prefetchQuery(traceSums(scope, { window, query: url.query }));
};
