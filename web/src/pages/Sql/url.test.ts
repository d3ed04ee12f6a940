import { expect, test } from "vitest";
import { sqlUrl } from "./url";

test("what is written is read again, and defaults are left out", () => {
  const params = new URLSearchParams("env=test");
  const state = { query: "SELECT 1\nFROM spans", limit: 10_000, as: "chart" as const, value: "calls" };
  sqlUrl.write(state, params);
  expect(sqlUrl.read(params)).toEqual(state);
  sqlUrl.write({ query: "", limit: 1000, as: "table", value: "" }, params);
  expect(params.toString()).toBe("env=test");
});

test("a limit that is not offered is not taken", () => {
  expect(sqlUrl.read(new URLSearchParams("limit=99999999")).limit).toBe(1000);
});
