import { breakdown, overview } from "../../api/sums";
import type { First } from "../../first";
import { preferences } from "../../state/preferences";
import { dashboardUrl } from "./url";

export const first: First = (queries, { scope, window, params }) => {
  const url = dashboardUrl.read(params);
  const { zone } = preferences.get();
  void queries.prefetchQuery(overview(scope, window, zone, url.query));
  void queries.prefetchQuery(breakdown(scope, window, zone, url));
};
