import { expect, test } from "vitest";
import {
  chosen,
  clauses,
  faultAt,
  isUnfinished,
  meant,
  mended,
  replaced,
  toggled,
  tokens,
  turned,
  without,
  withPart,
} from "./query";

const shown = (text: string) =>
  tokens(text)
    .filter((token) => token.kind !== "space")
    .map((token) => `${token.kind} ${text.slice(token.from, token.to)}`);
const parts = (text: string) => clauses(text).map((clause) => clause.text);
const isModel = (name: string) => name === "model";

test("a query is cut into tokens without a gap", () => {
  const text =
    'model:gpt-5,"a b" latency:>2 -status:failed "refund policy" (a OR b*) model:/x y/ m."k 1":v error:iexact(x)';
  expect(shown(text)).toEqual([
    "field model:",
    "value gpt-5",
    "comma ,",
    'quoted "a b"',
    "field latency:",
    "sign >",
    "value 2",
    "minus -",
    "field status:",
    "value failed",
    'quoted "refund policy"',
    "bracket (",
    "word a",
    "keyword OR",
    "word b*",
    "bracket )",
    "field model:",
    "pattern /x y/",
    'field m."k 1":',
    "value v",
    "field error:",
    "sign iexact",
    "bracket (",
    "value x",
    "bracket )",
  ]);
  expect(
    tokens(text)
      .map((token) => text.slice(token.from, token.to))
      .join(""),
  ).toBe(text);
});

test.each(["", " ", '"', 'model:"', "model:", "(", "a:(b OR", "\\", "-", "- ", "model:,", "𝄞:x"])(
  "%j is cut too",
  (text) => {
    expect(
      tokens(text)
        .map((token) => text.slice(token.from, token.to))
        .join(""),
    ).toBe(text);
  },
);

test("parts are what has to hold beside the others", () => {
  expect(parts('model:gpt-5, gpt-4 AND latency:> 2 -(a OR b) NOT x "y z"')).toEqual([
    "model:gpt-5, gpt-4",
    "latency:> 2",
    "-(a OR b)",
    "NOT x",
    '"y z"',
  ]);
  expect(parts("a OR model:b ")).toEqual(["a OR model:b"]);
  expect(parts("model:(a OR b) c")).toEqual(["model:(a OR b)", "c"]);
  expect(clauses('-model:a,"b c"')[0]).toMatchObject({
    isNegated: true,
    field: "model",
    sign: "",
    values: ["a", "b c"],
  });
  for (const text of ["model:a*", 'model:"a"*', "model:/a/", "cost:1..2", "model:(a OR b)", "error:iexact(x)"]) {
    expect(clauses(text)[0]?.values, text).toBeNull();
  }
});

test("a part can be taken away, turned around and put in another's place", () => {
  const text = "model:a AND latency:>2 refund";
  const [model, latency] = clauses(text);
  if (!model || !latency) throw new Error("no parts");
  expect(without(text, model)).toBe("latency:>2 refund");
  expect(without(text, latency)).toBe("model:a AND refund");
  expect(turned(text, latency)).toBe("model:a AND -latency:>2 refund");
  expect(replaced(text, latency, "cost:>1")).toBe("model:a AND cost:>1 refund");
  for (const [from, to] of [
    ["-a", "a"],
    ["NOT a", "a"],
    ["a OR b", "-(a OR b)"],
    ["(a OR b)", "-(a OR b)"],
  ] as const) {
    const [only] = clauses(from);
    if (!only) throw new Error("no part");
    expect(turned(from, only)).toBe(to);
  }
});

test("one more part holds beside the others, whatever they are", () => {
  expect(withPart("", "a:b")).toBe("a:b");
  expect(withPart("x ", "a:b")).toBe("x a:b");
  expect(withPart("x OR y", "a:b")).toBe("(x OR y) a:b");
});

test("values of a field are let in and left out by one click", () => {
  const toggle = (text: string, value: string, isNot = false) => toggled(text, "model", value, isModel, isNot);
  expect(toggle("refund", "gpt-5")).toBe("refund model:gpt-5");
  expect(toggle("model:gpt-5 refund", "gpt 4")).toBe('refund model:gpt-5,"gpt 4"');
  expect(toggle("model:gpt-5 refund", "gpt-5")).toBe("refund");
  expect(toggle("model:=gpt-5", "gpt-5", true)).toBe("-model:gpt-5");
  expect(toggle("-model:a model:b", "a")).toBe("model:b,a");
  expect(toggle("a OR b", "x")).toBe("(a OR b) model:x");

  const found = chosen("model:a refund -model:b model:c*", isModel);
  expect([...found.included]).toEqual(["a"]);
  expect([...found.excluded]).toEqual(["b"]);
  expect(found.rest).toBe("refund model:c*");
});

test("what is written in quotes is read again", () => {
  expect(meant('"a\\"b\\\\ \\n\\u00e9"')).toBe('a"b\\ \né');
});

test("a fault is mended where it is", () => {
  expect(mended("modle:x latency:>2", 1, "model")).toBe("model:x latency:>2");
  expect(mended("a latency>2 b", 10, "latency:>2")).toBe("a latency:>2 b");
  expect(mended("𝄞 modle:x", 3, "model")).toBe("𝄞 model:x");
  expect(mended("model:equls(x)", 7, "equals")).toBe("model:equals(x)");
});

test("a fault is marked to the end of what it is in", () => {
  expect(faultAt("a modle:x", 3)).toEqual({ from: 2, to: 7 });
  expect(faultAt("model:", 7)).toEqual({ from: 5, to: 6 });
  expect(faultAt("cost:abc d", 6)).toEqual({ from: 5, to: 8 });
});

test("what ends in the middle of something is unfinished", () => {
  for (const text of ["model:", "latency:>", "model:a,", '"refund', "(a OR b", "a OR", "-", 'model:"a\\"'] as const) {
    expect(isUnfinished(text), text).toBe(true);
  }
  for (const text of ["", "a", "model:a", '"a b"', "(a OR b)", "error:iexact(x) "])
    expect(isUnfinished(text), text).toBe(false);
});
