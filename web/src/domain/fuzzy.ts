/** How well a typed text fits a name: the letters in order, better together and at the beginnings of words. */

/** A score above 0, or 0 when it does not fit. An empty text fits everything alike. */
export function fits(typed: string, name: string): number {
  const wanted = typed.trim().toLowerCase();
  const text = name.toLowerCase();
  if (!wanted) return 1;
  const place = text.indexOf(wanted);
  if (place >= 0) return place === 0 || /\W/.test(text[place - 1] ?? "") ? 100 - place / 100 : 50 - place / 100;
  let at = 0;
  let gaps = 0;
  for (const letter of wanted) {
    if (letter === " ") continue;
    const found = text.indexOf(letter, at);
    if (found < 0) return 0;
    gaps += found - at;
    at = found + 1;
  }
  return 20 / (1 + gaps);
}
