import type { ReactNode } from "react";
import { Failure, Skeleton } from "../../parts/State";
import styles from "./List.module.css";

export interface ListColumn<Row> {
  title: string;
  align?: "end";
  /** The column takes what is left over, and cuts what does not fit. */
  isWide?: boolean;
  cell(row: Row): ReactNode;
}

/** What a query of TanStack Query says of itself. */
interface Asked<Row> {
  data: readonly Row[] | undefined;
  error: unknown;
  refetch(): unknown;
}

/** A few rows, all of them drawn: what settings have. `menu` stands at the end of each. */
export function List<Row>({
  label,
  asked,
  columns,
  rowKey,
  menu,
  isFaint,
  empty,
}: {
  label: string;
  asked: Asked<Row>;
  columns: readonly ListColumn<Row>[];
  rowKey(row: Row): string;
  menu?: (row: Row) => ReactNode;
  /** Rows that count no more. */
  isFaint?: (row: Row) => boolean;
  empty: ReactNode;
}) {
  if (asked.error && !asked.data) return <Failure error={asked.error} onRetry={() => void asked.refetch()} />;
  if (asked.data?.length === 0) return empty;
  return (
    <div className={styles.frame} tabIndex={0} role="group" aria-label={label}>
      <table className={styles.list}>
        <caption className="hidden-visually">{label}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={column.align ? styles.end : ""}>
                {column.title}
              </th>
            ))}
            {menu && (
              <th scope="col" className={styles.menu}>
                <span className="hidden-visually">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {asked.data === undefined
            ? [0, 1, 2].map((at) => (
                <tr key={at}>
                  {columns.map((column) => (
                    <td key={column.title}>
                      <Skeleton width="70%" />
                    </td>
                  ))}
                  {menu && <td />}
                </tr>
              ))
            : asked.data.map((row) => (
                <tr key={rowKey(row)} className={isFaint?.(row) ? styles.faint : ""}>
                  {columns.map((column) => (
                    <td
                      key={column.title}
                      className={`${column.align ? styles.end : ""} ${column.isWide ? styles.wide : ""}`}
                    >
                      {column.cell(row)}
                    </td>
                  ))}
                  {menu && <td className={styles.menu}>{menu(row)}</td>}
                </tr>
              ))}
        </tbody>
      </table>
    </div>
  );
}
