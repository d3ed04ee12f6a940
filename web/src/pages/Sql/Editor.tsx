import { type Ref, useId, useImperativeHandle, useMemo, useRef, useState } from "react";
import { type KeyAction, useKeys } from "../../state/keys";
import { Choices, useSqlChoices } from "./Completion";
import type { SqlChoice } from "./completion";
import styles from "./Editor.module.css";
import { commented, type Edit, indented } from "./lines";
import { tokens } from "./tokens";

export interface EditorHandle {
  /** Put a text where the cursor stands, as if it were typed: it can be undone. */
  insert(text: string): void;
  /** Put a text in the place of all, which can be undone, too. */
  replace(text: string): void;
  focus(): void;
}

const NO_KEYS: readonly KeyAction[] = [];

/** SQL, coloured while it is typed: a plain field with its text drawn behind it. Names are completed from the schema. */
export function Editor({
  value,
  onChange,
  placeholder,
  ref,
}: {
  value: string;
  onChange(value: string): void;
  placeholder: string;
  ref?: Ref<EditorHandle>;
}) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const drawn = useRef<HTMLPreElement>(null);
  const pieces = useMemo(() => tokens(value), [value]);
  const [caret, setCaret] = useState(0);
  const [offer, setOffer] = useState<"none" | "typed" | "asked">("none");
  const [active, setActive] = useState(-1);
  const [, setScrolled] = useState(0);
  const { place, choices } = useSqlChoices(value, caret, offer !== "none", offer === "asked");
  const isListed = place !== null && choices.length > 0;
  useImperativeHandle(ref, () => ({
    insert(text) {
      if (field.current) typed(field.current, text);
      close();
    },
    replace(text) {
      field.current?.setSelectionRange(0, field.current.value.length);
      if (field.current) typed(field.current, text);
      close();
    },
    focus: () => field.current?.focus(),
  }));
  const [isFocused, setFocused] = useState(false);
  // Nowhere else: there these keys open lists and do what the browser does.
  const keys: KeyAction[] = [
    { keys: "alt+ArrowDown", label: "Complete the name", run: () => ask(), whileTyping: true },
    { keys: "mod+/", label: "Make the lines comments", run: () => edit(commented), whileTyping: true },
  ];
  useKeys("SQL", isFocused ? keys : NO_KEYS);

  function close() {
    setOffer("none");
    setActive(-1);
  }
  function ask() {
    field.current?.focus();
    setCaret(field.current?.selectionStart ?? 0);
    setOffer("asked");
    setActive(-1);
  }
  function edit(change: (sql: string, start: number, end: number) => Edit) {
    const element = field.current;
    if (!element) return;
    const { from, to, text, start, end } = change(element.value, element.selectionStart, element.selectionEnd);
    element.setSelectionRange(from, to);
    typed(element, text);
    element.setSelectionRange(start, end);
    close();
  }
  function take(choice: SqlChoice | undefined) {
    const element = field.current;
    if (!choice || !place || !element) return;
    element.setSelectionRange(place.from, place.to);
    typed(element, choice.insert);
    const at = place.from + choice.insert.length - choice.back;
    element.setSelectionRange(at, at);
    setCaret(at);
    setActive(-1);
    setOffer(choice.insert.endsWith("['']") ? "asked" : "none"); // the keys of a map follow at once
  }
  /** Where the word begins that is completed. */
  function anchor(): DOMRect | null {
    return drawn.current && place ? rectAt(drawn.current, place.from) : null;
  }
  function onKeyDown(event: React.KeyboardEvent<HTMLTextAreaElement>) {
    if (event.nativeEvent.isComposing) return;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const { value: text, selectionStart, selectionEnd } = event.currentTarget;
    const count = choices.length;
    if (event.code === "Space" && event.ctrlKey) ask();
    else if (isListed && isPlain && event.key === "Escape") close();
    else if (isListed && isPlain && event.key === "ArrowDown") setActive((active + 1) % count);
    else if (isListed && isPlain && event.key === "ArrowUp") setActive((active <= 0 ? count : active) - 1);
    else if (isListed && isPlain && event.key === "Enter" && active >= 0) take(choices[active]);
    else if (isListed && isPlain && event.key === "Tab" && !event.shiftKey) take(choices[Math.max(active, 0)]);
    // Lines that are marked go in and out; otherwise Tab leads on, as in any field.
    else if (isPlain && event.key === "Tab" && text.slice(selectionStart, selectionEnd).includes("\n")) {
      edit((sql, start, end) => indented(sql, start, end, event.shiftKey));
    } else if (isPlain && event.key === "Enter") {
      const line = text.slice(text.lastIndexOf("\n", selectionStart - 1) + 1, selectionStart);
      const indent = /^ */.exec(line)?.[0] ?? "";
      if (!indent) return;
      typed(event.currentTarget, `\n${indent}`);
    } else {
      if (event.key === "Enter") close(); // it is run
      return;
    }
    event.preventDefault();
  }

  return (
    <div
      className={styles.editor}
      onClick={(event) => event.target === event.currentTarget && field.current?.focus()}
      onScroll={() => isListed && setScrolled((times) => times + 1)}
    >
      <div className={styles.sheet}>
        <pre ref={drawn} className={styles.drawn} aria-hidden="true">
          {pieces.map((piece, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
            <span key={at} className={styles[piece.kind]}>
              {piece.text}
            </span>
          ))}
          {"\n"}
        </pre>
        <textarea
          ref={field}
          className={styles.field}
          aria-label="SQL query"
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={isListed ? id : undefined}
          aria-activedescendant={isListed && active >= 0 ? `${id}-${active}` : undefined}
          placeholder={placeholder}
          value={value}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          autoCorrect="off"
          wrap="off"
          onChange={(event) => {
            onChange(event.target.value);
            setCaret(event.target.selectionStart);
            setOffer("typed");
            setActive(-1);
          }}
          onSelect={(event) => {
            const { selectionStart, selectionEnd } = event.currentTarget;
            if (selectionStart === caret && selectionEnd === caret) return;
            setCaret(selectionStart);
            close();
          }}
          onFocus={() => setFocused(true)}
          onBlur={() => {
            setFocused(false);
            close();
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <span className="hidden-visually" role="status">
        {isListed && `${choices.length} completions`}
      </span>
      {isListed && <Choices id={id} choices={choices} active={active} anchor={anchor} onTake={take} />}
    </div>
  );
}

/** As the browser types: with the event that React hears, and a step that can be undone. */
function typed(field: HTMLTextAreaElement, text: string): void {
  field.focus();
  document.execCommand(text ? "insertText" : "delete", false, text);
}

/** Where a character is drawn. */
function rectAt(drawn: HTMLElement, place: number): DOMRect | null {
  const walker = document.createTreeWalker(drawn, NodeFilter.SHOW_TEXT);
  let left = place;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0;
    if (left < length) {
      const range = document.createRange();
      range.setStart(node, left);
      range.setEnd(node, left + 1);
      return range.getBoundingClientRect();
    }
    left -= length;
  }
  return null;
}
