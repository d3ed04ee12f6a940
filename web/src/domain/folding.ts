import type { Row } from "./trace";

/** Which rows of a tree are folded, in a text that is short enough for an address. */

/** So many rows are named; of more, those that come first in the tree. */
const NAMED_MOST = 120;
const ALL = "all";

/** The rows that are folded, by their ids. */
export type Folded = ReadonlySet<string>;

/** Few folded rows are named; where most are folded, those are named that are not. */
export function foldText(rows: readonly Row[], folded: Folded): string {
  if (folded.size === 0) return "";
  const branches = rows.filter((row, at) => row.end > at + 1);
  const open = branches.filter((row) => !folded.has(row.id));
  const isAll = open.length < branches.length / 2;
  const named = isAll ? open : branches.filter((row) => folded.has(row.id));
  return [...(isAll ? [ALL] : []), ...named.slice(0, NAMED_MOST).map(nameOf)].join(".");
}

/** The rows that such a text says are folded. Names of rows that are not there are passed over. */
export function foldedIn(rows: readonly Row[], text: string): Folded {
  if (!text) return new Set();
  const named = new Set(text.split("."));
  const isAll = named.delete(ALL);
  const folded = new Set<string>();
  for (const [at, row] of rows.entries()) {
    if (row.end > at + 1 && named.has(nameOf(row)) !== isAll) folded.add(row.id);
  }
  return folded;
}

/** The end of a row's id: the beginning of those that the server makes is the time. */
function nameOf(row: Row): string {
  return row.span ? row.id.slice(-8) : `_${row.name.replace(/\W/g, "").slice(-8)}`;
}
