import { expect, test } from "vitest";
import {
  above,
  criticalPath,
  foldedFrom,
  largest,
  matching,
  next,
  ownTimes,
  preciseMoment,
  shownRows,
  sumsOf,
  type TreeNode,
  traceOf,
} from "./trace";

const BEGAN = Date.parse("2031-05-04T12:00:00Z");

function written(second: number): string {
  return new Date(BEGAN + second * 1000).toISOString();
}

/** A span of a tree, with its seconds, as the API sends it. */
function node(id: string, from: number, to: number, more: Partial<TreeNode> = {}, children: TreeNode[] = []): TreeNode {
  const depth = more.depth ?? 0;
  for (const child of children) lower(child, depth + 1);
  return {
    id,
    span_unique_id: `sent ${id}`,
    span_name: id,
    log_type: "span",
    status: "success",
    status_code: 200,
    start_time: written(from),
    timestamp: written(to),
    depth,
    children,
    ...more,
  };
}

function lower(one: TreeNode, depth: number): void {
  one.depth = depth;
  for (const child of one.children as TreeNode[]) lower(child, depth + 1);
}

const names = (trace: ReturnType<typeof traceOf>) => trace.rows.map((row) => `${" ".repeat(row.depth)}${row.name}`);

test("a tree is read from the top, each row knowing where what is below it ends", () => {
  const trace = traceOf([node("root", 0, 10, {}, [node("a", 1, 4, {}, [node("a1", 2, 3)]), node("b", 5, 9)])]);
  expect(names(trace)).toEqual(["root", " a", "  a1", " b"]);
  expect(trace.rows.map((row) => [row.parent, row.end])).toEqual([
    [-1, 4],
    [0, 3],
    [1, 3],
    [0, 4],
  ]);
  expect(trace.length).toBe(10_000);
  expect([trace.rows[2]?.start, trace.rows[2]?.finish]).toEqual([2000, 3000]);
  expect(above(trace.rows, 2)).toEqual([0, 1]);
  expect(traceOf([])).toEqual({ rows: [], began: 0, length: 0 });
});

test("orphans stand below who is missing, those of one parent together, and reach as far as he must have", () => {
  const trace = traceOf([
    node("root", 0, 10),
    node("late", 2, 3, { is_orphan: true, span_parent_id: "gone" }, [node("below", 2, 5)]),
    node("other", 4, 5, { is_orphan: true, span_parent_id: "lost" }),
    node("later", 6, 7, { is_orphan: true, span_parent_id: "gone" }),
  ]);
  expect(names(trace)).toEqual(["root", "gone", " late", "  below", " later", "lost", " other"]);
  const gone = trace.rows[1];
  expect([gone?.span, gone?.start, gone?.finish, gone?.end]).toEqual([null, 2000, 7000, 5]);
  expect(sumsOf(trace.rows)[1]?.spans).toBe(3);
});

test("what was cut out of a circle stands at the top, and levels beyond what JSON holds are told by their depth", () => {
  const circle = traceOf([node("cut", 0, 1, { is_cycle: true, span_parent_id: "sent below" }, [node("below", 0, 1)])]);
  expect(names(circle)).toEqual(["cut", " below"]);
  const chain = traceOf([
    { ...node("0", 0, 9), children: [1, 2, 3].map((depth) => node(`${depth}`, 0, 9, { depth })) },
  ]);
  expect(names(chain)).toEqual(["0", " 1", "  2", "   3"]);
  expect(chain.rows.map((row) => row.parent)).toEqual([-1, 0, 1, 2]);
});

test("clocks that differ leave times as they were sent; a span that ends before it begins is drawn and marked", () => {
  const trace = traceOf([
    node("root", 5, 10, {}, [node("early", 0, 2, { is_outside_parent: true }), node("back", 8, 6)]),
  ]);
  expect(trace.length).toBe(10_000);
  expect(trace.rows.map((row) => [row.start, row.finish])).toEqual([
    [5000, 10_000],
    [0, 2000],
    [6000, 8000],
  ]);
  expect(trace.rows.map((row) => row.isBackwards)).toEqual([false, false, true]);
});

test("moments keep their microseconds", () => {
  const at = preciseMoment("2031-05-04T12:00:00.123456Z") - BEGAN;
  expect(at).toBeCloseTo(123.456, 3);
  expect(preciseMoment("2031-05-04T12:00:00Z")).toBe(BEGAN);
});

test("sums go up the tree, and what nobody said is not nothing", () => {
  const call = { log_type: "chat", cost: 0.1, total_request_tokens: 30 };
  const trace = traceOf([
    node("root", 0, 10, {}, [
      node("agent", 1, 4, {}, [node("one", 1, 2, call), node("two", 2, 3, { ...call, cost: 0.2, status: "failed" })]),
      node("tool", 5, 9, { prompt_tokens: 4 }),
      node("free", 9, 10),
    ]),
  ]);
  const sums = sumsOf(trace.rows);
  expect(sums[0]).toEqual({ spans: 6, errors: 1, calls: 2, tokens: 64, cost: 0.3 });
  expect(sums[1]).toEqual({ spans: 3, errors: 1, calls: 2, tokens: 60, cost: 0.3 });
  expect(sums[5]).toEqual({ spans: 1, errors: 0, calls: 0, tokens: null, cost: null });
});

