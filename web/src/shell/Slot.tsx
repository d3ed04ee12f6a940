import { createContext, type ReactNode, useContext, useState } from "react";
import { createPortal } from "react-dom";

/** Places in the bar that pages fill: `<Slot name="search">…</Slot>` anywhere in a page. */

export type SlotName = "search" | "live";
type Places = Partial<Record<SlotName, HTMLElement | null>>;

const Context = createContext<{ places: Places; take(name: SlotName, place: HTMLElement | null): void } | null>(null);

export function SlotProvider({ children }: { children: ReactNode }) {
  const [places, setPlaces] = useState<Places>({});
  const [take] = useState(
    () => (name: SlotName, place: HTMLElement | null) =>
      setPlaces((before) => (before[name] === place ? before : { ...before, [name]: place })),
  );
  return <Context value={{ places, take }}>{children}</Context>;
}

export function Slot({ name, children }: { name: SlotName; children: ReactNode }) {
  const place = useContext(Context)?.places[name];
  return place ? createPortal(children, place) : null;
}

export function SlotPlace({ name, className }: { name: SlotName; className?: string | undefined }) {
  const context = useContext(Context);
  const [ref] = useState(() => (place: HTMLElement | null) => context?.take(name, place));
  return <div ref={ref} className={className} />;
}
