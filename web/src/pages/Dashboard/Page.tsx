import { useRef } from "react";
import { Fault } from "../../api/client";
import { bucketLabel } from "../../domain/buckets";
import { rangeLabel } from "../../domain/range";
import { zoneId, zoneName } from "../../domain/time";
import { Button } from "../../parts/Button";
import { NothingYet, useFirstRun } from "../../parts/FirstRun";
import { FilterBar, type FilterBarHandle } from "../../parts/filter/FilterBar";
import { FilterChips } from "../../parts/filter/FilterChips";
import { PageHead } from "../../parts/Layout";
import { NoneInRange } from "../../parts/NoneInRange";
import { Empty, Failure } from "../../parts/State";
import { Breakdown } from "../../parts/sums/Breakdown";
import { Overview } from "../../parts/sums/Overview";
import { useOverview } from "../../parts/sums/useOverview";
import { Slot } from "../../shell/Slot";
import { useUrlState } from "../../state/address";
import { usePreferences } from "../../state/preferences";
import { useRange } from "../../state/range";
import styles from "./Page.module.css";
import { dashboardUrl } from "./url";

/** What all spans that match come to, over the range and by any field. */
export default function DashboardPage() {
  const bar = useRef<FilterBarHandle>(null);
  const [url, setUrl] = useUrlState(dashboardUrl);
  const { refresh } = useRange();
  const { data, error, refetch, isPlaceholderData } = useOverview(url.query);
  const isEmpty = data !== undefined && data.totals.count === 0 && !data.previous?.totals.count;
  const isFirst = useFirstRun(isEmpty && !url.query, refresh);
  // That another range was empty says nothing of this one.
  const isUnknown = isEmpty && (isFirst === "unknown" || (isFirst === "no" && isPlaceholderData));
  return (
    <div className={styles.page}>
      <Slot name="search">
        <FilterBar
          ref={bar}
          of="spans"
          placeholder="model:gpt-5 customer:user-42 -status:failed"
          query={url.query}
          onChange={(query) => setUrl({ query })}
        />
      </Slot>
      <PageHead
        title="Dashboard"
        actions={
          isFirst !== "yes" && (
            <Button
              kind="quiet"
              aria-pressed={url.isCompared}
              icon={url.isCompared ? "check" : "plus"}
              onClick={() => setUrl({ isCompared: !url.isCompared }, { replace: true })}
            >
              Compare with the period before
            </Button>
          )
        }
        about={
          <About
            interval={(isFirst !== "yes" && data?.interval) || null}
            before={data?.previous}
            isApproximate={data?.is_approximate ?? false}
          />
        }
      />
      <div className={styles.chips}>
        <FilterChips
          of="spans"
          query={url.query}
          onChange={(query) => setUrl({ query })}
          onEdit={(from, to) => bar.current?.edit(from, to)}
        />
      </div>
      {error instanceof Fault && error.code === "bad_filter" ? (
        <Empty title="The filter cannot be read">
          <p>What is wrong with it stands above.</p>
        </Empty>
      ) : error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : isFirst === "yes" ? (
        <NothingYet>What all spans come to stands here: how many, how slow, how dear, and how many failed.</NothingYet>
      ) : isEmpty && !isUnknown ? (
        <NoneInRange of="spans" query={url.query} onClear={() => setUrl({ query: "" })}>
          {url.query ? "Nothing matches the filter." : "Nothing was sent in this time."}
        </NoneInRange>
      ) : (
        <div className={styles.body}>
          <Overview
            data={isUnknown ? undefined : data}
            query={url.query}
            isCompared={url.isCompared}
            isStale={isPlaceholderData}
          />
          {!isUnknown && (
            <Breakdown
              query={url.query}
              by={url.by}
              measure={url.measure}
              onBy={(by) => setUrl({ by })}
              onMeasure={(measure) => setUrl({ measure })}
              onNarrow={(query) => setUrl({ query })}
            />
          )}
        </div>
      )}
    </div>
  );
}

/** What the charts have in common: their buckets, their zone, and what they are compared with. */
function About({
  interval,
  before,
  isApproximate,
}: {
  interval: string | null;
  before: { start_time: string; end_time: string | null } | undefined;
  isApproximate: boolean;
}) {
  const { zone } = usePreferences();
  if (!interval) return "\u00a0";
  const id = zoneId(zone);
  const offset = zoneName(Date.now(), zone);
  const place = id === offset ? id : `${id} (${offset})`;
  const then = before && rangeLabel({ kind: "between", from: before.start_time, to: before.end_time }, zone);
  const precision = isApproximate ? ", percentiles to within 1 %" : "";
  return `Bars of ${bucketLabel(interval)}, times in ${place}${then ? `, compared with ${then}` : ""}${precision}`;
}
