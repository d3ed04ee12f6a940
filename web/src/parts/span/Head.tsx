import type { ReactNode } from "react";
import { Link } from "wouter";
import type { Span } from "../../api/client";
import type { ListedSpan } from "../../api/queries";
import { useSession } from "../../api/session";
import { useChangeSpan } from "../../api/span";
import { visible } from "../../domain/visible";
import { Badge } from "../Badge";
import { IconButton } from "../Button";
import { Icon } from "../Icon";
import { Visible } from "../PlainText";
import { Dash, Duration, Money, Time, Tokens } from "../Values";
import { CopyMenu } from "./CopyMenu";
import styles from "./Head.module.css";
import { useLinks } from "./links";
import { warningsOf } from "./warnings";

/** What a span was, at a glance, and what can be done with it. */
export function Head({ span, whole, steps }: { span: ListedSpan; whole: Span | undefined; steps: ReactNode }) {
  const name = span.span_name ?? span.model ?? span.log_type;
  const warnings = warningsOf(span);
  return (
    <header className={styles.head}>
      <div className={styles.title}>
        <StatusBadge span={span} />
        <h2 className={styles.name} title={visible(name.slice(0, 1000))} dir="auto">
          <Visible text={name.slice(0, 300)} />
        </h2>
        <div className={styles.actions}>
          <CopyMenu id={span.id} whole={whole} />
          <Judging span={span} />
          <span className={styles.rule} />
          {steps}
        </div>
      </div>
      <div className={styles.line}>
        <Badge>{span.log_type}</Badge>
        {span.model && (
          <span className="mono cut" title={visible(span.model)}>
            <Visible text={span.model.slice(0, 200)} />
          </span>
        )}
        {span.provider_id && (
          <span className="muted">
            <Visible text={span.provider_id.slice(0, 80)} />
          </span>
        )}
        <span className="muted">
          <Time at={span.timestamp} form="full" />
        </span>
      </div>
      <div className={styles.line}>
        <Within span={span} what="customer" id={span.customer_identifier} name={span.customer_name} />
        <Within span={span} what="thread" id={span.thread_identifier} />
        <Within span={span} what="trace" id={span.trace_unique_id} name={span.trace_unique_id.slice(0, 8)} />
      </div>
      <Numbers span={span} />
      {span.error_message && (
        <div className={styles.error} role="note">
          <Icon name="alert" />
          <p dir="auto">
            <Visible text={span.error_message.slice(0, 4000)} />
          </p>
        </div>
      )}
      {warnings.length > 0 && <Warnings warnings={warnings} />}
    </header>
  );
}

/** What it took. Steps that call no model have no tokens, and then no place for them. */
function Numbers({ span }: { span: ListedSpan }) {
  const { latency, time_to_first_token: first, prompt_tokens, completion_tokens, cost } = span;
  const isCall = span.model !== null;
  const hasTokens = prompt_tokens !== null || completion_tokens !== null;
  const numbers: [name: string, isShown: boolean, value: ReactNode][] = [
    ["Latency", true, <Duration key="latency" seconds={latency} />],
    ["First token", isCall || first !== null, <Duration key="first" seconds={first} />],
    [
      "Tokens, in and out",
      isCall || hasTokens,
      hasTokens ? (
        <>
          <Tokens count={inputTokens(span)} /> <span className="faint">→</span> <Tokens count={completion_tokens} />
        </>
      ) : (
        <Dash key="tokens" />
      ),
    ],
    ["Cost", isCall || cost !== null, <Money key="cost" amount={cost} />],
  ];
  return (
    <dl className={styles.facts}>
      {numbers.map(
        ([name, isShown, value]) =>
          isShown && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

const SHORT = 300;

function Warnings({ warnings }: { warnings: readonly string[] }) {
  const [first = ""] = warnings;
  if (warnings.length === 1 && first.length <= SHORT) {
    return (
      <p className={styles.warnings}>
        <Visible text={first} />
      </p>
    );
  }
  return (
    <details className={styles.warnings}>
      <summary>{warnings.length === 1 ? "A warning" : `${warnings.length} warnings`}</summary>
      <ul>
        {warnings.map((warning) => (
          <li key={warning}>
            <Visible text={warning} />
          </li>
        ))}
      </ul>
    </details>
  );
}

/** All of the input, cached or not: providers disagree on whether their number of it holds what came from the cache. */
function inputTokens(span: ListedSpan): number | null {
  const { total_request_tokens: all, completion_tokens: out } = span;
  return all !== null && out !== null && all >= out ? all - out : span.prompt_tokens;
}

function StatusBadge({ span }: { span: ListedSpan }) {
  if (span.status === "success") return <Badge tone="ok">OK</Badge>;
  const code = span.error_code ?? (span.status_code >= 400 ? String(span.status_code) : "");
  return (
    <Badge tone={span.status === "failed" ? "error" : "warn"}>
      {span.status}
      {span.status === "failed" && ` ${visible(code.slice(0, 40))}`}
    </Badge>
  );
}

const PAGES = { customer: "/customers", thread: "/threads", trace: "/traces" };
const TITLES = { customer: "Customer", thread: "Thread", trace: "Trace" };

/** What the span belongs to: a link to it, and one to all spans that do too. */
function Within({
  span,
  what,
  id,
  name,
}: {
  span: ListedSpan;
  what: keyof typeof PAGES;
  id: string | null;
  name?: string | null;
}) {
  const { pageOf, spansWith } = useLinks(span);
  if (!id) return null;
  return (
    <span className={styles.within}>
      <span className="muted">{TITLES[what]}</span>
      <Link
        className="cut"
        href={pageOf(PAGES[what], id, what === "trace" ? { span: span.id } : {})}
        title={visible(id)}
      >
        <Visible text={(name || id).slice(0, 200)} />
      </Link>
      <Link
        className={styles.all}
        href={spansWith(what, id)}
        aria-label={`All spans of this ${what}`}
        title={`All spans of this ${what}`}
      >
        <Icon name="filter" size={12} />
      </Link>
    </span>
  );
}

/** Thumbs and the pin: one click each; for who may only read, what others made of the span. */
function Judging({ span }: { span: ListedSpan }) {
  const { rights } = useSession();
  const change = useChangeSpan(span.id);
  const { positive_feedback: feedback, is_pinned: isPinned } = span;
  if (!rights.includes("ingest")) {
    return (
      <>
        {feedback !== null && <Badge tone={feedback ? "ok" : "error"}>{feedback ? "good" : "bad"}</Badge>}
        {isPinned && <Badge>pinned</Badge>}
      </>
    );
  }
  return (
    <>
      <IconButton
        icon="thumbUp"
        label={feedback === true ? "Take back: good" : "Good"}
        aria-pressed={feedback === true}
        onClick={() => change.mutate({ positive_feedback: feedback === true ? null : true })}
      />
      <IconButton
        icon="thumbDown"
        label={feedback === false ? "Take back: bad" : "Bad"}
        aria-pressed={feedback === false}
        onClick={() => change.mutate({ positive_feedback: feedback === false ? null : false })}
      />
      <IconButton
        icon="pin"
        label={isPinned ? "Unpin" : "Pin"}
        aria-pressed={isPinned}
        onClick={() => change.mutate({ is_pinned: !isPinned })}
      />
    </>
  );
}
