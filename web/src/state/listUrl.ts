import { put } from "../domain/params";
import type { Codec } from "./address";

/** What the address of a page with a list carries, beside environment and range. */
export interface ListUrl {
  query: string;
  /** `-timestamp`, as the API's `sort_by`. */
  sort: string;
  /** Ids of the columns, in order. */
  columns: readonly string[];
  /** The saved view from which one came; what was changed since stands in the rest of the address. */
  view: string | null;
}

/** How a list is that nobody has changed. */
export type ListDefaults = Pick<ListUrl, "sort" | "columns">;

/** The address of a list; what is by default is left out of it. */
export function listUrl({ sort, columns }: ListDefaults): Codec<ListUrl> {
  return {
    read(params) {
      const given = params.get("columns");
      return {
        query: params.get("query") ?? "",
        sort: params.get("sort") ?? sort,
        columns: given ? given.split(",").map(plain) : columns,
        view: params.get("view"),
      };
    },
    write(state, params) {
      put(params, "query", state.query, "");
      put(params, "sort", state.sort, sort);
      put(params, "columns", state.columns.map(marked).join(","), columns.join(","));
      put(params, "view", state.view ?? "", "");
    },
  };
}

/** What of the address makes up a saved view. */
const OF_VIEW = ["query", "sort", "columns", "range", "from", "to"] as const;

/** The state of a view, as `/api/views/` keeps it. */
export function viewState(params: URLSearchParams): string {
  const state = new URLSearchParams();
  for (const name of OF_VIEW) {
    const value = params.get(name);
    if (value !== null) state.set(name, value);
  }
  return state.toString();
}

/** Put a view's state into an address, in place of what is there. */
export function showView(params: URLSearchParams, view: { id: string; state: string } | null): void {
  for (const name of [...OF_VIEW, "view", "live"]) params.delete(name);
  const state = new URLSearchParams(view?.state ?? "");
  for (const name of OF_VIEW) {
    const value = state.get(name);
    if (value !== null) params.set(name, value);
  }
  if (view) params.set("view", view.id);
}

/** Keys of metadata may hold the comma that stands between columns. */
function marked(id: string): string {
  return id.replaceAll("%", "%25").replaceAll(",", "%2C");
}

function plain(id: string): string {
  return id.replaceAll("%2C", ",").replaceAll("%25", "%");
}
