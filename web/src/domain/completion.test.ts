import { expect, test } from "vitest";
import {
  type FieldInfo,
  fieldChoices,
  fieldOf,
  flagChoices,
  means,
  placeAt,
  signChoices,
  valueChoices,
} from "./completion";

const field = (name: string, more: Partial<FieldInfo> = {}): FieldInfo => ({
  name,
  kind: "text",
  group: "Model",
  help: `The ${name}.`,
  unit: "",
  aliases: [],
  example: "",
  values: "distinct",
  fixed: [],
  keys: null,
  ...more,
});
const FIELDS = [
  field("customer_identifier", { aliases: ["customer", "user"] }),
  field("latency", { kind: "float", unit: "seconds", example: "2" }),
  field("model"),
  field("is_root_span", { kind: "boolean", aliases: ["root"], fixed: ["true", "false"] }),
  field("metadata.<key>", { keys: ["region", "a b"] }),
];
const labels = (choices: readonly { label: string }[]) => choices.map((one) => one.label);
/** The place of the `|` in a text. */
const at = (marked: string) => placeAt(marked.replace("|", ""), marked.indexOf("|"));

test("the caret stands in a field, a flag or a value", () => {
  expect(at("|")).toEqual({ kind: "field", typed: "", from: 0, to: 0 });
  expect(at("mo|d")).toEqual({ kind: "field", typed: "mo", from: 0, to: 3 });
  expect(at("mod|el:x")).toEqual({ kind: "field", typed: "mod", from: 0, to: 6 });
  expect(at("model:|")).toEqual({ kind: "value", field: "model", sign: "", typed: "", from: 6, to: 6 });
  expect(at("model:gp|t")).toEqual({ kind: "value", field: "model", sign: "", typed: "gp", from: 6, to: 9 });
  expect(at("model:!=gpt,|")).toMatchObject({ kind: "value", sign: "!=", typed: "", from: 12 });
  expect(at('metadata."a b":"x y|"')).toMatchObject({ kind: "value", field: "metadata.a b", typed: "x y" });
  expect(at("model:gpt |")).toMatchObject({ kind: "field", typed: "" });
  expect(at("has:no|")).toMatchObject({ kind: "flag", word: "has", typed: "no" });
});

test("a typed name means a field by name, alias, key, or of the trace", () => {
  expect(fieldOf(FIELDS, "Customer")?.name).toBe("customer_identifier");
  expect(fieldOf(FIELDS, "metadata__region")?.name).toBe("metadata.region");
  expect(fieldOf(FIELDS, "trace.customer")?.name).toBe("trace.customer_identifier");
  expect(fieldOf(FIELDS, "nothing")).toBeUndefined();
  expect(means(FIELDS, "customer_identifier")("user")).toBe(true);
});

test("fields are offered by what was typed, with their keys and of the trace", () => {
  expect(labels(fieldChoices(FIELDS, "", true)).slice(0, 4)).toEqual([
    "model",
    "customer_identifier",
    "latency",
    "metadata.region",
  ]);
  expect(labels(fieldChoices(FIELDS, "cust", true))[0]).toBe("customer_identifier");
  expect(labels(fieldChoices(FIELDS, "user", true))[0]).toBe("user");
  expect(fieldChoices(FIELDS, "a b", true)[0]?.insert).toBe('metadata."a b":');
  expect(labels(fieldChoices(FIELDS, "tra", true))).toContain("trace.…");
  expect(labels(fieldChoices(FIELDS, "tra", false))).not.toContain("trace.…");
  expect(labels(fieldChoices(FIELDS, "trace.mo", true))).toEqual(["trace.model"]);
  expect(labels(fieldChoices(FIELDS, "has", true))).toContain("has:");
});

test("flags are fields that are true or false", () => {
  expect(labels(flagChoices(FIELDS, "is", ""))).toEqual(["root_span"]);
  expect(labels(flagChoices(FIELDS, "missing", "mod"))).toEqual(["model"]);
});

test("values are the real ones and then those that can be, and numbers are compared", () => {
  const model = field("model", { fixed: ["success", "warning"] });
  const found = valueChoices(model, "", [{ value: "a b", count: 3 }]);
  expect(found[0]).toMatchObject({ insert: '"a b"', label: "a b", count: 3 });
  expect(labels(found)).toEqual(["a b", "success", "warning"]);
  expect(labels(valueChoices(model, "WARN", []))).toEqual(["warning"]);
  const named = valueChoices(model, "quick", [{ value: "a1", count: 3 }], new Map([["a1", "Quick start"]]));
  expect(named).toMatchObject([{ insert: "a1", label: "Quick start", detail: "a1" }]);
  expect(labels(signChoices(FIELDS[1] as FieldInfo))[0]).toBe(">2");
});
