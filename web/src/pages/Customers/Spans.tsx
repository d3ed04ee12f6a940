import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { Link, useLocation } from "wouter";
import { type ListedSpan, spanPages } from "../../api/queries";
import { useApi } from "../../api/session";
import { type Thread, threadPages } from "../../api/threads";
import { pathOf } from "../../domain/path";
import { Empty } from "../../parts/State";
import { columnsOf } from "../../parts/spans/columns";
import { spansAddress } from "../../parts/sums/spansAddress";
import { type Column, Table } from "../../parts/Table";
import { THREAD_COLUMNS } from "../../parts/threads/columns";
import { carried, useAddress } from "../../state/address";
import { BASE } from "../../state/base";
import { useRange } from "../../state/range";
import styles from "./Page.module.css";

/** Beside the customer there is less room than on the page of spans. */
const WIDTHS: Record<string, number> = { name: 88, model: 84, output: 92 };
const SPAN_COLUMNS: readonly Column<ListedSpan>[] = columnsOf([
  "timestamp",
  "status",
  "name",
  "model",
  "output",
  "tokens",
  "cost",
  "latency",
]).map((column) => ({ ...column, width: WIDTHS[column.id] ?? column.width }));
const OWN_THREAD_COLUMNS = THREAD_COLUMNS.filter(({ id }) => id !== "customer" && id !== "traces" && id !== "thread");
const idOfSpan = (span: ListedSpan) => span.id;
const idOfThread = (thread: Thread) => thread.thread_identifier;

/** Asks for more when the end of a list comes into sight. */
function useEnd({ hasNextPage, isFetchingNextPage, fetchNextPage }: EndOf): () => void {
  return useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
}

interface EndOf {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage(): Promise<unknown>;
}

/** The customer's spans in the range. */
export function CustomerSpans({ query }: { query: string }) {
  const { window } = useRange();
  const [params] = useAddress();
  const [, navigate] = useLocation();
  const [sort, setSort] = useState("-timestamp");
  const list = useInfiniteQuery(spanPages(useApi(), { window, query, sort }));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.results) ?? [], [list.data]);
  const onEnd = useEnd(list);
  const addressOf = (span: ListedSpan) => spansAddress(params, { query, sort }).replace("/spans", `/spans/${span.id}`);
  return (
    <>
      <p>
        <Link href={spansAddress(params, { query, sort })}>All of them on the page of spans</Link>
      </p>
      <div className={styles.table}>
        <Table
          name="customer spans"
          label="Spans of the customer"
          columns={SPAN_COLUMNS}
          rows={rows}
          rowKey={idOfSpan}
          rowHref={(span) => `${BASE}${addressOf(span)}`}
          onOpen={(span) => navigate(addressOf(span))}
          sort={sort}
          onSort={setSort}
          isLoading={list.isLoading}
          isStale={list.isPlaceholderData}
          error={list.error}
          onRetry={() => void list.refetch()}
          onEnd={onEnd}
          isMore={list.hasNextPage}
          empty={<Empty title="No spans in this range" />}
        />
      </div>
    </>
  );
}

/** The customer's threads in the range. */
export function CustomerThreads({ query }: { query: string }) {
  const { window } = useRange();
  const [params] = useAddress();
  const [, navigate] = useLocation();
  const [sort, setSort] = useState("-timestamp");
  const list = useInfiniteQuery(threadPages(useApi(), { window, query, sort }));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.results) ?? [], [list.data]);
  const onEnd = useEnd(list);
  const addressOf = (thread: Thread) => {
    const { path, own } = pathOf("/threads", idOfThread(thread));
    return carried(path, params, own);
  };
  return (
    <div className={styles.table}>
      <Table
        name="customer threads"
        label="Threads of the customer"
        columns={OWN_THREAD_COLUMNS}
        rows={rows}
        rowKey={idOfThread}
        rowHref={(thread) => `${BASE}${addressOf(thread)}`}
        onOpen={(thread) => navigate(addressOf(thread))}
        sort={sort}
        onSort={setSort}
        isLoading={list.isLoading}
        isStale={list.isPlaceholderData}
        error={list.error}
        onRetry={() => void list.refetch()}
        onEnd={onEnd}
        isMore={list.hasNextPage}
        empty={<Empty icon="threads" title="No threads in this range" />}
      />
    </div>
  );
}
