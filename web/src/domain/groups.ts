/** Groups of spans: what each is called, and the filter that finds its spans. */

import { clause } from "./clause";

export type GroupValue = string | number | boolean | null;

export interface Group {
  /** null: the spans that do not have the field. */
  value: GroupValue;
  /** All groups that are not shown. */
  isOther: boolean;
}

/** What spans can be grouped by in one click; metadata come beside them. */
export const GROUPINGS = [
  { field: "model", title: "Model" },
  { field: "customer_identifier", title: "Customer" },
  { field: "prompt_name", title: "Prompt" },
  { field: "organization_key_id", title: "Key" },
  { field: "log_type", title: "Log type" },
  { field: "provider_id", title: "Provider" },
  { field: "span_name", title: "Name" },
  { field: "status_code", title: "Status code" },
] as const;

/** `Customer`, `Metadata: region`. */
export function groupingTitle(field: string): string {
  if (field.startsWith("metadata.")) return `Metadata: ${field.slice("metadata.".length)}`;
  return GROUPINGS.find((one) => one.field === field)?.title ?? field;
}

/** A group's name; `names` has better ones for some values. */
export function groupLabel(group: Group, names: ReadonlyMap<string, string> = new Map()): string {
  if (group.isOther) return "Other";
  if (group.value === null || group.value === "") return "(none)";
  const text = String(group.value);
  return names.get(text) ?? text;
}

/** The filter that finds a group's spans. What is in "other" is in none of the groups that are shown. */
export function groupClause(field: string, group: Group, shown: readonly Group[]): string {
  if (!group.isOther) return one(field, group.value);
  return shown
    .filter((each) => !each.isOther)
    .map((each) => `-${one(field, each.value)}`)
    .join(" ");
}

function one(field: string, value: GroupValue): string {
  return value === null || value === "" ? `missing:${fieldName(field)}` : clause(field, String(value));
}

/** The field as the query language writes it: a key that is no plain word stands in quotes. */
function fieldName(field: string): string {
  return clause(field, "x").slice(0, -":=x".length);
}

/** Both filters at once. */
export function both(first: string, second: string): string {
  if (!first.trim()) return second;
  if (!second.trim()) return first;
  return `${isPlain(first) ? first : `(${first})`} ${second}`;
}

/** Without an OR, which binds less than what would be put behind it. */
function isPlain(query: string): boolean {
  return !/\bOR\b/.test(query);
}
