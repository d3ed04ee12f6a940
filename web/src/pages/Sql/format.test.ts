import { expect, test } from "vitest";
import { EXAMPLES } from "./examples";
import { formatted } from "./format";
import { tokens } from "./tokens";

/** All but space and the case of keywords. */
const meaning = (sql: string) =>
  tokens(sql)
    .map(({ kind, text }) =>
      kind === "keyword" ? text.toUpperCase() : kind === "plain" ? text.replace(/\s+/g, "") : text,
    )
    .join("");

test("each clause has a line, and keywords are in capitals", () => {
  expect(
    formatted(
      "select model,count() as n from spans as s left join traces as t on s.a=t.a where n>-1 and m between 1 and 2 group by model order by n desc limit 5",
    ),
  ).toBe(`SELECT model, count() AS n
FROM spans AS s
LEFT JOIN traces AS t ON s.a = t.a
WHERE n > -1
  AND m BETWEEN 1 AND 2
GROUP BY model
ORDER BY n DESC
LIMIT 5`);
});

test("a query within a query stands further in, and what is no query stays in its line", () => {
  expect(
    formatted("SELECT a FROM (SELECT metadata['x'] AS a FROM spans WHERE (b = 1 OR c IN (1, 2))) WHERE a != ''"),
  ).toBe(
    `SELECT a
FROM (
  SELECT metadata['x'] AS a
  FROM spans
  WHERE (b = 1 OR c IN (1, 2))
)
WHERE a != ''`,
  );
});

test("a list that is too wide is broken", () => {
  const columns = Array.from({ length: 12 }, (_, at) => `column_number_${at}`);
  expect(formatted(`SELECT ${columns.join(",")} FROM spans`)).toBe(`SELECT\n  ${columns.join(",\n  ")}\nFROM spans`);
});

test("nothing of a query changes, whatever is in it, and a second time nothing at all", () => {
  const odd = [
    "SELECT 'it''s  -- no comment', \"a  b\", {x:String} -- why\nFROM spans /* all  of them */ WHERE a = 'x' -- end",
    "SELECT if(a, 1, -2) - 3, -b, x::Float64, arrayMap(x -> x * 2, [1, 2])[1], count(*), s.* FROM spans AS s",
    "SELECT CASE WHEN a AND b THEN 'x' ELSE 'y' END, left(model, 3) FROM spans UNION ALL SELECT 1, 2",
    "WITH dear AS (SELECT 1 AS a) SELECT a FROM dear",
    "SELECT (",
    "",
  ];
  for (const sql of [...odd, ...EXAMPLES.map((example) => example.query)]) {
    const once = formatted(sql);
    expect(meaning(once)).toBe(meaning(sql));
    expect(formatted(once)).toBe(once);
  }
});
