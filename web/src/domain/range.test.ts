import { expect, test } from "vitest";
import {
  brushed,
  DEFAULT,
  lengthSeconds,
  type Range,
  rangeLabel,
  readRange,
  resolve,
  typedRange,
  writeRange,
} from "./range";

const now = Date.UTC(2026, 10, 28, 12);

function written(range: Range): string {
  const params = new URLSearchParams("query=x&range=1h&from=a&to=b");
  writeRange(range, params);
  return params.toString();
}

test("a range in an address is read as it was written; the default is left out", () => {
  const between: Range = { kind: "between", from: "2026-11-01T00:00:00.000Z", to: "2026-11-02T00:00:00.000Z" };
  for (const range of [DEFAULT, between, { ...between, to: null }, { kind: "last", length: "90m" } as Range]) {
    expect(readRange(new URLSearchParams(written(range)))).toEqual(range);
  }
  expect(written(DEFAULT)).toBe("query=x");
});

test("an address that cannot be read is the default", () => {
  for (const text of ["", "range=", "range=0h", "range=5y", "from=x", "range=-1h"]) {
    expect(readRange(new URLSearchParams(text))).toEqual(DEFAULT);
  }
});

test("a range resolves against one moment", () => {
  expect(resolve({ kind: "last", length: "1h" }, now)).toEqual({
    start: "2026-11-28T11:00:00.000Z",
    end: null,
    seconds: 3600,
  });
  expect(resolve({ kind: "between", from: "2026-11-28T10:00:00Z", to: "2026-11-28T10:30:00Z" }, now).seconds).toBe(
    1800,
  );
});

test("labels", () => {
  expect(rangeLabel({ kind: "last", length: "15m" }, "utc")).toBe("Last 15 minutes");
  expect(rangeLabel({ kind: "last", length: "1h" }, "utc")).toBe("Last hour");
  expect(rangeLabel({ kind: "between", from: "2026-11-26T09:00:00Z", to: null }, "utc")).toBe("Nov 26 09:00 – now");
});

test("what is drawn over a chart is at least a second, whichever way it was drawn", () => {
  expect(brushed(100.5, 100.2)).toEqual({
    kind: "between",
    from: "1970-01-01T00:01:40.000Z",
    to: "1970-01-01T00:01:41.000Z",
  });
});

test("lengths", () => {
  expect(["15m", "7d", "2w", "1.5h", "", "0d"].map(lengthSeconds)).toEqual([900, 604_800, 1_209_600, null, null, null]);
});

test("what is typed is a time, a length before now, or a mistake that is named", () => {
  const now = Date.parse("2026-11-28T12:00:00Z");
  const typed = (from: string, to: string) => typedRange(from, to, now, "utc");
  expect(typed(" -90m ", "")).toEqual({ range: { kind: "last", length: "90m" } });
  expect(typed("2d", "1d")).toEqual({
    range: { kind: "between", from: "2026-11-26T12:00:00.000Z", to: "2026-11-27T12:00:00.000Z" },
  });
  expect(typed("2026-11-28 09:00", "now")).toEqual({
    range: { kind: "between", from: "2026-11-28T09:00:00.000Z", to: null },
  });
  expect(typed("yesterday", "")).toEqual({ faults: { from: expect.stringContaining("2026-11-28 14:00") } });
  expect(typed("1d", "later")).toEqual({ faults: { to: expect.stringContaining("1d") } });
  expect(typed("1d", "2d")).toEqual({ faults: { to: "It must be later than the beginning." } });
  expect(typed("2026-11-29", "")).toEqual({ faults: { to: "It must be later than the beginning." } });
});
