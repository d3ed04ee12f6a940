/** Addresses of things whose ids their users chose: they may hold anything. */

/** In the place of an id that cannot stand in a path; the id is in `?id=` then. */
const ELSEWHERE = "_";

/** `/customers/user-42`, or `/customers/_?id=team%2Fada`: slashes and dots do not survive browsers and proxies. */
export function pathOf(page: string, id: string): { path: string; own: Record<string, string> } {
  const isPlain = id !== "" && !/[/\\%?#]|^\.{1,2}$/.test(id) && id !== ELSEWHERE;
  return isPlain
    ? { path: `${page}/${encodeURIComponent(id)}`, own: {} }
    : { path: `${page}/${ELSEWHERE}`, own: { id } };
}

/** The id that such an address has; null where it has none. */
export function idIn(segment: string | undefined, params: URLSearchParams): string | null {
  if (segment === undefined || segment === "") return null;
  if (segment === ELSEWHERE) return params.get("id");
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
