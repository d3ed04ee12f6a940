import { useQuery } from "@tanstack/react-query";
import { useId, useLayoutEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { views } from "../api/views";
import { phrase } from "../domain/clause";
import { fits } from "../domain/fuzzy";
import { isId } from "../domain/id";
import { pathOf } from "../domain/path";
import { viewAddress } from "../domain/view";
import { Icon } from "../parts/Icon";
import { Keys } from "../parts/Keys";
import { carried, useAddress } from "../state/address";
import { COMMAND_GROUPS, type Command, type CommandGroup, useCommands } from "../state/commands";
import { useKeyGroups } from "../state/keys";
import styles from "./CommandMenu.module.css";

/** All that can be done from here, found by typing: the pages' own commands, and what has a key. */
export function CommandMenu({ onClose }: { onClose(): void }) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const found = useFound(typed);
  // Closed while it is still there, it gives the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  const at = Math.min(chosen, found.length - 1);

  function run(command: Command | undefined) {
    if (!command) return;
    onClose();
    command.run();
  }
  function move(to: number) {
    if (found.length === 0) return;
    const next = (to + found.length) % found.length;
    setChosen(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: "nearest" });
  }

  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label="Commands"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div className={styles.search}>
        <Icon name="search" />
        <input
          className={styles.input}
          role="combobox"
          aria-label="Find a command"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={at >= 0 ? `${id}-${at}` : undefined}
          placeholder="What do you want to do?"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setChosen(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") move(at + 1);
            else if (event.key === "ArrowUp") move(at - 1);
            else if (event.key === "Enter") run(found[at]);
            else return;
            event.preventDefault();
          }}
        />
      </div>
      <div className={styles.list} role="listbox" id={id} aria-label="Commands" tabIndex={-1}>
        {grouped(found, typed).map(({ title, commands }) => (
          <div key={title} role="group" aria-label={title}>
            {!typed.trim() && (
              <div className={styles.heading} aria-hidden="true">
                {title}
              </div>
            )}
            {commands.map(({ command, place }) => (
              <div
                key={command.label}
                id={`${id}-${place}`}
                role="option"
                aria-selected={place === at}
                className={styles.item}
                onPointerMove={() => setChosen(place)}
                onClick={() => run(command)}
              >
                <Icon name={command.icon ?? "right"} />
                <span className="cut">{command.label}</span>
                {command.keys && (
                  <span className={styles.keys}>
                    <Keys keys={command.keys} />
                  </span>
                )}
              </div>
            ))}
          </div>
        ))}
      </div>
    </dialog>
  );
}

interface Group {
  title: string;
  commands: { command: Command; place: number }[];
}

/** Below headings while nothing is typed; then the best fit is first, wherever it belongs. */
function grouped(found: readonly Command[], typed: string): Group[] {
  const placed = found.map((command, place) => ({ command, place }));
  if (typed.trim()) return [{ title: "Commands", commands: placed }];
  return COMMAND_GROUPS.map((title) => ({
    title,
    commands: placed.filter(({ command }) => groupOf(command) === title),
  })).filter(({ commands }) => commands.length > 0);
}

function groupOf(command: Command): CommandGroup {
  return command.group ?? "On this page";
}

const NONE: never[] = [];

/** Keys of a hand that lies on the keyboard: nobody looks for what they do by its name. */
const MOVES = /^(mod\+k|j|k|x|c|Enter|Escape|Arrow\w+|[[\]*])$/;

/** What has an id that people find in their own logs, paste, and want to see. */
const NAMED = [
  { what: "trace", page: "/traces", icon: "traces" },
  { what: "span", page: "/spans", icon: "spans" },
  { what: "thread", page: "/threads", icon: "threads" },
  { what: "customer", page: "/customers", icon: "customers" },
] as const;

function useFound(typed: string): Command[] {
  const commands = useCommands();
  const groups = useKeyGroups();
  const [params] = useAddress();
  const [, navigate] = useLocation();
  // Asked when the menu is opened, not with each page.
  const { data = NONE } = useQuery(views);
  const saved = data.map((view): Command => {
    const run = () => navigate(viewAddress(view, params.get("env")));
    return { label: `${view.page === "sql" ? "Query" : "View"}: ${view.name}`, icon: "star", group: "Saved", run };
  });
  const keyed = groups.flatMap(({ title, actions }) =>
    actions
      .filter((action) => !MOVES.test(action.keys))
      .map((action): Command => (title === "Everywhere" ? { ...action, group: "Everywhere" } : action)),
  );
  const unique = new Map([...keyed, ...commands, ...saved].map((command) => [command.label, command]));
  const words = typed.trim();
  if (!words) {
    return COMMAND_GROUPS.flatMap((title) => [...unique.values()].filter((command) => groupOf(command) === title));
  }
  const look: Command = {
    label: `Look for “${words}” in spans`,
    icon: "search",
    run: () => navigate(carried("/spans", params, { query: phrase(words) })),
  };
  const found = [...unique.values()]
    .map((command) => ({ command, score: fits(words, command.label) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ command }) => command);
  const opened = isId(words)
    ? NAMED.map(({ what, page, icon }): Command => {
        const { path, own } = pathOf(page, words);
        return { label: `Open the ${what} “${words}”`, icon, run: () => navigate(carried(path, params, own)) };
      })
    : [];
  return [...found, ...opened, look];
}
