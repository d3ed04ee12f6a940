import { trimmed } from "../../domain/numbers";
import { Visible } from "../../parts/PlainText";
import styles from "./Bars.module.css";
import type { BarChart } from "./chart";

/** A number for each text, as bars; for screen readers it is a table. */
export function Bars({ chart }: { chart: BarChart }) {
  const most = Math.max(...chart.bars.map((bar) => Math.abs(bar.value)), Number.MIN_VALUE);
  return (
    <table className={styles.bars}>
      <caption className="hidden-visually">
        {chart.value} by {chart.label}
      </caption>
      <thead className="hidden-visually">
        <tr>
          <th scope="col">{chart.label}</th>
          <th scope="col">{chart.value}</th>
        </tr>
      </thead>
      <tbody>
        {chart.bars.map((bar, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an answer may have the same text twice
          <tr key={at}>
            <th scope="row" title={bar.label}>
              <Visible text={bar.label} />
            </th>
            <td>
              <span className={styles.line}>
                <span
                  className={`${styles.bar} ${bar.value < 0 ? styles.below : ""}`}
                  style={{ width: `${(80 * Math.abs(bar.value)) / most}%` }}
                />
                <span title={String(bar.value)}>{trimmed(bar.value, 4)}</span>
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
