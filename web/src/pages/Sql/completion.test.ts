import { expect, test } from "vitest";
import type { SqlTable } from "../../api/sql";
import { choicesAt, isOffered, placeIn } from "./completion";

const column = (name: string, type: string, help = "") => ({ name, type, help });
const tables: SqlTable[] = [
  {
    name: "spans",
    help: "A span.",
    columns: [
      column("model", "LowCardinality(String)", "The model."),
      column("latency", "Nullable(Float64)", "How long it took."),
      column("metadata", "Map(String, String)"),
      column("trace_unique_id", "String"),
    ],
  },
  {
    name: "traces",
    help: "A trace.",
    columns: [column("total_cost", "Decimal(38, 12)"), column("trace_unique_id", "String")],
  },
];
const names = { tables, functions: { aggregates: ["count", "max", "quantile"], texts: ["lower"] } };

/** The text with `|` where the caret is, and what is offered there. */
function offered(marked: string, keys: readonly string[] = []) {
  const caret = marked.indexOf("|");
  const sql = marked.replace("|", "");
  const place = placeIn(sql, caret);
  return place ? choicesAt(sql, place, names, keys) : [];
}
const labels = (marked: string, keys?: readonly string[]) => offered(marked, keys).map((choice) => choice.label);

/** The text after the first choice is taken. */
function taken(marked: string, keys: readonly string[] = []): string {
  const caret = marked.indexOf("|");
  const sql = marked.replace("|", "");
  const place = placeIn(sql, caret);
  const [choice] = offered(marked, keys);
  if (!place || !choice) return sql;
  const before = sql.slice(0, place.from) + choice.insert;
  const at = before.length - choice.back;
  return `${before.slice(0, at)}|${before.slice(at)}${sql.slice(place.to)}`;
}

test("columns of the tables that are read come first, with their types and what they mean", () => {
  expect(offered("SELECT mo| FROM spans")[0]).toMatchObject({ label: "model", detail: "String", help: "The model." });
  expect(labels("SELECT tot| FROM spans")).not.toContain("total_cost");
  expect(labels("SELECT tot|")).toEqual(["total_cost"]);
  expect(labels("SELECT m| FROM spans").slice(0, 3)).toEqual(["model", "metadata", "max"]);
  expect(labels("SELECT now() - INTERVAL 7 d|")[0]).toBe("DAY");
});

test("behind FROM and JOIN stand tables, also those that WITH makes", () => {
  expect(labels("SELECT 1 FROM |")).toEqual(["spans", "traces"]);
  expect(labels("WITH dear AS (SELECT 1) SELECT 1 FROM d|")).toEqual(["dear"]);
  expect(labels("SELECT 1 FROM spans AS s LEFT JOIN t|")).toEqual(["traces"]);
});

test("behind a name and a dot stand the columns of that table", () => {
  expect(labels("SELECT t.| FROM spans AS s JOIN traces t ON 1")).toEqual(["total_cost", "trace_unique_id"]);
  expect(labels("SELECT s.tr| FROM spans AS s JOIN traces t ON 1")).toEqual(["trace_unique_id"]);
  expect(labels("SELECT nobody.| FROM spans")).toEqual([]);
});

test("names that the query gives are offered again", () => {
  expect(labels("SELECT count() AS calls FROM spans AS s ORDER BY ca|")[0]).toBe("calls");
  expect(labels("SELECT 1 FROM spans AS sp WHERE sp|")).toContain("spans");
});

test("a function gets its brackets, a map the place of its key, and a key its end", () => {
  expect(taken("SELECT qua| FROM spans")).toBe("SELECT quantile(|) FROM spans");
  expect(taken("SELECT qua|(0.5)(latency) FROM spans")).toBe("SELECT quantile|(0.5)(latency) FROM spans");
  expect(taken("SELECT metad| FROM spans")).toBe("SELECT metadata['|'] FROM spans");
  expect(taken("SELECT metadata['re|", ["region", "it's"])).toBe("SELECT metadata['region']|");
  expect(taken("SELECT metadata['it|']", ["region", "it's"])).toBe("SELECT metadata['it\\'s|']");
  expect(taken("SELECT JSONExtractString(properties, 'at|", ["attempt"])).toBe(
    "SELECT JSONExtractString(properties, 'attempt'|",
  );
  expect(labels("SELECT metadata['|'] FROM spans", ["region", "tier"])).toEqual(["region", "tier"]);
});

test("a text that a column is compared with is a value of it", () => {
  const place = (sql: string) => placeIn(sql, sql.length);
  expect(place("SELECT 1 FROM spans WHERE model = 'gp")).toMatchObject({ wants: "value", of: "model", typed: "gp" });
  expect(place("SELECT 1 FROM spans WHERE model NOT IN ('a', '")).toMatchObject({ wants: "value", of: "model" });
  expect(taken("SELECT 1 FROM spans WHERE s.model='gp|", ["gpt-5"])).toBe("SELECT 1 FROM spans WHERE s.model='gpt-5'|");
});

test("a word is replaced whole, and nothing is offered in texts, comments, numbers and new names", () => {
  expect(taken("SELECT la|tenc FROM spans")).toBe("SELECT latency| FROM spans");
  for (const sql of ["SELECT 'mod|", "SELECT -- mod|", "SELECT /* mod| */ 1", "SELECT 12|", "SELECT 1 AS mo|"]) {
    expect(labels(sql)).toEqual([]);
  }
  expect(labels("SELECT latency| FROM spans")).toEqual([]);
});

test("nothing pops up behind a space, but behind FROM", () => {
  const at = (sql: string) => placeIn(sql, sql.length);
  const popped = ["SELECT ", "SELECT m", "SELECT 1 FROM ", "SELECT s."].map((sql) => {
    const place = at(sql);
    return place !== null && isOffered(place);
  });
  expect(popped).toEqual([false, true, true, true]);
});
