import { useQuery } from "@tanstack/react-query";
import type { Span } from "../../api/client";
import { useApi } from "../../api/session";
import { rawOf } from "../../api/span";
import type { Json } from "../../domain/json";
import { JsonView } from "../JsonView";
import { Failure, Skeleton } from "../State";
import { Fold } from "./Fold";
import styles from "./SpanPanel.module.css";

/** What went to the provider and came back, where it was sent along; and the span as the API gives it. */
export function Raw({ span }: { span: Span }) {
  const { data, error, isPending, refetch } = useQuery(rawOf(useApi(), span.id));
  if (isPending) return <Skeleton height={160} />;
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  return (
    <>
      <RawPart title="Request" value={data.full_request as Json} />
      <RawPart title="Response" value={data.full_response as Json} />
      {data.embedding !== null && (
        <section className={styles.section} aria-label="Embedding">
          <h3 className={styles.label}>Embedding</h3>
          <JsonView value={data.embedding as Json} label="the embedding" depth={0} />
        </section>
      )}
      <section className={styles.section} aria-label="The span">
        <h3 className={styles.label}>Span</h3>
        <Fold title="As the API gives it" note="without the raw request and response">
          <JsonView value={span as unknown as Json} label="the span" depth={1} />
        </Fold>
      </section>
    </>
  );
}

function RawPart({ title, value }: { title: string; value: Json }) {
  return (
    <section className={styles.section} aria-label={title}>
      <h3 className={styles.label}>{title}</h3>
      {value === null ? (
        <p className="faint">The raw {title.toLowerCase()} was not sent.</p>
      ) : (
        <JsonView value={value} label={`the ${title.toLowerCase()}`} />
      )}
    </section>
  );
}
