import { expect, test } from "vitest";
import { keyExample } from "./keyExample";

test("a key that may send is tried by sending, another by reading", () => {
  const sends = keyExample({ key: "msp_x", rights: ["ingest", "read"] }, "https://m.example");
  expect(sends).toContain("https://m.example/api/request-logs/create/");
  expect(sends).toContain('"Authorization: Bearer msp_x"');
  expect(keyExample({ key: "msp_x", rights: ["read"] }, "")).toContain("/list/?page_size=1");
});
