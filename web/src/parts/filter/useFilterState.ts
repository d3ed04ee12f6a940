import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Fault, type Schemas } from "../../api/client";
import { explanation, type Listed } from "../../api/filters";
import { useApi } from "../../api/session";

export interface FilterState {
  /** What the filter means; undefined until that is known, and while it cannot be read. */
  said: Schemas["ExplainAnswer"] | undefined;
  /** Why it cannot be read. */
  fault: Fault | null;
}

/** What the server says of a filter. */
export function useFilterState(of: Listed, query: string): FilterState {
  const scope = useApi();
  const { data, error } = useQuery({ ...explanation(scope, of, query), enabled: query.trim() !== "" });
  const isUnread = error instanceof Fault && error.status === 400;
  return { said: error ? undefined : data, fault: isUnread ? error : null };
}

/** A text that stands still for a moment after each change. */
export function useSettled(text: string, delay: number): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), delay);
    return () => clearTimeout(timer);
  }, [text, delay]);
  return settled;
}
