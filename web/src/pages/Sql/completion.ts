import type { SqlTable } from "../../api/sql";
import { fits } from "../../domain/fuzzy";
import { bare } from "./columnTypes";
import { type Token, tokens } from "./tokens";

/** What can be typed next in SQL, from what stands before the caret and the tables that may be named. */

export interface SqlNames {
  tables: readonly SqlTable[];
  /** Functions, by what they are about. */
  functions: Readonly<Record<string, readonly string[]>>;
}

/** Where the caret is, and what of the text a choice takes the place of. */
export interface SqlPlace {
  from: number;
  to: number;
  typed: string;
  /** `table`: behind FROM and JOIN. `key`: within `metadata['…']`. `value`: within `model = '…'`. */
  wants: "name" | "table" | "key" | "value";
  /** What stands before a dot, or the column that a key or value is one of. */
  of: string;
  /** What ends a key or value, where it does not stand there yet. */
  end: string;
}

export interface SqlChoice {
  kind: "column" | "alias" | "table" | "keyword" | "function" | "key" | "value";
  label: string;
  insert: string;
  /** The caret stands so far before the end of what was inserted. */
  back: number;
  detail: string;
  help: string;
}

const KEYWORDS = [
  ..."SELECT FROM WHERE HAVING LIMIT OFFSET JOIN ON USING AND OR NOT IN LIKE ILIKE BETWEEN CASE WHEN THEN ELSE END AS".split(
    " ",
  ),
  ..."DISTINCT ASC DESC INTERVAL WITH NULL OVER".split(" "),
  "GROUP BY",
  "ORDER BY",
  "PARTITION BY",
  "LEFT JOIN",
  "INNER JOIN",
  "CROSS JOIN",
  "UNION ALL",
  "IS NULL",
  "IS NOT NULL",
  "NULLS LAST",
];
/** Behind a number only: `INTERVAL 7 DAY`. */
const UNITS = ["SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"];
const ORDER = ["column", "alias", "table", "keyword", "function", "key", "value"] as const;
const CHOICES_MAX = 80;
const FIT_LEAST = 3;
const NAME = /^(?:[A-Za-z_]\w*|"[^"]*"|`[^`]*`)$/;

