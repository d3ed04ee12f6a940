/** SQL cut into what is coloured alike. Joined again, the pieces are the text. */

export type TokenKind = "keyword" | "function" | "text" | "name" | "number" | "comment" | "parameter" | "plain";

export interface Token {
  kind: TokenKind;
  text: string;
}

const KEYWORDS = new Set(
  `all and any array as asc asof between by case cast cross desc distinct else end except exists extract false from full
  global group having ilike in inner intersect interval is join left like limit not null nulls offset on or order outer
  over partition right select semi anti then true union unbounded using when where window with preceding following
  current`.split(/\s+/),
);
const UNITS = /^(second|minute|hour|day|week|month|quarter|year)$/i;

const TOKEN =
  /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^'\\]|\\[\s\S]|'')*(?:'|$))|("(?:[^"\\]|\\[\s\S])*(?:"|$)|`[^`]*(?:`|$))|(\{[^{}]*\})|(\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b)|([A-Za-z_]\w*)|([^\w'"`{}/-]+|[\s\S])/gi;

export function tokens(sql: string): Token[] {
  const found: Token[] = [];
  for (const match of sql.matchAll(TOKEN)) {
    const [text, comment, literal, name, parameter, number, word] = match;
    const kind = comment
      ? "comment"
      : literal
        ? "text"
        : name
          ? "name"
          : parameter
            ? "parameter"
            : number
              ? "number"
              : word
                ? kindOf(word, sql, match.index + word.length)
                : "plain";
    const last = found.at(-1);
    if (last && last.kind === kind && kind === "plain") last.text += text;
    else found.push({ kind, text });
  }
  return found;
}

function kindOf(word: string, sql: string, end: number): TokenKind {
  if (
    /^\s*\(/.test(sql.slice(end, end + 8)) &&
    !/^(in|and|or|not|as|on|from|where|over|join|using|when|then|select|by)$/i.test(word)
  )
    return "function";
  if (UNITS.test(word)) return /\d\s*$/.test(sql.slice(0, end - word.length)) ? "keyword" : "plain";
  return KEYWORDS.has(word.toLowerCase()) ? "keyword" : "plain";
}
