import { expect, test } from "vitest";
import { bucketFor, bucketLabel, bucketRange } from "./buckets";

const DAY = 86_400;

test("a range has as many buckets as can be told apart", () => {
  const lengths = [900, 3600, 6 * 3600, DAY, 7 * DAY, 30 * DAY, 365 * DAY, 100 * 365 * DAY];
  expect(lengths.map((seconds) => bucketFor(seconds))).toEqual(["10s", "1m", "5m", "15m", "6h", "12h", "1w", "1y"]);
  expect(bucketFor(30 * DAY, 30)).toBe("1d");
  expect(bucketFor(1e12)).toBe("1y");
});

test("lengths are said in words", () => {
  expect(["10s", "5m", "6h", "1d", "1M"].map(bucketLabel)).toEqual(["10 s", "5 min", "6 h", "1 day", "1 month"]);
});

test("a bucket is a range that ends before the next begins, and not outside of the window", () => {
  const window = { start: "2026-11-28T00:00:30.000Z", end: null, seconds: 150 };
  const times = ["00:00", "00:01", "00:02"].map((clock) => Date.parse(`2026-11-28T${clock}:00Z`) / 1000);
  expect(bucketRange(times, 0, window)).toEqual({
    kind: "between",
    from: "2026-11-28T00:00:30.000Z",
    to: "2026-11-28T00:00:59.999Z",
  });
  expect(bucketRange(times, 2, window)).toEqual({ kind: "between", from: "2026-11-28T00:02:00.000Z", to: null });
  const ended = { ...window, end: "2026-11-28T00:02:10.000Z" };
  expect(bucketRange(times, 2, ended)).toMatchObject({ to: "2026-11-28T00:02:10.000Z" });
  expect(bucketRange(times, 3, window)).toBeNull();
});
