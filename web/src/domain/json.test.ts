import { expect, test } from "vitest";
import { hasMore, holds, type Json, parsed, pathTo, read, sizeOf, written } from "./json";

test("names and values are found at any depth", () => {
  const value: Json = { tools: [{ name: "get_Order" }], n: 12 };
  expect(["order", "tools", "12", "x"].map((wanted) => holds(value, wanted))).toEqual([true, true, true, false]);
});

test("JSON nested deeper than a stack is searched all the same", () => {
  let value: Json = "needle";
  for (let depth = 0; depth < 200_000; depth += 1) value = [value];
  expect(holds(value, "needle")).toBe(true);
  expect(holds(value, "hay")).toBe(false);
});

test("sizes, and text that is no JSON", () => {
  expect(sizeOf([1, 2])).toBe("[2]");
  expect(sizeOf({ a: 1 })).toBe("{1}");
  expect(parsed("{")).toBe("{");
  expect(parsed("[1]")).toEqual([1]);
});

test("whether there is more inside than so many values", () => {
  expect(hasMore({ a: 1, b: [2, 3] }, 4)).toBe(false);
  expect(hasMore({ a: 1, b: [2, 3] }, 3)).toBe(true);
  expect(hasMore("text", 0)).toBe(false);
});

test("whole numbers stay what they were, however long, and digits within texts stay texts", () => {
  const text = '{"id":12345678901234567890,"n":[-9007199254740993,1e+21,0.1,42],"t":"12345678901234567890, \\"1\\\\"}';
  const value = read(text) as { [key: string]: Json };
  expect(value).toEqual({
    id: 12345678901234567890n,
    n: [-9007199254740993n, 1e21, 0.1, 42],
    t: '12345678901234567890, "1\\',
  });
  expect(written(value)).toBe(text);
  expect(read("9007199254740991")).toBe(9007199254740991);
  expect(read("9007199254740993")).toBe(9007199254740993n);
});

test("what is no JSON does not become JSON by its long numbers", () => {
  for (const text of [
    "01234567890123456789",
    "1234567890123456789x",
    '{"a" 1234567890123456789}',
    '["1234567890123456',
  ]) {
    expect(parsed(text)).toBe(text);
  }
});

test("ten megabytes are read in no time, with a long number among them", () => {
  const text = JSON.stringify({ said: '\\"'.repeat(3_000_000), rows: Array.from({ length: 200_000 }, (_, n) => n) });
  const began = performance.now();
  const value = read(`{"id":12345678901234567890,"all":${text}}`) as { [key: string]: Json };
  expect(performance.now() - began).toBeLessThan(3000);
  expect(value.id).toBe(12345678901234567890n);
});

test("a path is what a program would write", () => {
  expect(pathTo(["messages", 0, "content"])).toBe("messages[0].content");
  expect(pathTo([0, "build number", "x"])).toBe('[0]["build number"].x');
  expect(pathTo([])).toBe("");
});
