import { expect, test } from "vitest";
import { chartOf, numberColumns } from "./chart";

const DAY = { name: "day", type: "DateTime('UTC')" };
const MODEL = { name: "model", type: "LowCardinality(String)" };
const CALLS = { name: "calls", type: "UInt64" };
const COST = { name: "cost", type: "Nullable(Decimal(38, 12))" };

test("a time with numbers is drawn over time, in order", () => {
  const drawn = chartOf(
    [DAY, CALLS],
    [
      ["2026-11-02 00:00:00", 3],
      ["2026-11-01 00:00:00", 5],
    ],
    "",
  );
  expect(drawn).toMatchObject({ kind: "time", value: "calls", series: [{ label: "calls", values: [5, 3] }], left: 0 });
});

test("a text beside it splits it, the largest first, and gaps stay gaps", () => {
  const rows = [
    ["2026-11-01 00:00:00", "small", 1, "0.1"],
    ["2026-11-01 00:00:00", "large", 9, "2.5"],
    ["2026-11-02 00:00:00", "large", 9, null],
  ];
  expect(chartOf([DAY, MODEL, CALLS, COST], rows, "cost")).toMatchObject({
    value: "cost",
    series: [
      { label: "large", values: [2.5, null] },
      { label: "small", values: [0.1, null] },
    ],
  });
});

test("a text with numbers makes bars in the order of the answer; more than forty are counted", () => {
  const rows = Array.from({ length: 42 }, (_, at) => [at === 0 ? "" : `m${at}`, 42 - at]);
  const drawn = chartOf([MODEL, CALLS], rows, "");
  expect(drawn).toMatchObject({ kind: "bars", label: "model", left: 2 });
  expect(drawn?.kind === "bars" && drawn.bars[0]).toEqual({ label: "(empty)", value: 42 });
});

test("without numbers or without anything to hold them against there is no chart", () => {
  expect(chartOf([MODEL], [["a"]], "")).toBeNull();
  expect(chartOf([CALLS], [[1]], "")).toBeNull();
  expect(chartOf([DAY, CALLS], [], "")).toBeNull();
  expect(numberColumns([DAY, MODEL, CALLS, COST])).toEqual(["calls", "cost"]);
});
