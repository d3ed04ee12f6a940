import { expect, test } from "vitest";
import { viewAddress } from "./view";

test("a view is opened as it was saved, in the environment that is chosen", () => {
  const view = { id: "v1", page: "spans", state: "query=status%3Afailed&range=7d" };
  expect(viewAddress(view, null)).toBe("/spans?query=status%3Afailed&range=7d&view=v1");
  expect(viewAddress({ ...view, page: "sql", state: "query=SELECT+1" }, "test")).toBe("/sql?query=SELECT+1&env=test");
  expect(viewAddress({ ...view, page: "sql", state: "" }, null)).toBe("/sql");
});
