import { expect, test } from "vitest";
import { csv } from "./csv";

test("what would break a row is quoted, and null is empty", () => {
  expect(
    csv(
      ["a", "b"],
      [
        ['say "hi", now', null],
        [{ x: 1 }, 2.5],
      ],
    ),
  ).toBe('a,b\r\n"say ""hi"", now",\r\n"{""x"":1}",2.5\r\n');
});
