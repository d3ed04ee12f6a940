import type { QueryClient } from "@tanstack/react-query";
import { scopeOf, session } from "./api/session";
import { HOME, ROUTES } from "./routes";
import { BASE } from "./state/base";
import { firstWindow } from "./state/range";

/** Begins to fetch all that the page of this address is made of, before there is anything to draw. */
export function goAhead(queries: QueryClient): void {
  const [page = HOME.slice(1), below, ...more] = location.pathname.slice(BASE.length).split("/").filter(Boolean);
  for (const route of ROUTES) {
    if (route.path.split("/")[1] === page) void route.Page.preload().catch(() => {}); // said when drawn
  }
  const route = ROUTES.find((one) => one.path === `/${page}`);
  const isPage = more.length === 0 && (below === undefined || route?.below !== undefined);
  void queries.prefetchQuery(session).then(() => {
    const seen = queries.getQueryData(session.queryKey);
    if (!isPage || !route?.first || !seen?.authenticated || seen.needs_setup) return;
    const params = new URLSearchParams(location.search);
    route.first(queries, { scope: scopeOf(seen, params), window: firstWindow(params), params, below });
  });
}
