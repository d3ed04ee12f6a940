import { bucketFor } from "../domain/buckets";
import type { Window } from "../domain/range";
import { LOOKS, type Measure, OVERVIEW } from "../domain/sums";
import { type Zone, zoneId } from "../domain/time";
import type { Schemas } from "./client";
import { metrics, type Scope } from "./queries";

export type Metrics = Schemas["MetricsAnswer"];
export type MetricsSeries = Schemas["SeriesAnswer"];

/** From so long a range on, quantiles may be a hundredth beside the exact ones: it spares reading every span. */
const APPROXIMATE_SECONDS = 2 * 86_400;

const precision = (window: Window) => (window.seconds >= APPROXIMATE_SECONDS ? { approximate: true } : {});

/** Every measure of the overview over the range, and over the period before, in one question. */
export function overview(scope: Scope, window: Window, zone: Zone, query: string) {
  return metrics(scope, window, {
    measures: OVERVIEW,
    interval: bucketFor(window.seconds),
    time_zone: zoneId(zone),
    compare: "previous_period",
    ...precision(window),
    ...(query ? { query } : {}),
  });
}

const GROUPS_SHOWN = 7;
/** Few spans that all fail are not what has most errors: groups are ranked by how many failed. */
const RANKED: Partial<Record<Measure, string>> = { errors: "error_count" };

export interface BreakdownQuestion {
  query: string;
  /** A field of spans: `model`, `metadata.region`. */
  by: string;
  measure: Measure;
}

/** A measure over time by the values of a field: the first ones, and the rest as one. */
export function breakdown(scope: Scope, window: Window, zone: Zone, { query, by, measure }: BreakdownQuestion) {
  const asked = LOOKS[measure].name;
  return metrics(scope, window, {
    measures: [asked, ...["count", "error_count"].filter((name) => name !== asked)],
    group_by: [by],
    limit: GROUPS_SHOWN,
    sort_by: `-${RANKED[measure] ?? asked}`,
    interval: bucketFor(window.seconds),
    time_zone: zoneId(zone),
    compare: "previous_period",
    ...precision(window),
    ...(query ? { query } : {}),
  });
}
