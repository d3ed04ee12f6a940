import { type Store, store, useStore } from "./store";

/** What one person likes, kept by the browser and for members by the server. What a link must carry does not belong here. */

export type Theme = "system" | "light" | "dark";

export interface Preferences {
  /** The id of the member whose they are; null before anybody has signed in. */
  owner: string | null;
  theme: Theme;
  zone: "local" | "utc";
  railNarrow: boolean;
  /** Widths of columns in pixels, by table and column. */
  widths: Record<string, Record<string, number>>;
  /** Filters used before, the newest first, by what they were used on. */
  recent: Record<string, readonly string[]>;
  /** Whether the column of facets is folded away, and which of them are open; null while nobody chose. */
  facets: { isHidden: boolean; open: readonly string[] | null };
}

const KEY = "midspan.preferences";
const INITIAL: Preferences = {
  owner: null,
  theme: "system",
  zone: "local",
  railNarrow: false,
  widths: {},
  recent: {},
  facets: { isHidden: false, open: null },
};

function read(): Preferences {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...INITIAL, ...(kept as Partial<Preferences>) };
  } catch {
    return INITIAL; // storage can be forbidden, or hold what an older version wrote
  }
}

export const preferences: Store<Preferences> = store(read());

export function usePreferences(): Preferences {
  return useStore(preferences);
}

export function prefer(change: Partial<Preferences>): void {
  const { theme } = preferences.get();
  preferences.set((before) => ({ ...before, ...change }));
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.get()));
  } catch {
    // Then it holds until the page is closed.
  }
  if (preferences.get().theme !== theme) showTheme(); // charts are painted anew
}

/** From now on they are this member's: as the server keeps them, or, the first time, as they are in this browser. */
export function adopt(owner: string, kept: Partial<Preferences> | undefined): void {
  const now = preferences.get();
  if (kept) prefer({ ...kept, owner });
  // What somebody else searched here is nobody's business.
  else prefer({ owner, ...(now.owner !== null && now.owner !== owner ? { recent: {} } : {}) });
}

const RECENT_MAX = 8;

/** Keep a filter that was used on these lists, to be offered again. */
export function remembered(of: string, query: string): void {
  const { recent } = preferences.get();
  const kept = recent[of] ?? [];
  if (kept[0] === query) return;
  prefer({ recent: { ...recent, [of]: [query, ...kept.filter((one) => one !== query)].slice(0, RECENT_MAX) } });
}

/** Put the chosen theme on the document. Called before the first paint. */
export function showTheme(): void {
  const { theme } = preferences.get();
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  painted.set((count) => count + 1);
}

const painted = store(0);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => painted.set((count) => count + 1));

/** Changes whenever colours change; for what is drawn on a canvas. */
export function usePainted(): number {
  return useStore(painted);
}
