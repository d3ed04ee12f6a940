import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { pileAt, stacked } from "../domain/series";
import { fullTime, tickTime } from "../domain/time";
import { usePainted, usePreferences } from "../state/preferences";
import { IconButton } from "./Button";
import styles from "./Chart.module.css";

export interface Series {
  label: string;
  /** One for each moment; null where there is nothing to say. */
  values: readonly (number | null)[];
  /** A token such as `--series-1`. */
  color: string;
  kind?: "line" | "bars";
  /** For what is compared with: the period before. */
  isDashed?: boolean;
}

export interface ChartProps {
  title: string;
  /** When each bucket begins, in seconds since 1970, ascending. */
  times: readonly number[];
  series: readonly Series[];
  /** A value with its unit. */
  format(value: number): string;
  /** How far apart the lines of the axis may be, ascending; by tens and their halves and fifths where none are given. */
  steps?: readonly number[] | undefined;
  /** Bars stand on top of each other; lines stay where they are. */
  isStacked?: boolean;
  /** The legend has a line of its own, there even without a legend: for charts that stand side by side. */
  isAligned?: boolean;
  /** Not where what stands beside the chart is its legend. */
  hasLegend?: boolean;
  height?: number;
  /** A stretch was drawn with the pointer: both ends in seconds. */
  onBrush?: (from: number, to: number) => void;
  /** A bucket was clicked: its place in `times`, and that of the bar or line under the pointer in `series`. */
  onPick?: (at: number, series: number | null) => void;
  /** What stands above the plot in place of the title. */
  heading?: ReactNode;
  /** Buttons at the end of that line. */
  tools?: ReactNode;
}

/** Values over time on a canvas, with what stands under the pointer, a stretch to draw, and a table behind it. */
export function Chart(props: ChartProps) {
  const { title, series, heading, tools, isAligned, hasLegend = true, height = 160 } = props;
  const [asTable, setAsTable] = useState(false);
  const toggle = (
    <IconButton
      icon={asTable ? "chart" : "table"}
      label={asTable ? "Show as chart" : "Show as table"}
      aria-pressed={asTable}
      onClick={() => setAsTable(!asTable)}
    />
  );
  return (
    <figure className={styles.figure} aria-label={title}>
      <figcaption className={`${styles.head} ${isAligned ? styles.aligned : ""}`}>
        {heading ?? <span className={styles.title}>{title}</span>}
        {hasLegend && (series.length > 1 || isAligned) && (
          <span className={styles.legend}>
            {series.length > 1 &&
              series.map((one) => (
                <span key={one.label} className={styles.entry}>
                  <Swatch series={one} />
                  {one.label}
                </span>
              ))}
          </span>
        )}
        <span className={styles.tools}>
          {toggle}
          {tools}
        </span>
      </figcaption>
      {asTable ? <ChartTable {...props} height={height} /> : <Plot {...props} height={height} />}
    </figure>
  );
}

function Swatch({ series }: { series: Series }) {
  return (
    <span
      className={`${styles.swatch} ${series.isDashed ? styles.dashed : ""}`}
      style={series.isDashed ? { borderColor: `var(${series.color})` } : { background: `var(${series.color})` }}
    />
  );
}

interface Readout {
  at: number;
  left: number;
  flip: boolean;
}

