import { expect, test } from "vitest";
import { bounded, least, tracks } from "./columnWidths";

const columns = [
  { id: "time", width: 120 },
  { id: "name", width: 100, grow: 1 },
  { id: "output", width: 140, grow: 3 },
];

test("columns that grow share what is left, until somebody gives them a width", () => {
  expect(tracks(columns, {})).toBe("120px minmax(100px, 1fr) minmax(140px, 3fr)");
  expect(tracks(columns, { name: 90, time: 60 })).toBe("60px 90px minmax(140px, 3fr)");
  expect(least(columns, { name: 90, time: 60 })).toBe(290);
});

test("where none grows, the last one takes what is left", () => {
  expect(tracks(columns, { name: 90, output: 200 })).toBe("120px 90px minmax(200px, 1fr)");
  expect(tracks([], {})).toBe("");
  const sums = [
    { id: "model", width: 120 },
    { id: "cost", width: 90, align: "end" as const },
  ];
  expect(tracks(sums, {})).toBe("120px 90px 1fr");
});

test("a width is whole, and neither nothing nor more than any window", () => {
  expect([bounded(-5), bounded(100.4), bounded(1e6)]).toEqual([48, 100, 1200]);
});
