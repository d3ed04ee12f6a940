import { type ReactNode, useMemo } from "react";
import { Link, useLocation } from "wouter";
import type { Metrics } from "../../api/sums";
import { bucketRange } from "../../domain/buckets";
import { both } from "../../domain/groups";
import { compact, count, duration } from "../../domain/numbers";
import { brushed } from "../../domain/range";
import { LOOKS, MEASURES, type Measure, type Totals, tokensByKind, type Values } from "../../domain/sums";
import { useAddress } from "../../state/address";
import { useRange } from "../../state/range";
import { buttonClass } from "../Button";
import { Chart, type Series } from "../Chart";
import { Icon } from "../Icon";
import { Skeleton } from "../State";
import { Tip } from "../Tip";
import { Money } from "../Values";
import { ChangeNote } from "./ChangeNote";
import styles from "./Overview.module.css";
import { spansAddress } from "./spansAddress";

const HEIGHT = 128;

/** One card for each measure: what it comes to, how it has changed, and how it went. */
export function Overview({
  data,
  query,
  isCompared,
  isStale,
}: {
  data: Metrics | undefined;
  query: string;
  /** The period before is drawn, too. */
  isCompared: boolean;
  isStale: boolean;
}) {
  const times = useMemo(() => data?.buckets.map((bucket) => Date.parse(bucket) / 1000) ?? [], [data]);
  return (
    <div className={styles.frame}>
      <div className={`${styles.grid} ${isStale ? styles.stale : ""}`} aria-busy={!data || isStale}>
        {MEASURES.map((measure) =>
          data ? (
            <MeasureCard
              key={measure}
              measure={measure}
              data={data}
              times={times}
              query={query}
              isCompared={isCompared}
            />
          ) : (
            <div key={measure} className={styles.card}>
              <p className={styles.name}>{LOOKS[measure].title}</p>
              <div className={styles.bones}>
                <Skeleton width={90} height={20} />
                <Skeleton width={140} />
                <Skeleton height={HEIGHT} />
              </div>
            </div>
          ),
        )}
      </div>
    </div>
  );
}

function MeasureCard({
  measure,
  data,
  times,
  query,
  isCompared,
}: {
  measure: Measure;
  data: Metrics;
  times: readonly number[];
  query: string;
  isCompared: boolean;
}) {
  const look = LOOKS[measure];
  const { setRange } = useRange();
  const [params] = useAddress();
  const [, navigate] = useLocation();
  const series = useMemo(() => seriesOf(measure, data, isCompared), [measure, data, isCompared]);
  const wanted = { query: both(query, look.clause), sort: look.sort };
  const now = data.totals[look.name];
  const name = measure === "latency" || measure === "ttft" ? `${look.title}, p95` : look.title;

  function pick(at: number) {
    const window = { start: data.start_time, end: data.end_time, seconds: 0 };
    navigate(spansAddress(params, { ...wanted, range: bucketRange(times, at, window) }));
  }
  return (
    <div className={styles.card}>
      <Chart
        title={look.title}
        heading={
          <div className={styles.heading}>
            <h2 className={styles.name}>{name}</h2>
            <p className={styles.line}>
              <strong className={styles.value}>
                {now === null || now === undefined ? (
                  "–"
                ) : measure === "cost" ? (
                  <Money amount={now} />
                ) : (
                  look.whole(now)
                )}
              </strong>
              <ChangeNote measure={measure} now={now} before={data.previous?.totals[look.name]} />
            </p>
            <p className={styles.note}>{noteOf(measure, data.totals)}</p>
          </div>
        }
        tools={
          <Tip text={measure === "errors" ? "Open the failed spans" : "Open the spans"}>
            <Link
              className={`${buttonClass("quiet")} ${styles.open}`}
              href={spansAddress(params, wanted)}
              aria-label={`Open the spans of ${look.title.toLowerCase()}`}
            >
              <Icon name="spans" />
            </Link>
          </Tip>
        }
        isAligned
        isStacked
        height={HEIGHT}
        times={times}
        series={series}
        format={look.format}
        steps={look.steps}
        onBrush={(from, to) => setRange(brushed(from, to))}
        onPick={pick}
      />
    </div>
  );
}

/** The lines or bars of a measure, and the period before as a dashed line. */
function seriesOf(measure: Measure, { values, previous }: Metrics, isCompared: boolean): Series[] {
  const look = LOOKS[measure];
  const drawn = ownSeries(measure, values);
  const before = previous?.values[look.name];
  if (!isCompared || !before) return drawn;
  const label = drawn.length > 1 && !look.isAdditive ? "p95 before" : "Before";
  return [...drawn, { label, color: "--series-before", kind: "line", isDashed: true, values: before }];
}

function ownSeries(measure: Measure, values: Values): Series[] {
  const line = (label: string, name: string, color: string): Series => ({
    label,
    color,
    kind: "line",
    values: values[name] ?? [],
  });
  switch (measure) {
    case "errors":
      return [line("Error rate", "error_rate", "--series-error")];
    case "latency":
      return [
        line("p50", "p50_latency", "--series-3"),
        line("p95", "p95_latency", "--series-1"),
        line("p99", "p99_latency", "--series-4"),
      ];
    case "ttft":
      return [
        line("p50", "p50_time_to_first_token", "--series-3"),
        line("p95", "p95_time_to_first_token", "--series-1"),
      ];
    case "tokens":
      return tokensByKind(values)
        .map((kind, at): Series => ({ ...kind, kind: "bars", color: TOKEN_COLORS[at] ?? "--series-8" }))
        .filter((kind) => kind.values.some((value) => value !== 0));
    case "requests":
    case "cost":
      return [{ ...line(LOOKS[measure].title, LOOKS[measure].name, "--series-1"), kind: "bars" }];
  }
}

const TOKEN_COLORS = ["--series-1", "--series-6", "--series-2", "--series-5"];

/** What else there is to say of a measure, in a few words. */
function noteOf(measure: Measure, totals: Totals): ReactNode {
  const all = totals.count ?? 0;
  const length = (name: string) => {
    const value = totals[name];
    return value === null || value === undefined ? "–" : duration(value);
  };
  switch (measure) {
    case "requests":
      return "Spans of every type";
    case "errors":
      return `${count(totals.error_count ?? 0)} failed`;
    case "latency":
      return `p50 ${length("p50_latency")} · p99 ${length("p99_latency")}`;
    case "ttft":
      return `p50 ${length("p50_time_to_first_token")}`;
    case "tokens": {
      const output = totals.sum_completion_tokens ?? 0;
      return `${compact((totals.sum_total_request_tokens ?? 0) - output)} in · ${compact(output)} out`;
    }
    case "cost":
      return all > 0 ? (
        <>
          <Money amount={(totals.sum_cost ?? 0) / all} /> a span
        </>
      ) : (
        ""
      );
  }
}
