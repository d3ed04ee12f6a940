import { expect, test } from "vitest";
import { tokens } from "./tokens";

const kinds = (sql: string, kind: string) =>
  tokens(sql)
    .filter((token) => token.kind === kind)
    .map((token) => token.text);

test("each kind is found", () => {
  const sql = `SELECT count(), "my name" -- how many\nFROM spans WHERE a = 'it''s \\' here' AND b IN (1.5, {x:String})`;
  expect(kinds(sql, "keyword")).toEqual(["SELECT", "FROM", "WHERE", "AND", "IN"]);
  expect(kinds(sql, "function")).toEqual(["count"]);
  expect(kinds(sql, "text")).toEqual(["'it''s \\' here'"]);
  expect(kinds(sql, "name")).toEqual(['"my name"']);
  expect(kinds(sql, "comment")).toEqual(["-- how many"]);
  expect(kinds(sql, "number")).toEqual(["1.5"]);
  expect(kinds(sql, "parameter")).toEqual(["{x:String}"]);
});

test("a unit is one behind a number only: a column may have its name", () => {
  expect(kinds("SELECT 1 AS day WHERE a > now() - INTERVAL 30 DAY", "keyword")).toEqual([
    "SELECT",
    "AS",
    "WHERE",
    "INTERVAL",
    "DAY",
  ]);
});

test("joined again it is the text, whatever is open", () => {
  for (const sql of ["SELECT 'open", "/* open", '"open', "a-b/c", "{", "ünï", ""]) {
    expect(
      tokens(sql)
        .map((token) => token.text)
        .join(""),
    ).toBe(sql);
  }
});
