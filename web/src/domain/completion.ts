/** What can be typed next in a query, from what stands before the caret and what the server says there is. */

import { fits } from "./fuzzy";
import { meant, meantName, type Token, tokens, writtenName, writtenValue } from "./query";

/** A field as `GET /api/fields/` describes it. */
export interface FieldInfo {
  name: string;
  kind: string;
  group: string;
  help: string;
  unit: string;
  aliases: readonly string[];
  example: string;
  values: string;
  fixed: readonly string[];
  keys: readonly string[] | null;
}

/** Where the caret is, and what of the text a choice takes the place of. */
export type Place =
  | { kind: "field"; typed: string; from: number; to: number }
  | { kind: "flag"; word: "has" | "missing" | "is"; typed: string; from: number; to: number }
  | { kind: "value"; field: string; sign: string; typed: string; from: number; to: number };

export interface Choice {
  /** What stands in the text afterwards, from `from` to `to`. */
  insert: string;
  label: string;
  detail: string;
  group: string;
  /** How many spans have it, where that is known. */
  count?: number;
  /** Something follows it at once: a field's condition. */
  isOpen?: boolean;
}

/** What one looks for most often; offered first where nothing is typed yet. */
const COMMON = [
  "status",
  "model",
  "customer_identifier",
  "latency",
  "cost",
  "error_message",
  "span_name",
  "name",
  "log_type",
  "thread_identifier",
  "total_cost",
  "duration",
  "error_count",
];
const FLAGS = ["has", "missing", "is"] as const;
const CHOICES_MAX = 120;
/** Letters that lie further apart in a name are no typing of it. */
const SCORE_MIN = 3;

/** What the caret stands in. */
export function placeAt(text: string, caret: number): Place {
  const all = tokens(text);
  const at = all.findIndex((token) => token.from < caret && caret <= token.to);
  const token = all[at];
  if (!token) return { kind: "field", typed: "", from: caret, to: caret };
  const typed = text.slice(token.from, Math.min(caret, token.to));
  if (token.kind === "field" && caret < token.to) return { kind: "field", typed, from: token.from, to: token.to };
  if (token.kind === "word") return { kind: "field", typed, from: token.from, to: token.to };
  const field = token.kind === "field" ? text.slice(token.from, token.to - 1) : token.field;
  if (field === undefined) return { kind: "field", typed: "", from: caret, to: caret };
  const isValue = token.kind === "value" || token.kind === "quoted";
  const from = isValue ? token.from : caret;
  const to = isValue ? token.to : caret;
  const value = isValue ? meant(typed) : "";
  const word = FLAGS.find((flag) => flag === field.toLowerCase());
  if (word) return { kind: "flag", word, typed: value, from, to };
  if (token.kind === "space" && !isAwaited(all, at)) return { kind: "field", typed: "", from: caret, to: caret };
  return { kind: "value", field: meantName(field), sign: signBefore(all, at, text), typed: value, from, to };
}

/** Whether a value may stand behind this space. */
function isAwaited(all: readonly Token[], at: number): boolean {
  const before = all[at - 1]?.kind;
  return before === "field" || before === "sign" || before === "comma";
}

function signBefore(all: readonly Token[], at: number, text: string): string {
  for (let place = at; place >= 0; place -= 1) {
    const token = all[place];
    if (token?.kind === "sign") return text.slice(token.from, token.to);
    if (token?.kind === "field" || token?.kind === "bracket") return "";
  }
  return "";
}

/** The field that a typed name means: by its name, an alias, a key of a family, or asked of the trace. */
export function fieldOf(fields: readonly FieldInfo[], name: string): FieldInfo | undefined {
  const small = name.toLowerCase();
  const plain = fields.find((field) => field.name === small || field.aliases.includes(small));
  if (plain) return plain;
  const [, head = "", key = ""] = /^([^._]+)(?:\.|__)(.+)$/.exec(name) ?? [];
  if (!key) return undefined;
  if (head.toLowerCase() === "trace") {
    const inner = fieldOf(fields, key);
    return inner && { ...inner, name: `trace.${inner.name}` };
  }
  const family = fields.find((field) => field.name === `${head.toLowerCase()}.<key>`);
  return family && { ...family, name: `${head.toLowerCase()}.${key}`, keys: null };
}

/** Whether a typed name means this field. */
export function means(fields: readonly FieldInfo[], field: string): (name: string) => boolean {
  return (name) => name === field || fieldOf(fields, name)?.name === field;
}

/** Fields that fit what was typed, families with the keys that there are. `hasTraces`: each can be asked of the trace. */
export function fieldChoices(fields: readonly FieldInfo[], typed: string, hasTraces: boolean): Choice[] {
  const isTrace = hasTraces && /^trace\./i.test(typed);
  const wanted = isTrace ? typed.slice(6) : typed;
  const scored = named(fields).flatMap(({ field, name, names }) => {
    const [best, score] = bestOf(wanted, name, names);
    if (score < (wanted ? SCORE_MIN : 1)) return [];
    const shown = isTrace ? `trace.${best}` : best;
    const choice = {
      insert: `${writtenName(shown)}:`,
      label: shown,
      detail: isTrace ? `${field.help} Of any span of the trace.` : field.help,
      group: field.group,
      isOpen: true,
    };
    return [{ choice, score: best === name ? score : score - 0.5 }];
  });
  const sorted: Choice[] = scored.sort(byFit).map((one) => one.choice);
  const found = wanted ? sorted : commonFirst(sorted);
  if (typed && !isTrace && hasTraces && "trace.".startsWith(typed.toLowerCase())) found.push(TRACE);
  const words = FLAG_CHOICES.filter((choice) => fits(typed, choice.label) >= 99);
  return [...found.slice(0, CHOICES_MAX), ...(typed && !isTrace ? words : [])];
}

