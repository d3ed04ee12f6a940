import { useMemo } from "react";
import type { SqlAnswer } from "../../api/sql";
import { compact } from "../../domain/numbers";
import { Chart } from "../../parts/Chart";
import { Select } from "../../parts/Field";
import { Empty } from "../../parts/State";
import { Bars } from "./Bars";
import { chartOf, numberColumns } from "./chart";
import styles from "./Page.module.css";

/** The answer as a picture, where its columns make one. */
export function AnswerChart({
  answer,
  value,
  onValue,
}: {
  answer: SqlAnswer;
  /** The column of numbers that is asked for, or empty. */
  value: string;
  onValue(name: string): void;
}) {
  const drawn = useMemo(() => chartOf(answer.columns, answer.rows, value), [answer, value]);
  const series = useMemo(
    () =>
      drawn?.kind === "time"
        ? drawn.series.map((one, at) => ({ ...one, color: `--series-${at + 1}`, kind: "line" as const }))
        : [],
    [drawn],
  );
  if (!drawn) {
    return (
      <Empty icon="chart" title="These columns make no chart">
        <p>
          A chart needs a column of numbers, and beside it a time (such as toStartOfDay(timestamp)) or a text to hold
          them against.
        </p>
      </Empty>
    );
  }
  const numbers = numberColumns(answer.columns);
  const picker = numbers.length > 1 && (
    <Select aria-label="What the chart shows" value={drawn.value} onChange={(event) => onValue(event.target.value)}>
      {numbers.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </Select>
  );
  return (
    <div className={styles.chart}>
      {drawn.kind === "time" ? (
        <Chart title={drawn.value} height={300} times={drawn.times} series={series} format={compact} tools={picker} />
      ) : (
        <>
          <div className={styles.chartHead}>
            <strong>
              {drawn.value} by {drawn.label}
            </strong>
            {picker}
          </div>
          <Bars chart={drawn} />
        </>
      )}
      {drawn.left > 0 && (
        <p className="muted">
          {drawn.left} more {drawn.kind === "time" ? "series, the smaller ones," : "rows"} are only in the table.
        </p>
      )}
    </div>
  );
}
