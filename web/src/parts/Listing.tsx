import type { UseInfiniteQueryResult } from "@tanstack/react-query";
import { useCallback } from "react";
import { useLocation } from "wouter";
import { Fault } from "../api/client";
import { pathOf } from "../domain/path";
import { carried, useAddress } from "../state/address";
import { BASE } from "../state/base";
import { useRange } from "../state/range";
import { NothingYet, useFirstRun } from "./FirstRun";
import { NoneInRange } from "./NoneInRange";
import { Empty } from "./State";
import { type Column, Table } from "./Table";

interface ListingProps<Row> {
  /** What the rows are, and below which path each has its page. */
  of: "traces" | "threads" | "customers";
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey(row: Row): string;
  /** Where the rows come from. */
  list: UseInfiniteQueryResult<unknown>;
  query: string;
  onClear: () => void;
  sort: string;
  onSort: (sort: string) => void;
  onOrder?: (ids: string[]) => void;
  /** Said where the filter leaves nothing. */
  unmatched: string;
  /** Said where there is nothing to filter: what would be here. */
  absent: string;
}

const NONE: readonly never[] = [];

/** A table whose rows have pages of their own, fed page by page, with what is said where there are none. */
export function Listing<Row>({ of, list, rows, query, onClear, unmatched, absent, ...table }: ListingProps<Row>) {
  const [params] = useAddress();
  const [, navigate] = useLocation();
  const { refresh } = useRange();
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const addressOf = (row: Row) => {
    const { path, own } = pathOf(`/${of}`, table.rowKey(row));
    return carried(path, params, own);
  };
  const isEmpty = list.isSuccess && rows.length === 0;
  const isFirst = useFirstRun(isEmpty && !query, refresh);
  // That another range was empty says nothing of this one.
  const isUnknown = isEmpty && (isFirst === "unknown" || (isFirst === "no" && list.isPlaceholderData));
  const isUnread = list.error instanceof Fault && list.error.code === "bad_filter";
  return (
    <Table
      {...table}
      name={of}
      rows={list.error && !list.isFetchNextPageError ? NONE : rows}
      rowHref={(row) => `${BASE}${addressOf(row)}`}
      onOpen={(row) => navigate(addressOf(row))}
      isLoading={list.isLoading || isUnknown}
      isStale={list.isPlaceholderData}
      error={isUnread ? null : list.error}
      onRetry={() => void list.refetch()}
      onEnd={onEnd}
      isMore={hasNextPage}
      empty={
        isUnread ? (
          <Empty title="The filter cannot be read">
            <p>What is wrong with it stands above.</p>
          </Empty>
        ) : isFirst === "yes" ? (
          <NothingYet>{absent}</NothingYet>
        ) : (
          <NoneInRange of={of} icon={of} query={query} onClear={onClear}>
            {query ? unmatched : absent}
          </NoneInRange>
        )
      }
    />
  );
}
