import { expect, test } from "vitest";
import { meaningOf, timeOf } from "./columnTypes";

test("types mean what is inside of them", () => {
  expect(meaningOf("LowCardinality(Nullable(String))")).toBe("text");
  expect(meaningOf("Nullable(Decimal(38, 12))")).toBe("number");
  expect(meaningOf("DateTime64(6, 'UTC')")).toBe("time");
  expect(meaningOf("Map(LowCardinality(String), String)")).toBe("other");
});

test("a time is read in the zone of its type", () => {
  const utc = Date.UTC(2026, 6, 1, 10, 0, 0);
  expect(timeOf("2026-07-01 10:00:00.000000", "DateTime64(6, 'UTC')")).toBe(utc);
  expect(timeOf("2026-07-01 12:00:00", "DateTime('Europe/Berlin')")).toBe(utc);
  expect(timeOf("2026-07-01", "Nullable(Date)")).toBe(Date.UTC(2026, 6, 1));
  expect(timeOf(null, "Date")).toBeUndefined();
});
