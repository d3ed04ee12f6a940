import type { Price } from "../../api/organization";
import { matchesPattern } from "../../domain/pattern";

/** A model as spans name it, with what they came to. */
export interface ModelUse {
  model: string;
  spans: number;
  tokens: number;
  cost: number | null;
  /** Spans with tokens that have no cost. */
  unpriced: number;
}

export interface Grouped {
  group: Record<string, unknown>;
  is_other: boolean;
  totals: Record<string, number | null>;
}

/** Those without a price first, then by how often they are called. */
export function modelUses(all: readonly Grouped[], unpriced: readonly Grouped[]): ModelUse[] {
  const without = new Map(unpriced.map((one) => [one.group.model, one.totals.count ?? 0]));
  return (
    all
      .filter((one) => !one.is_other && typeof one.group.model === "string" && one.group.model !== "")
      .map((one) => ({
        model: String(one.group.model),
        spans: one.totals.count ?? 0,
        tokens: one.totals.sum_total_request_tokens ?? 0,
        unpriced: without.get(one.group.model) ?? 0,
        cost: one.totals.sum_cost ?? null,
      }))
      // The sum of no costs is 0, and means that nothing is known.
      .map((use) => (use.unpriced >= use.spans || use.tokens === 0 ? { ...use, cost: use.cost || null } : use))
      .sort((one, other) => Number(other.unpriced > 0) - Number(one.unpriced > 0) || other.spans - one.spans)
  );
}

/** The models that a price is for, in the order given. */
export function pricedBy(price: Pick<Price, "model">, uses: readonly ModelUse[]): ModelUse[] {
  return price.model.trim() ? uses.filter((use) => matchesPattern(price.model, use.model)) : [];
}
