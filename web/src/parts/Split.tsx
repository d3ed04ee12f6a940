import { type ReactNode, useRef } from "react";
import { prefer, usePreferences } from "../state/preferences";
import styles from "./Split.module.css";

const LEAST = 320;
const STEP = 32;

/** Something beside the page, as wide as one likes; on a phone it lies over the page. Without `beside` the page has all. */
export function Split({
  name,
  label,
  children,
  beside,
  width = 560,
}: {
  /** Under this name its width is remembered. */
  name: string;
  /** What lies beside, for screen readers. */
  label: string;
  children: ReactNode;
  beside: ReactNode;
  /** Pixels until somebody drags it; on a wide window it has more. */
  width?: number;
}) {
  const { widths } = usePreferences();
  const split = useRef<HTMLDivElement>(null);
  const kept = widths[SPLITS]?.[name];
  const shown = kept ?? width;

  function keep(pixels: number) {
    const most = (split.current?.clientWidth ?? 1000) - LEAST;
    const next = Math.round(Math.max(LEAST, Math.min(pixels, most)));
    prefer({ widths: { ...widths, [SPLITS]: { ...widths[SPLITS], [name]: next } } });
  }

  return (
    <div ref={split} className={styles.split}>
      <div className={styles.first}>{children}</div>
      {beside && (
        <aside
          className={styles.second}
          style={{ width: kept === undefined ? `min(max(${width}px, 42%), 75%)` : `min(${kept}px, 75%)` }}
          aria-label={label}
        >
          <div
            className={styles.edge}
            role="separator"
            tabIndex={0}
            aria-orientation="vertical"
            aria-label={`Width of ${label.toLowerCase()}`}
            aria-valuenow={shown}
            aria-valuemin={LEAST}
            aria-valuemax={2000}
            onPointerDown={(event) => {
              event.preventDefault();
              event.currentTarget.setPointerCapture(event.pointerId);
            }}
            onPointerMove={(event) => {
              if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
              keep((split.current?.getBoundingClientRect().right ?? 0) - event.clientX);
            }}
            onKeyDown={(event) => {
              const now = event.currentTarget.parentElement?.clientWidth ?? shown;
              if (event.key === "ArrowLeft") keep(now + STEP);
              else if (event.key === "ArrowRight") keep(now - STEP);
              else return;
              event.preventDefault();
            }}
            onDoubleClick={() => keep(width)}
          />
          {beside}
        </aside>
      )}
    </div>
  );
}

const SPLITS = "beside";
