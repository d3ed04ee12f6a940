import { expect, test } from "vitest";
import { clause, phrase } from "./clause";

test("a plain value stands as it is, any other in quotes", () => {
  expect(clause("customer", "ada@example.com")).toBe('customer:="ada@example.com"');
  expect(clause("customer", "ada")).toBe("customer:=ada");
  expect(clause("customer", "Alice & Co")).toBe('customer:="Alice & Co"');
  expect(clause("customer", 'a "b" \\ c\nd')).toBe('customer:="a \\"b\\" \\\\ c\\nd"');
  expect(clause("customer", "OR")).toBe('customer:="OR"');
});

test("so do keys of metadata", () => {
  expect(clause("metadata.region", "eu")).toBe("metadata.region:=eu");
  expect(clause("metadata.build number", "7")).toBe('metadata."build number":="7"');
  expect(clause("metadata.a.b", "x")).toBe('metadata."a.b":=x');
});

test("words to look for are one phrase, and no condition", () => {
  expect(phrase("refund")).toBe("refund");
  expect(phrase("refund policy")).toBe('"refund policy"');
  expect(phrase("model:gpt-5")).toBe('"model:gpt-5"');
});
