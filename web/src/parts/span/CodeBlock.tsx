import { CopyButton } from "../Copy";
import { PlainText } from "../PlainText";
import styles from "./CodeBlock.module.css";

/** Code as it was written, with a button that copies it. */
export function CodeBlock({ code, language }: { code: string; language?: string | undefined }) {
  return (
    <figure className={styles.block}>
      <figcaption className={styles.head}>
        <span className="cut">{language || "code"}</span>
        <CopyButton text={code} label="Copy the code" />
      </figcaption>
      <div className={styles.code}>
        <PlainText text={code} />
      </div>
    </figure>
  );
}
