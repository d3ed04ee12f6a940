import { memo } from "react";
import type { Column } from "./Table";
import styles from "./Table.module.css";

interface TableRowProps<Row> {
  id: string;
  row: Row;
  /** Its place among all rows; what a click gives on. */
  at: number;
  top: number;
  columns: readonly Column<Row>[];
  isActive: boolean;
  isSelected: boolean;
  hrefAt(at: number): string | undefined;
  onOpen: ((at: number) => void) | undefined;
}

function RowOf<Row>({ id, row, at, top, columns, isActive, isSelected, hrefAt, onOpen }: TableRowProps<Row>) {
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={at + 2}
      aria-selected={isSelected}
      className={`${styles.row} ${isActive ? styles.active : ""} ${onOpen ? styles.opens : ""}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={(event) => {
        if ((event.target as Element).closest("a, button, input, label")) return;
        if (getSelection()?.type === "Range") return; // somebody marks text to copy it
        const href = event.metaKey || event.ctrlKey ? hrefAt(at) : undefined;
        if (href) window.open(href, "_blank");
        else onOpen?.(at);
      }}
      onAuxClick={(event) => {
        const href = event.button === 1 ? hrefAt(at) : undefined;
        if (href) window.open(href, "_blank");
      }}
    >
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={column.align ? styles.endCell : styles.cell}>
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

/** Drawn anew only when something of it changes, and not with every step of a wheel. */
export const TableRow = memo(RowOf) as typeof RowOf;
