import { expect, test } from "vitest";
import { openIdFault, openIdLogin } from "./openid";

test("what the server says of the provider is told to people, whatever it is", () => {
  expect(openIdFault(null)).toBeNull();
  expect(openIdFault("not_invited")).toContain("nobody has invited you");
  expect(openIdFault("of a newer server")).toContain("Try again");
});

test("the way to the provider takes the wanted page along", () => {
  expect(openIdLogin("/tools", "/spans?query=a&b")).toBe("/tools/api/openid/login/?next=%2Fspans%3Fquery%3Da%26b");
});
