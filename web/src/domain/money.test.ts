import { expect, test } from "vitest";
import { alignedMoney, exactMoney, money } from "./money";

test("money shows enough digits to matter, and no more", () => {
  expect([0, 1240.4, 12.4, 1, 0.99, 0.5, 0.0312, 0.031249, 0.00000315, -2.5].map(money)).toEqual([
    "$0",
    "$1,240",
    "$12.40",
    "$1.00",
    "$0.99",
    "$0.50",
    "$0.0312",
    "$0.0312",
    "$0.00000315",
    "−$2.50",
  ]);
});

test("decimal text of any length is taken, and its title has all of it", () => {
  expect(money("0.000123456789")).toBe("$0.000123");
  expect(exactMoney("0.000123456789")).toBe("$0.000123456789");
  expect(exactMoney(-1.5)).toBe("−$1.5");
});

test("amounts below each other have as many decimals as the finest needs", () => {
  expect(alignedMoney([0.0009, 0.001875, 0])).toEqual(["$0.000900", "$0.001875", "$0.000000"]);
  expect(alignedMoney([3, 0.3, -15])).toEqual(["$3.00", "$0.30", "−$15.00"]);
  expect(alignedMoney([])).toEqual([]);
});
