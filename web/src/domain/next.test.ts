import { expect, test } from "vitest";
import { nextPage } from "./next";

const next = (text: string) => nextPage(new URLSearchParams({ next: text }), "/spans");

test("the page that was wanted is where one goes, with its parameters", () => {
  expect(next("/traces/abc?range=7d")).toBe("/traces/abc?range=7d");
});

test("another site, and signing in itself, are not", () => {
  for (const text of [
    "",
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:x",
    "/sign-in?next=/",
  ]) {
    expect(next(text)).toBe("/spans");
  }
});
