import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { Link, useLocation } from "wouter";
import { Fault } from "../../api/client";
import { useApi } from "../../api/session";
import { both } from "../../domain/groups";
import { compact, count, percent } from "../../domain/numbers";
import { brushed, resolve } from "../../domain/range";
import { Chart } from "../../parts/Chart";
import { Failure, Skeleton } from "../../parts/State";
import { useAddress } from "../../state/address";
import { useNow } from "../../state/clock";
import { useRange } from "../../state/range";
import { overTime } from "./first";
import styles from "./Page.module.css";

const HEIGHT = 100;

/** The way to the failed ones among what is shown; none where it is they alone. */
function FailedLink({ query, isAll, children }: { query: string; isAll: boolean; children: ReactNode }) {
  const [params] = useAddress();
  const [path] = useLocation();
  if (isAll) return <span className={styles.failed}>{children}</span>;
  const next = new URLSearchParams(params);
  next.set("query", both(query, "status:failed"));
  return (
    <Link className={styles.failed} href={`${path}?${next}`} title="Show the failed spans alone">
      {children}
    </Link>
  );
}

function isRefused(error: Error): boolean {
  return error instanceof Fault && error.status < 500 && !error.isPassing;
}

/** How many spans there were over time, and how many failed. A stretch drawn on it, or a bucket, becomes the range. */
export function Histogram({ query, isLive }: { query: string; isLive: boolean }) {
  const { window: still, range, setRange } = useRange();
  const now = useNow();
  const window = useMemo(() => (isLive ? resolve(range, now) : still), [isLive, range, now, still]);
  const scope = useApi();
  const { data, error, refetch } = useQuery(overTime(scope, window, query));
  const drawn = useMemo(() => {
    if (!data) return null;
    const all = data.values.count ?? [];
    const failed = data.values.error_count ?? [];
    return {
      times: data.buckets.map((bucket) => Date.parse(bucket) / 1000),
      series: [
        {
          label: "Succeeded",
          color: "--series-count",
          kind: "bars" as const,
          values: all.map((value, at) => (value ?? 0) - (failed[at] ?? 0)),
        },
        { label: "Failed", color: "--series-error", kind: "bars" as const, values: failed },
      ],
    };
  }, [data]);
  if (error) {
    // A filter that is not understood is said once, by the table.
    return isRefused(error) ? null : <Failure error={error} onRetry={() => void refetch()} />;
  }
  const all = data?.totals.count ?? 0;
  const failed = data?.totals.error_count ?? 0;
  return (
    <section className={styles.histogram} aria-label="Spans over time">
      {drawn ? (
        <Chart
          title="Spans over time"
          heading={
            <p className={styles.sum}>
              <strong>{count(all)}</strong> {all === 1 ? "span" : "spans"}
              {failed > 0 && (
                <>
                  {" · "}
                  <FailedLink query={query} isAll={failed === all}>
                    {count(failed)} failed ({percent(failed / all)})
                  </FailedLink>
                </>
              )}
            </p>
          }
          isStacked
          height={HEIGHT}
          times={drawn.times}
          series={drawn.series}
          format={compact}
          onBrush={(from, to) => setRange(brushed(from, to))}
          onPick={(at) => {
            const from = drawn.times[at] ?? 0;
            const step = (drawn.times[1] ?? from + 60) - (drawn.times[0] ?? from);
            setRange(brushed(from, drawn.times[at + 1] ?? from + step));
          }}
        />
      ) : (
        <div style={{ paddingTop: 28 }}>
          <Skeleton height={HEIGHT} />
        </div>
      )}
    </section>
  );
}
