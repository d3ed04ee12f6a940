/** Keys as they are written down, and whether what was pressed is what is written. */

export interface Press {
  key: string;
  mod: boolean;
  alt: boolean;
}

/** `mod+k` is one press, `g s` are two. */
export function parseKeys(text: string): Press[] {
  return text.split(" ").map((one) => {
    const parts = one.split("+").filter(Boolean);
    const key = one.endsWith("+") ? "+" : (parts.at(-1) ?? "");
    return { key, mod: parts.slice(0, -1).includes("mod"), alt: parts.slice(0, -1).includes("alt") };
  });
}

/** Whether the newest presses are these. Letters count the same with and without Caps Lock only where written so. */
export function matches(wanted: readonly Press[], presses: readonly Press[]): boolean {
  if (wanted.length > presses.length) return false;
  const newest = presses.slice(-wanted.length);
  return wanted.every((want, place) => {
    const press = newest[place];
    return press !== undefined && press.key === want.key && press.mod === want.mod && press.alt === want.alt;
  });
}

/** The action that was meant: of those that two presses name before those that name one, and of these the last one. */
export function chosenOf<Action extends { keys: string }>(
  actions: readonly Action[],
  presses: readonly Press[],
): Action | undefined {
  const found = actions.map((action) => ({ action, wanted: parseKeys(action.keys) }));
  return found
    .filter(({ wanted }) => matches(wanted, presses))
    .reduce<(typeof found)[number] | undefined>(
      (best, one) => (best && best.wanted.length > one.wanted.length ? best : one),
      undefined,
    )?.action;
}

/** For reading: `⌘ K` on a Mac, `Ctrl K` elsewhere, one text a key. */
export function shownKeys(text: string, isMac: boolean): string[] {
  const names: Record<string, string> = {
    ArrowUp: "↑",
    ArrowDown: "↓",
    ArrowLeft: "←",
    ArrowRight: "→",
    Escape: "Esc",
  };
  return parseKeys(text).flatMap((press) => [
    ...(press.mod ? [isMac ? "⌘" : "Ctrl"] : []),
    ...(press.alt ? [isMac ? "⌥" : "Alt"] : []),
    names[press.key] ?? (press.mod && press.key.length === 1 ? press.key.toUpperCase() : press.key),
  ]);
}
