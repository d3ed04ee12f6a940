import { expect, test } from "vitest";
import { customerUrl } from "./url";

test("what is written is read again, and defaults are left out", () => {
  const params = new URLSearchParams("env=test");
  customerUrl.write({ tab: "threads", by: "log_type", measure: "tokens" }, params);
  expect(customerUrl.read(params)).toEqual({ tab: "threads", by: "log_type", measure: "tokens" });
  expect(customerUrl.read(new URLSearchParams("tab=nothing")).tab).toBe("overview");
});
