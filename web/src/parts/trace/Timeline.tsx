import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type Ref,
  useCallback,
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { ticks } from "../../domain/axis";
import { type Folded, foldedIn, foldText } from "../../domain/folding";
import { above, foldedFrom, type Row, type Stretch, shownRows } from "../../domain/trace";
import type { TraceModel } from "../../domain/traceModel";
import { useKeys } from "../../state/keys";
import { prefer, usePreferences } from "../../state/preferences";
import { Overview } from "./Overview";
import styles from "./Timeline.module.css";
import { TraceRow } from "./TraceRow";

const ROW_PX = 28;
const HEAD_PX = 58;
const TREE_PX = 400;
const TREE_LEAST = 160;
const STEP_PX = 16;
const STEP_LEAST = 3;

/** What others can have the timeline do. */
export interface TimelineHandle {
  /** Show a row: unfold what is above it, scroll to it, and make it the active one; `stays` leaves the focus alone. */
  go(at: number, stays?: boolean): void;
  /** The row that the keys move from; -1 before the first. */
  active(): number;
  foldAll(): void;
  unfoldAll(): void;
}

export interface TimelineProps {
  model: TraceModel;
  zoom: Stretch | null;
  /** `isStep`: whoever goes back comes to what was shown before. */
  onZoom(zoom: Stretch | null, isStep?: boolean): void;
  /** Which rows are folded, as `domain/folding` writes it. */
  fold: string;
  onFold(fold: string): void;
  /** The critical path is marked. */
  showsPath: boolean;
  found: ReadonlySet<number>;
  /** The id of the span that is open beside it. */
  opened: string | null;
  onOpen(id: string): void;
  ref?: Ref<TimelineHandle>;
}

