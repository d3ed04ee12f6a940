/** What changed between two lists, or two texts. */

export type Step<T> = { kind: "same" | "new" | "gone"; item: T };

/** Beyond so many differences, all that lies between the equal ends counts as replaced. */
const MOST = 600;

/** The shortest way from one list to the other, by Myers' greedy search; `key` says when two items are equal. */
export function diff<T>(before: readonly T[], after: readonly T[], key: (item: T) => string = String): Step<T>[] {
  const a = before.map(key);
  const b = after.map(key);
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const same = (items: readonly T[]): Step<T>[] => items.map((item) => ({ kind: "same", item }));
  return [
    ...same(after.slice(0, start)),
    ...between(
      before.slice(start, a.length - end),
      after.slice(start, b.length - end),
      a.slice(start, a.length - end),
      b.slice(start, b.length - end),
    ),
    ...same(after.slice(b.length - end)),
  ];
}

function between<T>(before: readonly T[], after: readonly T[], a: string[], b: string[]): Step<T>[] {
  const replaced = (): Step<T>[] => [
    ...before.map((item): Step<T> => ({ kind: "gone", item })),
    ...after.map((item): Step<T> => ({ kind: "new", item })),
  ];
  if (a.length === 0 || b.length === 0) return replaced();
  // furthest[k] is how far into `a` the furthest path on diagonal k (place in a − place in b) has come.
  let furthest = new Map<number, number>([[1, 0]]);
  const trail: Map<number, number>[] = [];
  const most = Math.min(MOST, a.length + b.length);
  for (let edits = 0; edits <= most; edits += 1) {
    trail.push(furthest);
    const next = new Map<number, number>(furthest);
    for (let k = -edits; k <= edits; k += 2) {
      const isDown = k === -edits || (k !== edits && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
      let x = isDown ? (furthest.get(k + 1) ?? 0) : (furthest.get(k - 1) ?? 0) + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      next.set(k, x);
      if (x >= a.length && x - k >= b.length) return walkedBack(before, after, trail, edits);
    }
    furthest = next;
  }
  return replaced();
}

function walkedBack<T>(
  before: readonly T[],
  after: readonly T[],
  trail: Map<number, number>[],
  edits: number,
): Step<T>[] {
  const steps: Step<T>[] = [];
  let x = before.length;
  let y = after.length;
  for (let depth = edits; depth > 0; depth -= 1) {
    const furthest = trail[depth] ?? new Map<number, number>();
    const k = x - y;
    const isDown = k === -depth || (k !== depth && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1));
    const from = isDown ? k + 1 : k - 1;
    const fromX = furthest.get(from) ?? 0;
    const fromY = fromX - from;
    while (x > fromX && y > fromY && x > 0 && y > 0) {
      y -= 1;
      x -= 1;
      steps.push({ kind: "same", item: after[y] as T });
    }
    if (isDown) {
      y -= 1;
      steps.push({ kind: "new", item: after[y] as T });
    } else {
      x -= 1;
      steps.push({ kind: "gone", item: before[x] as T });
    }
  }
  while (y > 0) {
    y -= 1;
    steps.push({ kind: "same", item: after[y] as T });
  }
  return steps.reverse();
}

/** Words and what is between them, so that joining them again gives the text. */
export function words(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

/** The difference of two texts in words, neighbours of a kind put together; by lines where they are long. */
export function textDiff(before: string, after: string): Step<string>[] {
  const isLong = before.length + after.length > 40_000;
  const pieces = (text: string) => (isLong ? (text.match(/[^\n]*\n|[^\n]+$/g) ?? []) : words(text));
  const made: Step<string>[] = [];
  for (const step of diff(pieces(before), pieces(after))) {
    const last = made.at(-1);
    if (last?.kind === step.kind) last.item += step.item;
    else made.push({ ...step });
  }
  return made;
}
