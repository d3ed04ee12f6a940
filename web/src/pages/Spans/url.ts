import { put } from "../../domain/params";
import type { Codec } from "../../state/address";
import { type ListDefaults, type ListUrl, listUrl } from "../../state/listUrl";
import { DEFAULT_COLUMNS } from "./columnIds";

/** What the address of the spans page carries, beside environment and range. */
export interface SpansUrl extends ListUrl {
  /** Spans come in as they arrive. */
  isLive: boolean;
}

export const DEFAULT_SORT = "-timestamp";
export const DEFAULTS: ListDefaults = { sort: DEFAULT_SORT, columns: DEFAULT_COLUMNS };

const list = listUrl(DEFAULTS);

export const spansUrl: Codec<SpansUrl> = {
  read: (params) => ({ ...list.read(params), isLive: params.get("live") === "on" }),
  write(state, params) {
    list.write(state, params);
    put(params, "live", state.isLive ? "on" : "", "");
  },
};
