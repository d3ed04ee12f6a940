import { expect, test } from "vitest";
import { dashboardUrl } from "./url";

test("what is written is read again, defaults are left out, and what is not known is the default", () => {
  const params = new URLSearchParams("range=7d");
  const state = { query: "model:gpt-5", by: "metadata.region", measure: "latency", isCompared: false } as const;
  dashboardUrl.write(state, params);
  expect(params.toString()).toBe("range=7d&query=model%3Agpt-5&by=metadata.region&measure=latency&compare=off");
  expect(dashboardUrl.read(params)).toEqual(state);

  dashboardUrl.write({ query: "", by: "model", measure: "cost", isCompared: true }, params);
  expect(params.toString()).toBe("range=7d");
  expect(dashboardUrl.read(new URLSearchParams("measure=beauty")).measure).toBe("cost");
});
