/** Where what pops up stands: below its anchor, or above where there is no room; never outside of the window. */

const GAP = 4;
const EDGE = 8;

type Placed = Pick<Element, "getBoundingClientRect">;

/** Does it now and whenever the window gets another size, until it is told to end. */
export function keptPlaced(placing: () => void): () => void {
  placing();
  addEventListener("resize", placing);
  return () => removeEventListener("resize", placing);
}

export function place(anchor: Placed, popped: HTMLElement, align: "start" | "end" | "middle" = "start"): void {
  const from = anchor.getBoundingClientRect();
  const own = popped.getBoundingClientRect();
  const below = from.bottom + GAP;
  const above = from.top - GAP - own.height;
  const top = below + own.height > innerHeight - EDGE && above >= EDGE ? above : below;
  const starts = { start: from.left, end: from.right - own.width, middle: from.left + (from.width - own.width) / 2 };
  const left = Math.max(EDGE, Math.min(starts[align], innerWidth - own.width - EDGE));
  popped.style.top = `${Math.max(EDGE, Math.min(top, innerHeight - own.height - EDGE))}px`;
  popped.style.left = `${left}px`;
}
