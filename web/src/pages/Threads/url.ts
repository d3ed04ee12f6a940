import { put } from "../../domain/params";
import type { Codec } from "../../state/address";
import { type ListDefaults, type ListUrl, listUrl } from "../../state/listUrl";
import { DEFAULT_COLUMNS } from "./columnIds";

export const DEFAULTS: ListDefaults = { sort: "-timestamp", columns: DEFAULT_COLUMNS };

/** What the address of the list of threads carries, beside environment and range. */
export const threadsUrl: Codec<ListUrl> = listUrl(DEFAULTS);

/** What the address of one thread carries: the span that is open beside it. */
export interface ThreadUrl {
  span: string;
}

export const threadUrl: Codec<ThreadUrl> = {
  read: (params) => ({ span: params.get("span") ?? "" }),
  write: (state, params) => put(params, "span", state.span, ""),
};
