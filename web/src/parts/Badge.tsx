import type { ReactNode } from "react";
import styles from "./Badge.module.css";

export type Tone = "neutral" | "ok" | "warn" | "error" | "info" | "accent";

/** What most rows of a list are: quieter than a badge. */
export function Ok() {
  return <span className={styles.plain}>OK</span>;
}

export function Badge({ tone = "neutral", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`${styles.badge} ${tone === "neutral" ? "" : styles[tone]}`}>{children}</span>;
}
