/** A trace as rows: its tree in the order in which it is read, with what every part of it adds up to. Pure, and quick for
 * tens of thousands of spans; nothing recurses, for a chain may be as long as the trace. */

/** A span of a tree, as the API sends it in a skeleton: what has no value is not there. */
export interface TreeNode {
  id: string;
  span_unique_id: string;
  span_parent_id?: string | null;
  span_name?: string | null;
  log_type: string;
  model?: string | null;
  status: string;
  status_code: number;
  error_message?: string | null;
  timestamp: string;
  start_time?: string | null;
  latency?: number | null;
  prompt_tokens?: number | null;
  completion_tokens?: number | null;
  total_request_tokens?: number | null;
  cost?: number | null;
  depth: number;
  is_orphan?: boolean;
  is_cycle?: boolean;
  is_outside_parent?: boolean;
  children: unknown[];
}

export interface Row {
  /** The span's id; of a placeholder one that no span has. */
  id: string;
  /** Null for what stands in the place of a parent that never came. */
  span: TreeNode | null;
  name: string;
  type: string;
  /** Its parent's place among the rows; -1 at the top. */
  parent: number;
  depth: number;
  /** The place after the last row of its subtree. */
  end: number;
  /** Milliseconds after the trace's beginning. */
  start: number;
  finish: number;
  isFailed: boolean;
  /** Its end was said to lie before its start. */
  isBackwards: boolean;
}

export interface Trace {
  rows: readonly Row[];
  /** When its first span began, in milliseconds since 1970, with digits behind the point. */
  began: number;
  /** Milliseconds from there to the end of the last one. */
  length: number;
}

/** Milliseconds since 1970, down to the microsecond that the API sends. */
export function preciseMoment(text: string): number {
  const second = text.slice(0, 19);
  if (second !== known.second) known = { second, ms: Date.parse(`${second}Z`) };
  const digits = text.length - 21;
  return digits > 0 ? known.ms + (Number(text.slice(20, -1)) / 10 ** digits) * 1000 : known.ms;
}

// Spans of a trace lie close together, and parsing dates is most of the work.
let known = { second: "", ms: 0 };

/** The rows of a tree: parents before their children, children by when they began, orphans below who is missing. */
export function traceOf(tree: readonly TreeNode[]): Trace {
  const nodes = inOrder(tree);
  const orphans = new Map<string, number[]>();
  const rows: Row[] = [];
  const starts = new Float64Array(nodes.length);
  const finishes = new Float64Array(nodes.length);
  let began = Number.POSITIVE_INFINITY;
  let ended = Number.NEGATIVE_INFINITY;
  for (const [at, node] of nodes.entries()) {
    const finish = preciseMoment(node.timestamp);
    const start = node.start_time ? preciseMoment(node.start_time) : finish;
    starts[at] = start;
    finishes[at] = finish;
    began = Math.min(began, start, finish);
    ended = Math.max(ended, start, finish);
  }
  if (nodes.length === 0) return { rows, began: 0, length: 0 };

  const path: number[] = [];
  function put(at: number, lower: number): void {
    const node = nodes[at] as TreeNode;
    const depth = node.depth + lower;
    const start = (starts[at] as number) - began;
    const finish = (finishes[at] as number) - began;
    path[depth] = rows.length;
    rows.push({
      id: node.id,
      span: node,
      name: node.span_name || node.model || node.log_type,
      type: node.log_type,
      parent: depth > 0 ? (path[depth - 1] ?? -1) : -1,
      depth,
      end: 0,
      start: Math.min(start, finish),
      finish: Math.max(start, finish),
      isFailed: node.status === "failed",
      isBackwards: start > finish,
    });
  }

  // What follows an orphan, deeper than it, is its subtree.
  for (let at = 0; at < nodes.length; ) {
    const node = nodes[at] as TreeNode;
    const last = endOf(nodes, at);
    if (node.depth === 0 && node.is_orphan) {
      const missing = node.span_parent_id ?? "";
      const heads = orphans.get(missing);
      if (heads) heads.push(at);
      else orphans.set(missing, [at]);
    } else for (let one = at; one < last; one++) put(one, 0);
    at = last;
  }
  for (const [missing, heads] of orphans) {
    path[0] = rows.length;
    rows.push(placeholder(missing));
    for (const head of heads) {
      const last = endOf(nodes, head);
      for (let one = head; one < last; one++) put(one, 1);
    }
  }
  closed(rows);
  return { rows, began, length: ended - began };
}

