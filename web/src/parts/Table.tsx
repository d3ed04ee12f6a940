import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { least, tracks } from "../domain/columnWidths";
import { drawnRows, isNearEnd, type Sight } from "../domain/nearEnd";
import { useKeys } from "../state/keys";
import { usePreferences } from "../state/preferences";
import { Failure, Skeleton } from "./State";
import styles from "./Table.module.css";
import { choice, toggled } from "./TableChoice";
import { TableHead } from "./TableHead";
import { TableRow } from "./TableRow";
import { useMore } from "./useMore";

const ROW_PX = 32;
const NO_WIDTHS: Record<string, number> = {};

export interface Column<Row> {
  id: string;
  title: string;
  /** Pixels, before anybody drags it: all of a number, a time or a state; of a text that goes on, what is the least. */
  width: number;
  /** Its share of what is left over, until somebody drags it. Without any, the last column takes it all. */
  grow?: number;
  align?: "end";
  /** What the API sorts by, where it can. */
  sort?: string;
  cell(row: Row): ReactNode;
}

export interface TableProps<Row> {
  /** Under this name widths are remembered. */
  name: string;
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey(row: Row): string;
  /** The address of a row, or undefined; a middle click opens it in a new tab. */
  rowHref?: (row: Row) => string | undefined;
  /** A click, or Enter on the row that has the focus. */
  onOpen?: (row: Row) => void;
  /** The key of the row that is open beside the table. */
  opened?: string | null;
  /** `latency`, or `-latency` for descending. */
  sort?: string;
  onSort?: (sort: string) => void;
  /** Columns were dragged into this order. */
  onOrder?: (ids: string[]) => void;
  /** Rows that are chosen, by their keys; with it the table has a column to choose them in. */
  selection?: ReadonlySet<string>;
  onSelection?: (selection: ReadonlySet<string>) => void;
  isLoading?: boolean;
  /** The rows are of the question before; the answer to the present one is on its way. */
  isStale?: boolean;
  error?: unknown;
  onRetry?: () => void;
  /** The end is near to where one has scrolled: load more. Once for the rows there are. */
  onEnd?: () => void;
  isMore?: boolean;
  empty?: ReactNode;
  /** Whether the first row is in sight; said when that changes. */
  onTop?: (isAtTop: boolean) => void;
  /** Back to the first row whenever this changes. */
  toTop?: number;
}

