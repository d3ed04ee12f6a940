import { expect, test } from "vitest";
import { withRecent } from "./recent";

test("the newest comes first and once, and there is an end", () => {
  expect(withRecent(["a", "b"], "b")).toEqual(["b", "a"]);
  expect(
    withRecent(
      Array.from({ length: 30 }, (_, at) => `${at}`),
      "new",
    ),
  ).toHaveLength(20);
  expect(withRecent(["x".repeat(20_000), "y"], "z".repeat(5000))).toHaveLength(1);
});