function inOrder(tree: readonly TreeNode[]): TreeNode[] {
  const nodes: TreeNode[] = [];
  const waiting = [...tree].reverse();
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    nodes.push(node);
    const children = node.children as TreeNode[];
    for (let at = children.length - 1; at >= 0; at--) waiting.push(children[at] as TreeNode);
  }
  return nodes;
}

function endOf(nodes: readonly TreeNode[], at: number): number {
  const depth = (nodes[at] as TreeNode).depth;
  let end = at + 1;
  while (end < nodes.length && (nodes[end] as TreeNode).depth > depth) end++;
  return end;
}

function placeholder(missing: string): Row {
  return {
    id: `missing ${missing}`,
    span: null,
    name: missing,
    type: "missing",
    parent: -1,
    depth: 0,
    end: 0,
    start: Number.POSITIVE_INFINITY,
    finish: Number.NEGATIVE_INFINITY,
    isFailed: false,
    isBackwards: false,
  };
}

/** Where subtrees end, and how far placeholders reach: as far as what is below them. */
function closed(rows: Row[]): void {
  for (let at = rows.length - 1; at >= 0; at--) {
    const row = rows[at] as Row;
    row.end = Math.max(row.end, at + 1);
    const parent = rows[row.parent];
    if (!parent) continue;
    parent.end = Math.max(parent.end, row.end);
    if (parent.span === null) {
      parent.start = Math.min(parent.start, row.start);
      parent.finish = Math.max(parent.finish, row.finish);
    }
  }
}

/** What a row and all below it come to. */
export interface Sums {
  spans: number;
  errors: number;
  calls: number;
  /** Null where no span says any. */
  tokens: number | null;
  cost: number | null;
}

const CALLS = /^(chat|completion|text|response|embedding|generation)$/;

/** Whether the type is that of a model's call. */
export function isCall(type: string): boolean {
  return CALLS.test(type);
}

export function tokensOf(span: TreeNode): number | null {
  if (span.total_request_tokens != null) return span.total_request_tokens;
  if (span.prompt_tokens == null && span.completion_tokens == null) return null;
  return (span.prompt_tokens ?? 0) + (span.completion_tokens ?? 0);
}

export function sumsOf(rows: readonly Row[]): Sums[] {
  const sums = rows.map((row): Sums => {
    const { span } = row;
    return {
      spans: span ? 1 : 0,
      errors: row.isFailed ? 1 : 0,
      calls: span && isCall(span.log_type) ? 1 : 0,
      tokens: span ? tokensOf(span) : null,
      cost: span?.cost ?? null,
    };
  });
  for (let at = rows.length - 1; at >= 0; at--) {
    const own = sums[at] as Sums;
    const above = sums[(rows[at] as Row).parent];
    // Sums of decimals gather an error in the sixteenth digit; nobody pays in those.
    if (own.cost !== null) own.cost = Number(own.cost.toPrecision(12));
    if (!above) continue;
    above.spans += own.spans;
    above.errors += own.errors;
    above.calls += own.calls;
    if (own.tokens !== null) above.tokens = (above.tokens ?? 0) + own.tokens;
    if (own.cost !== null) above.cost = (above.cost ?? 0) + own.cost;
  }
  return sums;
}

/** Milliseconds of each row in which nothing below it was at work. */
export function ownTimes(rows: readonly Row[]): Float64Array {
  return Float64Array.from(rows, (row, at) => {
    if (row.span === null) return 0;
    let covered = 0;
    let to = row.start;
    for (let child = at + 1; child < row.end; child = (rows[child] as Row).end) {
      const { start, finish } = rows[child] as Row;
      const from = Math.max(start, to);
      const until = Math.min(finish, row.finish);
      if (until > from) {
        covered += until - from;
        to = until;
      }
    }
    return row.finish - row.start - covered;
  });
}

/** A stretch in milliseconds after the trace's beginning. */
export type Stretch = readonly [from: number, to: number];

/** What the end of the trace waited for, from its beginning on: by row, the stretches in which that row held all else up.
 *
 * Walked from the end: of what runs last, the part after its last child's end is its own; then that child, up to where it
 * began; and so on. What goes on after its parent has ended counts with its own end. A row without stretches is there
 * when only what is below it is on the path.
 */
