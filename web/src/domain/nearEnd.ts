/** Rows of a list that are in sight, by their places. */
export interface Sight {
  startIndex: number;
  endIndex: number;
}

const AHEAD_MAX = 150;

/**
 * Whether what is loaded will soon be seen to its end: for who has moved a screenful and half of what is loaded ahead, so
 * that the rows are there before a fast wheel is; for who has not, when the end is in sight.
 */
export function isNearEnd(seen: Sight | null, hasMoved: boolean, count: number): boolean {
  if (!seen || count === 0) return false;
  const ahead = hasMoved ? seen.endIndex - seen.startIndex + Math.min(AHEAD_MAX, Math.floor(count / 2)) : 0;
  return seen.endIndex + ahead >= count - 1;
}

/** Rows to draw beside those in sight: most where the list is moved to, few where it comes from. */
const TOWARDS = 24;
const BEHIND = 6;
const AROUND = 12;
/** Where nothing of what was drawn is of use, what is in sight comes first; the rest with the next step. */
const AFTER_LEAP = 3;

/**
 * Which rows are drawn, from the first to the last. `before`: what was in sight when they were drawn last; `direction`:
 * where the list is moved to.
 */
export function drawnRows(
  seen: Sight,
  before: Sight | null,
  direction: "forward" | "backward" | null,
  count: number,
): number[] {
  const { startIndex, endIndex } = seen;
  const isLeap = before !== null && (before.endIndex < startIndex || before.startIndex > endIndex);
  const beside = (towards: "forward" | "backward") => {
    if (isLeap) return AFTER_LEAP;
    return direction === null ? AROUND : direction === towards ? TOWARDS : BEHIND;
  };
  const first = Math.max(0, startIndex - beside("backward"));
  const last = Math.min(count - 1, endIndex + beside("forward"));
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}
