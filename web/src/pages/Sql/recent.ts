const MOST = 20;
const CHARACTERS_MOST = 24_000;

/** The queries that were run last, the newest first, each once; long ones push out more of the old ones. */
export function withRecent(queries: readonly string[], query: string): string[] {
  const kept: string[] = [];
  let length = 0;
  for (const one of [query, ...queries.filter((old) => old !== query)]) {
    length += one.length;
    if (kept.length >= MOST || length > CHARACTERS_MOST) break;
    kept.push(one);
  }
  return kept;
}
