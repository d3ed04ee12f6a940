import { expect, test } from "vitest";
import { bytes, compact, count, counted, duration, percent } from "./numbers";

test("durations have the unit that fits, and carry over to the next one", () => {
  expect(
    [0, 0.00034, 0.082, 0.9994, 0.9996, 1.239, 59.94, 59.96, 125, 3599.7, 12_000, 187_000, -2].map(duration),
  ).toEqual([
    "0 s",
    "340 µs",
    "82 ms",
    "999 ms",
    "1 s",
    "1.24 s",
    "59.9 s",
    "1 min 00 s",
    "2 min 05 s",
    "1 h 00 min",
    "3 h 20 min",
    "2 d 4 h",
    "−2 s",
  ]);
});

test("counts are grouped, and short ones keep three digits", () => {
  expect(count(1234567)).toBe("1,234,567");
  expect([0, 999, 1000, 12_345, 999_960, 4_570_000, 2_000_000_000].map(compact)).toEqual([
    "0",
    "999",
    "1k",
    "12.3k",
    "1M",
    "4.57M",
    "2B",
  ]);
});

test("a share that is not nothing is never shown as nothing, and not quite all is not all", () => {
  expect([0, 0.00001, 0.004, 0.12, 0.9999, 1].map(percent)).toEqual([
    "0 %",
    "< 0.01 %",
    "0.4 %",
    "12 %",
    "99.99 %",
    "100 %",
  ]);
});

test("bytes", () => {
  expect([0, 512, 1500, 20_000_000, 3e9].map(bytes)).toEqual(["0 B", "512 B", "1.5 kB", "20 MB", "3 GB"]);
});

test("what is counted is one or many", () => {
  expect([counted(1, "span"), counted(0, "span"), counted(1234, "reply", "replies")]).toEqual([
    "1 span",
    "0 spans",
    "1,234 replies",
  ]);
});
