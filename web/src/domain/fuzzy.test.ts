import { expect, test } from "vitest";
import { fits } from "./fuzzy";

test("beginnings of words come before middles, and middles before scattered letters", () => {
  const scores = ["Go to Spans", "Responses", "Save plan as new"].map((name) => fits("spa", name));
  expect(scores[0]).toBeGreaterThan(scores[1] ?? 0);
  expect(fits("gspans", "Go to Spans")).toBeGreaterThan(0);
  expect(fits("xyz", "Go to Spans")).toBe(0);
  expect(fits("", "anything")).toBe(1);
});
