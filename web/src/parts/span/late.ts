import { useEffect } from "react";
import { late } from "../late";
import type { SpanPanelProps } from "./SpanPanel";

/** One span, whole, beside a list, a tree or a thread; its code comes with the first that is opened, or shortly before. */
export const SpanPanel = late<SpanPanelProps>(() => import("./SpanPanel"));

/** On pages from which spans are opened: whoever moves there will open one, and shall not wait for code then. */
export function useSpanPanelSoon(): void {
  useEffect(() => {
    const begin = () => void SpanPanel.preload().catch(() => {}); // said when it is drawn
    for (const kind of ["pointermove", "keydown"]) addEventListener(kind, begin, { once: true });
    return () => {
      for (const kind of ["pointermove", "keydown"]) removeEventListener(kind, begin);
    };
  }, []);
}
