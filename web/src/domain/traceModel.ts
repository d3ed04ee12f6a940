import {
  criticalPath,
  isCall,
  largest,
  ownTimes,
  type Row,
  type Stretch,
  type Sums,
  sumsOf,
  type Trace,
  type TreeNode,
  traceOf,
} from "./trace";

/** A trace with all that is drawn of it, made once. */
export interface TraceModel {
  trace: Trace;
  rows: readonly Row[];
  sums: readonly Sums[];
  /** Milliseconds in which nothing below the row worked. */
  own: Float64Array;
  path: ReadonlyMap<number, readonly Stretch[]>;
  placeOf: ReadonlyMap<string, number>;
  failed: readonly number[];
  /** By their own time, the longest first. */
  slowest: readonly number[];
  /** By their own cost, the highest first. */
  costliest: readonly number[];
  depth: number;
}

export function modelOf(tree: readonly TreeNode[]): TraceModel {
  const trace = traceOf(tree);
  const { rows } = trace;
  const own = ownTimes(rows);
  const failed: number[] = [];
  const placeOf = new Map<string, number>();
  let depth = 0;
  for (const [at, row] of rows.entries()) {
    placeOf.set(row.id, at);
    if (row.isFailed) failed.push(at);
    if (row.depth > depth) depth = row.depth;
  }
  return {
    trace,
    rows,
    sums: sumsOf(rows),
    own,
    path: criticalPath(trace),
    placeOf,
    failed,
    slowest: largest(rows, (at) => own[at] ?? null),
    costliest: largest(rows, (at) => rows[at]?.span?.cost ?? null),
    depth,
  };
}

const TALK = /^(chat|completion|text|response|generation)$/;

/** What a transcript is made of: calls in which something is said, and tools, in the order in which they began. */
export function spokenRows(rows: readonly Row[]): number[] {
  const found: number[] = [];
  for (const [at, row] of rows.entries()) if (row.span && (TALK.test(row.type) || isTool(row.type))) found.push(at);
  return found.sort((a, b) => (rows[a] as Row).start - (rows[b] as Row).start || a - b);
}

export function isTool(type: string): boolean {
  return type === "tool" || type === "function";
}

/** The nearest row above one that is somebody who acts: an agent, else a workflow. */
export function actorOf(rows: readonly Row[], at: number): number {
  let workflow = -1;
  for (let one = rows[at]?.parent ?? -1; one >= 0; one = rows[one]?.parent ?? -1) {
    const type = rows[one]?.type;
    if (type === "agent") return one;
    if (type === "workflow" && workflow < 0) workflow = one;
  }
  return workflow;
}

/** Of what a span is, in a word or two: its model, or its type. */
export function kindOf(row: Row): string {
  return row.span && isCall(row.type) && row.span.model && !row.name.includes(row.span.model) ? row.span.model : "";
}