/** Rows, drawn only where one looks. `j` and `k` move, `Enter` opens, `x` chooses; while one is open, moving opens. */
export function Table<Row>(props: TableProps<Row>) {
  const { name, label, rows, rowKey, onOpen, isMore, selection, onSelection, opened } = props;
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(-1);
  const { widths } = usePreferences();
  const given = props.columns;
  const columns = useMemo(
    () => (selection ? [choice({ selection, onSelection, rowKey }), ...given] : given),
    [selection, onSelection, rowKey, given],
  );
  const chosen = widths[name] ?? NO_WIDTHS;
  // By the style of the grid, so that another width draws no row anew.
  const look = {
    "--columns": tracks(columns, chosen),
    "--least": `${least(columns, chosen)}px`,
  } as React.CSSProperties;
  const towards = useRef<"forward" | "backward" | null>(null);
  const seen = useRef<Sight | null>(null);
  const virtual: Virtualizer<HTMLDivElement, Element> = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    rangeExtractor: (range) => {
      towards.current = virtual.scrollDirection ?? towards.current;
      const drawn = drawnRows(range, seen.current, towards.current, range.count);
      seen.current = range;
      return drawn;
    },
    scrollPaddingStart: ROW_PX,
    scrollPaddingEnd: ROW_PX, // the head stands in the frame, and the rows begin below it
  });
  const shown = virtual.getVirtualItems();
  useMore(props, isNearEnd(virtual.range, (virtual.scrollOffset ?? 0) > 0, rows.length));
  // Rows that come on top push the one down on which somebody stands.
  const activeKey = useRef<string | null>(null);
  useEffect(() => {
    const key = activeKey.current;
    if (key === null) return;
    setActive((at) => {
      const row = rows[at];
      return row !== undefined && rowKey(row) === key ? at : rows.findIndex((one) => rowKey(one) === key);
    });
  }, [rows, rowKey]);
  useEffect(() => {
    const row = rows[active];
    activeKey.current = row === undefined ? null : rowKey(row);
  }, [active, rows, rowKey]);
  const { onTop, toTop } = props;
  useEffect(() => {
    if (toTop !== undefined) frame.current?.scrollTo({ top: 0 });
  }, [toTop]);
  const atTop = useRef(true);
  const shownRow = useRef<string | null>(null);
  useEffect(() => {
    const at = opened ? rows.findIndex((row) => rowKey(row) === opened) : -1;
    if (at < 0) return;
    setActive(at);
    // Once for each, so that more rows do not take the table away from where somebody scrolled to.
    if (shownRow.current !== opened) virtual.scrollToIndex(at);
    shownRow.current = opened ?? null;
  }, [opened, rows, rowKey, virtual]);

  function go(to: number) {
    const next = Math.max(0, Math.min(to, rows.length - 1));
    if (rows.length === 0) return;
    setActive(next);
    virtual.scrollToIndex(next);
    if (opened) open(next);
  }
  function open(at: number) {
    const row = rows[at];
    if (row !== undefined) onOpen?.(row);
  }
  // The same functions from one drawing to the next, so that scrolling draws no row twice.
  const latest = useRef(props);
  latest.current = props;
  const openAt = useCallback((at: number) => {
    const row = latest.current.rows[at];
    if (row === undefined) return;
    setActive(at);
    latest.current.onOpen?.(row);
  }, []);
  const hrefAt = useCallback((at: number) => {
    const row = latest.current.rows[at];
    return row === undefined ? undefined : latest.current.rowHref?.(row);
  }, []);
  function choose(at: number) {
    const row = rows[at];
    if (row !== undefined && selection) onSelection?.(toggled(selection, rowKey(row)));
  }

  useKeys(label, [
    { keys: "j", label: "Next row", run: () => go(active + 1) },
    { keys: "k", label: "Row before", run: () => go(active - 1) },
    ...(onOpen ? [{ keys: "Enter", label: "Open the row", run: () => open(active) }] : []),
    ...(selection ? [{ keys: "x", label: "Choose the row", run: () => choose(active) }] : []),
  ]);

  function onKeyDown(event: React.KeyboardEvent) {
    const page = Math.max(1, Math.floor((frame.current?.clientHeight ?? 0) / ROW_PX) - 2);
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    if (to === undefined || event.target !== event.currentTarget) return;
    event.preventDefault();
    go(to);
  }

  const isEmpty = rows.length === 0 && !props.isLoading;
  return (
    <div
      ref={frame}
      className={styles.frame}
      onScroll={(event) => {
        const isAtTop = event.currentTarget.scrollTop < ROW_PX;
        if (isAtTop !== atTop.current) onTop?.(isAtTop);
        atTop.current = isAtTop;
      }}
    >
      <div
        className={styles.grid}
        style={look}
        tabIndex={0}
        role="grid"
        aria-label={label}
        aria-rowcount={isMore ? -1 : rows.length + 1}
        aria-colcount={columns.length}
        aria-busy={props.isLoading || props.isStale}
        aria-activedescendant={active >= 0 && active < rows.length ? `${id}-${active}` : undefined}
        onKeyDown={onKeyDown}
      >
        <TableHead columns={columns} table={props} />
        {props.isLoading && rows.length === 0 ? (
          <Bones columns={columns} />
        ) : isEmpty ? null : (
          <div
            className={`${styles.rows} ${props.isStale ? styles.stale : ""}`}
            style={{ height: virtual.getTotalSize() }}
            role="rowgroup"
          >
            {shown.map((item) => {
              const row = rows[item.index];
              if (row === undefined) return null;
              const key = rowKey(row);
              return (
                <TableRow
                  key={key}
                  id={`${id}-${item.index}`}
                  row={row}
                  at={item.index}
                  top={item.start}
                  columns={columns}
                  isActive={item.index === active}
                  isSelected={key === opened || selection?.has(key) === true}
                  hrefAt={hrefAt}
                  onOpen={onOpen && openAt}
                />
              );
            })}
          </div>
        )}
      </div>
      {props.error ? (
        <div className={styles.below}>
          <Failure error={props.error} {...(props.onRetry ? { onRetry: props.onRetry } : {})} />
        </div>
      ) : isEmpty ? (
        <div className={styles.below}>{props.empty}</div>
      ) : (
        isMore && rows.length > 0 && <div className={styles.below}>Loading more …</div>
      )}
    </div>
  );
}

function Bones<Row>({ columns }: { columns: readonly Column<Row>[] }) {
  return (
    <div aria-hidden="true">
      {Array.from({ length: 14 }, (_, at) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
          key={at}
          className={styles.row}
          style={{ position: "relative" }}
        >
          {columns.map((column, place) => (
            <div key={column.id} className={styles.cell} style={{ display: "block", paddingTop: 10 }}>
              <Skeleton width={`${35 + ((at * 7 + place * 13) % 50)}%`} />
            </div>
          ))}
        </div>
      ))}
    </div>
  );
}
