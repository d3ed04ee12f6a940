import { expect, test } from "vitest";
import { snippets } from "./quickstart";

test("each snippet holds the address and the key, and none where the server asks for none", () => {
  for (const { install, code } of snippets("https://spans.example/x", "ms_1")) {
    const all = `${install ?? ""}\n${code}`;
    expect(all).toContain("https://spans.example/x");
    expect(all).toContain("Bearer");
    expect(all).toContain("ms_1");
  }
  for (const { install, code } of snippets("http://127.0.0.1:8400", null)) {
    expect(`${install ?? ""}\n${code}`).not.toMatch(/Authorization|null/);
  }
});
