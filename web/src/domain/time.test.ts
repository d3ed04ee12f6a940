import { expect, test } from "vitest";
import { fullTime, inputTime, moment, parseTime, relativeTime, shortTime, tickTime } from "./time";

const at = Date.UTC(2026, 10, 28, 14, 3, 22, 123);

test("times say their zone, and the year only where it is long ago", () => {
  expect(fullTime(at, "utc")).toBe("2026-11-28 14:03:22.123 UTC");
  expect(shortTime(at, "utc", at)).toBe("Nov 28 14:03:22");
  expect(shortTime(at, "utc", Date.UTC(2027, 0, 1))).toBe("Nov 28 14:03:22");
  expect(shortTime(at, "utc", Date.UTC(2027, 10, 1))).toBe("Nov 28 2026 14:03");
});

test("ticks are as fine as the whole is short", () => {
  expect([300, 7200, 3 * 86_400, 30 * 86_400].map((seconds) => tickTime(at, "utc", seconds))).toEqual([
    "14:03:22",
    "14:03",
    "14:03",
    "Nov 28",
  ]);
  expect(tickTime(Date.UTC(2026, 10, 28), "utc", 3 * 86_400)).toBe("Nov 28");
});

test("how long ago, and how long until", () => {
  expect([0, 12, 90, 7200, 3 * 86_400, -59, -120].map((seconds) => relativeTime(at - seconds * 1000, at))).toEqual([
    "now",
    "12 s ago",
    "1 min ago",
    "2 h ago",
    "3 d ago",
    "now",
    "in 2 min",
  ]);
});

test("microseconds of the API are read", () => {
  expect(moment("2026-11-28T14:03:22.123456Z")).toBe(at);
});

test("what is put into a field is read back, and nonsense is not", () => {
  expect(inputTime(at, "utc")).toBe("2026-11-28 14:03:22");
  expect(parseTime("2026-11-28 14:03:22", "utc")).toBe(at - 123);
  expect(parseTime("2026-11-28", "utc")).toBe(Date.UTC(2026, 10, 28));
  expect(parseTime("2026-11-28T14:03+02:00", "utc")).toBe(Date.UTC(2026, 10, 28, 12, 3));
  expect(["", "yesterday", "2026-13-01", "2026-11-28 25:00"].map((text) => parseTime(text, "utc"))).toEqual(
    Array(4).fill(undefined),
  );
});
