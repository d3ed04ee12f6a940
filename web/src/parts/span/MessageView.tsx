import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { type Message, type Part, plainText, type Result } from "../../domain/conversation";
import { count } from "../../domain/numbers";
import { Badge } from "../Badge";
import { CopyButton } from "../Copy";
import { Icon } from "../Icon";
import { PlainText, Visible } from "../PlainText";
import { Content, ValueContent } from "./Content";
import { Fold } from "./Fold";
import styles from "./MessageView.module.css";
import { Picture } from "./Picture";

export type Results = ReadonlyMap<string, Result>;

const LOOKS: Record<string, string | undefined> = {
  system: styles.system,
  developer: styles.system,
  user: styles.user,
  assistant: styles.assistant,
  tool: styles.tool,
};

const NAMES: Record<string, string | undefined> = {
  system: "System",
  developer: "Developer",
  user: "User",
  assistant: "Assistant",
  tool: "Tool",
};

/** One message: who said it, and all that is in it. `mark` says what is special about it, such as that it is new. */
export function MessageView({
  message,
  results,
  mark,
  children,
}: {
  message: Message;
  results: Results;
  mark?: ReactNode;
  /** In the place of its parts. */
  children?: ReactNode;
}) {
  return (
    <article className={`${styles.message} ${LOOKS[message.role] ?? ""}`}>
      <header className={styles.head}>
        <span className={styles.role}>{NAMES[message.role] ?? <Visible text={message.role.slice(0, 80)} />}</span>
        {message.name && (
          <span className="muted cut">
            <Visible text={message.name.slice(0, 80)} />
          </span>
        )}
        {mark}
        <span className={styles.push} />
        <CopyButton text={() => plainText(message)} label="Copy the message" />
      </header>
      <Clipped most={message.role === "system" || message.role === "developer" ? 160 : 640}>
        {children ?? <Parts parts={message.parts} results={results} />}
      </Clipped>
    </article>
  );
}

export function Parts({ parts, results }: { parts: readonly Part[]; results: Results }) {
  if (parts.length === 0) return <p className="faint">Nothing said</p>;
  return (
    <div className={styles.parts}>
      {parts.map((part, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message stand still
        <PartView key={at} part={part} results={results} />
      ))}
    </div>
  );
}

function PartView({ part, results }: { part: Part; results: Results }): ReactNode {
  switch (part.kind) {
    case "text":
      return <Content text={part.text} label="the text" />;
    case "reasoning":
      return part.text ? (
        <Fold icon="thought" title="Reasoning" note={`${count(part.text.length)} characters`}>
          <div className="muted">
            <PlainText text={part.text} />
          </div>
        </Fold>
      ) : (
        <p className={styles.aside}>
          <Icon name="thought" /> Reasoning that the provider keeps to itself
        </p>
      );
    case "call":
      return <CallView call={part} result={part.id ? results.get(part.id) : undefined} />;
    case "result":
      return (
        <div className={styles.result}>
          {part.name && <p className="muted mono">{part.name.slice(0, 200)}</p>}
          <Parts parts={part.parts} results={results} />
        </div>
      );
    case "image":
      return <Picture url={part.url} />;
    case "file":
      return (
        <p className={styles.aside}>
          <Icon name="file" /> {part.what}
          {part.detail && (
            <span className="muted">
              <Visible text={part.detail.slice(0, 500)} />
            </span>
          )}
        </p>
      );
    case "json":
      return <ValueContent value={part.value} label="this part" />;
  }
}

/** A call of a tool, with what came back. */
function CallView({ call, result }: { call: Extract<Part, { kind: "call" }>; result: Result | undefined }) {
  return (
    <section className={styles.call} aria-label={`Call of ${call.name.slice(0, 80)}`}>
      <header className={styles.callHead}>
        <Icon name="tool" />
        <strong className="mono">
          <Visible text={call.name.slice(0, 200)} />
        </strong>
        {call.id && (
          <span className={`${styles.callId} cut`} title={call.id}>
            <Visible text={call.id.slice(0, 80)} />
          </span>
        )}
      </header>
      <div className={styles.callBody}>
        <ValueContent value={call.args} label="the arguments" />
      </div>
      {result && (
        <div className={styles.callResult}>
          <p className={styles.callLabel}>
            <Badge>result</Badge>
          </p>
          <Parts parts={result.parts} results={NONE} />
        </div>
      )}
    </section>
  );
}

const NONE: Results = new Map();

/** What is higher than this shows its beginning, and the rest when it is asked for. */
function Clipped({ most, children }: { most: number; children: ReactNode }) {
  const body = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const [isHigh, setHigh] = useState(false);
  useLayoutEffect(() => {
    const element = body.current;
    if (!element) return;
    const measure = () => setHigh(element.scrollHeight > most + 80);
    measure();
    const observer = new ResizeObserver(measure);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [most]);
  const isClipped = isHigh && !isOpen;
  return (
    <>
      <div
        ref={body}
        className={`${styles.body} ${isClipped ? styles.clipped : ""}`}
        style={isOpen ? undefined : { maxHeight: isHigh ? most : most + 80 }}
        onFocus={() => isClipped && setOpen(true)}
      >
        {children}
      </div>
      {isHigh && (
        <button type="button" className={styles.more} onClick={() => setOpen(!isOpen)}>
          {isOpen ? "Show less" : "Show all of it"}
        </button>
      )}
    </>
  );
}
