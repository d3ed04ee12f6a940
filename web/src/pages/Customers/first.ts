import { customerPages } from "../../api/customers";
import type { Scope } from "../../api/queries";
import type { Window } from "../../domain/range";
import type { First } from "../../first";
import type { ListUrl } from "../../state/listUrl";
import { customersUrl } from "./url";

/** The customers of the table. */
export function listed(scope: Scope, window: Window, { query, sort }: ListUrl) {
  return customerPages(scope, { window, query, sort });
}

export const first: First = (queries, { scope, window, params, below }) => {
  if (below === undefined) void queries.prefetchInfiniteQuery(listed(scope, window, customersUrl.read(params)));
};
