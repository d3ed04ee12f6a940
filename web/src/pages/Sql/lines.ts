/** Changes of whole lines of a text, as editors of code make them. */

export interface Edit {
  /** What of the text is replaced, and by what. */
  from: number;
  to: number;
  text: string;
  /** What is marked afterwards. */
  start: number;
  end: number;
}

const COMMENT = "-- ";
const INDENT = "  ";

/** `--` before each line of the selection, or taken away where each of them has one. Empty lines stay as they are. */
export function commented(sql: string, start: number, end: number): Edit {
  const lines = linesAt(sql, start, end).text.split("\n");
  const isAll = lines.every((line) => !line.trim() || /^\s*--/.test(line));
  return changed(sql, start, end, (line) => {
    if (!line.trim()) return line;
    return isAll ? line.replace(/^(\s*)-- ?/, "$1") : COMMENT + line;
  });
}

/** Each line of the selection further in, or further out. */
export function indented(sql: string, start: number, end: number, isOut: boolean): Edit {
  return changed(sql, start, end, (line) => {
    if (isOut) return line.replace(/^ {1,2}|^\t/, "");
    return line.trim() ? INDENT + line : line;
  });
}

/** The whole lines that a selection touches; a line of which only the beginning is marked is none of them. */
function linesAt(sql: string, start: number, end: number): { from: number; to: number; text: string } {
  const last = end > start && sql[end - 1] === "\n" ? end - 1 : end;
  const from = start === 0 ? 0 : sql.lastIndexOf("\n", start - 1) + 1;
  const found = sql.indexOf("\n", last);
  const to = found < 0 ? sql.length : found;
  return { from, to, text: sql.slice(from, to) };
}

function changed(sql: string, start: number, end: number, change: (line: string) => string): Edit {
  const { from, to, text } = linesAt(sql, start, end);
  const before = text.split("\n");
  const after = before.map(change);
  const first = (after[0] ?? "").length - (before[0] ?? "").length;
  const all = after.join("\n");
  return {
    from,
    to,
    text: all,
    start: Math.max(from, start + first),
    end: Math.max(from, end + all.length - text.length),
  };
}
