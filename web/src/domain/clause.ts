/** One condition of the query language, written so that the server reads the very value. */

/** `customer:="Alice & Co"`: equals, with nothing special in the value. Keys of metadata are quoted alike. */
export function clause(field: string, value: string): string {
  const dot = field.indexOf(".");
  const name = dot < 0 ? field : `${field.slice(0, dot)}.${written(field.slice(dot + 1))}`;
  return `${name}:=${written(value)}`;
}

function written(text: string): string {
  if (/^[\p{L}_][\p{L}\p{N}_-]*$/u.test(text) && !/^(and|or|not)$/i.test(text)) return text;
  const escaped = text
    .replace(/["\\]/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
  return `"${escaped}"`;
}

/** Words to look for in texts, as one phrase: `refund`, `"refund policy"`. */
export function phrase(text: string): string {
  return written(text);
}
