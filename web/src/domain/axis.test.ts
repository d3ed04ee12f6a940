import { expect, test } from "vitest";
import { ticks } from "./axis";

const labels = (from: number, to: number, most: number) => ticks(from, to, most).map((tick) => tick.label);

test("moments are round, and have the digits that tell them apart", () => {
  expect(labels(0, 1000, 5)).toEqual(["0", "0.2 s", "0.4 s", "0.6 s", "0.8 s", "1.0 s"]);
  expect(labels(0, 240, 5)).toEqual(["0", "50 ms", "100 ms", "150 ms", "200 ms"]);
  expect(labels(0, 0.4, 4)).toEqual(["0", "100 µs", "200 µs", "300 µs", "400 µs"]);
  expect(labels(279_500, 279_520, 4)).toEqual(["4:39.500", "4:39.505", "4:39.510", "4:39.515", "4:39.520"]);
  expect(labels(0, 280_000, 5)).toEqual(["0", "1:00", "2:00", "3:00", "4:00"]);
  expect(labels(0, 4 * 3_600_000, 4)).toEqual(["0", "1 h", "2 h", "3 h", "4 h"]);
  expect(labels(0, 90 * 60_000, 3)).toEqual(["0", "30 min", "1 h", "1 h 30 min"]);
  expect(labels(0, 12 * 86_400_000, 4)).toEqual(["0", "5 d", "10 d"]);
});

test("there are never many more than asked for, and none of nothing", () => {
  expect(ticks(5, 5, 4)).toEqual([]);
  for (const length of [0.003, 7, 999, 61_000, 86_400_000, 1e12]) {
    const made = ticks(0, length, 6);
    expect(made.length).toBeGreaterThan(1);
    expect(made.length).toBeLessThanOrEqual(7);
  }
});
