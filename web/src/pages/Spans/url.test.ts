import { expect, test } from "vitest";
import { DEFAULTS, spansUrl } from "./url";

test("what is written is read again, and what is not live says nothing of it", () => {
  const params = new URLSearchParams("range=7d");
  const state = { query: "model:gpt-5", sort: "-cost", columns: ["cost"], isLive: true, view: "v1" };
  spansUrl.write(state, params);
  expect(spansUrl.read(params)).toEqual(state);

  spansUrl.write({ ...DEFAULTS, query: "", isLive: false, view: null }, params);
  expect(params.toString()).toBe("range=7d");
});
