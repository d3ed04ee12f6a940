import { expect, test } from "vitest";
import { diff, type Step, textDiff, words } from "./diff";

const shown = (steps: Step<string>[]) =>
  steps.map(({ kind, item }) => ({ same: "=", new: "+", gone: "-" })[kind] + item);

/** Both lists are in the steps, each in its order. */
function expectWhole(steps: Step<string>[], before: string[], after: string[]) {
  expect(steps.filter((step) => step.kind !== "new").map((step) => step.item)).toEqual(before);
  expect(steps.filter((step) => step.kind !== "gone").map((step) => step.item)).toEqual(after);
}

test("what was put in, what was taken out, and what stayed", () => {
  expect(shown(diff(["a", "b", "c"], ["a", "x", "c", "d"]))).toEqual(["=a", "-b", "+x", "=c", "+d"]);
  expect(shown(diff([], ["a"]))).toEqual(["+a"]);
  expect(shown(diff(["a"], []))).toEqual(["-a"]);
  expect(shown(diff(["a"], ["a"]))).toEqual(["=a"]);
  expect(diff([], [])).toEqual([]);
});

test("both lists can be read from the steps, whatever they are", () => {
  let seed = 7;
  const draw = (most: number) => {
    seed = (seed * 16807) % 2147483647;
    return seed % most;
  };
  for (let round = 0; round < 200; round += 1) {
    const before = Array.from({ length: draw(12) }, () => "abc"[draw(3)] ?? "a");
    const after = Array.from({ length: draw(12) }, () => "abc"[draw(3)] ?? "a");
    expectWhole(diff(before, after), before, after);
  }
});

test("lists with nothing in common are replaced, and soon", () => {
  const before = Array.from({ length: 5000 }, (_, at) => `a${at}`);
  const after = Array.from({ length: 5000 }, (_, at) => `b${at}`);
  expectWhole(diff(before, after), before, after);
});

test("texts are compared by words", () => {
  expect(words("It's 4 °C.").join("")).toBe("It's 4 °C.");
  expect(shown(textDiff("the red tent", "the blue tent"))).toEqual(["=the ", "-red", "+blue", "= tent"]);
});

test("long texts are compared by lines", () => {
  const lines = Array.from({ length: 3000 }, (_, at) => `line number ${at}`);
  const after = lines.with(1500, "another line");
  const steps = textDiff(lines.join("\n"), after.join("\n"));
  expect(steps.map((step) => step.kind)).toEqual(["same", "gone", "new", "same"]);
  expect(steps[2]?.item).toBe("another line\n");
});
