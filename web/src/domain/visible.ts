import { written } from "./json";

/** Characters that show nothing but change what is seen, or hide what is there: they are named instead. */

/** A piece of text as it is, or a character that is named in its place. */
export type Piece = { text: string } | { code: string; name: string; times: number };

// Controls but tab and line ends; marks that turn the direction of writing; what has no width; the alphabet of tags.
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /([\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}])\1*/gu;

const NAMES: Record<number, string> = {
  0: "null character",
  7: "bell",
  8: "backspace",
  27: "escape",
  127: "delete",
  173: "soft hyphen",
  1564: "Arabic letter mark",
  8203: "zero-width space",
  8206: "left-to-right mark",
  8207: "right-to-left mark",
  8234: "left-to-right embedding",
  8235: "right-to-left embedding",
  8236: "pop directional formatting",
  8237: "left-to-right override",
  8238: "right-to-left override",
  8288: "word joiner",
  8294: "left-to-right isolate",
  8295: "right-to-left isolate",
  8296: "first strong isolate",
  8297: "pop directional isolate",
  65279: "byte order mark",
};

/** The pieces of a text, in order. */
export function pieces(text: string): Piece[] {
  const made: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(HIDDEN)) {
    if (found.index > at) made.push({ text: text.slice(at, found.index) });
    const point = found[1]?.codePointAt(0) ?? 0;
    const width = point > 0xffff ? 2 : 1;
    made.push({ code: codeOf(point), name: nameOf(point), times: found[0].length / width });
    at = found.index + found[0].length;
  }
  if (at < text.length) made.push({ text: text.slice(at) });
  return made;
}

/** The text with the names of such characters in it, for where only a text can stand: a title, a label. */
export function visible(text: string): string {
  return pieces(text)
    .map((piece) => ("text" in piece ? piece.text : `⟨${piece.code}⟩`))
    .join("");
}

/** `U+202E`. */
function codeOf(point: number): string {
  return `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
}

function nameOf(point: number): string {
  if (point >= 0xe0020 && point <= 0xe007e) return `tag ${String.fromCodePoint(point - 0xe0000)}`;
  return NAMES[point] ?? (point < 0xa0 ? "control character" : "character without a shape");
}

/** JSON in which such characters stand as escapes, so that nobody pastes what he cannot see. */
export function safeJson(value: unknown, indent = 2): string {
  return written(value, indent).replace(HIDDEN, (run) =>
    Array.from({ length: run.length }, (_, at) => `\\u${run.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}

/** So much of a text, without a half of a character at its end. */
export function upTo(text: string, length: number): string {
  const end = text.charCodeAt(length - 1);
  return text.slice(0, end >= 0xd800 && end <= 0xdbff ? length - 1 : length);
}
