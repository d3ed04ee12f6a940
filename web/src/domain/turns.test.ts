import { expect, test } from "vitest";
import { messagesOf } from "./conversation";
import type { Json } from "./json";
import { changesOf, closest } from "./turns";

const said = (value: Json) => messagesOf(value) ?? [];
const system = { role: "system", content: "Be brief." };
const question = { role: "user", content: "Weather?" };
const answer = { role: "assistant", content: "4 °C", reasoning_content: "Hm." };

test("the answer that is in the history now is nothing new", () => {
  const changes = changesOf(
    said([system, question]),
    said([answer]),
    said([system, question, { role: "assistant", content: "4 °C" }, { role: "user", content: "And tomorrow?" }]),
  );
  expect(changes.map((change) => change.kind)).toEqual(["same", "new"]);
  expect(changes[0]).toMatchObject({ messages: { length: 3 } });
});

test("a message that was written anew is changed; one that was left out is gone", () => {
  const changes = changesOf(
    said([system, question, { role: "user", content: "Please." }]),
    said([answer]),
    said([{ role: "system", content: "Be polite." }, question]),
  );
  expect(changes).toMatchObject([
    { kind: "changed", before: "Be brief.", after: "Be polite." },
    { kind: "same" },
    { kind: "gone", message: { role: "user" } },
  ]);
});

test("an answer that the application did not keep is no change of the input", () => {
  expect(changesOf(said([question]), said([answer]), said([question])).map((change) => change.kind)).toEqual(["same"]);
});

test("a call goes on from the last one whose history it has, not from another agent's", () => {
  const other = said([{ role: "system", content: "Route." }, question]);
  const before = said([system, question, answer]);
  const older = said([system, question]);
  expect(closest([other, before, older], said([system, question, answer]))).toBe(1);
  expect(closest([before, before], said([system, question]))).toBe(0);
  expect(closest([other], said([system]))).toBe(0);
  expect(closest([], said([system]))).toBe(-1);
});
