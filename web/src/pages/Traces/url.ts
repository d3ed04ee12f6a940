import type { Codec } from "../../state/address";
import { type ListDefaults, type ListUrl, listUrl } from "../../state/listUrl";
import { DEFAULT_COLUMNS } from "./columnIds";

export const DEFAULTS: ListDefaults = { sort: "-timestamp", columns: DEFAULT_COLUMNS };

/** What the address of the traces page carries, beside environment and range. */
export const tracesUrl: Codec<ListUrl> = listUrl(DEFAULTS);
