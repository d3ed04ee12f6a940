import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { useApi } from "../../api/session";
import { type TraceSums, traceSums } from "../../api/trace";
import { money } from "../../domain/money";
import { compact, count, duration, percent } from "../../domain/numbers";
import { FilterBar, type FilterBarHandle } from "../../parts/filter/FilterBar";
import { Listing } from "../../parts/Listing";
import { ListPage, ListSums } from "../../parts/ListPage";
import { ListTools, picked } from "../../parts/ListTools";
import { Slot } from "../../shell/Slot";
import { useUrlState } from "../../state/address";
import { useRange } from "../../state/range";
import { COLUMNS } from "./columns";
import { listed } from "./first";
import styles from "./Page.module.css";
import { DEFAULTS, tracesUrl } from "./url";

const key = (trace: TraceSums) => trace.id;

/** The traces that ended in the range: what they come to, and each of them. */
export default function TracesPage() {
  const [url, setUrl] = useUrlState(tracesUrl);
  const { window } = useRange();
  const bar = useRef<FilterBarHandle>(null);
  const traces = useInfiniteQuery(listed(useApi(), window, url));
  const rows = useMemo(() => once(traces.data?.pages.flatMap((page) => page.results) ?? []), [traces.data]);
  const columns = useMemo(() => picked(COLUMNS, url.columns), [url.columns]);

  return (
    <ListPage title="Traces">
      <Slot name="search">
        <FilterBar
          ref={bar}
          of="traces"
          placeholder="name:support duration:>10 error_count:>0 model:gpt-5"
          query={url.query}
          onChange={(query) => setUrl({ query })}
        />
      </Slot>
      <ListTools of="traces" url={url} onChange={setUrl} defaults={DEFAULTS} all={COLUMNS} shown={columns} bar={bar} />
      <Sums query={url.query} />
      <Listing
        of="traces"
        label="Traces"
        columns={columns}
        rows={rows}
        rowKey={key}
        list={traces}
        query={url.query}
        onClear={() => setUrl({ query: "" })}
        sort={url.sort}
        onSort={(sort) => setUrl({ sort })}
        onOrder={(ids) => setUrl({ columns: ids }, { replace: true })}
        unmatched="Nothing matches the filter."
        absent="A trace is what spans with the same trace_unique_id make up."
      />
    </ListPage>
  );
}

/** A trace to which a span comes between two pages is on both of them. */
function once(rows: readonly TraceSums[]): TraceSums[] {
  const seen = new Set<string>();
  return rows.filter((row) => !seen.has(row.id) && seen.add(row.id));
}

/** What all traces of the list come to. */
function Sums({ query }: { query: string }) {
  const { window } = useRange();
  const { data, error } = useQuery(traceSums(useApi(), { window, query }));
  if (error || !data) return <ListSums isLoading={!error} />;
  const facts: [string, string][] =
    data.total_count === 0
      ? []
      : [
          ["Spans", compact(data.span_count)],
          ["Cost", money(data.total_cost)],
          ["Tokens", compact(data.total_tokens)],
          ["Median duration", duration(data.p50_duration)],
          ["p90", duration(data.p90_duration)],
          ["p99", duration(data.p99_duration)],
        ];
  return (
    <ListSums>
      <span>
        <strong>{count(data.total_count)}</strong> {data.total_count === 1 ? "trace" : "traces"}
        {data.failed_count > 0 && (
          <span className={styles.failed}>
            {" "}
            · {count(data.failed_count)} with failures ({percent(data.error_rate)})
          </span>
        )}
      </span>
      {facts.map(([name, value]) => (
        <span key={name}>
          {name} <strong>{value}</strong>
        </span>
      ))}
    </ListSums>
  );
}
