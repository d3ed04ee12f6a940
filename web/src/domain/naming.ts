/** Queries for people: ids among their values, as what these are called. The query itself keeps the ids. */

import { meant, meantName, type Token, tokens } from "./query";

export interface Naming {
  /** Whether a typed name means the field whose values are ids. */
  isField(name: string): boolean;
  /** What each id is called. */
  names: ReadonlyMap<string, string>;
}

/** What the value is called that a token is; undefined for anything else. */
export function nameOf(text: string, token: Token, { isField, names }: Naming): string | undefined {
  if (token.kind !== "value" && token.kind !== "quoted") return undefined;
  if (token.field === undefined || !isField(meantName(token.field))) return undefined;
  return names.get(meant(text.slice(token.from, token.to)));
}

/** The query with names in the place of ids. */
export function withNames(text: string, naming: Naming): string {
  return tokens(text)
    .map((token) => nameOf(text, token, naming) ?? text.slice(token.from, token.to))
    .join("");
}

/** What the server says that the query means, with names in the place of its ids. */
export function saidWithNames(said: string, text: string, naming: Naming): string {
  return tokens(text).reduce((named, token) => {
    const name = nameOf(text, token, naming);
    if (name === undefined) return named;
    return named.replaceAll(JSON.stringify(meant(text.slice(token.from, token.to))), () => JSON.stringify(name));
  }, said);
}

/** Whether one of the conditions is on a field whose name holds the word. */
export function mentions(text: string, word: string): boolean {
  return tokens(text).some(
    ({ kind, from, to }) => kind === "field" && text.slice(from, to).toLowerCase().includes(word),
  );
}
