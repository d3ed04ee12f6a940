import type { ReactNode } from "react";
import styles from "./ListPage.module.css";
import { Skeleton } from "./State";

/** A page that is a list: what leads through it, what all of it comes to, and its rows. */
export function ListPage({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={styles.page}>
      <h1 className="hidden-visually">{title}</h1>
      {children}
    </div>
  );
}

/** What all rows of a list come to, in a line. */
export function ListSums({ isLoading = false, children }: { isLoading?: boolean; children?: ReactNode }) {
  return <p className={styles.sums}>{isLoading ? <Skeleton width={260} /> : children}</p>;
}
