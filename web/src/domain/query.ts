/** The query language as text: what stands where, and changes of its conditions. What it means the server says. */

export type TokenKind =
  | "space"
  | "field"
  | "sign"
  | "value"
  | "quoted"
  | "pattern"
  | "word"
  | "keyword"
  | "minus"
  | "bracket"
  | "comma";

export interface Token {
  kind: TokenKind;
  from: number;
  to: number;
  /** Of signs, values and the commas between them: the field that they are a condition on, as it was typed. */
  field?: string;
}

const QUOTED = /"(?:[^"\\]|\\.)*"?/y;
const NAME = /(?:[^\s()":]|(?<=\.)"(?:[^"\\]|\\.)*")+(?=:)/y;
const KEYWORD = /(?:OR|AND|NOT)(?=[\s()"]|$)/y;
const SIGN = /!==|!=|!~|<=|>=|[=<>~]/y;
const PATTERN = /\/(?:[^/\\]|\\.)*\/(?=[\s,)]|$)/y;
const CALL = /[A-Za-z_]+\(/y;
const BARE = /[^\s(),"]+/y;
const WORD = /[^\s()"]+/y;
const SPACE = /\s+/y;

/** The text cut into tokens without a gap, whether or not it is a query that the server takes. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  const groups: (string | null)[] = []; // of each open bracket: the field that its conditions are on
  let field: string | null = null;
  let at = 0;

  function take(expression: RegExp, kind: TokenKind): boolean {
    expression.lastIndex = at;
    const matched = expression.exec(text);
    if (!matched?.[0]) return false;
    push(kind, matched[0].length);
    return true;
  }
  function push(kind: TokenKind, length: number) {
    const of = kind === "value" || kind === "quoted" || kind === "pattern" || kind === "sign" || kind === "comma";
    found.push({ kind, from: at, to: at + length, ...(of && field !== null ? { field } : {}) });
    at += length;
  }

  while (at < text.length) {
    if (take(SPACE, "space")) {
      const before = found.at(-2)?.kind;
      if (before !== "field" && before !== "sign" && before !== "comma" && text[at] !== ",")
        field = groups.at(-1) ?? null;
      continue;
    }
    const letter = text[at];
    if (letter === "(") {
      groups.push(field);
      push("bracket", 1);
    } else if (letter === ")") {
      groups.pop();
      push("bracket", 1);
      field = groups.at(-1) ?? null;
    } else if (field !== null) {
      const last = found.at(-1)?.kind;
      if (letter === ",") push("comma", 1);
      else if (groups.at(-1) && take(KEYWORD, "keyword")) continue;
      else if (last !== "sign" && last !== "comma" && take(SIGN, "sign")) continue;
      else if (take(PATTERN, "pattern") || take(QUOTED, "quoted")) continue;
      else if (isCall(text, at)) {
        take(/[A-Za-z_]+/y, "sign");
      } else if (!take(BARE, "value")) push("value", 1);
    } else if (take(KEYWORD, "keyword")) {
      // joins or negates what follows
    } else if (letter === "-" && /\S/.test(text[at + 1] ?? " ")) {
      push("minus", 1);
    } else {
      NAME.lastIndex = at;
      const name = NAME.exec(text);
      if (name) {
        push("field", name[0].length + 1);
        field = name[0];
      } else if (!take(QUOTED, "quoted") && !take(WORD, "word")) push("word", 1);
    }
  }
  return found;
}

function isCall(text: string, at: number): boolean {
  CALL.lastIndex = at;
  return CALL.test(text);
}

/** A part of a query that has to hold beside the others. */
export interface Clause {
  from: number;
  to: number;
  text: string;
  isNegated: boolean;
  /** As it was typed; null where it is not one condition on one field. */
  field: string | null;
  sign: string;
  /** The values as they are meant, where all of them are plain ones; null for wildcards, patterns, ranges, calls. */
  values: string[] | null;
}

/** The parts of a query that all have to hold, in order. Alternatives at the top are one part. */
export function clauses(text: string): Clause[] {
  const all = tokens(text);
  const parts: Token[][] = [];
  let part: Token[] = [];
  let depth = 0;
  let hasOr = false;
  function close() {
    while (part.at(-1)?.kind === "space") part.pop();
    if (part.length > 0) parts.push(part);
    part = [];
  }
  for (const token of all) {
    const written = text.slice(token.from, token.to);
    if (token.kind === "space") {
      if (depth === 0 && isWhole(part, text)) close();
      else if (part.length > 0) part.push(token);
      continue;
    }
    if (depth === 0 && token.kind === "keyword" && written !== "NOT") {
      if (written === "OR") hasOr = true;
      close();
      continue;
    }
    if (depth === 0 && token.kind === "comma" && part.length === 0 && parts.length > 0) part = parts.pop() ?? []; // `a , b`
    if (depth === 0 && begins(token) && part.length > 0 && isWhole(part, text)) close();
    if (token.kind === "bracket") depth += written === "(" ? 1 : -1;
    part.push(token);
  }
  close();
  if (hasOr) {
    const from = all.find((token) => token.kind !== "space")?.from ?? 0;
    const to = from + text.slice(from).trimEnd().length;
    return [{ from, to, text: text.slice(from, to), isNegated: false, field: null, sign: "", values: null }];
  }
  return parts.map((each) => described(each, text));
}

/** Whether a token can begin a part of its own, right behind another. */
function begins(token: Token): boolean {
  return token.kind === "field" || token.kind === "word" || token.kind === "minus";
}

/** Whether something may follow that is no part of it. */
function isWhole(part: readonly Token[], text: string): boolean {
  const last = part.filter((token) => token.kind !== "space").at(-1);
  if (!last) return false;
  if (last.kind === "keyword") return text.slice(last.from, last.to) !== "NOT";
  return last.kind !== "field" && last.kind !== "sign" && last.kind !== "comma" && last.kind !== "minus";
}

function described(part: readonly Token[], text: string): Clause {
  const from = part[0]?.from ?? 0;
  const to = part.at(-1)?.to ?? 0;
  const own = part.filter((token) => token.kind !== "space");
  const negations = own.findIndex((token) => token.kind !== "minus" && token.kind !== "keyword");
  const rest = own.slice(negations < 0 ? own.length : negations);
  const head = rest[0];
  const whole = { from, to, text: text.slice(from, to), isNegated: negations % 2 === 1 };
  if (head?.kind !== "field") return { ...whole, field: null, sign: "", values: null };
  const signs = rest.filter((token) => token.kind === "sign");
  const sign = signs.map((token) => text.slice(token.from, token.to)).join("");
  const values = rest.filter((token) => token.kind === "value" || token.kind === "quoted" || token.kind === "pattern");
  const isPlain =
    rest.every((token) => token.kind !== "bracket" && token.kind !== "pattern" && token.kind !== "keyword") &&
    values.length > 0 &&
    values.every((token) => isPlainValue(text.slice(token.from, token.to), token.kind)) &&
    values.every((token, place) => token.to !== values[place + 1]?.from); // "a"* is two tokens
  return {
    ...whole,
    field: text.slice(head.from, head.to - 1),
    sign,
    values: isPlain ? values.map((token) => meant(text.slice(token.from, token.to))) : null,
  };
}

function isPlainValue(written: string, kind: TokenKind): boolean {
  return kind === "quoted"
    ? written.length > 1 && written.endsWith('"')
    : !written.includes("*") && !written.includes("..");
}

const ESCAPES: Record<string, string> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

/** A value as it is meant: without its quotes and escapes. */
export function meant(written: string): string {
  if (!written.startsWith('"')) return written;
  return written
    .slice(1, written.length > 1 && written.endsWith('"') ? -1 : undefined)
    .replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, mark: string) =>
      mark.length === 5 ? String.fromCharCode(Number.parseInt(mark.slice(1), 16)) : (ESCAPES[mark] ?? mark),
    );
}

/** A value as it is typed, in quotes where it needs them. */
export function writtenValue(value: string): string {
  return /^[\p{L}\p{N}_@][\p{L}\p{N}_@.:/+-]*$/u.test(value) && !value.includes("..") ? value : quoted(value);
}

/** A field's name as it is typed: keys with odd letters in quotes. */
export function writtenName(name: string): string {
  const [head = "", ...keys] = name.split(".");
  const key = keys.join(".");
  return !key || /^[\p{L}\p{N}_.-]+$/u.test(key) ? name : `${head}.${quoted(key)}`;
}

/** A field's name as it is meant: `metadata."a b"` is `metadata.a b`. */
export function meantName(written: string): string {
  return written.replace(/"(?:[^"\\]|\\.)*"/gs, (part) => meant(part));
}

function quoted(text: string): string {
  const plain = text.replace(/["\\]/g, "\\$&");
  return `"${plain.replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t")}"`;
}

/** The query without one of its parts. */
export function without(text: string, clause: Clause): string {
  return replaced(text, clause, "");
}

/** The query with something in the place of one of its parts. */
export function replaced(text: string, clause: Clause, by: string): string {
  const before = text.slice(0, clause.from).trimEnd();
  const after = text.slice(clause.to).trimStart();
  const joined = [before, by, after].filter(Boolean).join(" ");
  // An AND that joined it to what stood beside it.
  return by ? joined : joined.replace(/^AND\s+|\s+AND$/g, "").replace(/(\s|^)AND(?:\s+AND)+(?=\s|$)/g, "$1AND");
}

/** The query with one of its parts turned around. */
export function turned(text: string, clause: Clause): string {
  if (clause.isNegated) return replaced(text, clause, clause.text.replace(/^(?:-|NOT\s+)/, ""));
  const isGroup = clauses(text).length === 1 && tokens(clause.text).some((one) => one.kind === "keyword");
  return replaced(text, clause, isGroup && !isBracketed(clause.text) ? `-(${clause.text})` : `-${clause.text}`);
}

function isBracketed(text: string): boolean {
  if (!text.startsWith("(") || !text.endsWith(")")) return false;
  let depth = 0;
  for (const token of tokens(text)) {
    if (token.kind !== "bracket") continue;
    depth += text[token.from] === "(" ? 1 : -1;
    if (depth === 0 && token.to < text.length) return false;
  }
  return true;
}

/** The query with one more part that has to hold. */
export function withPart(text: string, part: string): string {
  const trimmed = text.trim();
  if (!trimmed) return part;
  const [first] = clauses(trimmed);
  const isOr = first?.text === trimmed && first.field === null && hasTopOr(trimmed);
  return `${isOr ? `(${trimmed})` : trimmed} ${part}`;
}

function hasTopOr(text: string): boolean {
  let depth = 0;
  for (const token of tokens(text)) {
    const written = text.slice(token.from, token.to);
    if (token.kind === "bracket") depth += written === "(" ? 1 : -1;
    if (depth === 0 && token.kind === "keyword" && written === "OR") return true;
  }
  return false;
}

/** What a query says of one field, as a list of values to choose from shows it. */
export interface Chosen {
  included: ReadonlySet<string>;
  excluded: ReadonlySet<string>;
  /** The query without what it says of the field so: what there would be to choose from. */
  rest: string;
}

/** `isField` tells whether a typed name means the field. */
export function chosen(text: string, isField: (name: string) => boolean): Chosen {
  const included = new Set<string>();
  const excluded = new Set<string>();
  let rest = text;
  for (const clause of [...clauses(text)].reverse()) {
    const isNot = choiceOf(clause, isField);
    if (isNot === null) continue;
    for (const value of clause.values ?? []) (isNot ? excluded : included).add(value);
    rest = without(rest, clause);
  }
  return { included, excluded, rest };
}

/** Whether a part leaves values of the field out or lets them in; null where it is something else. */
function choiceOf(clause: Clause, isField: (name: string) => boolean): boolean | null {
  if (clause.field === null || clause.values === null || !isField(meantName(clause.field))) return null;
  if (clause.sign === "" || clause.sign === "=") return clause.isNegated;
  return clause.sign === "!=" && !clause.isNegated ? true : null;
}

/** The query with a value let in (or, with `isNot`, left out) that was not, or not any more where it was. */
export function toggled(
  text: string,
  field: string,
  value: string,
  isField: (name: string) => boolean,
  isNot = false,
): string {
  const now = chosen(text, isField);
  const included = new Set(now.included);
  const excluded = new Set(now.excluded);
  const [own, other] = isNot ? [excluded, included] : [included, excluded];
  other.delete(value);
  if (!own.delete(value)) own.add(value);
  const name = writtenName(field);
  const list = (values: ReadonlySet<string>) => [...values].map(writtenValue).join(",");
  let next = now.rest;
  if (included.size > 0) next = withPart(next, `${name}:${list(included)}`);
  if (excluded.size > 0) next = withPart(next, `-${name}:${list(excluded)}`);
  return next;
}

/** The query with what was probably meant in the place of what stands at a character, counted from 1. */
export function mended(text: string, position: number, suggestion: string): string {
  const characters = [...text]; // the server counts characters, not halves of them
  const at = characters.slice(0, position - 1).join("").length;
  const start = at - (/[^\s()":,]*$/.exec(text.slice(0, at))?.[0].length ?? 0);
  const head = text.slice(start, at);
  // A suggestion may be of the whole word in which the fault is, or of what begins at it.
  const from = head && suggestion.startsWith(head) ? start : at;
  const length = /^(?:[^\s()":,]|(?<=\.)"(?:[^"\\]|\\.)*")+/.exec(text.slice(from))?.[0].length ?? 0;
  return text.slice(0, from) + suggestion + text.slice(from + length);
}

/** Whether it ends in the middle of something: no use to ask what it means. */
export function isUnfinished(text: string): boolean {
  const all = tokens(text).filter((token) => token.kind !== "space");
  const last = all.at(-1);
  if (!last) return false;
  const written = text.slice(last.from, last.to);
  if (last.kind === "quoted" && !/^"(?:[^"\\]|\\.)*"$/s.test(written)) return true;
  if (["field", "sign", "comma", "minus", "keyword"].includes(last.kind) || written === "-") return true;
  const depth = all.reduce((sum, { kind, from }) => sum + (kind === "bracket" ? (text[from] === "(" ? 1 : -1) : 0), 0);
  return depth > 0;
}

/** Where a fault at a character, counted from 1, is to be marked. */
export function faultAt(text: string, position: number): { from: number; to: number } {
  const at = Math.min([...text].slice(0, position - 1).join("").length, text.length);
  const token = tokens(text).find((one) => one.from <= at && at < one.to && one.kind !== "space");
  if (!token) return { from: Math.max(0, text.trimEnd().length - 1), to: text.trimEnd().length };
  return { from: at, to: token.kind === "field" ? token.to - 1 : token.to };
}
