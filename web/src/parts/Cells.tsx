import { upTo } from "../domain/visible";
import { Visible } from "./PlainText";
import { Dash } from "./Values";

/** What others wrote, in a line of a table. */

const SHOWN = 300;
const TITLE = 500;

/** A name or an id; more of it in its title. */
export function Text({ value }: { value: string | null | undefined }) {
  if (!value) return <Dash />;
  return (
    <span title={upTo(value, TITLE)}>
      <Visible text={upTo(value, SHOWN)} />
    </span>
  );
}

/** The beginning of an input or an output. */
export function Preview({ text }: { text: string | null | undefined }) {
  if (!text) return <Dash />;
  return (
    <span className="muted">
      <Visible text={upTo(text, SHOWN)} />
    </span>
  );
}
