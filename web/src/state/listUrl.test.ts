import { expect, test } from "vitest";
import { listUrl, showView, viewState } from "./listUrl";

const codec = listUrl({ sort: "-timestamp", columns: ["timestamp", "cost"] });

test("what is written is read again, and defaults are left out", () => {
  const params = new URLSearchParams("range=7d");
  const state = { query: "model:gpt-5", sort: "-cost", columns: ["cost", "metadata.a,b%2C"], view: "v1" };
  codec.write(state, params);
  expect(codec.read(params)).toEqual(state);
  expect(params.get("range")).toBe("7d");

  const plain = { query: "", sort: "-timestamp", columns: ["timestamp", "cost"], view: null };
  codec.write(plain, params);
  expect(params.toString()).toBe("range=7d");
  expect(codec.read(params)).toEqual(plain);
});

test("a view is filter, columns, sorting and range, whatever is open or live meanwhile", () => {
  const params = new URLSearchParams("env=test&live=on&show=cost&query=model%3Aa&range=1h&view=v1");
  expect(viewState(params)).toBe("query=model%3Aa&range=1h");

  showView(params, { id: "v2", state: "sort=cost&from=2026-01-01T00%3A00%3A00Z&env=prod" });
  expect(params.toString()).toBe("env=test&show=cost&sort=cost&from=2026-01-01T00%3A00%3A00Z&view=v2");
  showView(params, null);
  expect(params.toString()).toBe("env=test&show=cost");
});
