import { useCallback, useMemo } from "react";
import { useLocation, useSearch } from "wouter";

/** Parameters that go along from page to page. */
export const SHARED = ["env", "range", "from", "to"] as const;

export type Change = (params: URLSearchParams) => void;

/** The parameters of the address, and how to change them. `replace` adds no step to the history: for what is typed. */
export function useAddress(): [URLSearchParams, (change: Change, options?: { replace?: boolean }) => void] {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const update = useCallback(
    (change: Change, options?: { replace?: boolean }) => {
      // As it is now: something else may have changed it since this was drawn.
      const next = new URLSearchParams(location.search);
      const before = next.toString();
      change(next);
      const text = next.toString();
      if (text !== before) navigate(text ? `${path}?${text}` : path, options);
    },
    [path, navigate],
  );
  return [params, update];
}

/** How one page keeps its state in the address: each page has one in its `url.ts`. */
export interface Codec<T> {
  read(params: URLSearchParams): T;
  write(state: T, params: URLSearchParams): void;
}

/** The page's state as its address has it, and how to change it. */
export function useUrlState<T>(codec: Codec<T>): [T, (change: Partial<T>, options?: { replace?: boolean }) => void] {
  const [params, update] = useAddress();
  const state = useMemo(() => codec.read(params), [codec, params]);
  const set = useCallback(
    (change: Partial<T>, options?: { replace?: boolean }) => {
      update((next) => codec.write({ ...codec.read(next), ...change }, next), options);
    },
    [codec, update],
  );
  return [state, set];
}

/** The address of another page, with the environment and the range of this one. */
export function carried(path: string, params: URLSearchParams, own: Record<string, string> = {}): string {
  const next = new URLSearchParams();
  for (const name of SHARED) {
    const value = params.get(name);
    if (value !== null) next.set(name, value);
  }
  for (const [name, value] of Object.entries(own)) next.set(name, value);
  const text = next.toString();
  return text ? `${path}?${text}` : path;
}

/** Put an environment into an address. The first one is that of addresses that name none. */
export function chooseEnvironment(params: URLSearchParams, name: string, all: readonly string[]): void {
  if (name === all[0]) params.delete("env");
  else params.set("env", name);
}
