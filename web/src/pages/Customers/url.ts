import { put } from "../../domain/params";
import type { Codec } from "../../state/address";
import { type ListDefaults, type ListUrl, listUrl } from "../../state/listUrl";
import { DEFAULT_COLUMNS } from "./columnIds";

export const DEFAULTS: ListDefaults = { sort: "-total_cost", columns: DEFAULT_COLUMNS };

/** What the address of the list of customers carries, beside environment and range. */
export const customersUrl: Codec<ListUrl> = listUrl(DEFAULTS);

export const TABS = ["overview", "spans", "threads"] as const;
export type CustomerTab = (typeof TABS)[number];

/** What the address of one customer carries. */
export interface CustomerUrl {
  tab: CustomerTab;
  by: string;
  measure: string;
}

export const customerUrl: Codec<CustomerUrl> = {
  read(params) {
    return {
      tab: TABS.find((tab) => tab === params.get("tab")) ?? "overview",
      by: params.get("by") || "model",
      measure: params.get("measure") ?? "cost",
    };
  },
  write(state, params) {
    put(params, "tab", state.tab, "overview");
    put(params, "by", state.by, "model");
    put(params, "measure", state.measure, "cost");
  },
};
