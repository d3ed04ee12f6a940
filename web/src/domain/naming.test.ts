import { expect, test } from "vitest";
import { mentions, type Naming, saidWithNames, withNames } from "./naming";

const naming: Naming = {
  isField: (name) => name === "key" || name === "trace.key",
  names: new Map([
    ["a1", "Quick start"],
    ["b2", "checkout"],
  ]),
};

test("ids of the field are read as names, and nothing else is", () => {
  expect(withNames('key:a1,"b2",c3 model:a1 a1 -trace.key:=b2 key:a*', naming)).toBe(
    "key:Quick start,checkout,c3 model:a1 a1 -trace.key:=checkout key:a*",
  );
});

test("what a query means is said with the names", () => {
  const said = 'Spans where organization_key_id is "a1" and model is "b2".';
  expect(saidWithNames(said, "key:a1 model:b2", naming)).toBe(
    'Spans where organization_key_id is "Quick start" and model is "b2".',
  );
});

test("conditions on a field are found by its name, not by a value", () => {
  expect(mentions("-api_Key:a1", "key")).toBe(true);
  expect(mentions("key model:key", "key")).toBe(false);
});
