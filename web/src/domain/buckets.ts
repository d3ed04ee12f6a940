/** Buckets of time that charts are made of. */

import type { Range, Window } from "./range";

/** Lengths that the API knows, in seconds; days and longer ones follow the calendar. */
const LENGTHS: readonly [name: string, seconds: number][] = [
  ["1s", 1],
  ["10s", 10],
  ["1m", 60],
  ["5m", 300],
  ["15m", 900],
  ["30m", 1800],
  ["1h", 3600],
  ["6h", 21_600],
  ["12h", 43_200],
  ["1d", 86_400],
  ["1w", 604_800],
  ["1M", 2_629_800],
  ["1y", 31_557_600],
];

/** The shortest bucket of which there are at most so many in a stretch of so many seconds. */
export function bucketFor(seconds: number, most = 100): string {
  return LENGTHS.find(([, length]) => seconds / length <= most)?.[0] ?? "1y";
}

const WORDS: Record<string, string> = { s: "s", m: "min", h: "h", d: "day", w: "week", M: "month", y: "year" };

/** `5 min`, `1 day`: what the API calls `5m`, `1d`. */
export function bucketLabel(name: string): string {
  const [, amount, unit] = /^(\d+)(\w)$/.exec(name) ?? [];
  return amount && unit ? `${amount} ${WORDS[unit] ?? unit}` : name;
}

/** One bucket as a range, from its first moment to its last; the first and the last end where the window does. */
export function bucketRange(times: readonly number[], at: number, window: Window): Range | null {
  const from = times[at];
  if (from === undefined) return null;
  const next = times[at + 1];
  const start = Math.max(from * 1000, Date.parse(window.start));
  // Both ends of a range belong to it, and the next bucket's first moment is the next bucket's.
  const end = next === undefined ? window.end && Date.parse(window.end) : next * 1000 - 1;
  return {
    kind: "between",
    from: new Date(start).toISOString(),
    to: end === null ? null : new Date(end).toISOString(),
  };
}
