import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { metrics } from "../../api/queries";
import { useApi } from "../../api/session";
import { type Grouped, type ModelUse, modelUses } from "./modelUse";

const SECONDS = 30 * 86_400;

interface Models {
  data: readonly ModelUse[] | undefined;
  error: unknown;
  refetch(): void;
}

/** The models that spans of the chosen environment named in the last 30 days. */
export function useModels(): Models {
  const scope = useApi();
  const [window] = useState(() => ({
    start: new Date(Date.now() - SECONDS * 1000).toISOString(),
    end: null,
    seconds: SECONDS,
  }));
  const question = { group_by: ["model"], interval: "none", limit: 100, sort_by: "-count" };
  const all = useQuery(
    metrics(scope, window, {
      ...question,
      measures: ["count", "sum_cost", "sum_total_request_tokens"],
      query: "has:model",
    }),
  );
  const unpriced = useQuery(
    metrics(scope, window, {
      ...question,
      measures: ["count"],
      query: "has:model has:total_request_tokens missing:cost",
    }),
  );
  const data = useMemo(
    () =>
      all.data && unpriced.data
        ? modelUses(all.data.series as unknown as Grouped[], unpriced.data.series as unknown as Grouped[])
        : undefined,
    [all.data, unpriced.data],
  );
  return {
    data,
    error: all.error ?? unpriced.error,
    refetch() {
      void all.refetch();
      void unpriced.refetch();
    },
  };
}