/** The tree of a trace and, on the same lines, when each span ran. Only what is seen is drawn. */
export function Timeline(props: TimelineProps) {
  const { model, zoom, onZoom, showsPath, found, opened, onOpen, ref } = props;
  const { rows, sums, own, path, trace, placeOf } = model;
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const bars = useRef<HTMLDivElement>(null);
  const ticksMost = useTicks(bars);
  const [folded, setFolded] = useFolded(rows, props.fold, props.onFold);
  const [active, setActive] = useState<string | null>(opened);
  const shown = useMemo(() => shownRows(rows, folded), [rows, folded]);
  const activeAt = active === null ? -1 : (placeOf.get(active) ?? -1);
  const place = useMemo(() => placeIn(shown, activeAt), [shown, activeAt]);
  const [from, to] = zoom ?? [0, trace.length];
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 24,
    scrollPaddingStart: ROW_PX,
    scrollPaddingEnd: HEAD_PX + ROW_PX, // the head stands in the frame, and the rows begin below it
    paddingEnd: ROW_PX,
  });
  const tree = useTreeWidth();
  const step = Math.max(STEP_LEAST, Math.min(STEP_PX, (tree.width * 0.5) / Math.max(1, model.depth)));

  const fold = useCallback(
    (row: Row, isDeep: boolean) => {
      setActive(row.id);
      setFolded((before) => {
        const next = new Set(before);
        const isFolded = !next.delete(row.id);
        if (isFolded) next.add(row.id);
        if (isDeep) {
          const at = placeOf.get(row.id) ?? 0;
          for (let one = at + 1; one < row.end; one++) {
            const below = rows[one] as Row;
            if (below.end === one + 1) continue;
            if (isFolded) next.add(below.id);
            else next.delete(below.id);
          }
        }
        return next;
      });
    },
    [rows, placeOf, setFolded],
  );
  const open = useCallback(
    (row: Row) => {
      setActive(row.id);
      if (row.span) onOpen(row.id);
      else fold(row, false);
    },
    [onOpen, fold],
  );

  /** Move to a row; where a span is open beside, what one moves to is opened. */
  function move(at: number | undefined, align: "auto" | "center" = "auto") {
    const row = at === undefined ? undefined : rows[at];
    if (at === undefined || !row) return;
    const hidden = above(rows, at).filter((one) => folded.has(rows[one]?.id ?? ""));
    let next = shown;
    if (hidden.length > 0) {
      const open = new Set(folded);
      for (const one of hidden) open.delete(rows[one]?.id ?? "");
      setFolded(() => open);
      next = shownRows(rows, open);
    }
    setActive(row.id);
    if (row.finish < from || row.start > to) onZoom(null, false);
    const to_ = placeIn(next, at);
    // What is unfolded now has its place only after it is drawn.
    if (hidden.length > 0) requestAnimationFrame(() => virtual.scrollToIndex(to_, { align }));
    else virtual.scrollToIndex(to_, { align });
    if (opened !== null && row.span && row.id !== opened) onOpen(row.id);
  }
  useImperativeHandle(ref, () => ({
    go: (at, stays) => {
      move(at, "center");
      if (!stays) frame.current?.querySelector<HTMLElement>("[role=treegrid]")?.focus({ preventScroll: true });
    },
    active: () => activeAt,
    foldAll: () => setFolded(() => foldedFrom(rows, 0)),
    unfoldAll: () => setFolded(() => NOTHING),
  }));

  // The span that the address names is shown, once, however it came to be open.
  const shownSpan = useRef<string | null>(null);
  useEffect(() => {
    if (opened === shownSpan.current) return;
    const wasOpen = shownSpan.current !== null;
    shownSpan.current = opened;
    const at = opened === null ? undefined : placeOf.get(opened);
    if (wasOpen && at === activeAt) return; // it is where it was moved to
    if (at !== undefined) move(at);
  });

  const current = activeAt >= 0 ? rows[activeAt] : undefined;
  function zoomTo(row: Row | undefined) {
    if (!row || row.finish <= row.start) return;
    const around = (row.finish - row.start) * 0.05;
    onZoom([Math.max(0, row.start - around), Math.min(trace.length, row.finish + around)]);
  }
  function scale(by: number) {
    const middle = current ? (Math.max(from, current.start) + Math.min(to, current.finish)) / 2 : (from + to) / 2;
    const wide = (to - from) * by;
    if (wide >= trace.length) onZoom(null);
    else if (wide > 0.001) {
      const start = Math.max(0, Math.min(middle - wide / 2, trace.length - wide));
      onZoom([start, start + wide]);
    }
  }
  useKeys("Timeline", [
    { keys: "j", label: "Next row", run: () => move(shown[place + 1]) },
    { keys: "k", label: "Row before", run: () => move(shown[place - 1]) },
    { keys: "Enter", label: "Open the span", run: () => current && open(current) },
    { keys: "[", label: "Fold everything", run: () => setFolded(() => foldedFrom(rows, 0)) },
    { keys: "]", label: "Unfold everything", run: () => setFolded(() => NOTHING) },
    { keys: "z", label: "Show the time of the row", run: () => zoomTo(current) },
    { keys: "Z", label: "Show all of the time", run: () => onZoom(null) },
    { keys: "+", label: "Show less time", run: () => scale(0.5) },
    { keys: "-", label: "Show more time", run: () => scale(2) },
  ]);

  const hasBelow = current !== undefined && current.end > activeAt + 1;
  function onRight() {
    if (!current || !hasBelow) return;
    if (folded.has(current.id)) fold(current, false);
    else move(activeAt + 1);
  }
  function onLeft() {
    if (!current) return;
    if (hasBelow && !folded.has(current.id)) fold(current, false);
    else if (current.parent >= 0) move(current.parent);
  }
  function onKeyDown(event: React.KeyboardEvent) {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(((frame.current?.clientHeight ?? 0) - HEAD_PX) / ROW_PX) - 2);
    const last = shown.length - 1;
    const to = {
      ArrowDown: place + 1,
      ArrowUp: place - 1,
      PageDown: place + page,
      PageUp: place - page,
      Home: 0,
      End: last,
    }[event.key];
    if (to !== undefined) move(shown[Math.max(0, Math.min(to, last))]);
    else if (event.key === "ArrowRight") onRight();
    else if (event.key === "ArrowLeft") onLeft();
    else if (event.key === "*" && current) fold(current, true);
    else return;
    event.preventDefault();
  }

  const items = virtual.getVirtualItems();
  return (
    <div ref={frame} className={styles.frame}>
      <div
        role="treegrid"
        aria-label="Spans of the trace"
        aria-rowcount={shown.length + 1}
        aria-colcount={5}
        aria-activedescendant={place >= 0 ? `${id}-${activeAt}` : undefined}
        tabIndex={0}
        className={styles.grid}
        style={{ "--tree": `min(${tree.width}px, ${tree.isChosen ? 70 : 44}cqw)` } as React.CSSProperties}
        onKeyDown={onKeyDown}
      >
        <div role="row" aria-rowindex={1} className={styles.head}>
          <div role="columnheader" className={styles.headCell}>
            Span
            {tree.grip}
          </div>
          <div role="columnheader" className={`${styles.headCell} ${styles.number}`}>
            Duration
          </div>
          <div role="columnheader" className={`${styles.headCell} ${styles.number} ${styles.tokens}`}>
            Tokens
          </div>
          <div role="columnheader" className={`${styles.headCell} ${styles.number} ${styles.cost}`}>
            Cost
          </div>
          <div ref={bars} role="columnheader" className={styles.headBars} aria-label="Time">
            <Overview model={model} zoom={zoom} onZoom={onZoom} ticksMost={ticksMost} />
          </div>
        </div>
        <div role="rowgroup" className={styles.rows} style={{ height: virtual.getTotalSize() }}>
          <div className={styles.lines} aria-hidden="true">
            <div>
              {ticks(from, to, ticksMost).map((tick) => (
                <span
                  key={tick.at}
                  className={styles.line}
                  style={{ left: `${((tick.at - from) / (to - from || 1)) * 100}%` }}
                />
              ))}
            </div>
          </div>
          {items.map((item) => {
            const at = shown[item.index] as number;
            const row = rows[at];
            const rowSums = sums[at];
            if (!row || !rowSums) return null;
            return (
              <TraceRow
                key={row.id}
                id={`${id}-${at}`}
                row={row}
                sums={rowSums}
                own={own[at] ?? 0}
                path={showsPath ? path.get(at) : undefined}
                place={item.index}
                top={item.start}
                indent={row.depth * step}
                step={step}
                isDeep={row.depth * step > tree.width / 2}
                isFolded={folded.has(row.id)}
                isActive={at === activeAt}
                isOpened={row.id === opened}
                isFound={found.has(at)}
                from={from}
                to={to}
                onFold={fold}
                onOpen={open}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

const NOTHING: Folded = new Set();

/** Which rows are folded: as the address says, and the address as somebody folds. */
function useFolded(rows: readonly Row[], fold: string, onFold: (fold: string) => void) {
  const [folded, setFolded] = useState<Folded>(() => foldedIn(rows, fold));
  const latest = useRef({ folded, fold, onFold });
  latest.current.onFold = onFold;
  useEffect(() => {
    if (latest.current.fold === fold) return; // it is what was written
    latest.current.fold = fold;
    latest.current.folded = foldedIn(rows, fold);
    setFolded(latest.current.folded);
  }, [rows, fold]);
  // It stands still, so that rows are not drawn again.
  const change = useCallback(
    (how: (before: Folded) => Folded) => {
      const next = how(latest.current.folded);
      latest.current.folded = next;
      latest.current.fold = foldText(rows, next);
      setFolded(next);
      latest.current.onFold(latest.current.fold);
    },
    [rows],
  );
  return [folded, change] as const;
}

/** The place of a row among those that are shown, which are in order; -1 where it is not among them. */
function placeIn(shown: readonly number[], at: number): number {
  let [low, high] = [0, shown.length - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = shown[middle] as number;
    if (found === at) return middle;
    if (found < at) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

const TICK_PX = 60;
const TICKS_MOST = 8;

/** How many ticks of the axis have room beside each other. */
function useTicks(bars: React.RefObject<HTMLElement | null>): number {
  const [most, setMost] = useState(5);
  useLayoutEffect(() => {
    const element = bars.current;
    if (!element) return;
    const look = () => setMost(Math.max(1, Math.min(TICKS_MOST, Math.floor(element.clientWidth / TICK_PX))));
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [bars]);
  return most;
}

/** How wide the tree is, and the edge by which it is made wider. */
function useTreeWidth() {
  const { widths } = usePreferences();
  const chosen = widths[TREE]?.tree;
  const width = chosen ?? TREE_PX;
  const from = useRef<{ x: number; width: number } | null>(null);
  const keep = (pixels: number) =>
    prefer({ widths: { ...widths, [TREE]: { tree: Math.max(TREE_LEAST, Math.round(pixels)) } } });
  const grip = (
    <span
      className={styles.grip}
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of the tree"
      aria-valuenow={width}
      aria-valuemin={TREE_LEAST}
      aria-valuemax={2000}
      onPointerDown={(event) => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, width };
      }}
      onPointerMove={(event) => from.current && keep(from.current.width + event.clientX - from.current.x)}
      onPointerUp={() => {
        from.current = null;
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") keep(width - 24);
        else if (event.key === "ArrowRight") keep(width + 24);
        else return;
        event.preventDefault();
      }}
      onDoubleClick={() => keep(TREE_PX)}
    />
  );
  return { width, isChosen: chosen !== undefined, grip };
}

const TREE = "trace";
