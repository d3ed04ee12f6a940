import { expect, test } from "vitest";
import { arrived, LIVE_MAX, type Live, NOTHING_LIVE, resumed, waitingBeside, withLive } from "./live";

interface Row {
  id: string;
  version?: number;
}
const came = (...ids: string[]) => ids.map((id) => ({ span: { id } as Row, isUpdate: false }));
const ids = (rows: readonly Row[]) => rows.map((row) => row.id).join(" ");
const nothing: Live<Row> = NOTHING_LIVE;

test("what comes stands on top, and what comes again in its place", () => {
  let live = arrived(nothing, came("a", "b"), false);
  expect(ids(live.shown)).toBe("b a");
  live = arrived(live, [{ span: { id: "a", version: 2 }, isUpdate: true }, ...came("c")], false);
  expect(ids(live.shown)).toBe("c b a");
  expect(live.shown[2]?.version).toBe(2);
});

test("while it is paused what comes waits, is counted, and comes afterwards", () => {
  let live = arrived(arrived(nothing, came("a"), false), came("b", "c"), true);
  expect([ids(live.shown), live.waitingCount]).toEqual(["a", 2]);
  live = resumed(live);
  expect([ids(live.shown), live.waitingCount, live.isCut]).toEqual(["c b a", 0, false]);
});

test("what waits is not new where the list has it already", () => {
  let live = arrived(nothing, came("a", "b"), true);
  live = arrived(live, [{ span: { id: "b", version: 2 }, isUpdate: true }], true);
  live = arrived(live, [{ span: { id: "old", version: 2 }, isUpdate: true }], true); // which was never counted
  expect(waitingBeside(live, [])).toBe(2);
  expect(waitingBeside(live, [{ id: "b" }, { id: "old" }])).toBe(1);
  expect(waitingBeside(resumed(live), [{ id: "b" }])).toBe(0);
});

test("no more than so many are kept, and it is said where some are gone", () => {
  const many = came(...Array.from({ length: LIVE_MAX + 5 }, (_, at) => String(at)));
  const live = arrived(nothing, many, false);
  expect([live.shown.length, live.isCut, live.shown[0]?.id]).toEqual([LIVE_MAX, true, String(LIVE_MAX + 4)]);
  const later = resumed(arrived(arrived(nothing, came("x"), false), many, true));
  expect([later.shown.length, later.isCut, ids(later.shown).includes("x")]).toEqual([LIVE_MAX, true, false]);
});

test("the list goes on below, each span once and in its newest version", () => {
  const live = { ...nothing, shown: [{ id: "c" }, { id: "a", version: 2 }] };
  const rows = withLive<Row>(live, [{ id: "b" }, { id: "a" }]);
  expect(ids(rows)).toBe("c b a");
  expect(rows[2]?.version).toBe(2);
  expect(ids(withLive<Row>({ ...live, isCut: true }, [{ id: "b" }]))).toBe("c a");
});
