import { put } from "../../domain/params";
import type { Codec } from "../../state/address";

/** What the address of the SQL page carries, beside the environment. */
export interface SqlUrl {
  /** The query whose answer is shown. */
  query: string;
  limit: number;
  as: "table" | "chart";
  /** The column whose values the chart shows; empty: the first that has numbers. */
  value: string;
}

export const LIMITS = [1000, 10_000, 100_000] as const;
export const DEFAULT_LIMIT = 1000;

export const sqlUrl: Codec<SqlUrl> = {
  read(params) {
    const limit = Number(params.get("limit"));
    return {
      query: params.get("query") ?? "",
      limit: LIMITS.find((one) => one === limit) ?? DEFAULT_LIMIT,
      as: params.get("as") === "chart" ? "chart" : "table",
      value: params.get("value") ?? "",
    };
  },
  write(state, params) {
    put(params, "query", state.query, "");
    put(params, "limit", String(state.limit), String(DEFAULT_LIMIT));
    put(params, "as", state.as, "table");
    put(params, "value", state.value, "");
  },
};
