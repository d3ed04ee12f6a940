import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { spansWith, type TraceHead, type TraceSource } from "../../api/trace";
import { matching } from "../../domain/trace";
import type { TraceModel } from "../../domain/traceModel";

const PAUSE_MS = 250;

/** What a search within the trace finds. */
export interface Found {
  all: ReadonlySet<number>;
  /** In the order of the tree. */
  places: readonly number[];
  /** What stands in contents is still being asked. */
  isAsking: boolean;
}

/** Rows in whose names, or in whose contents, every word stands: the first at once, the others when the server answers. */
export function useFound(source: TraceSource, head: TraceHead, model: TraceModel, find: string): Found {
  const text = useDeferredValue(find);
  const [settled, setSettled] = useState(find);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(find), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [find]);
  const words = useMemo(() => settled.split(/\s+/).filter(Boolean), [settled]);
  const { data, isFetching } = useQuery(spansWith(source, head, words));
  const content = settled === text ? data : undefined;
  return useMemo(() => {
    const all = new Set(matching(model.rows, text));
    for (const id of content ?? []) {
      const at = model.placeOf.get(id);
      if (at !== undefined) all.add(at);
    }
    return { all, places: [...all].sort((a, b) => a - b), isAsking: isFetching || settled !== text };
  }, [model, text, content, isFetching, settled]);
}
