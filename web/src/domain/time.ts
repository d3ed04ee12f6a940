/** Moments as people read them. */

export type Zone = "local" | "utc";

/** Milliseconds since 1970 of what the API sends, or NaN. Finer digits than milliseconds are cut off. */
export function moment(text: string): number {
  return Date.parse(text.replace(/(\.\d{3})\d+/, "$1"));
}

interface Parts {
  year: string;
  month: string;
  day: string;
  clock: string;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function parts(at: number, zone: Zone): Parts {
  const date = new Date(at);
  const shifted = zone === "utc" ? date : new Date(at - date.getTimezoneOffset() * 60_000);
  const [day, clock] = shifted.toISOString().split("T") as [string, string];
  const [year, month, dayOfMonth] = day.split("-") as [string, string, string];
  return { year, month, day: dayOfMonth, clock: clock.replace("Z", "") };
}

/** `2026-11-28 14:03:22.123 UTC+01:00`: all of it. */
export function fullTime(at: number, zone: Zone): string {
  const { year, month, day, clock } = parts(at, zone);
  return `${year}-${month}-${day} ${clock} ${zoneName(at, zone)}`;
}

const YEAR_KNOWN_MS = 300 * 86_400_000;

/** `Nov 28 14:03:22`; where the year goes without saying no more, `Nov 28 2025 14:03`. */
export function shortTime(at: number, zone: Zone, now: number): string {
  const { year, month, day, clock } = parts(at, zone);
  const name = MONTHS[Number(month) - 1];
  const isNear = Math.abs(now - at) < YEAR_KNOWN_MS;
  return `${name} ${Number(day)} ${isNear ? clock.slice(0, 8) : `${year} ${clock.slice(0, 5)}`}`;
}

/** For axes and ranges: `14:03`, `Nov 28`, `Nov 28 14:03`, by how long the whole is. */
export function tickTime(at: number, zone: Zone, spanSeconds: number): string {
  const { month, day, clock } = parts(at, zone);
  const name = `${MONTHS[Number(month) - 1]} ${Number(day)}`;
  if (spanSeconds <= 600) return clock.slice(0, 8);
  if (spanSeconds <= 86_400) return clock.slice(0, 5);
  if (spanSeconds <= 4 * 86_400) return clock.startsWith("00:00") ? name : clock.slice(0, 5);
  return name;
}

/** `UTC`, or `UTC+01:00` for the zone of this computer at that moment. */
export function zoneName(at: number, zone: Zone): string {
  const offset = zone === "utc" ? 0 : -new Date(at).getTimezoneOffset();
  if (offset === 0) return "UTC";
  const size = Math.abs(offset);
  const text = `${String(Math.floor(size / 60)).padStart(2, "0")}:${String(size % 60).padStart(2, "0")}`;
  return `UTC${offset > 0 ? "+" : "−"}${text}`;
}

/** The zone's name, as the API takes it: `Europe/Berlin`. */
export function zoneId(zone: Zone): string {
  const named = zone === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
  return /^[A-Za-z]+([/_+-][A-Za-z0-9_+-]+)*$/.test(named ?? "") && named !== "Etc/Unknown" ? named : "UTC";
}

const UNITS: [number, string][] = [
  [86_400 * 365, "y"],
  [86_400 * 30, "mo"],
  [86_400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
];

/** `now`, `12 s ago`, `3 h ago`, `in 2 d`. A minute ahead is now: no two clocks show the same. */
export function relativeTime(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  const size = Math.abs(seconds);
  if (seconds < 0 && size < 60) return "now";
  for (const [length, name] of UNITS) {
    if (size >= length) {
      const text = `${Math.floor(size / length)} ${name}`;
      return seconds > 0 ? `${text} ago` : `in ${text}`;
    }
  }
  return "now";
}

/** As it is typed into a field: `2026-11-28 14:03`, with seconds where there are any. */
export function inputTime(at: number, zone: Zone): string {
  const { year, month, day, clock } = parts(at, zone);
  const seconds = clock.slice(5, 8);
  return `${year}-${month}-${day} ${clock.slice(0, 5)}${seconds === ":00" ? "" : seconds}`;
}

const TYPED = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?(Z|[+-]\d\d:?\d\d)?$/;

/** Milliseconds since 1970 of what was typed, or undefined. A day alone is its midnight; a zone may stand behind. */
export function parseTime(text: string, zone: Zone): number | undefined {
  const found = TYPED.exec(text.trim());
  if (!found) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00", offset] = found;
  const behind = offset ?? (zone === "utc" ? "Z" : "");
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${behind}`);
  return Number.isNaN(at) ? undefined : at;
}
