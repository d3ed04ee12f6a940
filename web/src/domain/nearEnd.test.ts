import { expect, test } from "vitest";
import { drawnRows, isNearEnd } from "./nearEnd";

test("who has just opened a list of fifty on a screen of twenty wants no more", () => {
  expect(isNearEnd({ startIndex: 0, endIndex: 20 }, false, 50)).toBe(false);
});

test("a list that ends in sight wants more, whoever looks", () => {
  expect(isNearEnd({ startIndex: 0, endIndex: 49 }, false, 50)).toBe(true);
  expect(isNearEnd({ startIndex: 0, endIndex: 48 }, false, 50)).toBe(false);
});

test("who moves gets more well before the end: the earlier, the further they have come", () => {
  expect(isNearEnd({ startIndex: 5, endIndex: 25 }, true, 100)).toBe(false);
  expect(isNearEnd({ startIndex: 9, endIndex: 29 }, true, 100)).toBe(true);
  expect(isNearEnd({ startIndex: 800, endIndex: 820 }, true, 1000)).toBe(false);
  expect(isNearEnd({ startIndex: 810, endIndex: 830 }, true, 1000)).toBe(true);
});

test("where nothing is there is no end", () => {
  expect(isNearEnd(null, true, 0)).toBe(false);
  expect(isNearEnd({ startIndex: 0, endIndex: 0 }, true, 0)).toBe(false);
});

test("rows are drawn ahead of who moves, and on both sides of who stands", () => {
  const seen = { startIndex: 100, endIndex: 119 };
  expect(ends(drawnRows(seen, null, null, 1000))).toEqual([88, 131, 44]);
  expect(ends(drawnRows(seen, seen, "forward", 1000))).toEqual([94, 143, 50]);
  expect(ends(drawnRows(seen, seen, "backward", 1000))).toEqual([76, 125, 50]);
  expect(ends(drawnRows({ startIndex: 0, endIndex: 2 }, null, null, 3))).toEqual([0, 2, 3]);
});

test("after a leap what is in sight comes first", () => {
  const seen = { startIndex: 100, endIndex: 119 };
  expect(ends(drawnRows(seen, { startIndex: 60, endIndex: 79 }, "forward", 1000))).toEqual([97, 122, 26]);
  expect(ends(drawnRows(seen, { startIndex: 90, endIndex: 109 }, "forward", 1000))).toEqual([94, 143, 50]);
});

function ends(rows: number[]): (number | undefined)[] {
  return [rows[0], rows.at(-1), rows.length];
}
