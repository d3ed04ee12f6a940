/** Whether a text looks like an id of something: one long word with a digit in it, and no condition of a filter. */
export function isId(text: string): boolean {
  return text.length >= 6 && text.length <= 200 && /^[^\s:"()<>]*\d[^\s:"()<>]*$/.test(text);
}
