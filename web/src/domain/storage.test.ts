import { expect, test } from "vitest";
import { findings, type StorageState } from "./storage";

const WELL: StorageState = {
  journal: { pending_bytes: 0, pending_segments: 0, lag_seconds: 0, bytes_max: 1e9, failures: 0 },
  engine: { inserts: 3, insert_failures: 0, rows_inserted: 100, rows_rejected: 0 },
  disk: { free_bytes: 50e9, size_bytes: 100e9, free_bytes_min: 1e9 },
  rejected_files: 0,
};

test("what is well is said in one sentence", () => {
  expect(findings(WELL).map((one) => one.tone)).toEqual(["ok"]);
});

test("a disk that fills up is warned of before it is full", () => {
  expect(findings({ ...WELL, disk: { ...WELL.disk, free_bytes: 4e9 } })[0]?.tone).toBe("warn");
  const full = findings({ ...WELL, disk: { ...WELL.disk, free_bytes: 0.5e9 } })[0];
  expect(full?.tone).toBe("error");
  expect(full?.text).toContain("500 MB are free");
});

test("a journal that grows or stands is named with how much and how long, the worst first", () => {
  const behind = { ...WELL.journal, lag_seconds: 75, failures: 1 };
  expect(findings({ ...WELL, journal: behind }).map((one) => one.text)).toEqual([
    expect.stringContaining("1 min 15 s ago"),
    expect.stringContaining("One write"),
  ]);
  const full = { ...WELL.journal, pending_bytes: 0.95e9, failures: 2 };
  expect(findings({ ...WELL, journal: full, rejected_files: 2 }).map((one) => one.tone)).toEqual([
    "error",
    "warn",
    "warn",
  ]);
});
