import { put } from "../../domain/params";
import { MEASURES, type Measure } from "../../domain/sums";
import type { Codec } from "../../state/address";

/** What the address of the dashboard carries, beside environment and range. */
export interface DashboardUrl {
  query: string;
  /** The field of the breakdown. */
  by: string;
  measure: Measure;
  /** The period before is drawn. */
  isCompared: boolean;
}

export const dashboardUrl: Codec<DashboardUrl> = {
  read(params) {
    return {
      query: params.get("query") ?? "",
      by: params.get("by") || "model",
      measure: MEASURES.find((measure) => measure === params.get("measure")) ?? "cost",
      isCompared: params.get("compare") !== "off",
    };
  },
  write(state, params) {
    put(params, "query", state.query, "");
    put(params, "by", state.by, "model");
    put(params, "measure", state.measure, "cost");
    put(params, "compare", state.isCompared ? "" : "off", "");
  },
};
