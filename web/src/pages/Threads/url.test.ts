import { expect, test } from "vitest";
import { threadUrl } from "./url";

test("what is written is read again, and defaults are left out", () => {
  const params = new URLSearchParams("range=7d");
  threadUrl.write({ span: "abc" }, params);
  expect(threadUrl.read(params)).toEqual({ span: "abc" });
  threadUrl.write({ span: "" }, params);
  expect(params.toString()).toBe("range=7d");
});