/** What the caret stands in; null where nothing can be completed: in texts, comments, numbers, and behind AS. */
export function placeIn(sql: string, caret: number): SqlPlace | null {
  let start = 0;
  let within: Token | undefined;
  for (const token of tokens(sql)) {
    if (start < caret && caret <= start + token.text.length) {
      within = token;
      break;
    }
    start += token.text.length;
  }
  const before = sql.slice(0, caret);
  if (within?.kind === "text") return textPlace(sql, caret, start, within);
  if (within && /^(comment|number|parameter|name)$/.test(within.kind)) return null;
  const typed = /[A-Za-z_]\w*$/.exec(before)?.[0] ?? "";
  const from = caret - typed.length;
  const to = typed ? caret + (/^\w*/.exec(sql.slice(caret))?.[0].length ?? 0) : caret;
  const rest = sql.slice(0, from);
  const of = unquoted(/([A-Za-z_]\w*|"[^"]*"|`[^`]*`)\s*\.\s*$/.exec(rest)?.[1] ?? "");
  const last = significant(tokens(rest)).at(-1)?.text.toLowerCase();
  if (last === "as") return null;
  return { from, to, typed, wants: !of && (last === "from" || last === "join") ? "table" : "name", of, end: "" };
}

const KEY_OF = /([A-Za-z_]\w*)\s*\[\s*$/;
const JSON_OF = /\bJSON\w*\(\s*([A-Za-z_]\w*)\s*,\s*$/;
const VALUE_OF = /([A-Za-z_]\w*)\s*(?:!?=|<>|(?:NOT\s+)?(?:I?LIKE|IN\s*\((?:[^()]*,)?))\s*$/i;

/** Within a text: the key of a map or of JSON, or a value that a column is compared with. */
function textPlace(sql: string, caret: number, start: number, token: Token): SqlPlace | null {
  const before = sql.slice(0, start);
  const [key, json, value] = [KEY_OF, JSON_OF, VALUE_OF].map((pattern) => pattern.exec(before)?.[1]);
  const of = key ?? json ?? value;
  const isClosed = token.text.length > 1 && token.text.endsWith("'");
  const end = start + token.text.length;
  if (!of || (isClosed && caret === end)) return null;
  const to = isClosed ? end - 1 : caret;
  const typed = sql.slice(start + 1, caret);
  return {
    from: start + 1,
    to,
    typed,
    wants: key || json ? "key" : "value",
    of,
    end: isClosed ? "" : key ? "']" : "'",
  };
}

/** Whether to offer something without being asked: not behind every space. */
export function isOffered(place: SqlPlace): boolean {
  return place.typed !== "" || place.of !== "" || place.wants !== "name";
}

/** What fits at a place, the likeliest first. `texts` are the keys or values that are asked for. */
export function choicesAt(sql: string, place: SqlPlace, names: SqlNames, texts: readonly string[]): SqlChoice[] {
  if (place.wants === "key" || place.wants === "value") return best(place.typed, texts.map(textChoice(place)));
  const rest = sql.slice(0, place.from) + sql.slice(place.to);
  const said = sourcesIn(rest);
  const tables = names.tables.map((table) => choice("table", table.name, table.help));
  const made = said.filter((one) => one.isMade).map((one) => choice("table", one.name, "Of this query"));
  if (place.wants === "table") return best(place.typed, [...made, ...tables]);
  const units = /\d\s+$/.test(sql.slice(0, place.from)) ? UNITS : [];
  const tableOf = (name: string) => names.tables.find((table) => table.name === name.toLowerCase());
  if (place.of) {
    const source = said.find((one) => one.alias === place.of) ?? said.find((one) => one.name === place.of);
    const table = tableOf(source?.name ?? place.of);
    return best(place.typed, table ? columnsOf([table]) : []);
  }
  const used = said.flatMap((one) => tableOf(one.name) ?? []);
  return best(place.typed, [
    ...columnsOf(used.length > 0 ? [...new Set(used)] : names.tables),
    ...aliasesIn(rest).map((name) => choice("alias", name, "", "of this query")),
    ...said.flatMap((one) => (one.alias ? choice("alias", one.alias, "", one.name) : [])),
    ...made,
    ...tables,
    ...[...units, ...KEYWORDS].map((word) => choice("keyword", word, "")),
    ...Object.entries(names.functions).flatMap(([group, functions]) =>
      functions.map((name) => functionChoice(sql, place, name, group)),
    ),
  ]);
}

function choice(kind: SqlChoice["kind"], label: string, help: string, detail = ""): SqlChoice {
  return { kind, label, insert: label, back: 0, detail, help };
}

function functionChoice(sql: string, place: SqlPlace, name: string, group: string): SqlChoice {
  const isCalled = sql[place.to] === "(";
  return { ...choice("function", name, "", group), insert: isCalled ? name : `${name}()`, back: isCalled ? 0 : 1 };
}

/** A map's name opens its keys. */
function columnChoice(name: string, type: string, help: string, table: string): SqlChoice {
  const isMap = bare(type).startsWith("Map(");
  return {
    ...choice("column", name, help, [bare(type), table].filter(Boolean).join(" · ")),
    insert: isMap ? `${name}['']` : name,
    back: isMap ? 2 : 0,
  };
}

function textChoice(place: SqlPlace): (text: string) => SqlChoice {
  const kind = place.wants === "key" ? "key" : "value";
  const written = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("'", "\\'") + place.end;
  return (text) => ({ ...choice(kind, text, "", place.of), insert: written(text) });
}

/** The columns of some tables; one that several have is offered once. */
function columnsOf(tables: readonly SqlTable[]): SqlChoice[] {
  const found = new Map<string, SqlChoice>();
  for (const table of tables) {
    for (const { name, type, help } of table.columns) {
      if (!found.has(name)) found.set(name, columnChoice(name, type, help, tables.length > 1 ? table.name : ""));
    }
  }
  return [...found.values()];
}

function best(typed: string, choices: readonly SqlChoice[]): SqlChoice[] {
  const scored = choices.flatMap((one) => {
    const fit = fits(typed, one.label);
    return fit < FIT_LEAST && typed ? [] : [{ one, tier: fit > 90 ? 0 : fit > 40 ? 1 : 2 }];
  });
  if (scored.every(({ one }) => one.label.toLowerCase() === typed.toLowerCase())) return []; // nothing is left to type
  if (typed) {
    scored.sort(
      (a, b) =>
        a.tier - b.tier ||
        ORDER.indexOf(a.one.kind) - ORDER.indexOf(b.one.kind) ||
        a.one.label.length - b.one.label.length ||
        (a.one.label < b.one.label ? -1 : 1),
    );
  }
  return scored.slice(0, CHOICES_MAX).map(({ one }) => one);
}

interface Source {
  name: string;
  alias: string;
  /** WITH makes it; it is no table of the schema. */
  isMade: boolean;
}

/** The tables that the query reads, with the names that it gives them. */
function sourcesIn(sql: string): Source[] {
  const all = significant(tokens(sql));
  const found: Source[] = [];
  const word = (at: number) => all[at]?.text.toLowerCase() ?? "";
  const isName = (at: number) => all[at] !== undefined && all[at].kind !== "keyword" && NAME.test(all[at].text);
  for (let at = 0; at < all.length; at++) {
    if (/^(with|,)$/.test(word(at)) && isName(at + 1) && word(at + 2) === "as" && word(at + 3) === "(") {
      found.push({ name: unquoted(all[at + 1]?.text ?? ""), alias: "", isMade: true });
    }
    if (!/^(from|join)$/.test(word(at)) || !isName(at + 1)) continue;
    const named = word(at + 2) === "as" ? at + 3 : at + 2;
    const alias = isName(named) ? unquoted(all[named]?.text ?? "") : "";
    found.push({ name: unquoted(all[at + 1]?.text ?? ""), alias, isMade: false });
  }
  return found;
}

/** The names that the query gives to what it selects. */
function aliasesIn(sql: string): string[] {
  const all = significant(tokens(sql));
  const found = all.flatMap((token, at) => {
    const isNamed = all[at - 1]?.text.toLowerCase() === "as" && token.kind === "plain" && NAME.test(token.text);
    const isTable = /^(from|join)$/i.test(all[at - 3]?.text ?? "");
    return isNamed && !isTable ? [token.text] : [];
  });
  return [...new Set(found)];
}

/** Tokens that mean something, signs one by one. */
function significant(all: readonly Token[]): Token[] {
  return all.flatMap((token) => {
    if (token.kind === "comment") return [];
    if (token.kind !== "plain") return [token];
    return (token.text.match(/\w+|[^\s\w]/g) ?? []).map((text): Token => ({ kind: "plain", text }));
  });
}

function unquoted(name: string): string {
  return /^["`]/.test(name) ? name.slice(1, -1) : name;
}
