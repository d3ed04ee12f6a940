import { type FormEvent, type Ref, useEffect, useId, useImperativeHandle, useRef, useState } from "react";
import { flushSync } from "react-dom";
import type { Listed } from "../../api/filters";
import { faultAt, isUnfinished, mended } from "../../domain/query";
import { useKeys } from "../../state/keys";
import { remembered } from "../../state/preferences";
import { IconButton } from "../Button";
import { Icon } from "../Icon";
import { keptPlaced, place } from "../place";
import { Coloured } from "./Coloured";
import styles from "./FilterBar.module.css";
import { Offers } from "./Offers";
import { type Offered, useChoices } from "./useChoices";
import { useFilterState, useSettled } from "./useFilterState";
import { useNaming } from "./useNaming";

/** What a page can do with its bar. */
export interface FilterBarHandle {
  /** Lead to a part of the query, marked. */
  edit(from: number, to: number): void;
}

const PAUSE_MS = 200;

/** A filter in the query language, with completion from what the server has. `/` leads to it, Enter applies it. */
export function FilterBar({
  of,
  placeholder,
  query,
  onChange,
  ref,
}: {
  /** What is listed. */
  of: Listed;
  placeholder: string;
  query: string;
  onChange(query: string): void;
  ref?: Ref<FilterBarHandle>;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const shown = useRef<HTMLSpanElement>(null);
  const [typed, setTyped] = useState(query);
  const [caret, setCaret] = useState(query.length);
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const choices = useChoices(of, typed, caret, isOpen);
  const settled = useSettled(typed, PAUSE_MS);
  const naming = useNaming(
    of,
    isOpen ? [settled, ...choices.filter((one) => one.isWhole).map((one) => one.label)] : [],
  );
  // While it is being typed, half of something is no fault.
  const state = useFilterState(of, isOpen && settled !== query && isUnfinished(settled) ? "" : settled);
  const fault =
    settled === typed && state.fault && !isBeingTyped(typed, caret, state.fault.position, isOpen) ? state.fault : null;
  const mark = fault?.position ? faultAt(typed, fault.position) : null;

  useEffect(() => setTyped(query), [query]);
  const isRead = settled === query && state.said !== undefined;
  useEffect(() => {
    if (isRead && query.trim()) remembered(of, query.trim());
  }, [isRead, of, query]);
  useKeys("Everywhere", [{ keys: "/", label: "Search", run: () => input.current?.select() }]);
  useImperativeHandle(ref, () => ({
    edit(from, to) {
      input.current?.focus();
      input.current?.setSelectionRange(from, to);
      setOpen(true);
      follow();
    },
  }));

  function follow() {
    const at = input.current?.selectionStart;
    if (at !== null && at !== undefined) setCaret(at);
    if (shown.current && input.current) shown.current.style.transform = `translateX(${-input.current.scrollLeft}px)`;
  }
  function write(text: string, at: number) {
    // At once: the next key may come before the next frame, and belongs behind what was written.
    flushSync(() => {
      setTyped(text);
      setCaret(at);
      setActive(-1);
    });
    input.current?.setSelectionRange(at, at);
    follow();
  }
  function close() {
    setOpen(false);
    setActive(-1);
  }
  function apply(text: string) {
    close();
    setTyped(text.trim());
    onChange(text.trim());
  }
  function take(choice: Offered | undefined) {
    if (!choice) return;
    if (choice.isWhole) {
      apply(choice.insert);
      return;
    }
    // What is marked is replaced, as by typing.
    const rest = typed.slice(Math.max(choice.to, input.current?.selectionEnd ?? 0));
    const gap = choice.isOpen || /^[\s,)]/.test(rest) ? "" : " ";
    const before = typed.slice(0, choice.from) + choice.insert + gap;
    write(before + rest, before.length);
    if (!choice.isOpen) close();
  }
  function submit(event: FormEvent) {
    event.preventDefault();
    apply(typed);
  }
  function onKeyDown(event: React.KeyboardEvent<HTMLInputElement>) {
    const count = choices.length;
    const { selectionStart: from, selectionEnd: to } = event.currentTarget;
    // Who comes by Tab has all of it marked, and goes on by Tab.
    const isPassed = active < 0 && from === 0 && to === typed.length;
    if (event.key === "Escape") {
      if (isOpen) close();
      else {
        setTyped(query);
        input.current?.blur();
      }
    } else if (event.key === "ArrowDown" && !isOpen) setOpen(true);
    else if (event.key === "ArrowDown" && count > 0) setActive((active + 1) % count);
    else if (event.key === "ArrowUp" && count > 0 && isOpen) setActive((active <= 0 ? count : active) - 1);
    else if (event.key === "Enter" && isOpen && active >= 0) take(choices[active]);
    else if (event.key === "Tab" && !event.shiftKey && isOpen && typed.trim() && !isPassed && count > 0) {
      take(choices[Math.max(active, 0)]);
    } else return;
    event.preventDefault();
  }

  const isListed = isOpen && (choices.length > 0 || fault !== null || state.said !== undefined);
  return (
    <search>
      <form className={`${styles.bar} ${mark ? styles.faulty : ""}`} onSubmit={submit}>
        <Icon name="search" />
        <div className={styles.shown} aria-hidden="true">
          <span ref={shown}>
            <Coloured text={typed} fault={mark} />
          </span>
        </div>
        <input
          ref={input}
          className={styles.input}
          role="combobox"
          aria-label={`Filter ${of}`}
          aria-autocomplete="list"
          aria-expanded={isListed && choices.length > 0}
          aria-controls={id}
          aria-activedescendant={isListed && active >= 0 ? `${id}-${active}` : undefined}
          aria-invalid={fault !== null}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          placeholder={placeholder}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            setOpen(true);
            setActive(-1);
            follow();
          }}
          onSelect={follow}
          onScroll={follow}
          onFocus={() => setOpen(true)}
          onPointerDown={() => setOpen(true)}
          onBlur={close}
          onKeyDown={onKeyDown}
        />
        {typed ? (
          <span className={styles.end}>
            <IconButton icon="close" label="Clear the filter" onClick={() => apply("")} />
          </span>
        ) : (
          <span className={styles.slash} aria-hidden="true">
            <kbd>/</kbd>
          </span>
        )}
        {isListed && (
          <Popped anchor={input}>
            <Offers
              id={id}
              choices={choices}
              active={active}
              onTake={take}
              said={state.said}
              query={settled}
              naming={naming}
              fault={fault}
              {...(fault?.position && fault.suggestion
                ? { onMend: () => write(...mendedAt(typed, fault.position ?? 1, fault.suggestion ?? "")) }
                : {})}
            />
          </Popped>
        )}
      </form>
    </search>
  );
}

function mendedAt(text: string, position: number, suggestion: string): [string, number] {
  const next = mended(text, position, suggestion);
  return [next, next.length];
}

/** A fault in the very word that is being typed says nothing yet. */
function isBeingTyped(text: string, caret: number, position: number | null, isOpen: boolean): boolean {
  if (!isOpen || position === null) return false;
  const { from, to } = faultAt(text, position);
  return from <= caret && caret <= to + 1;
}

/** What lies over the page below the bar, as wide as it. The focus stays in the bar. */
function Popped({ anchor, children }: { anchor: React.RefObject<HTMLElement | null>; children: React.ReactNode }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const form = anchor.current?.closest("form");
    const popped = element.current;
    if (!popped || !form) return;
    popped.showPopover();
    return keptPlaced(() => {
      popped.style.width = `${form.clientWidth}px`;
      place(form, popped);
    });
  }, [anchor]);
  return (
    <div
      ref={element}
      popover="manual"
      className={styles.popped}
      onPointerDown={(event) => event.preventDefault()} // the bar keeps the focus
    >
      {children}
    </div>
  );
}
