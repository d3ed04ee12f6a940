import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { useApi } from "../../api/session";
import { type Thread, threadCount } from "../../api/threads";
import { count } from "../../domain/numbers";
import { FilterBar, type FilterBarHandle } from "../../parts/filter/FilterBar";
import { Listing } from "../../parts/Listing";
import { ListPage, ListSums } from "../../parts/ListPage";
import { ListTools, picked } from "../../parts/ListTools";
import { THREAD_COLUMNS } from "../../parts/threads/columns";
import { Slot } from "../../shell/Slot";
import { useUrlState } from "../../state/address";
import { useRange } from "../../state/range";
import { listed } from "./first";
import { DEFAULTS, threadsUrl } from "./url";

const key = (thread: Thread) => thread.thread_identifier;

/** The conversations that were going on in the range, the last spoken first. */
export function ThreadList() {
  const bar = useRef<FilterBarHandle>(null);
  const [url, setUrl] = useUrlState(threadsUrl);
  const { window } = useRange();
  const scope = useApi();
  const list = useInfiniteQuery(listed(scope, window, url));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.results) ?? [], [list.data]);
  const columns = useMemo(() => picked(THREAD_COLUMNS, url.columns), [url.columns]);
  const { data: all } = useQuery({
    ...threadCount(scope, { window, query: url.query }),
    enabled: list.isSuccess && !list.isPlaceholderData, // the rows first
  });
  return (
    <ListPage title="Threads">
      <Slot name="search">
        <FilterBar
          ref={bar}
          of="threads"
          placeholder="customer:user-42 llm_call_count:>3 total_cost:>0.1"
          query={url.query}
          onChange={(query) => setUrl({ query })}
        />
      </Slot>
      <ListTools
        of="threads"
        url={url}
        onChange={setUrl}
        defaults={DEFAULTS}
        all={THREAD_COLUMNS}
        shown={columns}
        bar={bar}
      />
      <ListSums isLoading={list.isLoading}>
        {typeof all === "number" && (
          <span>
            <strong>{count(all)}</strong> {all === 1 ? "thread" : "threads"}
          </span>
        )}
      </ListSums>
      <Listing
        of="threads"
        label="Threads"
        columns={columns}
        rows={rows}
        rowKey={key}
        list={list}
        query={url.query}
        onClear={() => setUrl({ query: "" })}
        sort={url.sort}
        onSort={(sort) => setUrl({ sort })}
        onOrder={(ids) => setUrl({ columns: ids }, { replace: true })}
        unmatched="Nothing matches the filter."
        absent="A thread is what spans with the same thread_identifier make up."
      />
    </ListPage>
  );
}
