import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import type { Span } from "../../api/client";
import { useApi } from "../../api/session";
import { callsBefore } from "../../api/span";
import { textDiff } from "../../domain/diff";
import { type Change, changesOf, closest } from "../../domain/turns";
import { Badge } from "../Badge";
import { Button } from "../Button";
import { Icon } from "../Icon";
import { Visible } from "../PlainText";
import { Failure, Skeleton } from "../State";
import { Duration, Time } from "../Values";
import { Output, type Said, saidIn } from "./Conversation";
import { MessageView, type Results } from "./MessageView";
import styles from "./SpanPanel.module.css";

const NONE: Results = new Map();

/** What is new in this call's input against the call before it in the thread. */
export function Comparison({
  span,
  said,
  linkTo,
}: {
  span: Span;
  said: Said;
  linkTo(id: string, text: ReactNode): ReactNode;
}) {
  const { data: calls, error, isPending, refetch } = useQuery(callsBefore(useApi(), span));
  const { at, changes } = useMemo(() => {
    const histories = (calls ?? []).map((call) => {
      const { inputMessages, outputMessages } = saidIn(call);
      return { input: inputMessages ?? [], output: outputMessages ?? [] };
    });
    const input = said.inputMessages ?? [];
    const at = closest(
      histories.map((one) => [...one.input, ...one.output]),
      input,
    );
    const then = histories[at];
    return { at, changes: then ? grouped(changesOf(then.input, then.output, input)) : null };
  }, [calls, said]);
  const before = calls?.[at];
  if (isPending) return <Skeleton height={160} />;
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  const whole = span.thread_identifier ? "thread" : "trace";
  if (!before || !changes) {
    return (
      <>
        <p className={styles.note}>
          <Icon name="info" /> This is the first call of its {whole}: all of the input is new.
        </p>
        <Output said={said} />
      </>
    );
  }
  return (
    <>
      <section className={styles.section} aria-label="Input, compared">
        <h3 className={styles.label}>Input, against the call before</h3>
        <p className={styles.note}>
          <Icon name="clock" />
          <span>
            {at === 0 ? `The call before in this ${whole} is` : `The call of this ${whole} that it goes on from is`}{" "}
            {linkTo(before.id, before.span_name ?? before.model ?? before.id.slice(0, 8))},{" "}
            <Time at={before.timestamp} />
            {before.latency !== null && (
              <>
                , which took <Duration seconds={before.latency} />
              </>
            )}
            .
          </span>
        </p>
        {changes.every((change) => !Array.isArray(change) && change.kind === "same") && (
          <p className="muted">Nothing is new: the call before held all of this input.</p>
        )}
        {changes.map((change, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the changes stand still
          <ChangeView key={at} change={change} />
        ))}
      </section>
      <Output said={said} />
    </>
  );
}

/** Messages that are gone one after the other, as where a history is cut at its beginning, stand together. */
function grouped(changes: readonly Change[]): (Change | Change[])[] {
  const made: (Change | Change[])[] = [];
  for (const change of changes) {
    const last = made.at(-1);
    if (change.kind !== "gone" || last === undefined) made.push(change);
    else if (Array.isArray(last)) last.push(change);
    else if (last.kind === "gone") made[made.length - 1] = [last, change];
    else made.push(change);
  }
  return made;
}

function ChangeView({ change }: { change: Change | Change[] }) {
  const [isOpen, setOpen] = useState(false);
  if (Array.isArray(change)) {
    return isOpen ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: the changes stand still
      change.map((one, at) => <ChangeView key={at} change={one} />)
    ) : (
      <Button kind="quiet" icon="right" onClick={() => setOpen(true)}>
        {change.length} messages are gone
      </Button>
    );
  }
  switch (change.kind) {
    case "same": {
      const { messages } = change;
      const said = `${messages.length} ${messages.length === 1 ? "message" : "messages"} as before`;
      return isOpen ? (
        messages.map((message, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages stand still
          <MessageView key={at} message={message} results={NONE} />
        ))
      ) : (
        <Button kind="quiet" icon="right" onClick={() => setOpen(true)}>
          {said}
        </Button>
      );
    }
    case "new":
      return <MessageView message={change.message} results={NONE} mark={<Badge tone="ok">new</Badge>} />;
    case "gone":
      return (
        <div className={styles.gone}>
          <MessageView message={change.message} results={NONE} mark={<Badge tone="error">gone</Badge>} />
        </div>
      );
    case "changed":
      return (
        <MessageView message={change.message} results={NONE} mark={<Badge tone="warn">changed</Badge>}>
          <TextChange before={change.before} after={change.after} />
        </MessageView>
      );
  }
}

const SHOWN_AROUND = 200;
const SHOWN_WHOLE = 20_000;

function TextChange({ before, after }: { before: string; after: string }) {
  const steps = useMemo(() => textDiff(before, after), [before, after]);
  return (
    <div className={styles.diff} dir="auto">
      {steps.map((step, at) => {
        const text = step.kind === "same" ? around(step.item) : step.item.slice(0, SHOWN_WHOLE);
        const content = <Visible text={text} />;
        const key = `${at}`;
        if (step.kind === "new") return <ins key={key}>{content}</ins>;
        if (step.kind === "gone") return <del key={key}>{content}</del>;
        return <span key={key}>{content}</span>;
      })}
    </div>
  );
}

/** Of a long stretch that did not change, its ends. */
function around(text: string): string {
  if (text.length <= 2 * SHOWN_AROUND + 50) return text;
  return `${text.slice(0, SHOWN_AROUND)} … ${text.slice(-SHOWN_AROUND)}`;
}
