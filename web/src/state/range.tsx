import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { type Range, readRange, resolve, type Window, writeRange } from "../domain/range";
import { useAddress } from "./address";

interface Ranged {
  range: Range;
  /** The range in moments. It stands still until `refresh`, so that all that a page shows is of the same window. */
  window: Window;
  setRange(range: Range): void;
  refresh(): void;
}

const Context = createContext<Ranged | null>(null);

let asked: number | null = null;

/** The range of an address before anything is drawn. What is drawn first is of the same window. */
export function firstWindow(params: URLSearchParams): Window {
  asked ??= Date.now();
  return resolve(readRange(params), asked);
}

export function RangeProvider({ children }: { children: ReactNode }) {
  const [params, update] = useAddress();
  const queries = useQueryClient();
  const [now, setNow] = useState(() => asked ?? Date.now());
  useEffect(() => {
    asked = null; // who comes here again looks at what there is by then
  }, []);
  const key = ["range", "from", "to"].map((name) => params.get(name) ?? "").join(" ");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the other parameters say nothing of the range
  const range = useMemo(() => readRange(params), [key]);
  const window = useMemo(() => resolve(range, now), [range, now]);
  const setRange = useCallback(
    (next: Range) => {
      setNow(Date.now());
      update((params) => writeRange(next, params));
    },
    [update],
  );
  const refresh = useCallback(() => {
    setNow(Date.now());
    // With both ends given, the questions are the same ones: they are asked again.
    if (range.kind === "between") void queries.invalidateQueries();
  }, [range, queries]);
  const value = useMemo(() => ({ range, window, setRange, refresh }), [range, window, setRange, refresh]);
  return <Context value={value}>{children}</Context>;
}

export function useRange(): Ranged {
  const found = useContext(Context);
  if (!found) throw new Error("useRange outside of RangeProvider");
  return found;
}
