import { useEffect, useRef } from "react";
import type { IconName } from "../parts/Icon";
import { type Store, store, useStore } from "./store";

/** The headings of the menu, from the top. */
export const COMMAND_GROUPS = [
  "Pages",
  "On this page",
  "Saved",
  "Range",
  "Environment",
  "Settings",
  "Everywhere",
] as const;
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

/** Something that can be done from the command menu. What has a key is there by itself (`useKeys`). */
export interface Command {
  label: string;
  icon?: IconName;
  keys?: string;
  /** The heading below which it stands; without one it is of the page. */
  group?: CommandGroup;
  run(): void;
}

const registered: Store<readonly (readonly Command[])[]> = store<readonly (readonly Command[])[]>([]);

export function useCommands(): readonly Command[] {
  return useStore(registered).flat();
}

/** Put commands into the menu while the component is on the page. The functions may change, the labels renew them. */
export function useCommand(commands: readonly Command[]): void {
  const latest = useRef(commands);
  latest.current = commands;
  const shape = commands.map((command) => command.label).join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: registered anew when the labels change, and only then
  useEffect(() => {
    const made = latest.current.map((command, at) => ({ ...command, run: () => latest.current[at]?.run() }));
    registered.set((before) => [...before, made]);
    return () => registered.set((before) => before.filter((one) => one !== made));
  }, [shape]);
}
