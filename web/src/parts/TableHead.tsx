import { type KeyboardEvent, type RefObject, useRef, useState } from "react";
import { bounded, WIDTH_MAX, WIDTH_MIN } from "../domain/columnWidths";
import { prefer, usePreferences } from "../state/preferences";
import { Icon } from "./Icon";
import type { Column, TableProps } from "./Table";
import styles from "./Table.module.css";
import { CHOICE, ChooseAll } from "./TableChoice";

/** The titles of the columns: by them one sorts, moves a column, and gives it another width. */
export function TableHead<Row>({ columns, table }: { columns: readonly Column<Row>[]; table: TableProps<Row> }) {
  return (
    <div role="row" aria-rowindex={1} className={styles.head}>
      {columns.map((column) => (
        <HeadCell key={column.id} column={column} table={table} />
      ))}
    </div>
  );
}

function HeadCell<Row>({ column, table }: { column: Column<Row>; table: TableProps<Row> }) {
  const { sort, onSort, onOrder, name } = table;
  const [over, setOver] = useState(false);
  const cell = useRef<HTMLDivElement>(null);
  const direction = sort === column.sort ? "ascending" : sort === `-${column.sort}` ? "descending" : "none";
  const sortable = column.sort !== undefined && onSort !== undefined;
  const movable = onOrder !== undefined && column.id !== CHOICE;

  function drop(dragged: string) {
    setOver(false);
    if (dragged === column.id || !onOrder) return;
    const ids = table.columns.map((one) => one.id).filter((one) => one !== dragged);
    if (ids.length === table.columns.length) return; // something else was dropped here
    ids.splice(ids.indexOf(column.id), 0, dragged);
    onOrder(ids);
  }

  return (
    <div
      ref={cell}
      role="columnheader"
      aria-label={column.id === CHOICE ? undefined : column.title}
      tabIndex={-1}
      aria-sort={sortable ? direction : undefined}
      className={`${styles.headCell} ${column.align ? styles.end : ""} ${over ? styles.over : ""}`}
      draggable={movable}
      onDragStart={(event) => event.dataTransfer.setData("text/plain", column.id)}
      onDragOver={(event) => {
        if (!movable) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        drop(event.dataTransfer.getData("text/plain"));
      }}
    >
      {sortable ? (
        <button
          type="button"
          className={styles.sort}
          onClick={() => onSort(direction === "descending" ? (column.sort ?? "") : `-${column.sort}`)}
        >
          <span className="cut">{column.title}</span>
          {direction !== "none" && <Icon name={direction === "ascending" ? "up" : "down"} size={12} />}
        </button>
      ) : column.id === CHOICE ? (
        <ChooseAll {...table} />
      ) : (
        <span className="cut">{column.title}</span>
      )}
      {column.id !== CHOICE && <Grip name={name} column={column} cell={cell} />}
    </div>
  );
}

const STEP = 16;
const STEP_WIDE = 64;
/** Of a column that is made to fit: what is longer is read beside the table. */
const FIT_MAX = 640;

/**
 * The edge by which a column is made wider: with the pointer, or by the keyboard as a separator. Enter or two clicks give
 * it the width of what stands in it, Backspace the one that it had at first.
 */
function Grip({ name, column, cell }: { name: string; column: Column<never>; cell: RefObject<HTMLDivElement | null> }) {
  const { widths } = usePreferences();
  const from = useRef<{ x: number; width: number } | null>(null);
  const { id, title } = column;
  const kept = widths[name]?.[id];
  const [measured, setMeasured] = useState<number>();
  const now = () => cell.current?.offsetWidth ?? column.width;

  function keep(width: number | null) {
    const { [id]: _, ...others } = widths[name] ?? {};
    prefer({ widths: { ...widths, [name]: width === null ? others : { ...others, [id]: bounded(width) } } });
  }
  /** What a key makes of the width: null is the one at first, undefined nothing. */
  function chosen(key: string, step: number): number | null | undefined {
    switch (key) {
      case "ArrowLeft":
        return now() - step;
      case "ArrowRight":
        return now() + step;
      case "Home":
        return WIDTH_MIN;
      case "End":
        return WIDTH_MAX;
      case "Enter":
        return fitting(cell.current);
      case "Backspace":
        return null;
    }
  }
  function onKeyDown(event: KeyboardEvent) {
    const width = chosen(event.key, event.shiftKey ? STEP_WIDE : STEP);
    if (width === undefined) return;
    event.preventDefault();
    keep(width);
  }
  return (
    <span
      className={styles.grip}
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={`Width of ${title}`}
      aria-valuenow={kept ?? measured ?? column.width}
      aria-valuemin={WIDTH_MIN}
      aria-valuemax={WIDTH_MAX}
      title="Drag, or arrow keys; two clicks or Enter fit what is in it"
      draggable={false}
      onFocus={() => setMeasured(now())}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, width: now() };
      }}
      onPointerMove={(event) => {
        if (from.current) keep(from.current.width + event.clientX - from.current.x);
      }}
      onPointerUp={() => {
        from.current = null;
      }}
      onDoubleClick={() => keep(fitting(cell.current))}
    />
  );
}

/** How wide the column of this head would be if nothing in it were cut off, in the rows that are drawn. */
function fitting(head: HTMLElement | null): number {
  const grid = head?.closest<HTMLElement>('[role="grid"]');
  if (!head || !grid) return WIDTH_MIN;
  const heads = [...(head.parentElement?.children ?? [])];
  const place = heads.indexOf(head);
  const before = grid.style.getPropertyValue("--columns");
  grid.style.setProperty("--columns", heads.map((one) => (one === head ? "max-content" : "0px")).join(" "));
  const cells = [...grid.querySelectorAll<HTMLElement>('[role="row"]')].map((row) => row.children[place]);
  const widest = Math.max(...cells.map((cell) => cell?.getBoundingClientRect().width ?? 0));
  grid.style.setProperty("--columns", before);
  return Math.min(Math.ceil(widest), FIT_MAX);
}
