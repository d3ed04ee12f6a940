import { expect, test } from "vitest";
import { pileAt, stacked } from "./series";

test("the first series reaches up to the sum of all, the last to its own values", () => {
  expect(
    stacked([
      [1, 2],
      [10, null],
    ]),
  ).toEqual([
    [11, 2],
    [10, 0],
  ]);
  expect(stacked([])).toEqual([]);
});

test("what is drawn at a height is found, past what has none", () => {
  const tops = stacked([[3], [0], [4], [0]]).map((pile) => pile[0]);
  expect([0.5, 4, 4.1, 7, 7.1].map((height) => pileAt(tops, height))).toEqual([2, 2, 0, 0, null]);
  expect(pileAt([], 1)).toBeNull();
});
