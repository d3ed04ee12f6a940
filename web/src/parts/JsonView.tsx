import { type KeyboardEvent, type ReactNode, useDeferredValue, useMemo, useState } from "react";
import { hasMore, holds, isBranch, type Json, pathTo, sizeOf, written } from "../domain/json";
import { upTo, visible } from "../domain/visible";
import { useKeys } from "../state/keys";
import { CopyButton } from "./Copy";
import { Input } from "./Field";
import { Icon } from "./Icon";
import styles from "./JsonView.module.css";
import { Visible } from "./PlainText";

const CHILDREN_AT_ONCE = 100;
const TEXT_AT_ONCE = 2000;
const FOUND_BY_EYE = 15;
const WIDE = 30; // more than so many branches open only themselves
const DEEPEST = 50;
const SAID = 200;

/** JSON as a tree: branches open and close, long lists and texts come piece by piece, and each line can be copied, or where
 * it stands. With the keyboard one gets into it by its branches, and the arrows lead from line to line. All of it is shown
 * as text.
 */
export function JsonView({ value, label, depth = 2 }: { value: Json; label: string; depth?: number }) {
  const [typed, setTyped] = useState("");
  const wanted = useDeferredValue(typed).trim().toLowerCase(); // typing goes on while a large tree is searched
  const isLong = useMemo(() => hasMore(value, FOUND_BY_EYE), [value]);
  useKeys("JSON", [{ keys: "c", label: "Copy the line; ↑ ↓ move", run: copyLine }]);
  return (
    <div className={`${styles.view} ${isLong ? "" : styles.short}`}>
      <div className={styles.bar}>
        {isLong && (
          <Input
            type="search"
            placeholder="Find in names and values"
            aria-label={`Find in ${label}`}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
        <CopyButton text={() => written(value, 2)} label={`Copy ${label}`} />
      </div>
      <div className={styles.tree} onKeyDown={onTreeKey}>
        {wanted && !holds(value, wanted) ? (
          <p className="muted">Nothing in it has “{wanted}”.</p>
        ) : (
          <Node
            key={wanted}
            value={value}
            path={TOP}
            depth={wanted ? DEEPEST : isBranch(value) && Object.keys(value).length > WIDE ? Math.min(1, depth) : depth}
            wanted={wanted}
          />
        )}
      </div>
    </div>
  );
}

/** What the arrows stop at: the button of a branch, or the line of a value. */
const STOP = "data-json-stop";

function onTreeKey(event: KeyboardEvent<HTMLElement>) {
  const at = event.target as Element;
  if ((event.ctrlKey || event.metaKey) && event.key === "c" && getSelection()?.isCollapsed) {
    copyLine();
    return;
  }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  // Who got here by pointer walks the list beside it with the same keys.
  if (!step || !at.matches(":focus-visible")) return;
  event.preventDefault();
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>(`[${STOP}]`)];
  const place = stops.findIndex((stop) => stop.contains(at));
  stops[Math.max(0, Math.min(place + step, stops.length - 1))]?.focus();
}

/** What the button of the line does in which the focus is; the first line is all of it. */
function copyLine() {
  const line = document.activeElement?.closest(`.${styles.line}`);
  const own = line?.querySelector<HTMLElement>(`.${styles.tools} button`);
  const whole = line?.closest(`.${styles.view}`)?.querySelector<HTMLElement>(`.${styles.bar} button`);
  (own ?? whole)?.click();
}

type Path = readonly (string | number)[];

const TOP: Path = [];

function Node({ path, value, depth, wanted }: { path: Path; value: Json; depth: number; wanted: string }) {
  const name = path.length > 0 ? String(path.at(-1)) : undefined;
  const [open, setOpen] = useState(depth > 0);
  const [most, setMost] = useState(CHILDREN_AT_ONCE);
  const named = name !== undefined && (
    <span className={styles.name}>
      <Marked text={name} wanted={wanted} />
      :&nbsp;
    </span>
  );
  const children = useMemo(() => {
    if (!open || !isBranch(value)) return [];
    const entries: [string | number, Json][] = Array.isArray(value)
      ? value.map((child, at) => [at, child])
      : Object.entries(value);
    return wanted ? entries.filter(([key, child]) => has(key, child, wanted)) : entries;
  }, [open, value, wanted]);

  if (!isBranch(value)) {
    const isLines = typeof value === "string" && value.includes("\n");
    return (
      <Line path={path} value={value} className={`${styles.node} ${isLines ? styles.lines : ""}`} isStop>
        {named}
        <Leaf value={value} wanted={wanted} />
      </Line>
    );
  }
  const inside = children.some(([key, child]) => has(key, child, wanted));
  return (
    <div className={styles.node}>
      <Line path={path} value={value}>
        <button
          type="button"
          className={styles.toggle}
          {...{ [STOP]: "" }}
          aria-expanded={open}
          aria-label={`${open ? "Close" : "Open"} ${name ?? "all"}`}
          onClick={() => setOpen(!open)}
        >
          <Icon name={open ? "down" : "right"} size={12} />
        </button>
        {named}
        <span className={styles.size}>{sizeOf(value)}</span>
      </Line>
      {children.slice(0, most).map(([key, child]) => (
        <Node key={key} path={[...path, key]} value={child} depth={depth - 1} wanted={inside ? wanted : ""} />
      ))}
      {children.length > most && (
        <button type="button" className={styles.more} onClick={() => setMost(most + CHILDREN_AT_ONCE * 5)}>
          {children.length - most} more …
        </button>
      )}
    </div>
  );
}

function has(name: string | number, value: Json, wanted: string): boolean {
  return String(name).toLowerCase().includes(wanted) || holds(value, wanted);
}

/** One line; while somebody points at it, or is in it with the keyboard, what is below it can be copied, or its path. */
function Line({
  path,
  value,
  className = "",
  isStop = false,
  children,
}: {
  path: Path;
  value: Json;
  className?: string;
  /** It has no button that could have the focus. */
  isStop?: boolean;
  children: ReactNode;
}) {
  const [isHot, setHot] = useState(false);
  return (
    <div
      className={`${styles.line} ${className}`}
      onPointerEnter={() => setHot(true)}
      onPointerLeave={(event) => event.pointerType === "mouse" && setHot(false)}
      onFocus={() => setHot(true)}
      onBlur={(event) => !event.currentTarget.contains(event.relatedTarget) && setHot(false)}
      {...(isStop && path.length > 0
        ? { [STOP]: "", tabIndex: -1, role: "group", "aria-label": said(path, value) }
        : {})}
    >
      {children}
      {isHot && path.length > 0 && (
        <span className={styles.tools}>
          <CopyButton
            text={() => (typeof value === "string" ? value : written(value, 2))}
            label={`Copy the value of ${visible(pathTo(path))}`}
          >
            Value
          </CopyButton>
          <CopyButton text={() => pathTo(path)} label={`Copy the path ${visible(pathTo(path))}`}>
            Path
          </CopyButton>
        </span>
      )}
    </div>
  );
}

/** A line in words, for who does not see it. */
function said(path: Path, value: Json): string {
  return visible(`${pathTo(path)}: ${upTo(String(value), SAID)}`);
}

function Leaf({ value, wanted }: { value: Json; wanted: string }): ReactNode {
  const [whole, setWhole] = useState(false);
  if (typeof value === "string") {
    const cut = !whole && value.length > TEXT_AT_ONCE;
    return (
      <span className={styles.text}>
        <Marked text={quoted(cut ? upTo(value, TEXT_AT_ONCE) : value)} wanted={wanted} />
        {cut && (
          <button type="button" className={styles.more} onClick={() => setWhole(true)}>
            &nbsp;{value.length - TEXT_AT_ONCE} more characters …
          </button>
        )}
      </span>
    );
  }
  return (
    <span className={typeof value === "number" || typeof value === "bigint" ? styles.number : styles.word}>
      <Marked text={String(value)} wanted={wanted} />
    </span>
  );
}

/** A text as JSON has it, but with its line ends as line ends. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\(.)/g, (sign, letter) => (letter === "n" ? "\n" : sign));
}

function Marked({ text, wanted }: { text: string; wanted: string }): ReactNode {
  const at = wanted ? text.toLowerCase().indexOf(wanted) : -1;
  if (at < 0) return <Visible text={text} />;
  return (
    <>
      <Visible text={text.slice(0, at)} />
      <mark>
        <Visible text={text.slice(at, at + wanted.length)} />
      </mark>
      <Visible text={text.slice(at + wanted.length)} />
    </>
  );
}
