import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Link, useLocation } from "wouter";
import { Fault } from "../../api/client";
import { fields } from "../../api/filters";
import { KEY_FIELD, useKeyNames } from "../../api/keyNames";
import { useApi } from "../../api/session";
import { breakdown, type Metrics } from "../../api/sums";
import { bucketRange } from "../../domain/buckets";
import {
  both,
  GROUPINGS,
  type Group,
  type GroupValue,
  groupClause,
  groupingTitle,
  groupLabel,
} from "../../domain/groups";
import { percent } from "../../domain/numbers";
import { brushed } from "../../domain/range";
import { LOOKS, MEASURES, type Measure } from "../../domain/sums";
import { useAddress } from "../../state/address";
import { usePreferences } from "../../state/preferences";
import { useRange } from "../../state/range";
import { IconButton, Segmented } from "../Button";
import { Chart } from "../Chart";
import { Select } from "../Field";
import { Visible } from "../PlainText";
import { Failure, Skeleton } from "../State";
import styles from "./Breakdown.module.css";
import { ChangeNote } from "./ChangeNote";
import { spansAddress } from "./spansAddress";

const HEIGHT = 250;
const COLORS = [1, 2, 3, 4, 5, 6, 7].map((place) => `--series-${place}`);
const OTHER = "--series-8";

export interface BreakdownProps {
  query: string;
  /** A field of spans: `model`, `metadata.region`. */
  by: string;
  measure: Measure;
  onBy(by: string): void;
  onMeasure(measure: Measure): void;
  /** Look at one group alone: with this filter, instead of the present one. */
  onNarrow?: (query: string) => void;
  /** Fields that say nothing here. */
  without?: readonly string[];
}

interface Shown {
  group: Group;
  label: string;
  color: string;
  clause: string;
  series: Metrics["series"][number];
  before: number | null | undefined;
}

/** A measure over time by the values of a field: the first ones, and the rest as one. */
export function Breakdown(props: BreakdownProps) {
  const { query, by, measure, onNarrow } = props;
  const { window, setRange } = useRange();
  const { zone } = usePreferences();
  const scope = useApi();
  const [params] = useAddress();
  const [, navigate] = useLocation();
  const { data, error, refetch, isPlaceholderData } = useQuery(breakdown(scope, window, zone, { query, by, measure }));
  const names = useKeyNames(by === KEY_FIELD);
  // Until the answer comes, the one before is shown, and read as what it answers.
  const answered = MEASURES.find((one) => LOOKS[one].name === data?.measures[0]?.name) ?? measure;
  const look = LOOKS[answered];
  const field = data?.group_by[0]?.name ?? by;
  const shown = useMemo(() => (data ? shownOf(data, field, look.name, names) : []), [data, field, look.name, names]);
  const drawn = useMemo(
    () => ({
      times: data?.buckets.map((bucket) => Date.parse(bucket) / 1000) ?? [],
      series: shown.map(({ label, color, series }) => ({
        label,
        color,
        kind: look.isAdditive ? ("bars" as const) : ("line" as const),
        values: series.values[look.name] ?? [],
      })),
    }),
    [data, shown, look],
  );

  if (error instanceof Fault && error.code === "bad_filter") return null; // said once, by the overview
  return (
    <section className={styles.card} aria-labelledby="breakdown">
      <header className={styles.head}>
        <h2 id="breakdown">
          {LOOKS[measure].title} by {groupingTitle(by).toLowerCase()}
        </h2>
        <Controls {...props} />
      </header>
      {error ? (
        <Failure error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <div className={styles.body} aria-busy="true">
          <Skeleton height={HEIGHT + 28} />
          <Skeleton height={HEIGHT + 28} />
        </div>
      ) : (
        <div className={`${styles.body} ${isPlaceholderData ? styles.stale : ""}`} aria-busy={isPlaceholderData}>
          <Chart
            title={`${look.title} over time`}
            isStacked={look.isAdditive}
            height={HEIGHT}
            times={drawn.times}
            series={drawn.series}
            hasLegend={false}
            format={look.format}
            steps={look.steps}
            onBrush={(from, to) => setRange(brushed(from, to))}
            onPick={(at, place) => {
              const group = place === null ? "" : (shown[place]?.clause ?? "");
              const range = bucketRange(drawn.times, at, {
                start: data.start_time,
                end: data.end_time,
                seconds: 0,
              });
              navigate(spansAddress(params, { query: both(both(query, group), look.clause), sort: look.sort, range }));
            }}
          />
          <Groups
            shown={shown}
            measure={answered}
            total={data.totals[look.name] ?? null}
            all={data.group_count}
            title={groupingTitle(field)}
            hrefOf={(one) =>
              spansAddress(params, { query: both(both(query, one.clause), look.clause), sort: look.sort })
            }
            onNarrow={onNarrow && ((one) => onNarrow(both(query, one.clause)))}
          />
        </div>
      )}
    </section>
  );
}

