import { useEffect, useRef } from "react";
import { chosenOf, type Press } from "../domain/keys";
import { type Store, store, useStore } from "./store";

/** What a key does while the component that says so is on the page. */
export interface KeyAction {
  /** `j`, `Enter`, `mod+k` (⌘ on a Mac, Ctrl elsewhere), `g s` for one after the other. */
  keys: string;
  label: string;
  run(): void;
  /** Also while a field is being typed in. */
  whileTyping?: boolean;
}

export interface KeyGroup {
  title: string;
  actions: readonly KeyAction[];
}

const groups: Store<readonly KeyGroup[]> = store<readonly KeyGroup[]>([]);

/** Every group of keys on the page, the newest last. */
export function useKeyGroups(): readonly KeyGroup[] {
  return useStore(groups);
}

/** Keys of a part or page. Later ones win over earlier ones. The functions may change from one drawing to the next. */
export function useKeys(title: string, actions: readonly KeyAction[]): void {
  const latest = useRef(actions);
  latest.current = actions;
  const shape = actions.map((action) => `${action.keys}\n${action.label}\n${action.whileTyping ?? ""}`).join("\n\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: registered anew when keys or labels change, and only then
  useEffect(() => {
    const group: KeyGroup = {
      title,
      actions: latest.current.map((action, place) => ({ ...action, run: () => latest.current[place]?.run() })),
    };
    groups.set((before) => [...before, group]);
    return () => groups.set((before) => before.filter((one) => one !== group));
  }, [title, shape]);
}

const SEQUENCE_MS = 1000;
let pressed: { presses: Press[]; at: number } = { presses: [], at: 0 };

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** Whether a control that has the focus makes something of this key by itself. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog, [popover]") && event.key !== "?") return true;
  return (event.key === "Enter" || event.key === " ") && /^(BUTTON|A|SUMMARY)$/.test(target.tagName);
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || /^(Control|Shift|Alt|Meta)$/.test(event.key)) return;
  const typing = isTyping(event.target);
  const press: Press = { key: event.key, mod: event.ctrlKey || event.metaKey, alt: event.altKey };
  const before = event.timeStamp - pressed.at < SEQUENCE_MS && !typing ? pressed.presses.slice(-1) : [];
  const presses = [...before, press];
  pressed = { presses, at: event.timeStamp };
  const held = typing || isTaken(event);
  const actions = groups.get().flatMap((group) => group.actions);
  const action = chosenOf(held ? actions.filter((one) => one.whileTyping) : actions, presses);
  if (!action) return;
  event.preventDefault();
  pressed = { presses: [], at: 0 };
  action.run();
}

/** Once, for the whole page. */
export function listenToKeys(): () => void {
  window.addEventListener("keydown", onKeyDown);
  return () => window.removeEventListener("keydown", onKeyDown);
}
