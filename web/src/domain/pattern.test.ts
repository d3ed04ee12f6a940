import { expect, test } from "vitest";
import { matchesPattern } from "./pattern";

test("a star stands for anything, and letters count in any case", () => {
  expect(matchesPattern("gpt-4o*", "GPT-4o-mini")).toBe(true);
  expect(matchesPattern("gpt-4o", "gpt-4o-mini")).toBe(false);
  expect(matchesPattern("gpt-4.1", "gpt-401")).toBe(false);
  expect(matchesPattern("claude-?-opus*", "claude-4-opus-2026")).toBe(true);
  expect(["o1", "o2", "o3"].map((name) => matchesPattern("o[!2]", name))).toEqual([true, false, true]);
});