const TRACE: Choice = {
  insert: "trace.",
  label: "trace.…",
  detail: "Any field, of any span of the trace.",
  group: "Of the trace",
  isOpen: true,
};
const FLAG_CHOICES: readonly Choice[] = [
  { insert: "has:", label: "has:", detail: "The field is there.", group: "Conditions", isOpen: true },
  { insert: "missing:", label: "missing:", detail: "The field is not there.", group: "Conditions", isOpen: true },
  { insert: "is:", label: "is:", detail: "It is so: is:root, is:pinned.", group: "Conditions", isOpen: true },
];

/** The name under which a field fits best, and how well. Its own name wins over an equally good alias. */
function bestOf(wanted: string, name: string, aliases: readonly string[]): [string, number] {
  let best: [string, number] = [name, fits(wanted, name)];
  for (const alias of aliases) {
    const score = fits(wanted, alias);
    if (score > best[1] && best[1] < 99) best = [alias, score];
  }
  return best;
}

function commonFirst(choices: readonly Choice[]): Choice[] {
  const common = COMMON.flatMap((name) => choices.filter((one) => one.label.replace(/^trace\./, "") === name));
  const keys = choices.filter((one) => /^(?:trace\.)?metadata\../.test(one.label));
  const first = [...common, ...keys].map((one) => ({ ...one, group: "Often used" }));
  const taken = new Set(first.map((one) => one.label));
  return [...first, ...choices.filter((one) => !taken.has(one.label))];
}

/** The better fit first; of equally good ones the shorter. */
function byFit(a: { choice: Choice; score: number }, b: { choice: Choice; score: number }): number {
  return b.score - a.score || (a.score > 1 ? a.choice.label.length - b.choice.label.length : 0);
}

function named(fields: readonly FieldInfo[]): { field: FieldInfo; name: string; names: readonly string[] }[] {
  return fields.flatMap((field) => {
    if (!field.name.endsWith(".<key>")) return [{ field, name: field.name, names: field.aliases }];
    const head = field.name.slice(0, -".<key>".length);
    return (field.keys ?? []).map((key) => ({ field, name: `${head}.${key}`, names: [] }));
  });
}

/** What can stand behind `has:`, `missing:` and `is:`. */
export function flagChoices(fields: readonly FieldInfo[], word: string, typed: string): Choice[] {
  return named(fields)
    .filter(({ field }) => word !== "is" || field.kind === "boolean")
    .map(({ field, name, names }) => {
      const own = word === "is" ? name.replace(/^is_/, "") : name;
      const [best, score] = bestOf(typed, own, names);
      return { score, choice: { insert: writtenName(best), label: best, detail: field.help, group: field.group } };
    })
    .filter((one) => one.score >= (typed ? SCORE_MIN : 1))
    .sort(byFit)
    .slice(0, CHOICES_MAX)
    .map((one) => one.choice);
}

/** Values that the field really has, or can have; by what they are called, where they are ids. */
export function valueChoices(
  field: FieldInfo,
  typed: string,
  values: readonly { value: string; count: number }[],
  names: ReadonlyMap<string, string> = new Map(),
): Choice[] {
  const small = typed.toLowerCase();
  const real = values.map(({ value, count }) => ({ value, count: count as number | undefined }));
  const fixed = field.fixed
    .filter((value) => !values.some((one) => one.value === value))
    .map((value) => ({ value, count: undefined }));
  return [...real, ...fixed]
    .filter(({ value }) => [value, names.get(value) ?? ""].some((text) => text.toLowerCase().includes(small)))
    .slice(0, CHOICES_MAX)
    .map(({ value, count }) => ({
      insert: writtenValue(value),
      label: names.get(value) ?? value,
      detail: names.has(value) ? value : "",
      group: "Values",
      ...(count === undefined ? {} : { count }),
    }));
}

const ORDERED = ["integer", "float", "money", "time", "json", "score"];

/** Ways to compare, before a value is typed. */
export function signChoices(field: FieldInfo): Choice[] {
  const example = field.example || "value";
  const group = "Comparisons";
  const way = (insert: string, label: string, detail: string): Choice => ({
    insert,
    label,
    detail,
    group,
    isOpen: true,
  });
  if (field.kind === "time") {
    return [
      { ...way(">-1h", ">-1h", "In the last hour."), isOpen: false },
      { ...way("today", "today", "Since midnight, UTC."), isOpen: false },
      way(">", `>2026-01-31`, "After a day or a moment."),
      way("<", `<2026-01-31`, "Before it."),
    ];
  }
  if (ORDERED.includes(field.kind)) {
    const unit = field.unit ? ` (${field.unit})` : "";
    return [
      way(">", `>${example}`, `More than${unit}.`),
      way("<", `<${example}`, `Less than${unit}.`),
      way(">=", `>=${example}`, "At least."),
      way("<=", `<=${example}`, "At most."),
    ];
  }
  if (field.kind === "text") {
    return [
      way("!=", `!=${example}`, "Is not."),
      way("~", `~${example}`, "Contains, in any letter case."),
      { ...way("*", "*", "Is there."), isOpen: false },
    ];
  }
  return [];
}
