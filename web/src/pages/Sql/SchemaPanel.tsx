import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useApi } from "../../api/session";
import { type SqlTable, sqlSchema } from "../../api/sql";
import { bytes, count } from "../../domain/numbers";
import { Input } from "../../parts/Field";
import { Icon } from "../../parts/Icon";
import { Failure, Skeleton } from "../../parts/State";
import { BASE } from "../../state/base";
import { bare } from "./columnTypes";
import styles from "./SchemaPanel.module.css";

/** The tables with their columns. A click puts a name into the query; what it means stands below it. */
export function SchemaPanel({ onInsert }: { onInsert(text: string): void }) {
  const { data, error, refetch } = useQuery(sqlSchema(useApi()));
  const [sought, setSought] = useState("");
  if (error && !data) return <Failure error={error} onRetry={() => void refetch()} />;
  const word = sought.trim().toLowerCase();
  return (
    <div className={styles.panel}>
      <div className={styles.search}>
        <Input
          type="search"
          aria-label="Search tables and columns"
          placeholder="Search columns"
          value={sought}
          onChange={(event) => setSought(event.target.value)}
        />
      </div>
      <div className={styles.tables}>
        {data
          ? data.tables.map((table) => <TableOf key={table.name} table={table} word={word} onInsert={onInsert} />)
          : [0, 1, 2, 3, 4].map((at) => (
              <div key={at} className={styles.bone}>
                <Skeleton width={`${70 - at * 8}%`} />
              </div>
            ))}
      </div>
      {data && (
        <footer className={styles.foot}>
          <p>
            A query ends after {data.limits.seconds} s; an answer has up to {bytes(data.limits.result_bytes)}, a query{" "}
            {count(data.limits.query_characters)} characters. Only SELECT is answered, in ClickHouse’s dialect.
          </p>
          <a href={`${BASE}/docs/sql`} target="_blank" rel="noreferrer">
            Tables, functions, examples
          </a>
        </footer>
      )}
    </div>
  );
}

function TableOf({ table, word, onInsert }: { table: SqlTable; word: string; onInsert(text: string): void }) {
  const [isOpen, setOpen] = useState(table.name === "spans");
  const columns = word
    ? table.columns.filter((column) => `${column.name} ${column.help}`.toLowerCase().includes(word))
    : table.columns;
  if (word && columns.length === 0) return null;
  const shown = word !== "" || isOpen;
  return (
    <section className={styles.table}>
      <div className={styles.head}>
        <button type="button" className={styles.fold} aria-expanded={shown} onClick={() => setOpen(!isOpen)}>
          <Icon name={shown ? "down" : "right"} size={12} />
          <span className={styles.name}>{table.name}</span>
          <span className={styles.type}>{columns.length}</span>
        </button>
        <button
          type="button"
          className={styles.insert}
          aria-label={`Put ${table.name} into the query`}
          onClick={() => onInsert(table.name)}
        >
          <Icon name="plus" size={12} />
        </button>
      </div>
      {shown && (
        <>
          <p className={styles.help}>{table.help}</p>
          <ul>
            {columns.map((column) => (
              <li key={column.name}>
                <button
                  type="button"
                  className={styles.column}
                  title={[column.help, column.type].filter(Boolean).join("\n")}
                  onClick={() => onInsert(column.name)}
                >
                  <span className={styles.line}>
                    <span className={styles.name}>{column.name}</span>
                    <span className={styles.type}>{shortType(column.type)}</span>
                  </span>
                  {word !== "" && column.help && <span className={styles.meaning}>{column.help}</span>}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** Without what says little: `DateTime64(6, 'UTC')` is `DateTime`. */
function shortType(type: string): string {
  const name = bare(type).replace(/^(DateTime|Decimal)64?\d*\(.*\)$/, "$1");
  return name.length > 14 ? `${name.slice(0, 13)}…` : name;
}