function shownOf(
  data: Metrics,
  field: string,
  measure: string,
  names: ReadonlyMap<string, string> | undefined,
): Shown[] {
  const groups = data.series.map((series): Group => {
    const value = (series.group as Record<string, GroupValue>)[field] ?? null;
    return { value, isOther: series.is_other };
  });
  return data.series.flatMap((series, at) => {
    const group = groups[at];
    if (!group) return [];
    return {
      group,
      label: groupLabel(group, names),
      color: group.isOther ? OTHER : (COLORS[at] ?? OTHER),
      clause: groupClause(field, group, groups),
      series,
      before: data.previous?.series[at]?.totals[measure],
    };
  });
}

function Controls({ by, measure, onBy, onMeasure, without = [] }: BreakdownProps) {
  const answer = useQuery(fields(useApi(), "spans"));
  const keys = answer.data?.find((field) => field.name === "metadata.<key>")?.keys ?? [];
  const known = GROUPINGS.filter((one) => !without.includes(one.field));
  const metadata = [...new Set([...keys.map((key) => `metadata.${key}`), ...(by.startsWith("metadata.") ? [by] : [])])];
  const isKnown = known.some((one) => one.field === by) || metadata.includes(by);
  return (
    <div className={styles.controls}>
      <Segmented
        label="Measure"
        value={measure}
        options={MEASURES.map((one) => ({ value: one, label: SHORT[one] ?? LOOKS[one].title }))}
        onChange={onMeasure}
      />
      <div className={styles.select}>
        <Select aria-label="Break down by" value={by} onChange={(event) => onBy(event.target.value)}>
          {!isKnown && <option value={by}>{groupingTitle(by)}</option>}
          {known.map((one) => (
            <option key={one.field} value={one.field}>
              By {one.title.toLowerCase()}
            </option>
          ))}
          {metadata.length > 0 && (
            <optgroup label="Metadata">
              {metadata.map((field) => (
                <option key={field} value={field}>
                  By {field.slice("metadata.".length)}
                </option>
              ))}
            </optgroup>
          )}
        </Select>
      </div>
    </div>
  );
}

const SHORT: Partial<Record<Measure, string>> = { ttft: "First token", errors: "Errors" };

function Groups({
  shown,
  measure,
  total,
  all,
  title,
  hrefOf,
  onNarrow,
}: {
  shown: readonly Shown[];
  measure: Measure;
  total: number | null;
  all: number;
  title: string;
  hrefOf(one: Shown): string;
  onNarrow: ((one: Shown) => void) | undefined;
}) {
  const look = LOOKS[measure];
  const of = (one: Shown) => one.series.totals[look.name] ?? null;
  const most = Math.max(...shown.map((one) => of(one) ?? 0), 0) || 1;
  const hidden = all - shown.filter((one) => !one.group.isOther).length;
  return (
    <div className={styles.tableFrame}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{title}</th>
            <th scope="col">{look.isAdditive ? look.title : `${look.title}${measure === "errors" ? "" : ", p95"}`}</th>
            {look.isAdditive ? <th scope="col">Share</th> : <th scope="col">Spans</th>}
            <th scope="col">Change</th>
            {onNarrow && (
              <th scope="col">
                <span className="hidden-visually">Filter</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {shown.map((one) => {
            const value = of(one);
            const share = value === null ? 0 : Math.max(0, value / most);
            return (
              <tr key={one.clause || one.label}>
                <th scope="row">
                  <Link className={styles.name} href={hrefOf(one)} title={`Open the spans: ${one.label}`}>
                    <span className={styles.swatch} style={{ background: `var(${one.color})` }} />
                    <span className="cut">
                      {one.group.isOther ? `Other (${hidden})` : <Visible text={one.label.slice(0, 200)} />}
                    </span>
                  </Link>
                </th>
                <td>
                  <span className={styles.value}>{value === null ? "–" : look.whole(value)}</span>
                  <span className={styles.track} aria-hidden="true">
                    <span style={{ width: `${share * 100}%`, background: `var(${one.color})` }} />
                  </span>
                </td>
                <td>
                  {look.isAdditive
                    ? total
                      ? percent((value ?? 0) / total)
                      : "–"
                    : LOOKS.requests.format(one.series.totals.count ?? 0)}
                </td>
                <td>
                  <ChangeNote measure={measure} now={value} before={one.before} isShort />
                </td>
                {onNarrow && (
                  <td>
                    <IconButton icon="filter" label={`Only ${one.label}`} onClick={() => onNarrow(one)} />
                  </td>
                )}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
