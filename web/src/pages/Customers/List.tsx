import { useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { type Customer, customersEver, customersOverTime } from "../../api/customers";
import { useApi } from "../../api/session";
import { count } from "../../domain/numbers";
import { zoneId } from "../../domain/time";
import { FilterBar, type FilterBarHandle } from "../../parts/filter/FilterBar";
import { Listing } from "../../parts/Listing";
import { ListPage, ListSums } from "../../parts/ListPage";
import { ListTools, picked } from "../../parts/ListTools";
import { Slot } from "../../shell/Slot";
import { useUrlState } from "../../state/address";
import { usePreferences } from "../../state/preferences";
import { useRange } from "../../state/range";
import { columnsOf, type Row } from "./columns";
import { listed } from "./first";
import { customersUrl, DEFAULTS } from "./url";

const key = ({ customer }: Row) => customer.customer_identifier;

/** Whoever spans of the range name, with what those come to. */
export function CustomerList() {
  const bar = useRef<FilterBarHandle>(null);
  const [url, setUrl] = useUrlState(customersUrl);
  const { window } = useRange();
  const list = useInfiniteQuery(listed(useApi(), window, url));
  const rows = useRows(list.data?.pages);
  const every = useMemo(() => columnsOf(window.end === null), [window.end]);
  const columns = useMemo(() => picked(every, url.columns), [every, url.columns]);
  const all = list.data?.pages[0]?.count;
  return (
    <ListPage title="Customers">
      <Slot name="search">
        <FilterBar
          ref={bar}
          of="customers"
          placeholder="acme total_cost:>10 errors:>0"
          query={url.query}
          onChange={(query) => setUrl({ query })}
        />
      </Slot>
      <ListTools of="customers" url={url} onChange={setUrl} defaults={DEFAULTS} all={every} shown={columns} bar={bar} />
      <ListSums isLoading={list.isLoading}>
        {all !== undefined && (
          <>
            <span>
              <strong>{count(all)}</strong> {all === 1 ? "customer" : "customers"}
            </span>
            <span>First and last seen are of all time.</span>
          </>
        )}
      </ListSums>
      <Listing
        of="customers"
        label="Customers"
        columns={columns}
        rows={rows}
        rowKey={key}
        list={list}
        query={url.query}
        onClear={() => setUrl({ query: "" })}
        sort={url.sort}
        onSort={(sort) => setUrl({ sort })}
        onOrder={(ids) => setUrl({ columns: ids }, { replace: true })}
        unmatched="Nobody matches the filter."
        absent="A customer is whoever spans name as customer_identifier; there is nothing to create."
      />
    </ListPage>
  );
}

/** The customers of all pages, with two questions a page beside the list's own: over time, and of all time. */
function useRows(pages: readonly { results: Customer[] }[] | undefined): readonly Row[] {
  const scope = useApi();
  const { window } = useRange();
  const { zone } = usePreferences();
  const ids = useMemo(() => pages?.map((page) => page.results.map((each) => each.customer_identifier)) ?? [], [pages]);
  const overTime = useQueries({
    queries: ids.map((page) => customersOverTime(scope, window, page, zoneId(zone))),
    combine: (answers) => answers.map((answer) => answer.data),
  });
  const ever = useQueries({
    queries: ids.map((page) => customersEver(scope, page)),
    combine: (answers) => answers.map((answer) => answer.data),
  });
  return useMemo(() => {
    const times = new Map(
      overTime.flatMap((answer) =>
        (answer?.series ?? []).map((series) => {
          const group = series.group as { customer_identifier?: string };
          return [group.customer_identifier ?? "", series.values.count ?? null] as const;
        }),
      ),
    );
    const seen = new Map(
      ever.flatMap((answer) => (answer?.results ?? []).map((each) => [each.customer_identifier, each] as const)),
    );
    return (pages ?? []).flatMap((page) =>
      page.results.map((customer) => {
        const id = customer.customer_identifier;
        return {
          customer,
          overTime: times.get(id) ?? null,
          firstSeen: seen.get(id)?.first_seen ?? null,
          lastSeen: seen.get(id)?.last_active_timeframe ?? null,
        };
      }),
    );
  }, [pages, overTime, ever]);
}
