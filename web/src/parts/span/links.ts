import type { Span } from "../../api/client";
import { clause } from "../../domain/clause";
import { pathOf } from "../../domain/path";
import { moment } from "../../domain/time";
import { carried, useAddress } from "../../state/address";
import { useRange } from "../../state/range";

const AROUND_MS = 24 * 3_600_000;

export interface Links {
  /** All spans that share a value with the span. */
  spansWith(field: string, value: string): string;
  /** The page of something by its id, such as a thread. */
  pageOf(page: string, id: string, own?: Record<string, string>): string;
}

/** Where a span leads to. Where the range of the page does not hold the span, the range is the day before and after it. */
export function useLinks(span: Pick<Span, "timestamp">): Links {
  const [params] = useAddress();
  const { window } = useRange();
  const at = moment(span.timestamp);
  const isInside = at >= Date.parse(window.start) && (window.end === null || at <= Date.parse(window.end));
  const range: Record<string, string> = isInside
    ? {}
    : { from: new Date(at - AROUND_MS).toISOString(), to: new Date(at + AROUND_MS).toISOString() };
  function to(path: string, own: Record<string, string>): string {
    if (isInside) return carried(path, params, own);
    const kept = new URLSearchParams(params);
    kept.delete("range"); // two ends stand in its place
    return carried(path, kept, { ...range, ...own });
  }
  return {
    spansWith: (field, value) => to("/spans", { query: clause(field, value) }),
    pageOf(page, id, more = {}) {
      const { path, own } = pathOf(page, id);
      return to(path, { ...own, ...more });
    },
  };
}
