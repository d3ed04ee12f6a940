import { meaningOf, timeOf } from "./columnTypes";

/** How an answer can be drawn: over time where a column has times, as bars where one has texts. */

export interface AnswerColumn {
  name: string;
  type: string;
}

export interface TimeChart {
  kind: "time";
  value: string;
  /** Seconds since 1970, ascending. */
  times: number[];
  series: { label: string; values: (number | null)[] }[];
  /** Series that were left out, because there are too many. */
  left: number;
}

export interface BarChart {
  kind: "bars";
  value: string;
  label: string;
  bars: { label: string; value: number }[];
  left: number;
}

const SERIES_MAX = 8;
const BARS_MAX = 40;

type Row = readonly unknown[];

/** Columns whose numbers can be drawn. */
export function numberColumns(columns: readonly AnswerColumn[]): string[] {
  return columns.filter((column) => meaningOf(column.type) === "number").map((column) => column.name);
}

/** `wanted` is the column of numbers, or empty for the first. Null where the columns make no chart. */
export function chartOf(
  columns: readonly AnswerColumn[],
  rows: readonly Row[],
  wanted: string,
): TimeChart | BarChart | null {
  const at = (meaning: string) => columns.findIndex((column) => meaningOf(column.type) === meaning);
  const named = columns.findIndex((column) => column.name === wanted && meaningOf(column.type) === "number");
  const value = named >= 0 ? named : at("number");
  const time = at("time");
  const text = at("text");
  const column = columns[value];
  if (!column || rows.length === 0) return null;
  if (time >= 0) return overTime(columns, rows, { time, text, value });
  if (text < 0) return null;
  const bars = rows.flatMap((row) => {
    const number = numberOf(row[value]);
    return number === null ? [] : [{ label: shown(row[text]), value: number }];
  });
  return {
    kind: "bars",
    value: column.name,
    label: columns[text]?.name ?? "",
    bars: bars.slice(0, BARS_MAX),
    left: Math.max(0, bars.length - BARS_MAX),
  };
}

function overTime(
  columns: readonly AnswerColumn[],
  rows: readonly Row[],
  { time, text, value }: { time: number; text: number; value: number },
): TimeChart | null {
  const type = columns[time]?.type ?? "";
  const name = columns[value]?.name ?? "";
  const bySeries = new Map<string, { sum: number; points: Map<number, number | null> }>();
  const moments = new Set<number>();
  for (const row of rows) {
    const at = timeOf(row[time], type);
    if (at === undefined) continue;
    const label = text >= 0 ? shown(row[text]) : name;
    const number = numberOf(row[value]);
    const one = bySeries.get(label) ?? { sum: 0, points: new Map() };
    one.points.set(at / 1000, number);
    one.sum += Math.abs(number ?? 0);
    bySeries.set(label, one);
    moments.add(at / 1000);
  }
  if (moments.size === 0) return null;
  const times = [...moments].sort((one, other) => one - other);
  const sorted = [...bySeries].sort(([, one], [, other]) => other.sum - one.sum);
  return {
    kind: "time",
    value: name,
    times,
    series: sorted.slice(0, SERIES_MAX).map(([label, { points }]) => ({
      label,
      values: times.map((at) => points.get(at) ?? null),
    })),
    left: Math.max(0, sorted.length - SERIES_MAX),
  };
}

function numberOf(value: unknown): number | null {
  const number = value === null || value === "" ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : null;
}

function shown(value: unknown): string {
  return value === null || value === "" ? "(empty)" : String(value);
}
