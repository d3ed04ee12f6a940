import { expect, test } from "vitest";
import { sectionOf } from "./sections";

test("an address names a part, and without a name it depends on who asks", () => {
  expect(sectionOf("storage", false)).toBe("storage");
  expect(sectionOf(undefined, true)).toBe("keys");
  expect(sectionOf(undefined, false)).toBe("account");
  expect(sectionOf("retention", true)).toBeUndefined();
});
