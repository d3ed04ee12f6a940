/** What the pages of sums show: which measures, how each is written, and how much it has changed. */

import { money } from "./money";
import { compact, count, duration, percent, trimmed } from "./numbers";

/** Measure → its value, as the API answers. */
export type Totals = Readonly<Record<string, number | null | undefined>>;
/** Measure → its value in each bucket. */
export type Values = Readonly<Record<string, readonly (number | null)[] | undefined>>;

/** All that the tiles and charts need, in one question. */
export const OVERVIEW = [
  "count",
  "error_count",
  "error_rate",
  "p50_latency",
  "p95_latency",
  "p99_latency",
  "p50_time_to_first_token",
  "p95_time_to_first_token",
  "sum_total_request_tokens",
  "sum_prompt_cache_hit_tokens",
  "sum_completion_tokens",
  "sum_reasoning_tokens",
  "sum_cost",
];

export const MEASURES = ["cost", "requests", "errors", "latency", "ttft", "tokens"] as const;
export type Measure = (typeof MEASURES)[number];

interface Look {
  title: string;
  /** The API's name of what stands in the tile. */
  name: string;
  /** For axes and tables. */
  format(value: number): string;
  /** How far apart the lines of an axis may be, where that is not by tens. */
  steps?: readonly number[];
  /** In full, for the tile and what stands under the pointer. */
  whole(value: number): string;
  /** The values of groups and buckets add up. */
  isAdditive: boolean;
  /** More of it is worse. */
  isWorse: boolean;
  /** The list of spans that explains it: sorted so, and of those that match. */
  sort: string;
  clause: string;
}

/** Seconds that are written with one unit, so that an axis goes on in minutes, not in hundreds of seconds. */
export const DURATION_STEPS: readonly number[] = [
  ...[-6, -5, -4, -3, -2, -1].flatMap((power) => [1, 2, 5].map((times) => times * 10 ** power)),
  ...[1, 2, 5, 10, 20, 30],
  ...[1, 2, 5, 10, 20, 30].map((minutes) => minutes * 60),
  ...[1, 2, 6, 12].map((hours) => hours * 3600),
  ...[1, 2, 5, 10, 50, 100].map((days) => days * 86_400),
];

/** `2 min`, not `2 min 00 s`. */
const seconds = (value: number) => duration(value).replace(/ 0+ (?:s|min|h)$/, "");
const money2 = (value: number) => money(value);

export const LOOKS: Readonly<Record<Measure, Look>> = {
  requests: look("Requests", "count", compact, count, { isAdditive: true }),
  errors: look("Error rate", "error_rate", percent, percent, { isWorse: true, clause: "status:failed" }),
  latency: look("Latency", "p95_latency", seconds, seconds, { isWorse: true, sort: "-latency", steps: DURATION_STEPS }),
  ttft: look("Time to first token", "p95_time_to_first_token", seconds, seconds, {
    isWorse: true,
    sort: "-time_to_first_token",
    steps: DURATION_STEPS,
  }),
  tokens: look("Tokens", "sum_total_request_tokens", compact, compact, {
    isAdditive: true,
    sort: "-total_request_tokens",
  }),
  cost: look("Cost", "sum_cost", money2, money2, { isAdditive: true, isWorse: true, sort: "-cost" }),
};

function look(
  title: string,
  name: string,
  format: Look["format"],
  whole: Look["whole"],
  rest: Partial<Omit<Look, "title" | "name" | "format" | "whole">>,
): Look {
  return { title, name, format, whole, isAdditive: false, isWorse: false, sort: "-timestamp", clause: "", ...rest };
}

/** Tokens by kind. Each is in one kind only, so they add up to all tokens. What is written to the cache is input. */
export const TOKEN_KINDS = ["Input", "Cached", "Output", "Reasoning"] as const;

/** What providers say of input holds the cached tokens or does not; what is left of all tokens is plain input. */
export function tokensByKind(values: Values): { label: (typeof TOKEN_KINDS)[number]; values: number[] }[] {
  const all = values.sum_total_request_tokens ?? [];
  const of = (name: string, at: number) => values[name]?.[at] ?? 0;
  const kinds = all.map((total, at) => {
    const cached = of("sum_prompt_cache_hit_tokens", at);
    const output = of("sum_completion_tokens", at);
    const reasoning = Math.min(of("sum_reasoning_tokens", at), output);
    const input = Math.max(0, (total ?? 0) - cached - output);
    return [input, cached, output - reasoning, reasoning];
  });
  return TOKEN_KINDS.map((label, kind) => ({ label, values: kinds.map((bucket) => bucket[kind] ?? 0) }));
}

export interface Change {
  /** `+12 %`, `−3.1 pp`, `new`. */
  text: string;
  direction: "up" | "down" | "same";
}

/** How a measure stands against the period before; null where either is not known. Shares differ in points. */
export function changeOf(measure: Measure, now: number | null | undefined, before: number | null | undefined) {
  if (now === null || now === undefined || before === null || before === undefined) return null;
  if (now === before) return { text: "±0", direction: "same" } satisfies Change;
  const direction = now > before ? "up" : "down";
  const sign = now > before ? "+" : "−";
  if (measure === "errors") {
    const points = Math.abs(now - before) * 100;
    return { text: points < 0.01 ? "±0" : `${sign}${trimmed(points, 2)} pp`, direction } satisfies Change;
  }
  if (before === 0) return { text: "new", direction } satisfies Change;
  const ratio = now / before;
  if (ratio >= 1000) return { text: "> ×1,000", direction } satisfies Change;
  if (ratio >= 10) return { text: `×${trimmed(ratio, ratio >= 100 ? 3 : 2)}`, direction } satisfies Change;
  const share = Math.abs(ratio - 1) * 100;
  const text = share < 0.1 ? "±0" : `${sign}${share >= 10 ? Math.round(share) : trimmed(share, 2)} %`;
  return { text, direction: text === "±0" ? "same" : direction } satisfies Change;
}
