import type { ReactNode } from "react";
import { Fault } from "../api/client";
import { Button } from "./Button";
import { Icon, type IconName } from "./Icon";
import styles from "./State.module.css";

/** Nothing to show, and what to do about it. */
export function Empty({
  icon = "search",
  title,
  children,
  actions,
}: {
  icon?: IconName;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
}) {
  return (
    <div className={styles.state}>
      <Icon name={icon} size={28} />
      <h2>{title}</h2>
      {children && <div className={styles.detail}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

/** What the title of a failure is. */
function titleOf(error: unknown): string {
  if (!(error instanceof Fault)) return "This page has failed";
  if (error.status === 0) return "Midspan cannot be reached";
  if (error.status === 403) return "You may not see this";
  if (error.status === 404) return "There is nothing here";
  if (error.status === 429) return "Too many requests";
  if (error.status >= 500) return "The server has failed";
  return "That was not understood";
}

/** Something failed: what, what to do, and another try. `children` are other ways on. */
export function Failure({
  error,
  onRetry,
  children,
}: {
  error: unknown;
  onRetry?: (() => void) | undefined;
  children?: ReactNode;
}) {
  const said = error instanceof Error ? error.message : String(error);
  return (
    <div role="alert">
      <Empty
        icon="alert"
        title={titleOf(error)}
        actions={
          <>
            {children}
            {onRetry && (
              <Button icon="refresh" onClick={onRetry}>
                Try again
              </Button>
            )}
          </>
        }
      >
        <p>{said}</p>
      </Empty>
    </div>
  );
}

/** What is still to come, in the size it will have. */
export function Skeleton({ width = "100%", height = 12 }: { width?: number | string; height?: number | string }) {
  return <span className={styles.bone} style={{ width, height }} aria-hidden="true" />;
}
