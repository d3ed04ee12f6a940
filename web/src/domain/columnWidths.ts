/** How wide the columns of a table are, in pixels and shares of what is left. */

export const WIDTH_MIN = 48;
export const WIDTH_MAX = 1200;

/** What of a column says how wide it is. */
export interface Wide {
  id: string;
  width: number;
  grow?: number;
  align?: "end";
}

/** Within what is useful, in whole pixels. */
export function bounded(width: number): number {
  return Math.max(WIDTH_MIN, Math.min(Math.round(width), WIDTH_MAX));
}

/**
 * The tracks of a grid: what somebody chose stays as it is, and those that grow share what is left. Where none does the last
 * one takes it, unless numbers stand at its end, far from what they belong to: then it stays empty.
 */
export function tracks(columns: readonly Wide[], chosen: Record<string, number>): string {
  const grows = columns.some((column) => column.grow && chosen[column.id] === undefined);
  const isLeftEmpty = !grows && columns.at(-1)?.align === "end";
  const own = columns
    .map((column, at) => {
      const width = chosen[column.id];
      const share = width === undefined ? column.grow : undefined;
      const left = share ?? (!grows && !isLeftEmpty && at === columns.length - 1 ? 1 : 0);
      return left > 0 ? `minmax(${width ?? column.width}px, ${left}fr)` : `${width ?? column.width}px`;
    })
    .join(" ");
  return isLeftEmpty ? `${own} 1fr` : own;
}

/** How wide all of them are together at the least. */
export function least(columns: readonly Wide[], chosen: Record<string, number>): number {
  return columns.reduce((sum, column) => sum + (chosen[column.id] ?? column.width), 0);
}