export function criticalPath(trace: Trace): ReadonlyMap<number, readonly Stretch[]> {
  const { rows } = trace;
  const last = Float64Array.from(rows, (row) => row.finish);
  for (let at = rows.length - 1; at >= 0; at--) {
    const { parent } = rows[at] as Row;
    if (parent >= 0) last[parent] = Math.max(last[parent] as number, last[at] as number);
  }
  const path = new Map<number, Stretch[]>();
  const waiting: { at: number; until: number }[] = [{ at: -1, until: trace.length }];
  for (let walk = waiting.pop(); walk; walk = waiting.pop()) {
    const row = rows[walk.at];
    const [start, finish, end] = row ? [row.start, row.finish, row.end] : [0, trace.length, rows.length];
    const own: Stretch[] = [];
    let until = walk.until;
    for (const child of byLast(rows, walk.at + 1, end, last)) {
      const { start: began } = rows[child] as Row;
      const ended = Math.min(last[child] as number, until);
      // A moment at the very end is what the end waited for; any other that begins then is not.
      if (began > until || (began === until && until !== walk.until)) continue;
      if (ended < start) break; // clocks differ: it was over before its parent began
      add(own, Math.max(ended, start), Math.min(until, finish));
      waiting.push({ at: child, until: ended });
      until = began;
      if (until <= start) break;
    }
    add(own, start, Math.min(until, finish));
    if (row) path.set(walk.at, own.reverse());
  }
  return path;
}

function add(stretches: Stretch[], from: number, to: number): void {
  if (to > from) stretches.push([from, to]);
}

const NONE: readonly number[] = [];

/** The children among some rows, those that go on longest first. */
function byLast(rows: readonly Row[], from: number, to: number, last: Float64Array): readonly number[] {
  if (from === to) return NONE;
  const children: number[] = [];
  for (let at = from; at < to; at = (rows[at] as Row).end) children.push(at);
  return children.sort((a, b) => (last[b] as number) - (last[a] as number));
}

/** The rows that are shown while what is below some of them is folded away. */
export function shownRows(rows: readonly Row[], folded: ReadonlySet<string>): number[] {
  const shown: number[] = [];
  for (let at = 0; at < rows.length; ) {
    const row = rows[at] as Row;
    shown.push(at);
    at = folded.size > 0 && folded.has(row.id) ? row.end : at + 1;
  }
  return shown;
}

/** The rows above one, from the top. */
export function above(rows: readonly Row[], at: number): number[] {
  const found: number[] = [];
  for (let one = rows[at]?.parent ?? -1; one >= 0; one = (rows[one] as Row).parent) found.push(one);
  return found.reverse();
}

/** Every row that has something below it, from this depth on: what to fold so that so much is seen. */
export function foldedFrom(rows: readonly Row[], depth: number): Set<string> {
  const folded = new Set<string>();
  for (const [at, row] of rows.entries()) if (row.depth >= depth && row.end > at + 1) folded.add(row.id);
  return folded;
}

/** Rows with the largest values, the largest first; those without a value are none of them. */
export function largest(rows: readonly Row[], value: (at: number) => number | null, most = 100): number[] {
  const found: { at: number; value: number }[] = [];
  for (let at = 0; at < rows.length; at++) {
    const one = value(at);
    if (one !== null && one > 0) found.push({ at, value: one });
  }
  return found
    .sort((a, b) => b.value - a.value || a.at - b.at)
    .slice(0, most)
    .map((one) => one.at);
}

/** Rows in whose name, model, type, id or error every one of the words stands. */
export function matching(rows: readonly Row[], text: string): number[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found: number[] = [];
  for (const [at, { name, type, span }] of rows.entries()) {
    const said = span
      ? `${name}\n${type}\n${span.model ?? ""}\n${span.span_unique_id}\n${span.id}\n${span.error_message ?? ""}`
      : name;
    const lower = said.toLowerCase();
    if (words.every((word) => lower.includes(word))) found.push(at);
  }
  return found;
}

/** The next of some rows after one, around the end; the one before with `by` -1. */
export function next(found: readonly number[], at: number, by: 1 | -1 = 1): number | undefined {
  if (found.length === 0) return undefined;
  const ordered = [...found].sort((a, b) => a - b);
  if (by > 0) return ordered.find((one) => one > at) ?? ordered[0];
  return ordered.findLast((one) => one < at) ?? ordered.at(-1);
}
