import { expect, test } from "vitest";
import { chosenOf, matches, type Press, parseKeys, shownKeys } from "./keys";

const press = (key: string, mod = false): Press => ({ key, mod, alt: false });

test("keys match what was pressed last, modifiers included", () => {
  expect(matches(parseKeys("mod+k"), [press("k", true)])).toBe(true);
  expect(matches(parseKeys("mod+k"), [press("k")])).toBe(false);
  expect(matches(parseKeys("k"), [press("k", true)])).toBe(false);
  expect(matches(parseKeys("g s"), [press("g"), press("s")])).toBe(true);
  expect(matches(parseKeys("g s"), [press("s")])).toBe(false);
});

test("two keys in a row mean more than the second one by itself, and what came last wins", () => {
  const actions = ["c", "g c", "c"].map((keys, place) => ({ keys, place }));
  expect(chosenOf(actions, [press("g"), press("c")])?.place).toBe(1);
  expect(chosenOf(actions, [press("x"), press("c")])?.place).toBe(2);
  expect(chosenOf(actions, [press("d")])).toBeUndefined();
});

test("keys are shown as the keyboard has them", () => {
  expect(shownKeys("mod+k", true)).toEqual(["⌘", "K"]);
  expect(shownKeys("mod+k", false)).toEqual(["Ctrl", "K"]);
  expect(shownKeys("g s", false)).toEqual(["g", "s"]);
  expect(shownKeys("ArrowUp", false)).toEqual(["↑"]);
});
