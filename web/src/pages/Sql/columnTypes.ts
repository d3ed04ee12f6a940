/** What ClickHouse's types mean to a reader. */

export type Meaning = "time" | "number" | "text" | "other";

/** A type without what wraps it: `LowCardinality(Nullable(String))` is `String`. */
export function bare(type: string): string {
  const found = /^(?:LowCardinality|Nullable)\((.*)\)$/.exec(type);
  return found?.[1] === undefined ? type : bare(found[1]);
}

export function meaningOf(type: string): Meaning {
  const name = bare(type);
  if (/^Date/.test(name)) return "time";
  if (/^(U?Int|Float|Decimal)/.test(name)) return "number";
  if (/^(String|FixedString|Enum|Bool|UUID)/.test(name)) return "text";
  return "other";
}

/** Milliseconds since 1970 of a value of such a type, or undefined. */
export function timeOf(value: unknown, type: string): number | undefined {
  if (typeof value !== "string") return undefined;
  const read = Date.parse(`${value.slice(0, 23).replace(" ", "T")}${value.length > 10 ? "Z" : "T00:00:00Z"}`);
  if (Number.isNaN(read)) return undefined;
  const zone = /'([^']+)'/.exec(bare(type))?.[1];
  return zone && zone !== "UTC" ? read - offset(zone, read) : read;
}

/** How far a zone's clock is ahead of UTC, at the moment that its clock shows `shown`. */
function offset(zone: string, shown: number): number {
  const once = ahead(zone, shown);
  return ahead(zone, shown - once);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function ahead(zone: string, at: number): number {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
    formats.set(zone, format);
  }
  return Date.parse(`${format.format(at).replace(" ", "T")}Z`) - Math.floor(at / 1000) * 1000;
}
