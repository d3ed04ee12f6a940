import { expect, test } from "vitest";
import { budgetsOf, typedAmount } from "./budget";

const none = {
  period_budget: null,
  budget_duration: null,
  total_period_usage: null,
  total_budget: null,
  total_cost: 40,
};

test("budgets are those of the period and of all time, each with what is used of it", () => {
  const monthly = {
    ...none,
    period_budget: 100,
    budget_duration: "monthly",
    total_period_usage: 12.5,
    total_budget: 20,
  };
  expect(budgetsOf(monthly)).toEqual([
    { name: "This month", used: 12.5, most: 100, share: 0.125 },
    { name: "In all", used: 40, most: 20, share: 2 },
  ]);
  expect(budgetsOf(none)).toEqual([]);
  expect(budgetsOf({ ...none, total_budget: 0 })[0]?.share).toBe(Number.POSITIVE_INFINITY);
  expect(budgetsOf({ ...none, period_budget: 100 })).toEqual([]);
});

test("amounts are read as people type them", () => {
  expect(["200", "$1,000.50", " .5 ", "", "0"].map(typedAmount)).toEqual([200, 1000.5, 0.5, null, 0]);
  expect(["-1", "much", "1e3", "1.2.3", "9999999999999999"].map(typedAmount)).toEqual(Array(5).fill(undefined));
});