function Plot(props: ChartProps & { height: number }) {
  const { title, times, series, isStacked, height, format } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const painted = usePainted();
  const { zone } = usePreferences();
  const [readout, setReadout] = useState<Readout | null>(null);
  const values = useMemo(() => (isStacked ? pile(series) : series.map((one) => one.values)), [series, isStacked]);
  const shape = series.map((one) => `${one.label} ${one.color} ${one.kind} ${one.isDashed}`).join();

  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew when its looks change; values come below
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(
      options(element, latest, zone, setReadout),
      [[...times], ...values.map((one) => [...one])] as uPlot.AlignedData,
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, isStacked, height, painted, zone, props.steps]);
  useEffect(() => {
    plot.current?.setData([[...times], ...values.map((one) => [...one])] as uPlot.AlignedData);
  }, [times, values]);

  return (
    <div className={styles.under}>
      <div
        ref={box}
        className={styles.plot}
        style={{ height }}
        role="img"
        aria-label={`${title}, ${times.length} points in time: ${series
          .map((one) => summary(one, format))
          .join(", ")}. The button before it shows a table.`}
      />
      {readout && times[readout.at] !== undefined && (
        <div
          className={styles.readout}
          style={{
            top: 0,
            left: readout.left,
            transform: readout.flip ? "translateX(calc(-100% - 12px))" : "translateX(12px)",
          }}
          aria-hidden="true"
        >
          <div className="muted">{fullTime((times[readout.at] ?? 0) * 1000, zone).replace(/\.\d+/, "")}</div>
          <dl>
            {series.map((one) => {
              const value = one.values[readout.at];
              return [
                <dt key={`${one.label} name`} className={styles.entry}>
                  <Swatch series={one} />
                  <span className="cut">{one.label}</span>
                </dt>,
                <dd key={one.label}>{value === null || value === undefined ? "–" : format(value)}</dd>,
              ];
            })}
          </dl>
        </div>
      )}
    </div>
  );
}

/** What is drawn of each series: bars as a pile, lines as they are. */
function pile(series: readonly Series[]): (readonly (number | null)[])[] {
  const piled = stacked(series.filter((one) => one.kind === "bars").map((one) => one.values));
  return series.map((one) => (one.kind === "bars" ? (piled.shift() ?? []) : one.values));
}

/** A series in words: what its bars come to, or how high its line goes. */
function summary({ label, values, kind }: Series, format: (value: number) => string): string {
  const known = values.filter((value) => value !== null);
  if (known.length === 0) return `${label} not known`;
  if (kind === "bars") return `${label} ${format(known.reduce((sum, value) => sum + value, 0))} in all`;
  return `${label} up to ${format(Math.max(...known))}`;
}

function options(
  element: HTMLElement,
  latest: { current: ChartProps & { height: number } },
  zone: "local" | "utc",
  show: (readout: Readout | null) => void,
): uPlot.Options {
  const { series, height } = latest.current;
  const hasBars = series.some((one) => one.kind === "bars");
  const ink = colors(element);
  const font = `11px ${getComputedStyle(element).fontFamily}`;
  const axis: uPlot.Axis = {
    stroke: ink("--text-faint"),
    font,
    grid: { stroke: ink("--grid"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height,
    padding: [6, 20, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: (_, min, max) => [min, hasBars ? max + lastWidth(latest.current.times) : max] },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 26,
        gap: 6,
        space: 70,
        values: (self, ticks) => {
          const { min = 0, max = 0 } = self.scales.x ?? {};
          return ticks.map((tick) => tickTime(tick * 1000, zone, (max ?? 0) - (min ?? 0)));
        },
      },
      {
        ...axis,
        size: (_, ticks) => 16 + 7 * Math.max(3, ...(ticks ?? []).map((tick) => tick.length)),
        gap: 6,
        space: 32,
        ...(latest.current.steps ? { incrs: [...latest.current.steps] } : {}),
        values: (_, ticks) => ticks.map((tick) => latest.current.format(tick)),
      },
    ],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: latest.current.onBrush !== undefined, y: false, setScale: false },
    },
    // A stack is drawn from the top of the pile down, so that each covers the ones that it contains.
    series: [
      {},
      ...series.map((one) => {
        const stroke = ink(one.color);
        const bars = one.kind === "bars";
        return {
          label: one.label,
          stroke,
          width: bars ? 0 : 1.5,
          ...(bars ? { fill: stroke, paths: uPlot.paths.bars?.({ size: [0.82, 60], align: 1, gap: 1 }) } : {}),
          ...(one.isDashed ? { dash: [4, 4] } : {}),
          // A line of one moment has no length: it is a point.
          points: bars ? { show: false } : { show: true, size: 4, fill: stroke, filter: alone },
        } as uPlot.Series;
      }),
    ],
    hooks: {
      setCursor: [
        (self) => {
          const at = placeUnder(self, hasBars);
          const left = self.cursor.left ?? 0;
          if (at === null) show(null);
          else show({ at, left: left + self.bbox.left / devicePixelRatio, flip: left > self.over.clientWidth / 2 });
        },
      ],
      setSelect: [
        (self) => {
          const { left, width } = self.select;
          if (width < 4) return;
          latest.current.onBrush?.(self.posToVal(left, "x"), self.posToVal(left + width, "x"));
          self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      ready: [
        (self) => {
          let from = 0;
          self.over.addEventListener("pointerdown", (event) => {
            from = event.clientX;
          });
          self.over.addEventListener("click", (event) => {
            const at = placeUnder(self, hasBars);
            if (Math.abs(event.clientX - from) >= 4 || at === null) return;
            latest.current.onPick?.(at, seriesAt(self, at, self.cursor.top ?? 0, latest.current.series));
          });
        },
      ],
    },
  };
}

