import { expect, test } from "vitest";
import { closeSpan, spanUrl } from "./url";

test("what is written is read again, defaults are left out, and closing forgets it", () => {
  const params = new URLSearchParams("query=model:gpt-5");
  const state = { show: "cost", as: "text", isCompared: true } as const;
  spanUrl.write(state, params);
  expect(params.toString()).toBe("query=model%3Agpt-5&show=cost&as=text&compare=before");
  expect(spanUrl.read(params)).toEqual(state);

  closeSpan(params);
  expect(params.toString()).toBe("query=model%3Agpt-5");
  expect(spanUrl.read(params)).toEqual({ show: "messages", as: "rich", isCompared: false });
});
