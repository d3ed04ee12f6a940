import type { ReactNode } from "react";
import { Icon } from "./Icon";
import styles from "./Notice.module.css";

export type NoticeTone = "info" | "ok" | "warn" | "error";

const ICONS = { info: "info", ok: "ok", warn: "alert", error: "alert" } as const;

/** A sentence or two that stay on the page. An error is read out when it appears. */
export function Notice({ tone = "info", children }: { tone?: NoticeTone; children: ReactNode }) {
  return (
    <div className={`${styles.notice} ${styles[tone]}`} role={tone === "error" ? "alert" : undefined}>
      <Icon name={ICONS[tone]} />
      <div>{children}</div>
    </div>
  );
}
