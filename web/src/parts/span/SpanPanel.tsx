import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { Link, useLocation } from "wouter";
import type { Span } from "../../api/client";
import type { ListedSpan } from "../../api/queries";
import { useApi } from "../../api/session";
import { spanOf } from "../../api/span";
import { carried, useAddress, useUrlState } from "../../state/address";
import { useKeys } from "../../state/keys";
import { Button, IconButton, Segmented } from "../Button";
import { Elsewhere } from "../Elsewhere";
import { Failure, Skeleton } from "../State";
import { type Tab, Tabs } from "../Tabs";
import { Comparison } from "./Comparison";
import { FormContext } from "./Content";
import { Conversation, saidIn } from "./Conversation";
import { Cost } from "./Cost";
import { Details } from "./Details";
import { Feedback } from "./Feedback";
import { Head } from "./Head";
import { Raw } from "./Raw";
import styles from "./SpanPanel.module.css";
import { spanUrl, type View } from "./url";

export interface SpanPanelProps {
  id: string;
  /** What a list has of it already: shown until the whole is there. */
  known?: ListedSpan | undefined;
  onClose?: () => void;
  /** To the span before and after it in the list beside; absent where there is none. */
  onBefore?: (() => void) | undefined;
  onAfter?: (() => void) | undefined;
}

/** One span, whole: who said what, what it cost and why, how long it took, and all else that is stored of it. */
export default function SpanPanel({ id, known, onClose, onBefore, onAfter }: SpanPanelProps) {
  const { data, error, refetch } = useQuery(spanOf(useApi(), id));
  useKeys("Span", [
    ...(onClose ? [{ keys: "Escape", label: "Close the span", run: onClose }] : []),
    ...(onBefore || onAfter
      ? [
          { keys: "ArrowUp", label: "Span before", run: () => onBefore?.() },
          { keys: "ArrowDown", label: "Next span", run: () => onAfter?.() },
        ]
      : []),
  ]);
  const span = data ?? known;
  const frame = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another span begins at its top
  useEffect(() => {
    frame.current?.scrollTo(0, 0); // newer browsers return a promise, which is no way to clean up
  }, [id]);
  const steps = (
    <>
      {(onBefore || onAfter) && (
        <>
          <IconButton icon="up" label="Span before" keys="k" disabled={!onBefore} onClick={onBefore} />
          <IconButton icon="down" label="Next span" keys="j" disabled={!onAfter} onClick={onAfter} />
        </>
      )}
      {onClose && <IconButton icon="close" label="Close the span" keys="Escape" onClick={onClose} />}
    </>
  );
  if (error) {
    return (
      <div className={styles.panel}>
        <div className={styles.bare}>{steps}</div>
        <Failure error={error} onRetry={() => void refetch()}>
          <Elsewhere error={error} />
        </Failure>
      </div>
    );
  }
  if (!span) {
    return (
      <div className={styles.panel} aria-busy="true">
        <div className={styles.bare}>{steps}</div>
        <div className={styles.waiting}>
          <Skeleton width="60%" height={18} />
          <Skeleton width="90%" />
          <Skeleton height={54} />
          <Skeleton height={180} />
        </div>
      </div>
    );
  }
  return (
    <div ref={frame} className={styles.panel} aria-busy={!data}>
      <Head span={span} whole={data} steps={steps} />
      <Body key={id} type={span.log_type} span={data} />
    </div>
  );
}

function Body({ type, span }: { type: string; span: Span | undefined }) {
  const [url, setUrl] = useUrlState(spanUrl);
  const scores = span ? Object.keys(span.scores).length : 0;
  const tabs: Tab<View>[] = [
    { value: "messages", label: CALLS.test(type) ? "Messages" : "Input and output" },
    { value: "cost", label: "Cost and time" },
    { value: "details", label: "Details" },
    { value: "raw", label: "Raw" },
    {
      value: "feedback",
      label: scores > 0 ? `Feedback · ${scores} ${scores === 1 ? "score" : "scores"}` : "Feedback",
    },
  ];
  return (
    <div className={styles.tabs}>
      <Tabs label="Of the span" tabs={tabs} value={url.show} onChange={(show) => setUrl({ show }, { replace: true })}>
        <div className={styles.body}>
          {!span ? (
            <div className={styles.waiting}>
              <Skeleton width={60} />
              <Skeleton height={90} />
              <Skeleton height={140} />
            </div>
          ) : url.show === "cost" ? (
            <Cost span={span} />
          ) : url.show === "feedback" ? (
            <Feedback span={span} />
          ) : url.show === "details" ? (
            <Details span={span} />
          ) : url.show === "raw" ? (
            <Raw span={span} />
          ) : (
            <Messages span={span} />
          )}
        </div>
      </Tabs>
    </div>
  );
}

function Messages({ span }: { span: Span }) {
  const [url, setUrl] = useUrlState(spanUrl);
  const [params] = useAddress();
  const { input, output, log_type, reasoning, tool_calls, completion_messages } = span;
  const said = useMemo(
    () => saidIn({ input, output, log_type, reasoning, tool_calls, completion_messages }),
    [input, output, log_type, reasoning, tool_calls, completion_messages],
  );
  const canCompare = said.inputMessages !== null && CALLS.test(span.log_type);
  const [path] = useLocation();
  const linkTo = (id: string, text: ReactNode) => {
    const address = `/spans/${id}`;
    const isInList = path.startsWith("/spans"); // then the list beside stays as it is
    return <Link href={isInList ? `${address}?${params}` : carried(address, params, OF_COMPARISON)}>{text}</Link>;
  };
  return (
    <FormContext value={url.as}>
      <div className={styles.tools}>
        <Segmented
          label="How text is shown"
          value={url.as}
          options={[
            { value: "rich", label: "Formatted" },
            { value: "text", label: "As sent" },
          ]}
          onChange={(as) => setUrl({ as }, { replace: true })}
        />
        {canCompare && (
          <Button
            kind="quiet"
            aria-pressed={url.isCompared}
            onClick={() => setUrl({ isCompared: !url.isCompared }, { replace: true })}
          >
            What is new in this turn
          </Button>
        )}
      </div>
      {canCompare && url.isCompared ? (
        <Comparison span={span} said={said} linkTo={linkTo} />
      ) : (
        <Conversation said={said} />
      )}
    </FormContext>
  );
}

const OF_COMPARISON = { compare: "before" };
const CALLS = /^(chat|completion|text|response|generation)$/;
