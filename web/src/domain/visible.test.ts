import { expect, test } from "vitest";
import { pieces, safeJson, upTo, visible } from "./visible";

test("ordinary text is one piece: letters of all scripts, emoji, line ends", () => {
  for (const text of ["Blåbærsyltetøy\n\t", "שלום مرحبا", "👩‍🚀 ✈️", ""]) {
    expect(pieces(text)).toEqual(text ? [{ text }] : []);
  }
});

test("what turns the writing, breaks it or shows nothing is named", () => {
  expect(pieces("a\u202eb")).toEqual([
    { text: "a" },
    { code: "U+202E", name: "right-to-left override", times: 1 },
    { text: "b" },
  ]);
  expect(pieces("\0\0\0")).toEqual([{ code: "U+0000", name: "null character", times: 3 }]);
  expect(pieces("\u{e0041}\u{e0041}")).toEqual([{ code: "U+E0041", name: "tag A", times: 2 }]);
  expect(pieces("\u0085")).toMatchObject([{ name: "control character" }]);
});

test("in a label the name stands in brackets", () => {
  expect(visible("a\u202eb")).toBe("a⟨U+202E⟩b");
});

test("JSON for the clipboard holds such characters as escapes, and is the same JSON", () => {
  const value = { "a\u202e": ["\u0000\u{e0041}\u007f", "ok"] };
  const text = safeJson(value);
  expect(pieces(text)).toEqual([{ text }]);
  expect(JSON.parse(text)).toEqual(value);
});

test("a text is never cut within a character", () => {
  expect(upTo("a👩", 2)).toBe("a");
  expect(upTo("a👩", 3)).toBe("a👩");
});
