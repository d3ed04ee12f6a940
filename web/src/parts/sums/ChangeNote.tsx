import { changeOf, LOOKS, type Measure } from "../../domain/sums";
import styles from "./Overview.module.css";

type Value = number | null | undefined;

/** How a number stands against the period before, which is named beside it. */
export function ChangeNote({
  measure,
  now,
  before,
  isShort,
}: {
  measure: Measure;
  now: Value;
  before: Value;
  /** What it was before is in the title only. */
  isShort?: boolean;
}) {
  const change = changeOf(measure, now, before);
  if (!change || before === null || before === undefined || (now === 0 && before === 0)) return null;
  const { isWorse, whole } = LOOKS[measure];
  const tone =
    isWorse && change.text !== "new" && change.direction !== "same"
      ? change.direction === "up"
        ? styles.worse
        : styles.better
      : "";
  return (
    <span className={styles.change} title={`In the period before: ${whole(before)}`}>
      <span className={tone}>{change.text}</span>
      {!isShort && before !== now && <span className="muted"> from {whole(before)}</span>}
    </span>
  );
}
