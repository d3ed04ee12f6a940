import { type Token, type TokenKind, tokens } from "./tokens";

/** SQL with a line for each clause, as people read it. Nothing of it changes but space, and the case of keywords. */

const WIDE = 100;
const INDENT = "  ";
/** Where a list may be broken that is too wide. */
const BREAK = "\u0001";
const CLAUSES = /^(select|from|where|having|limit|with|union|except|intersect|order|group|window)$/;
const JOINED = /^(left|right|inner|full|cross|asof|any|all|semi|anti|outer|global|join)$/;

interface Piece {
  kind: TokenKind;
  text: string;
  /** In lower case, where it is a keyword or a name. */
  word: string;
  isOnNewLine: boolean;
}

export function formatted(sql: string): string {
  const pieces = piecesOf(sql);
  const frames: { isQuery: boolean; indent: number }[] = [{ isQuery: true, indent: 0 }];
  const lines: string[] = [];
  let line = "";
  let cases = 0;
  let isBetween = false;
  const broken = (indent: number) => {
    if (line.trim()) lines.push(line.trimEnd());
    line = INDENT.repeat(indent);
  };
  for (const [at, piece] of pieces.entries()) {
    const frame = frames.at(-1) ?? { isQuery: true, indent: 0 };
    const before = pieces[at - 1];
    const isKeyword = piece.kind === "keyword";
    const { word } = piece;
    if (piece.text === ")" && frames.length > 1) {
      frames.pop();
      if (frame.isQuery) broken(frames.at(-1)?.indent ?? 0);
    } else if (piece.kind === "comment" && piece.isOnNewLine) broken(frame.indent);
    else if (before?.kind === "comment" && before.text.startsWith("--")) broken(frame.indent);
    else if (frame.isQuery && isKeyword && isHead(pieces, at)) broken(frame.indent);
    else if (frame.isQuery && /^(and|or)$/.test(word) && cases === 0 && !isBetween) broken(frame.indent + 1);

    if (isKeyword && word === "case") cases += 1;
    if (isKeyword && word === "end") cases = Math.max(0, cases - 1);
    if (word === "between") isBetween = true;
    else if (word === "and") isBetween = false;
    if (line.trim() && hasSpace(pieces, at)) line += before?.text === "," && frame.isQuery ? BREAK : " ";
    line += isKeyword ? piece.text.toUpperCase() : piece.text;

    if (piece.text === "(") {
      const isQuery = /^(select|with)$/.test(pieces[at + 1]?.word ?? "");
      frames.push({ isQuery, indent: frame.indent + (isQuery ? 1 : 0) });
      if (isQuery) broken(frame.indent + 1);
    }
  }
  broken(0);
  return lines.flatMap(wrapped).join("\n");
}

/** Signs and words one by one, without the space between. */
function piecesOf(sql: string): Piece[] {
  let isOnNewLine = true;
  return tokens(sql).flatMap(({ kind, text }: Token) => {
    const parts = kind === "plain" ? (text.match(/\w+|[<>=!]+|\|\||::|->|[^\s\w]|\s+/g) ?? []) : [text];
    return parts.flatMap((part): Piece[] => {
      if (!part.trim()) {
        isOnNewLine ||= part.includes("\n");
        return [];
      }
      const piece = { kind, text: part, word: /^\w+$/.test(part) ? part.toLowerCase() : "", isOnNewLine };
      isOnNewLine = false;
      return [piece];
    });
  });
}

/** Whether a clause, or the words before a JOIN, begin here. */
function isHead(pieces: readonly Piece[], at: number): boolean {
  const { word } = pieces[at] as Piece;
  if (CLAUSES.test(word)) return !(word === "from" && /^(distinct|extract)$/.test(pieces[at - 1]?.word ?? ""));
  if (!JOINED.test(word) || JOINED.test(pieces[at - 1]?.word ?? "")) return false;
  for (let next = at; JOINED.test(pieces[next]?.word ?? ""); next++) if (pieces[next]?.word === "join") return true;
  return false;
}

function hasSpace(pieces: readonly Piece[], at: number): boolean {
  const [before, piece] = [pieces[at - 1], pieces[at]];
  if (!before || !piece) return false;
  if (/^[,;.)\]]$/.test(piece.text) || /^[([.]$/.test(before.text) || [before.text, piece.text].includes("::"))
    return false;
  if (piece.text === "[") return before.kind === "keyword" || /^[=<>!,+*/-]+$/.test(before.text);
  if (piece.text === "(") return before.kind !== "function" && before.text !== ")";
  // A sign of a number belongs to it.
  if (before.text === "-" && piece.kind === "number") {
    const earlier = pieces[at - 2];
    return earlier !== undefined && earlier.kind !== "keyword" && !/^([([,]|[=<>!+*/-]+)$/.test(earlier.text);
  }
  return true;
}

/** A list that is too wide, with a line for each of its parts. */
function wrapped(line: string): string[] {
  if (line.length <= WIDE || !line.includes(BREAK)) return [line.replaceAll(BREAK, " ")];
  const indent = /^ */.exec(line)?.[0] ?? "";
  const [head = ""] = /^ *(?:SELECT DISTINCT|SELECT|GROUP BY|ORDER BY|FROM|WITH) /.exec(line) ?? [];
  const parts = line.slice(head.length).split(BREAK);
  return [head.trimEnd(), ...parts.map((part) => indent + INDENT + part)].filter((one) => one.trim());
}
