import { createContext, useContext, useMemo } from "react";
import { isBranch, type Json, parsed, written } from "../../domain/json";
import { JsonView } from "../JsonView";
import { late } from "../late";
import { PlainText } from "../PlainText";

/** `rich`: Markdown and JSON as what they are. `text`: every character as it was sent. */
export type Form = "rich" | "text";

export const FormContext = createContext<Form>("rich");

const Markdown = late<{ text: string }>(() => import("./Markdown"), PlainText);
void Markdown.preload().catch(() => {}); // at once, as who opens a span reads Markdown; said when it is drawn
const MARKDOWN_MAX = 200_000;
const NOTHING = <span className="faint">Empty</span>;

/** A text in the form that is chosen: JSON as a tree, anything else as Markdown. */
export function Content({ text, label }: { text: string; label: string }) {
  const form = useContext(FormContext);
  const json = useMemo(() => (form === "rich" ? branch(text) : null), [form, text]);
  if (text === "") return NOTHING;
  if (json !== null) return <JsonView value={json} label={label} />;
  if (form === "text" || text.length > MARKDOWN_MAX) return <PlainText text={text} />;
  return <Markdown text={text} />;
}

/** A value in the form that is chosen; `text` is how it was sent, where that is known. */
export function ValueContent({ value, text: sent, label }: { value: Json; text?: string | null; label: string }) {
  const form = useContext(FormContext);
  const text = useMemo(() => (form === "text" ? (sent ?? written(value, 2)) : ""), [form, value, sent]);
  if (typeof value === "string") return <Content text={value} label={label} />;
  return form === "text" ? (
    <div className="mono">
      <PlainText text={text} />
    </div>
  ) : (
    <JsonView value={value} label={label} />
  );
}

/** The object or list that a text is, where it is one. */
function branch(text: string): Json | null {
  if (!/^\s*[[{]/.test(text)) return null;
  const value = parsed(text);
  return isBranch(value) ? value : null;
}
