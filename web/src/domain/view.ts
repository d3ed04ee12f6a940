/** Saved views: pages under a name, with what their addresses say. */

export interface SavedView {
  id: string;
  /** The page's path without its slash: `spans`. */
  page: string;
  /** The query string of its address. */
  state: string;
}

/** Where a view is opened; in an environment, when one is chosen. Lists are told which view they show. */
export function viewAddress(view: SavedView, environment: string | null): string {
  const params = new URLSearchParams(view.state);
  if (environment !== null) params.set("env", environment);
  if (view.page !== "sql") params.set("view", view.id);
  const text = params.toString();
  return text ? `/${view.page}?${text}` : `/${view.page}`;
}
