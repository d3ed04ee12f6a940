import type { ReactNode } from "react";
import type { Range } from "../domain/range";
import { useRange } from "../state/range";
import { Button } from "./Button";
import type { IconName } from "./Icon";
import { Empty } from "./State";

const LONG = { kind: "last", length: "30d" } as const satisfies Range;

/** What a page shows where the range has nothing that matches, and what would show more. */
export function NoneInRange({
  of,
  icon,
  query,
  onClear,
  children,
}: {
  of: "spans" | "traces" | "threads" | "customers";
  icon?: IconName;
  query: string;
  onClear(): void;
  children: ReactNode;
}) {
  const { range, setRange } = useRange();
  const isLong = range.kind === "last" && range.length === LONG.length;
  return (
    <Empty
      {...(icon ? { icon } : {})}
      title={`No ${of} in this range`}
      actions={
        (query || !isLong) && (
          <>
            {query && <Button onClick={onClear}>Clear the filter</Button>}
            {!isLong && <Button onClick={() => setRange(LONG)}>Last 30 days</Button>}
          </>
        )
      }
    >
      <p>{children}</p>
    </Empty>
  );
}
