import { expect, test } from "vitest";
import { isId } from "./id";

test("a long word with a digit looks like an id", () => {
  for (const id of ["5a4152905667935bf73a681a4e9b1010", "support-9587e41f502d", "team/a-1", "user_42"]) {
    expect(isId(id), id).toBe(true);
  }
});

test("words and conditions do not", () => {
  for (const text of ["", "refund", "gpt 5", "model:gpt-5", "latency:>2", '"order 7"', "v2"]) {
    expect(isId(text), text).toBe(false);
  }
});