test("a row's own time is that in which nothing below it worked, however its children overlap or stick out", () => {
  const trace = traceOf([
    node("root", 0, 10, {}, [node("a", 1, 4), node("b", 2, 3), node("c", 3, 6), node("d", 8, 12), node("e", -2, -1)]),
  ]);
  expect([...ownTimes(trace.rows)]).toEqual([3000, 3000, 1000, 3000, 4000, 1000]);
});

test("the critical path is what the end waited for", () => {
  const trace = traceOf([
    node("root", 0, 10, {}, [
      node("a", 1, 4, {}, [node("a1", 1, 3)]),
      node("aside", 2, 3.5),
      node("b", 4, 9, {}, [node("fast", 4, 5), node("slow", 4, 8)]),
    ]),
  ]);
  const path = criticalPath(trace);
  const named = [...path].map(([at, stretches]) => [trace.rows[at]?.name, stretches]);
  expect(Object.fromEntries(named)).toEqual({
    root: [
      [0, 1000],
      [9000, 10_000],
    ],
    a: [[3000, 4000]],
    a1: [[1000, 3000]],
    b: [[8000, 9000]],
    slow: [[4000, 8000]],
  });
});

test("what goes on after its parent is on the path when the trace ends with it, and nothing is counted twice", () => {
  const trace = traceOf([node("root", 0, 2, {}, [node("sent off", 1, 6)]), node("second", 7, 8)]);
  const path = criticalPath(trace);
  const all = [...path.values()].flat().sort((a, b) => a[0] - b[0]);
  expect(all).toEqual([
    [0, 1000],
    [1000, 6000],
    [7000, 8000],
  ]);
});

test("the critical path of a moment, of clocks that differ and of a circle ends", () => {
  const instant = traceOf([node("only", 0, 0)]);
  expect([...criticalPath(instant).keys()]).toEqual([0]);
  const skewed = traceOf([node("root", 5, 10, {}, [node("early", 0, 2), node("late", 9, 20)])]);
  expect([...criticalPath(skewed).values()].flat()).toContainEqual([9000, 20_000]);
});

test("what is folded is not shown, nor anything below it", () => {
  const { rows } = traceOf([node("root", 0, 10, {}, [node("a", 1, 4, {}, [node("a1", 2, 3)]), node("b", 5, 9)])]);
  expect(shownRows(rows, new Set())).toEqual([0, 1, 2, 3]);
  expect(shownRows(rows, new Set(["a"]))).toEqual([0, 1, 3]);
  expect(shownRows(rows, foldedFrom(rows, 0))).toEqual([0]);
  expect(shownRows(rows, foldedFrom(rows, 1))).toEqual([0, 1, 3]);
});

test("the costliest are found, and the next of some rows goes around", () => {
  const { rows } = traceOf([node("a", 0, 1, { cost: 1 }), node("b", 0, 1), node("c", 0, 1, { cost: 3 })]);
  const costliest = largest(rows, (at) => rows[at]?.span?.cost ?? null);
  expect(costliest).toEqual([2, 0]);
  expect([next(costliest, 0), next(costliest, 2), next(costliest, 1, -1), next(costliest, 0, -1)]).toEqual([
    2, 0, 0, 2,
  ]);
  expect(next([], 3)).toBeUndefined();
});

test("a search finds every word, in whichever of the fields", () => {
  const { rows } = traceOf([
    node("Answer", 0, 1, { model: "gpt-5", log_type: "chat" }),
    node("look up", 0, 1, { error_message: "Rate limit", is_orphan: true, span_parent_id: "the gateway" }),
  ]);
  expect(matching(rows, "gpt answer")).toEqual([0]);
  expect(matching(rows, "RATE")).toEqual([2]);
  expect(matching(rows, "gateway")).toEqual([1]);
  expect(matching(rows, "  ")).toEqual([]);
});

test("thirty thousand spans, wide or as one chain, take less than a tenth of a second", () => {
  const steps = Array.from({ length: 300 }, (_, agent) =>
    node(`agent ${agent}`, agent, agent + 1, { depth: 1, log_type: "agent" }, []),
  );
  for (const [at, agent] of steps.entries()) {
    agent.children = Array.from({ length: 99 }, (_, step) =>
      node(`step ${at} ${step}`, at + step / 100, at + (step + 1) / 100, { depth: 2, cost: 0.001, log_type: "chat" }),
    );
  }
  const wide = [{ ...node("root", 0, 300), children: steps }];
  const chain = [
    {
      ...node("0", 0, 300),
      children: Array.from({ length: 29_999 }, (_, at) => node(`${at}`, 0, 300, { depth: at + 1 })),
    },
  ];
  for (const tree of [wide, chain]) {
    const times = Array.from({ length: 4 }, () => {
      const before = process.cpuUsage();
      const trace = traceOf(tree);
      sumsOf(trace.rows);
      ownTimes(trace.rows);
      criticalPath(trace);
      shownRows(trace.rows, new Set());
      expect(trace.rows.length).toBeGreaterThanOrEqual(30_000);
      return process.cpuUsage(before).user / 1000; // the machine may have others to serve
    });
    expect(Math.min(...times)).toBeLessThan(100);
  }
}, 30_000);