/** A bar begins at its time: the last one needs the room of a bucket behind it, in seconds. */
function lastWidth(times: readonly number[]): number {
  const [before, last] = times.slice(-2);
  return before !== undefined && last !== undefined ? last - before : 60;
}

/** The place in `times` under the pointer: of the bar that it is on, or of the nearest point of a line. */
function placeUnder(self: uPlot, hasBars: boolean): number | null {
  const { idx, left } = self.cursor;
  if (idx === null || idx === undefined || left === undefined || left < 0) return null;
  const isBefore = (self.data[0][idx] ?? 0) > self.posToVal(left, "x");
  return hasBars && isBefore ? Math.max(0, idx - 1) : idx;
}

const NEAR_PX = 8;

/** The line that is near to this height in pixels, or the bar that is drawn there. */
function seriesAt(self: uPlot, at: number, top: number, series: readonly Series[]): number | null {
  const drawn = series.map((_, place) => self.data[place + 1]?.[at]);
  const line = series.findIndex(({ kind }, place) => {
    const value = drawn[place];
    const isThere = kind !== "bars" && value !== null && value !== undefined;
    return isThere && Math.abs(self.valToPos(value, "y") - top) <= NEAR_PX;
  });
  if (line >= 0) return line;
  return pileAt(
    drawn.map((value, place) => (series[place]?.kind === "bars" ? value : null)),
    self.posToVal(top, "y"),
  );
}

/** The places of values that have none beside them. */
function alone(self: uPlot, at: number): number[] {
  const values = self.data[at] ?? [];
  const isThere = (place: number) => values[place] !== null && values[place] !== undefined;
  return [...values.keys()].filter((place) => isThere(place) && !isThere(place - 1) && !isThere(place + 1));
}

/** Tokens as a canvas can take them. */
function colors(element: HTMLElement): (token: string) => string {
  return (token) => {
    const before = element.style.color;
    element.style.color = `var(${token})`;
    const found = getComputedStyle(element).color;
    element.style.color = before;
    return found;
  };
}

function ChartTable({ title, times, series, format, height, onPick }: ChartProps & { height: number }) {
  const { zone } = usePreferences();
  return (
    <div className={styles.tableFrame} style={{ maxHeight: Math.max(height, 160) }} tabIndex={0}>
      <table className={styles.table}>
        <caption className="hidden-visually">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            {series.map((one) => (
              <th key={one.label} scope="col">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, at) => (
            <tr key={time}>
              <th scope="row">
                {onPick ? (
                  <button type="button" className={styles.pick} onClick={() => onPick(at, null)}>
                    {fullTime(time * 1000, zone).replace(/\.\d+/, "")}
                  </button>
                ) : (
                  fullTime(time * 1000, zone).replace(/\.\d+/, "")
                )}
              </th>
              {series.map((one) => {
                const value = one.values[at];
                return <td key={one.label}>{value === null || value === undefined ? "–" : format(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
