import { expect, test } from "vitest";
import { costingOf, savedByCache } from "./costing";

const LIBRARY = {
  source: "library",
  origin: "genai-prices 0.2.3",
  provider: "anthropic",
  model: "claude-sonnet-4-5",
  price_date: "2026-11-28",
  parts: {
    input: { tokens: 300, price_per_million: 3, usd: 0.0009 },
    cache_read: { tokens: 2000, price_per_million: 0.3, usd: 0.0006 },
    cache_write_1h: { tokens: 0, price_per_million: 6, usd: 0 },
    output: { tokens: 90, price_per_million: 15, usd: 0.00135 },
  },
};

test("the parts that had tokens, and where the price came from", () => {
  expect(costingOf(LIBRARY)).toEqual({
    source: "Computed with the price library.",
    parts: [
      { name: "Input", tokens: 300, pricePerMillion: 3, usd: 0.0009 },
      { name: "Read from cache", tokens: 2000, pricePerMillion: 0.3, usd: 0.0006 },
      { name: "Output", tokens: 90, pricePerMillion: 15, usd: 0.00135 },
    ],
    origin: "genai-prices 0.2.3",
    priceDate: "2026-11-28",
    recognised: "anthropic / claude-sonnet-4-5",
    reason: null,
  });
  expect(savedByCache(LIBRARY)).toBeCloseTo(0.0054);
});

test("without a price the reason stands; without a calculation there is none", () => {
  const none = costingOf({ source: "none", reason: "No price is known for the model x." });
  expect(none).toMatchObject({ parts: [], reason: "No price is known for the model x." });
  expect(costingOf(null)).toBeNull();
  expect(costingOf([])).toBeNull();
  expect(savedByCache({ source: "sent" })).toBeNull();
});
