import { type ReactNode, useEffect, useRef, useState } from "react";
import styles from "./Menu.module.css";
import { keptPlaced, place } from "./place";

interface TriggerProps {
  "aria-haspopup": "menu" | "dialog";
  "aria-expanded": boolean;
  onClick(): void;
}

/** What gets the focus, the first of them that is there. */
const FIRST = ["[data-autofocus]", "[aria-checked=true]", "input, button, a[href]"];

/** Something that pops up at a button, and goes with Escape, a click elsewhere, or `close`. */
export function Popover({
  trigger,
  children,
  kind = "dialog",
  align = "start",
  label,
}: {
  trigger(props: TriggerProps): ReactNode;
  children(close: () => void): ReactNode;
  kind?: "menu" | "dialog";
  align?: "start" | "end";
  label: string;
}) {
  const anchor = useRef<HTMLSpanElement>(null);
  const popped = useRef<HTMLDivElement>(null);
  const closedAt = useRef(Number.NEGATIVE_INFINITY);
  const [open, setOpen] = useState(false);

  useEffect(() => {
    const element = popped.current;
    if (!open || !element || !anchor.current) return;
    element.showPopover();
    const end = keptPlaced(() => anchor.current && place(anchor.current, element, align));
    const first = FIRST.map((selector) => element.querySelector<HTMLElement>(selector)).find(Boolean);
    first?.focus();
    return end;
  }, [open, align]);

  function close() {
    setOpen(false);
    anchor.current?.querySelector<HTMLElement>("button")?.focus();
  }

  return (
    <>
      <span ref={anchor} style={{ display: "inline-flex", minWidth: 0 }}>
        {trigger({
          "aria-haspopup": kind,
          "aria-expanded": open,
          // The click that closes it by falling beside it must not open it again.
          onClick: () => performance.now() - closedAt.current > 200 && setOpen(true),
        })}
      </span>
      {open && (
        <div
          ref={popped}
          popover="auto"
          role={kind}
          aria-label={label}
          className={styles.popover}
          onToggle={(event) => {
            if (event.newState !== "closed") return;
            closedAt.current = performance.now();
            setOpen(false);
          }}
          onKeyDown={(event) => kind === "menu" && walk(event, popped.current)}
        >
          {children(close)}
        </div>
      )}
    </>
  );
}

/** Arrow keys, Home and End go through the items of a menu. */
function walk(event: React.KeyboardEvent, menu: HTMLElement | null): void {
  const items = [...(menu?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? [])];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: items.length - 1,
  }[event.key];
  if (next === undefined || items.length === 0) return;
  event.preventDefault();
  items[(next + items.length) % items.length]?.focus();
}
