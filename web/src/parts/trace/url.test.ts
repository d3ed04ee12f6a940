import { expect, test } from "vitest";
import { traceUrl } from "./url";

test("what is written is read again, and defaults are left out", () => {
  const params = new URLSearchParams("env=test");
  const zoom = [1.25, 900] as const;
  const state = { view: "transcript", span: "abc", zoom, fold: "all.1a2b", find: "refund", path: false } as const;
  traceUrl.write(state, params);
  expect(params.toString()).toBe("env=test&view=transcript&span=abc&zoom=1.25-900&fold=all.1a2b&find=refund&path=off");
  expect(traceUrl.read(params)).toEqual(state);
  traceUrl.write({ view: "timeline", span: null, zoom: null, fold: "", find: "", path: true }, params);
  expect(params.toString()).toBe("env=test");
});

test("a stretch that is none is left alone", () => {
  for (const zoom of ["9-1", "5-5", "x", "-3-4", "1e3-2e3"]) {
    expect(traceUrl.read(new URLSearchParams({ zoom })).zoom).toBeNull();
  }
});
