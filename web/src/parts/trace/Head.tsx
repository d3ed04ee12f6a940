import type { ReactNode } from "react";
import type { TraceHead as Head } from "../../api/trace";
import { count } from "../../domain/numbers";
import { Badge } from "../Badge";
import { Visible } from "../PlainText";
import { Count, Dash, Duration, Money, Time, Tokens } from "../Values";
import styles from "./Head.module.css";

/** What a trace was, at a glance. `people` is who it was for: the customer, the thread. */
export function TraceHead({ head, actions, people }: { head: Head; actions?: ReactNode; people?: ReactNode }) {
  const name = head.name ?? head.id;
  const facts: [string, ReactNode][] = [
    ["Duration", <Duration key="d" seconds={head.duration} />],
    ["Spans", <Count key="s" value={head.span_count} />],
    ["Model calls", <Count key="c" value={head.llm_call_count} />],
    ["Failed", <Failed key="f" count={head.error_count} />],
    ["Tokens", head.total_tokens > 0 ? <Tokens key="t" count={head.total_tokens} /> : <Dash key="t" />],
    ["In and out", head.total_tokens > 0 ? <InAndOut key="i" head={head} /> : null],
    ["Cost", <Money key="m" amount={head.total_cost} />],
    ["Began", <Time key="b" at={head.start_time} />],
  ];
  return (
    <header className={styles.head}>
      <div className={styles.title}>
        <State head={head} />
        <h1 className={styles.name} title={name} dir="auto">
          <Visible text={name.slice(0, 300)} />
        </h1>
        {head.name && (
          <span className={styles.id} title={head.id}>
            <Visible text={head.id.length > 12 ? head.id.slice(0, 8) : head.id} />
          </span>
        )}
        <div className={styles.actions}>{actions}</div>
      </div>
      <dl className={styles.facts}>
        {facts.map(
          ([title, value]) =>
            value !== null && (
              <div key={title}>
                <dt>{title}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
        {people}
      </dl>
    </header>
  );
}

function State({ head }: { head: Head }) {
  if (head.error_count > 0) return <Badge tone="error">{count(head.error_count)} failed</Badge>;
  if (head.status === "running" || head.status === "pending") return <Badge tone="warn">{head.status}</Badge>;
  return <Badge tone="ok">OK</Badge>;
}

/** Tokens of input, cached or not, as providers disagree on whether their number of it holds those; and of output. */
function InAndOut({ head }: { head: Head }) {
  const { total_tokens: all, total_completion_tokens: out, total_prompt_tokens: prompt } = head;
  return (
    <span title="Tokens of input, with those that came from a cache, and tokens of output">
      <Tokens count={Math.max(prompt, all - out)} /> <span className="faint">→</span> <Tokens count={out} />
    </span>
  );
}

function Failed({ count: failed }: { count: number }) {
  return failed > 0 ? <span className={styles.failed}>{count(failed)}</span> : <span>0</span>;
}
