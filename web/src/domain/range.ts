/** The range of time a page is about. It stands in the address: `?range=24h`, or `?from=…&to=…`. */

import { parseTime, tickTime, type Zone } from "./time";

export type Range = { kind: "last"; length: string } | { kind: "between"; from: string; to: string | null };

/** A range, resolved: both ends as the API takes them. `end` is null while the range goes on to now. */
export interface Window {
  start: string;
  end: string | null;
  seconds: number;
}

export const PRESETS = ["15m", "1h", "6h", "24h", "7d", "30d"] as const;
export const DEFAULT: Range = { kind: "last", length: "24h" };

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const NAMES: Record<string, string> = { s: "second", m: "minute", h: "hour", d: "day", w: "week" };
const LENGTH = /^([1-9]\d{0,4})([smhdw])$/;

/** Seconds of `15m`, `7d`; null for anything else. */
export function lengthSeconds(text: string): number | null {
  const found = LENGTH.exec(text);
  const unit = found?.[2];
  return found && unit ? Number(found[1]) * (SECONDS[unit] ?? 0) : null;
}

/** The range in an address; the default where there is none, or none that can be read. */
export function readRange(params: URLSearchParams): Range {
  const from = params.get("from");
  const to = params.get("to");
  if (from && !Number.isNaN(Date.parse(from))) {
    return { kind: "between", from, to: to && !Number.isNaN(Date.parse(to)) ? to : null };
  }
  const length = params.get("range");
  return length && lengthSeconds(length) ? { kind: "last", length } : DEFAULT;
}

/** Put the range into an address, in place of the one there. The default is left out. */
export function writeRange(range: Range, params: URLSearchParams): void {
  for (const name of ["range", "from", "to"]) params.delete(name);
  if (range.kind === "between") {
    params.set("from", range.from);
    if (range.to) params.set("to", range.to);
  } else if (DEFAULT.kind === "last" && range.length !== DEFAULT.length) {
    params.set("range", range.length);
  }
}

/** The range as of `now`, in milliseconds. */
export function resolve(range: Range, now: number): Window {
  if (range.kind === "between") {
    const end = range.to ? Date.parse(range.to) : now;
    const seconds = Math.max(1, (end - Date.parse(range.from)) / 1000);
    return { start: new Date(range.from).toISOString(), end: range.to && new Date(end).toISOString(), seconds };
  }
  const seconds = lengthSeconds(range.length) ?? 86_400;
  return { start: new Date(now - seconds * 1000).toISOString(), end: null, seconds };
}

/** `Last 15 minutes`, `Nov 26 09:00 – Nov 28 17:30`. */
export function rangeLabel(range: Range, zone: Zone): string {
  if (range.kind === "last") {
    const [, amount, unit] = LENGTH.exec(range.length) ?? [];
    const name = NAMES[unit ?? ""] ?? "";
    return amount === "1" ? `Last ${name}` : `Last ${amount} ${name}s`;
  }
  const end = range.to ? endLabel(range.to, zone) : "now";
  return `${endLabel(range.from, zone)} – ${end}`;
}

function endLabel(text: string, zone: Zone): string {
  const at = Date.parse(text);
  return `${tickTime(at, zone, Number.POSITIVE_INFINITY)} ${tickTime(at, zone, 86_400)}`;
}

/** What was drawn over a chart, between two moments in seconds, as a range; its ends in order and a second apart at least. */
export function brushed(from: number, to: number): Range {
  const start = Math.floor(Math.min(from, to));
  const end = Math.max(Math.ceil(Math.max(from, to)), start + 1);
  return { kind: "between", from: new Date(start * 1000).toISOString(), to: new Date(end * 1000).toISOString() };
}

export type TypedRange = { range: Range } | { faults: { from?: string; to?: string } };

/** The range that two fields mean: times, or lengths before now; an empty end is now. */
export function typedRange(from: string, to: string, now: number, zone: Zone): TypedRange {
  const length = lengthOf(from);
  if (length && !to.trim()) return { range: { kind: "last", length } };
  const start = momentOf(from, now, zone);
  const end = to.trim() && !/^now$/i.test(to.trim()) ? momentOf(to, now, zone) : null;
  if (start === undefined)
    return { faults: { from: "A time such as 2026-11-28 14:00, or a length such as 90m or 3d." } };
  if (end === undefined)
    return { faults: { to: "A time such as 2026-11-28 14:00, a length such as 1d, or nothing for now." } };
  if ((end ?? now) <= start) return { faults: { to: "It must be later than the beginning." } };
  return {
    range: {
      kind: "between",
      from: new Date(start).toISOString(),
      to: end === null ? null : new Date(end).toISOString(),
    },
  };
}

function lengthOf(text: string): string | null {
  const length = text.trim().replace(/^-/, "");
  return lengthSeconds(length) ? length : null;
}

function momentOf(text: string, now: number, zone: Zone): number | undefined {
  const length = lengthOf(text);
  return length ? now - (lengthSeconds(length) ?? 0) * 1000 : parseTime(text, zone);
}
