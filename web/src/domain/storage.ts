import { bytes, count, duration } from "./numbers";

/** What is good or bad about how storing goes, in words. */

export interface StorageState {
  journal: {
    pending_bytes: number;
    pending_segments: number;
    lag_seconds: number;
    bytes_max: number;
    failures: number;
  };
  engine: { inserts: number; insert_failures: number; rows_inserted: number; rows_rejected: number };
  disk: { free_bytes: number; size_bytes: number; free_bytes_min: number };
  rejected_files: number;
}

export interface Finding {
  tone: "ok" | "warn" | "error";
  text: string;
}

const LAG_WARN = 30;
const LAG_ERROR = 300;
const FULL_WARN = 0.5;

/** The worst first. What is well is said in one sentence, when nothing else is to be said. */
export function findings(state: StorageState): Finding[] {
  const found = [...disk(state.disk), ...journal(state.journal), ...rejected(state)];
  if (found.length === 0) return [{ tone: "ok", text: "All is well: spans are stored as they come." }];
  return found.sort((one, other) => Number(other.tone === "error") - Number(one.tone === "error"));
}

function disk({ free_bytes, size_bytes, free_bytes_min }: StorageState["disk"]): Finding[] {
  if (free_bytes <= free_bytes_min) {
    return [
      {
        tone: "error",
        text: `The disk is full: ${bytes(free_bytes)} are free, and below ${bytes(free_bytes_min)} nothing is stored. Sending is refused with 503 until there is room; reading goes on.`,
      },
    ];
  }
  const isClose = free_bytes < free_bytes_min * 3 || free_bytes < size_bytes * 0.05;
  return isClose
    ? [
        {
          tone: "warn",
          text: `The disk is nearly full: ${bytes(free_bytes)} are free. At ${bytes(free_bytes_min)} nothing is stored any more.`,
        },
      ]
    : [];
}

function journal({ pending_bytes, lag_seconds, bytes_max, failures }: StorageState["journal"]): Finding[] {
  const found: Finding[] = [];
  const share = pending_bytes / bytes_max;
  if (share >= FULL_WARN) {
    found.push({
      tone: share >= 0.9 ? "error" : "warn",
      text: `The engine does not keep up: ${bytes(pending_bytes)} wait in the journal, and at ${bytes(bytes_max)} nothing more is taken.`,
    });
  } else if (lag_seconds > LAG_WARN) {
    found.push({
      tone: lag_seconds > LAG_ERROR ? "error" : "warn",
      text: `The engine is behind: the oldest span that waits in the journal came ${duration(lag_seconds)} ago. Nothing is lost, but reading may take longer.`,
    });
  }
  if (failures > 0) {
    const times = failures === 1 ? "One write" : `${count(failures)} writes`;
    found.push({
      tone: "warn",
      text: `${times} to the journal failed since the start. Clients were told, and what was acknowledged is kept; the server's log says why.`,
    });
  }
  return found;
}

function rejected({ engine, rejected_files }: StorageState): Finding[] {
  const found: Finding[] = [];
  if (rejected_files > 0) {
    const rows = rejected_files === 1 ? "One row was" : `${count(rejected_files)} rows were`;
    found.push({
      tone: "warn",
      text: `${rows} refused by the engine and set aside in the directory rejected/, with the reason. \`midspan doctor\` says more.`,
    });
  }
  if (engine.insert_failures > 0) {
    const times = engine.insert_failures === 1 ? "One insert" : `${count(engine.insert_failures)} inserts`;
    found.push({ tone: "warn", text: `${times} into the engine failed since the start, and were tried again.` });
  }
  return found;
}
