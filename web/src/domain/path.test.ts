import { expect, test } from "vitest";
import { idIn, pathOf } from "./path";

test("any id is found again in its address", () => {
  for (const id of ["user-42", "team/ada", "..", "_", "50%", "a b?c#d", "Ünï", "a\\b", "x&y=z"]) {
    const { path, own } = pathOf("/customers", id);
    expect(path.split("/")).toHaveLength(3);
    expect(idIn(path.split("/")[2], new URLSearchParams(own))).toBe(id);
  }
  expect(pathOf("/customers", "user-42").path).toBe("/customers/user-42");
});

test("an address without an id is the list, and a broken one is taken as it is", () => {
  expect(idIn(undefined, new URLSearchParams())).toBeNull();
  expect(idIn("_", new URLSearchParams())).toBeNull();
  expect(idIn("%E0%A4%A", new URLSearchParams())).toBe("%E0%A4%A");
});
