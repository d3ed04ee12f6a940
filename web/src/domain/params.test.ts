import { expect, test } from "vitest";
import { put } from "./params";

test("A value is in the address unless it is the one by default, or none", () => {
  const params = new URLSearchParams("sort=cost&span=1");
  put(params, "query", "model:gpt-5", "");
  put(params, "sort", "-timestamp", "-timestamp");
  put(params, "span", null);
  put(params, "empty", "");
  expect(params.toString()).toBe("query=model%3Agpt-5&empty=");
});
