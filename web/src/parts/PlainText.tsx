import { type ReactNode, useState } from "react";
import { count } from "../domain/numbers";
import { pieces, upTo } from "../domain/visible";
import styles from "./PlainText.module.css";

const AT_ONCE = 20_000;
const STEP = 200_000;

/** A text that somebody else wrote, with its line ends: long ones come piece by piece. */
export function PlainText({ text, most = AT_ONCE }: { text: string; most?: number }) {
  const [length, setLength] = useState(most);
  const left = text.length - length;
  return (
    <div className={styles.text} dir="auto">
      <Visible text={left > 0 ? upTo(text, length) : text} />
      {left > 0 && (
        <button type="button" className={styles.more} onClick={() => setLength(length + STEP)}>
          Show {left > STEP ? `${count(STEP)} of ` : ""}
          {count(left)} more characters
        </button>
      )}
    </div>
  );
}

/** A text in which nothing hides: characters that turn, break or show nothing are named in their place. */
export function Visible({ text }: { text: string }): ReactNode {
  const parts = pieces(text);
  if (parts.length === 1 && parts[0] && "text" in parts[0]) return text;
  return parts.map((part, at) =>
    "text" in part ? (
      part.text
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
      <span key={at} className={styles.named} title={part.name}>
        {part.code}
        {part.times > 1 && ` × ${count(part.times)}`}
      </span>
    ),
  );
}
