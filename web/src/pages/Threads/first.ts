import type { Scope } from "../../api/queries";
import { threadPages } from "../../api/threads";
import type { Window } from "../../domain/range";
import type { First } from "../../first";
import type { ListUrl } from "../../state/listUrl";
import { threadsUrl } from "./url";

/** The threads of the table. */
export function listed(scope: Scope, window: Window, { query, sort }: ListUrl) {
  return threadPages(scope, { window, query, sort });
}

export const first: First = (queries, { scope, window, params, below }) => {
  if (below === undefined) void queries.prefetchInfiniteQuery(listed(scope, window, threadsUrl.read(params)));
};
