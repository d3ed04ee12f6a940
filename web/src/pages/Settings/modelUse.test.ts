import { expect, test } from "vitest";
import { modelUses, pricedBy } from "./modelUse";

const group = (model: string | null, count: number, cost: number | null = null, isOther = false) => ({
  group: { model },
  is_other: isOther,
  totals: { count, sum_cost: cost, sum_total_request_tokens: 10 },
});

test("models without a price come first, and what is no model is left out", () => {
  const uses = modelUses(
    [group("gpt-5", 900, 1.5), group("own-7b", 3), group(null, 40), group("rest", 5, null, true)],
    [group("own-7b", 3)],
  );
  expect(uses.map((use) => [use.model, use.unpriced])).toEqual([
    ["own-7b", 3],
    ["gpt-5", 0],
  ]);
  expect(pricedBy({ model: "OWN-*" }, uses).map((use) => use.model)).toEqual(["own-7b"]);
  expect(pricedBy({ model: " " }, uses)).toEqual([]);
});
