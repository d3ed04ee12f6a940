import { type ReactNode, useEffect, useRef, useState } from "react";
import { Keys } from "./Keys";
import { place } from "./place";
import styles from "./Tip.module.css";

const DELAY_MS = 400;

/** Words that show while the pointer or the focus is on something. The name for screen readers must stand there anyway. */
export function Tip({ text, keys, children }: { text: string; keys?: string; children: ReactNode }) {
  const anchor = useRef<HTMLSpanElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [shown, setShown] = useState(false);

  useEffect(() => () => clearTimeout(timer.current), []);
  useEffect(() => {
    if (shown && tip.current && anchor.current) {
      tip.current.showPopover();
      place(anchor.current, tip.current, "middle");
    }
  }, [shown]);

  function show(delay: number) {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setShown(true), delay);
  }
  function hide() {
    clearTimeout(timer.current);
    setShown(false);
  }

  return (
    <span
      ref={anchor}
      className={styles.anchor}
      onPointerEnter={(event) => event.pointerType === "mouse" && show(DELAY_MS)}
      onPointerLeave={hide}
      onPointerDown={hide}
      onFocus={(event) => event.target.matches(":focus-visible") && show(0)}
      onBlur={hide}
    >
      {children}
      {shown && (
        <div ref={tip} popover="manual" className={styles.tip} aria-hidden="true">
          {text} {keys && <Keys keys={keys} />}
        </div>
      )}
    </span>
  );
}
