import { type ReactNode, useCallback, useMemo, useState } from "react";
import { Link } from "wouter";
import type { SqlAnswer } from "../../api/sql";
import { written } from "../../domain/json";
import { pathOf } from "../../domain/path";
import { visible } from "../../domain/visible";
import { IconButton } from "../../parts/Button";
import { CopyButton } from "../../parts/Copy";
import { PlainText, Visible } from "../../parts/PlainText";
import { Split } from "../../parts/Split";
import { Empty } from "../../parts/State";
import { type Column, Table } from "../../parts/Table";
import { ROUTES } from "../../routes";
import { carried, useAddress } from "../../state/address";
import { useKeys } from "../../state/keys";
import { meaningOf } from "./columnTypes";
import styles from "./Page.module.css";

interface Row {
  at: number;
  values: readonly unknown[];
}

const key = (row: Row) => String(row.at);

/** Columns whose values have a page of their own. */
const PAGES: Record<string, string> = {
  log_id: "/spans",
  trace_unique_id: "/traces",
  thread_identifier: "/threads",
  customer_identifier: "/customers",
};

/** The rows of an answer; one of them whole beside them. */
export function AnswerTable({ answer, query }: { answer: SqlAnswer; query: string }) {
  const [params] = useAddress();
  const [opened, setOpened] = useState<number | null>(null);
  const rows = useMemo<Row[]>(() => answer.rows.map((values, at) => ({ at, values })), [answer]);
  const columns = useMemo(
    () =>
      answer.columns.map((column, place) => {
        // Scores have ids of their own.
        const page = column.name === "id" && !/\bscores\b/i.test(query) ? "/spans" : PAGES[column.name];
        return columnOf(column.name, column.type, page, place, answer.rows, params);
      }),
    [answer, query, params],
  );
  const open = useCallback((row: Row) => setOpened(row.at), []);
  const close = () => setOpened(null);
  useKeys("SQL", opened === null ? [] : [{ keys: "Escape", label: "Close the row", run: close }]);
  const row = opened === null ? undefined : rows[opened];
  return (
    <Split
      name="sql row"
      label="Row"
      width={380}
      beside={row && <WholeRow row={row} names={answer.columns.map((column) => column.name)} onClose={close} />}
    >
      <Table
        name={`sql ${answer.columns.map((column) => column.name).join()}`}
        label="Answer"
        columns={columns}
        rows={rows}
        rowKey={key}
        onOpen={open}
        opened={opened === null ? null : String(opened)}
        empty={
          <Empty icon="table" title="No rows">
            <p>The query is right; nothing is so in this environment.</p>
          </Empty>
        }
      />
    </Split>
  );
}

const CHARACTER_PX = 8.2;
/** Beyond these a fraction shows how machines count, not what was counted. */
const DIGITS = 12;

function columnOf(
  name: string,
  type: string,
  base: string | undefined,
  place: number,
  rows: readonly (readonly unknown[])[],
  params: URLSearchParams,
): Column<Row> {
  const meaning = meaningOf(type);
  const longest = rows.slice(0, 50).reduce((most, row) => Math.max(most, shown(row[place]).length), name.length + 1);
  const page = base && ROUTES.some((route) => route.path === base) ? base : undefined;
  return {
    id: `${place} ${name}`,
    title: name,
    width: Math.round(Math.max(64, Math.min(meaning === "number" ? 160 : 360, longest * CHARACTER_PX + 20))),
    ...(meaning === "number" ? { align: "end" as const } : {}),
    cell: ({ values }) => {
      const value = values[place];
      const text = shown(value);
      if (value === null) return <span className="faint">null</span>;
      if (page && typeof value === "string" && value !== "") {
        const { path, own } = pathOf(page, value);
        return (
          <Link href={carried(path, params, own)} title={visible(text)}>
            <Visible text={text.slice(0, 400)} />
          </Link>
        );
      }
      const short = typeof value === "number" ? String(Number(value.toPrecision(DIGITS))) : text;
      return (
        <span title={text.length > 30 || short !== text ? text.slice(0, 1000) : undefined}>
          <Visible text={short.slice(0, 400)} />
        </span>
      );
    },
  };
}

function shown(value: unknown): string {
  return typeof value === "object" && value !== null ? written(value) : String(value ?? "");
}

function WholeRow({ row, names, onClose }: { row: Row; names: readonly string[]; onClose(): void }): ReactNode {
  return (
    <div className={styles.whole}>
      <header className={styles.wholeHead}>
        <h2>Row {row.at + 1}</h2>
        <IconButton icon="close" label="Close the row" onClick={onClose} />
      </header>
      <dl className={styles.values}>
        {names.map((name, place) => {
          const value = row.values[place];
          const text = typeof value === "object" && value !== null ? written(value, 2) : shown(value);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have the same name
            <div key={place}>
              <dt>
                {name}
                {text && <CopyButton text={text} label={`Copy ${name}`} />}
              </dt>
              <dd>{value === null ? <span className="faint">null</span> : <PlainText text={text} />}</dd>
            </div>
          );
        })}
      </dl>
    </div>
  );
}
