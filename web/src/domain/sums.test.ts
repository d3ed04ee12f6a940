import { expect, test } from "vitest";
import { changeOf, DURATION_STEPS, LOOKS, tokensByKind } from "./sums";

test("tokens by kind add up to all tokens, whether the input holds the cached ones or not", () => {
  const kinds = tokensByKind({
    sum_total_request_tokens: [1000, null, 10],
    sum_prompt_cache_hit_tokens: [600, 0, 30],
    sum_completion_tokens: [200, 0, 4],
    sum_reasoning_tokens: [120, 0, 9],
  });
  expect(Object.fromEntries(kinds.map((kind) => [kind.label, kind.values]))).toEqual({
    Input: [200, 0, 0],
    Cached: [600, 0, 30],
    Output: [80, 0, 0],
    Reasoning: [120, 0, 4],
  });
});

test("an axis of durations goes on in steps that have one unit", () => {
  const written = DURATION_STEPS.map(LOOKS.latency.format);
  expect(written.filter((step) => !/^\d+ (µs|ms|s|min|h|d)$/.test(step))).toEqual([]);
  expect(DURATION_STEPS).toEqual([...DURATION_STEPS].sort((a, b) => a - b));
  expect(LOOKS.latency.format(125)).toBe("2 min 05 s");
});

test("a change is a share of what was before", () => {
  expect(changeOf("cost", 112, 100)).toEqual({ text: "+12 %", direction: "up" });
  expect(changeOf("cost", 95.7, 100)).toEqual({ text: "−4.3 %", direction: "down" });
  expect(changeOf("requests", 1_250, 100)).toEqual({ text: "×13", direction: "up" });
  expect(changeOf("requests", 4_334_000, 1)).toEqual({ text: "> ×1,000", direction: "up" });
  expect(changeOf("requests", 100_040, 100_000)).toEqual({ text: "±0", direction: "same" });
  expect(changeOf("requests", 0, 7)).toEqual({ text: "−100 %", direction: "down" });
});

test("rates of errors differ in points, and what was not there before is new", () => {
  expect(changeOf("errors", 0.052, 0.04)).toEqual({ text: "+1.2 pp", direction: "up" });
  expect(changeOf("tokens", 5, 0)).toEqual({ text: "new", direction: "up" });
  expect(changeOf("tokens", 0, 0)).toEqual({ text: "±0", direction: "same" });
  expect(changeOf("latency", null, 2)).toBeNull();
  expect(changeOf("latency", 2, undefined)).toBeNull();
});
