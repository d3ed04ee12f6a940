import { expect, test } from "vitest";
import { commented, type Edit, indented } from "./lines";

const apply = (sql: string, { from, to, text }: Edit) => sql.slice(0, from) + text + sql.slice(to);

test("lines become comments, and lines again", () => {
  const sql = "SELECT 1\n\nFROM spans";
  const edit = commented(sql, 3, sql.length);
  const after = apply(sql, edit);
  expect(after).toBe("-- SELECT 1\n\n-- FROM spans");
  expect(after.slice(edit.start, edit.end)).toBe("ECT 1\n\n-- FROM spans");
  expect(apply(after, commented(after, 0, after.length))).toBe(sql);
});

test("only the line of the caret is one, and one that is not marked stays", () => {
  expect(apply("a\nb\nc", commented("a\nb\nc", 2, 2))).toBe("a\n-- b\nc");
  expect(apply("a\nb\nc", commented("a\nb\nc", 0, 2))).toBe("-- a\nb\nc");
});

test("lines go in and out", () => {
  expect(apply("a\n\n b", indented("a\n\n b", 0, 5, false))).toBe("  a\n\n   b");
  expect(apply("  a\n b\nc", indented("  a\n b\nc", 0, 7, true))).toBe("a\nb\nc");
});
