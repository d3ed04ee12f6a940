import { useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/session";
import { overview } from "../../api/sums";
import { usePreferences } from "../../state/preferences";
import { useRange } from "../../state/range";

/** Every measure of the overview over the range, and over the period before, in one question. */
export function useOverview(query: string) {
  const { window } = useRange();
  const { zone } = usePreferences();
  return useQuery(overview(useApi(), window, zone, query));
}
