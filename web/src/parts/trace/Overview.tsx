import { useEffect, useRef, useState } from "react";
import { ticks } from "../../domain/axis";
import type { Stretch } from "../../domain/trace";
import type { TraceModel } from "../../domain/traceModel";
import { usePainted } from "../../state/preferences";
import { lookOf } from "../LogType";
import styles from "./Timeline.module.css";

const HEIGHT = 30;
const LEAST_PX = 4;
/** From here on, in percent, a label stands before its tick. */
const NO_ROOM = 88;

/** The whole trace in the height of two lines, with the stretch that is shown; below it the axis of that stretch.
 * A stretch drawn on either is shown; two clicks show all again. */
export function Overview({
  model,
  zoom,
  onZoom,
  ticksMost,
}: {
  model: TraceModel;
  zoom: Stretch | null;
  onZoom(zoom: Stretch | null): void;
  ticksMost: number;
}) {
  const { length } = model.trace;
  const [from, to] = zoom ?? [0, length];
  const whole = useDrawn([0, length], onZoom);
  const part = useDrawn([from, to], onZoom);
  const share = (at: number) => (length > 0 ? Math.max(0, Math.min(100, (at / length) * 100)) : 0);
  return (
    <>
      <div className={styles.minimap} {...whole.handlers} title="Draw a stretch to show it; two clicks show all">
        <Minimap model={model} />
        {zoom && (
          <>
            <span className={styles.veil} style={{ left: 0, width: `${share(from)}%` }} />
            <span className={styles.veil} style={{ left: `${share(to)}%`, right: 0 }} />
            <span className={styles.lens} style={{ left: `${share(from)}%`, width: `${share(to) - share(from)}%` }} />
          </>
        )}
        {whole.drawn}
      </div>
      <div className={styles.axis} {...part.handlers}>
        {ticks(from, to, ticksMost).map((tick) => {
          const left = ((tick.at - from) / (to - from || 1)) * 100;
          return (
            <span
              key={tick.at}
              className={`${styles.tick} ${left > NO_ROOM ? styles.atEnd : ""}`}
              style={{ left: `${left}%` }}
            >
              {tick.label}
            </span>
          );
        })}
        {part.drawn}
      </div>
    </>
  );
}

/** A stretch that is being drawn over an element that shows `shown`. */
function useDrawn(shown: Stretch, onZoom: (zoom: Stretch | null) => void) {
  const [drawn, setDrawn] = useState<Stretch | null>(null);
  const at = (event: React.PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  };
  return {
    drawn: drawn && (
      <span
        className={styles.drawn}
        style={{
          left: `${Math.min(...drawn) * 100}%`,
          width: `${Math.abs(drawn[1] - drawn[0]) * 100}%`,
        }}
      />
    ),
    handlers: {
      onPointerDown(event: React.PointerEvent) {
        if (event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrawn([at(event), at(event)]);
      },
      onPointerMove(event: React.PointerEvent) {
        if (drawn) setDrawn([drawn[0], at(event)]);
      },
      onPointerUp(event: React.PointerEvent) {
        setDrawn(null);
        if (!drawn) return;
        const [a, b] = [Math.min(drawn[0], at(event)), Math.max(drawn[0], at(event))];
        if ((b - a) * event.currentTarget.clientWidth < LEAST_PX) return;
        const length = shown[1] - shown[0];
        onZoom([shown[0] + a * length, shown[0] + b * length]);
      },
      onPointerCancel: () => setDrawn(null),
      onDoubleClick: () => onZoom(null),
    },
  };
}

/** Every span as a line, in the order of the tree; what failed is drawn last, so that it is seen. */
function Minimap({ model }: { model: TraceModel }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painted = usePainted();
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: colours change with `painted`
  useEffect(() => {
    const element = canvas.current;
    const pen = element?.getContext("2d");
    if (!element || !pen || width === 0) return;
    const density = window.devicePixelRatio || 1;
    element.width = Math.round(width * density);
    element.height = Math.round(HEIGHT * density);
    const { rows, trace } = model;
    const colours = coloursIn(element);
    const line = Math.max(1, Math.min(3, (HEIGHT * density) / rows.length));
    const draw = (at: number, colour: string) => {
      const row = rows[at];
      if (!row || !Number.isFinite(row.start)) return;
      const x = trace.length > 0 ? (row.start / trace.length) * element.width : 0;
      const wide = trace.length > 0 ? ((row.finish - row.start) / trace.length) * element.width : element.width;
      const y = (at / Math.max(rows.length, HEIGHT / 3)) * (element.height - line);
      pen.fillStyle = colour;
      pen.fillRect(x, y, Math.max(1, wide), line);
    };
    pen.clearRect(0, 0, element.width, element.height);
    for (let at = 0; at < rows.length; at++) draw(at, colours(lookOf(rows[at]?.type ?? "").colour));
    for (const at of model.failed) draw(at, colours("var(--series-error)"));
  }, [model, width, painted]);
  return <canvas ref={canvas} className={styles.canvas} />;
}

/** Colours of the theme as a canvas takes them. */
function coloursIn(element: HTMLElement): (colour: string) => string {
  const known = new Map<string, string>();
  return (colour) => {
    let found = known.get(colour);
    if (found === undefined) {
      element.style.color = colour;
      found = getComputedStyle(element).color;
      known.set(colour, found);
    }
    return found;
  };
}
