import { expect, test } from "vitest";
import { foldedIn, foldText } from "./folding";
import { type TreeNode, traceOf } from "./trace";

function node(name: string, depth: number, children: TreeNode[] = [], more: Partial<TreeNode> = {}): TreeNode {
  const id = `${name}${name}`.padStart(32, "0");
  const timestamp = "2026-07-01T10:00:00.000000Z";
  return {
    id,
    span_unique_id: id,
    log_type: "task",
    status: "success",
    status_code: 200,
    timestamp,
    depth,
    children,
    ...more,
  };
}

const leaf = node("cccc", 2);
const orphan = node("eeee", 0, [], { is_orphan: true, span_parent_id: "gate/way." });
const { rows } = traceOf([node("aaaa", 0, [node("bbbb", 1, [leaf]), node("dddd", 1, [node("ffff", 2)])]), orphan]);
const idOf = (name: string) => `${name}${name}`.padStart(32, "0");

test("a few are named, and found again", () => {
  const folded = new Set([idOf("bbbb")]);
  expect(foldText(rows, folded)).toBe("bbbbbbbb");
  expect(foldedIn(rows, "bbbbbbbb")).toEqual(folded);
  expect(foldText(rows, new Set())).toBe("");
  expect(foldedIn(rows, "")).toEqual(new Set());
});

test("where most are folded, those that are not are named", () => {
  const missing = rows.find((row) => row.span === null)?.id ?? "";
  const all = new Set([idOf("aaaa"), idOf("bbbb"), idOf("dddd"), missing]);
  expect(foldText(rows, all)).toBe("all");
  expect(foldedIn(rows, "all")).toEqual(all);
  all.delete(idOf("aaaa"));
  expect(foldText(rows, all)).toBe("all.aaaaaaaa");
  expect(foldedIn(rows, "all.aaaaaaaa")).toEqual(all);
});

test("a parent that never came has a name, too, and who is not there is passed over", () => {
  const missing = rows.find((row) => row.span === null)?.id ?? "";
  expect(foldText(rows, new Set([missing]))).toBe("_gateway");
  expect(foldedIn(rows, "_gateway.99999999.cccccccc")).toEqual(new Set([missing]));
});
