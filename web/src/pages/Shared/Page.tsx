import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { useParams } from "wouter";
import { sharedTrace, spanContents, type TraceHead, type TraceSource } from "../../api/trace";
import { idIn } from "../../domain/path";
import { tokensOf } from "../../domain/trace";
import { Badge } from "../../parts/Badge";
import { IconButton } from "../../parts/Button";
import { Icon, Mark } from "../../parts/Icon";
import { Facts } from "../../parts/Layout";
import { LogType } from "../../parts/LogType";
import { late } from "../../parts/late";
import { Visible } from "../../parts/PlainText";
import { Failure, Skeleton } from "../../parts/State";
import { type Beside, TraceView } from "../../parts/trace/TraceView";
import { Duration, Money, Time, Tokens } from "../../parts/Values";
import { useAddress } from "../../state/address";
import { useKeys } from "../../state/keys";
import styles from "./Page.module.css";

const Said = late(() => import("./Said"));

/** A trace that somebody shared, for who has the link: to be read, without signing in. */
export default function SharedPage() {
  const { organization = "", id: segment } = useParams<{ organization: string; id: string }>();
  const [params] = useAddress();
  const id = idIn(segment, params) ?? "";
  const source = useMemo(() => sharedTrace(organization, id), [organization, id]);
  return (
    <div className={styles.page}>
      <header className={styles.bar}>
        <Mark size={20} />
        <strong>Midspan</strong>
        <span className={styles.note}>A trace that was shared with you. It can be read, and not changed.</span>
      </header>
      <main className={styles.main}>
        <TraceView
          source={source}
          people={people}
          beside={(beside) => <SharedSpan source={source} beside={beside} />}
        />
      </main>
    </div>
  );
}

function people(head: TraceHead): ReactNode {
  return (
    <>
      {head.customer_identifier && (
        <div>
          <dt>Customer</dt>
          <dd>
            <Visible text={head.customer_identifier.slice(0, 200)} />
          </dd>
        </div>
      )}
      {head.thread_identifier && (
        <div>
          <dt>Thread</dt>
          <dd>
            <Visible text={head.thread_identifier.slice(0, 200)} />
          </dd>
        </div>
      )}
    </>
  );
}

/** One of its spans: numbers, and what was said. */
function SharedSpan({ source, beside }: { source: TraceSource; beside: Beside }) {
  const { row, id, onClose, onBefore, onAfter } = beside;
  const { data, error, refetch } = useQuery(spanContents(source, [id]));
  useKeys("Span", [{ keys: "Escape", label: "Close the span", run: onClose }]);
  const span = row?.span;
  const content = data?.get(id);
  return (
    <div className={styles.span} aria-busy={!data}>
      <header className={styles.head}>
        {row && <LogType type={row.type} />}
        <h2 className={styles.name} dir="auto">
          <Visible text={(row?.name ?? id).slice(0, 300)} />
        </h2>
        {span && (
          <Badge tone={row.isFailed ? "error" : "ok"}>{row.isFailed ? `failed ${span.status_code}` : "OK"}</Badge>
        )}
        <span className={styles.push} />
        <IconButton icon="up" label="Span before" disabled={!onBefore} onClick={onBefore} />
        <IconButton icon="down" label="Next span" disabled={!onAfter} onClick={onAfter} />
        <IconButton icon="close" label="Close the span" keys="Escape" onClick={onClose} />
      </header>
      {span && (
        <div className={styles.facts}>
          <Facts
            facts={[
              ["Type", span.log_type],
              ["Model", span.model && <Visible text={span.model} />],
              ["Began", <Time key="b" at={span.start_time ?? span.timestamp} form="full" />],
              ["Duration", <Duration key="d" seconds={(row.finish - row.start) / 1000} />],
              ["Tokens", tokensOf(span) === null ? null : <Tokens key="t" count={tokensOf(span)} />],
              ["Cost", span.cost == null ? null : <Money key="c" amount={span.cost} />],
              ["Customer", content?.customer_identifier && <Visible text={content.customer_identifier} />],
              ["Thread", content?.thread_identifier && <Visible text={content.thread_identifier} />],
              ...Object.entries(content?.metadata ?? {}).map(
                ([name, value]) => [name.slice(0, 100), <Visible key={name} text={value.slice(0, 1000)} />] as const,
              ),
            ]}
          />
        </div>
      )}
      {span?.error_message && (
        <p className={styles.error} dir="auto">
          <Icon name="alert" />
          <span>
            <Visible text={span.error_message.slice(0, 4000)} />
          </span>
        </p>
      )}
      <div className={styles.body}>
        {error ? (
          <Failure error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <>
            <Skeleton width={60} />
            <Skeleton height={90} />
            <Skeleton height={140} />
          </>
        ) : (
          <Said content={content} type={span?.log_type ?? ""} />
        )}
      </div>
    </div>
  );
}
