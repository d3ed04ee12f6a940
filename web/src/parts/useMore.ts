import { useEffect, useRef } from "react";
import type { TableProps } from "./Table";

/** Asks for more rows near the end: once for the rows there are, and after a failure not before another try. */
export function useMore<Row>(
  { rows, onEnd, isMore, isLoading, isStale, error }: TableProps<Row>,
  isNear: boolean,
): void {
  const asked = useRef<readonly Row[] | null>(null);
  useEffect(() => {
    if (isLoading || isStale || error) asked.current = null;
    else if (isNear && isMore && asked.current !== rows) {
      asked.current = rows;
      onEnd?.();
    }
  }, [rows, onEnd, isMore, isLoading, isStale, error, isNear]);
}
