/** Spans that came in while one looked: at most so many, and those that wait while it is paused. */

export const LIVE_MAX = 1000;

interface Row {
  id: string;
}

export interface Live<T extends Row> {
  /** What is shown, the newest arrival first. */
  shown: readonly T[];
  /** What came while it was paused, the newest arrival first. */
  waiting: readonly T[];
  /** Which of those came for the first time. */
  waitingNew: ReadonlySet<string>;
  /** So many came for the first time while it was paused, with those that found no place in `waiting`. */
  waitingCount: number;
  /** So many that were once shown are gone from the end: the list below does not follow on any more. */
  isCut: boolean;
}

export const NOTHING_LIVE: Live<never> = {
  shown: [],
  waiting: [],
  waitingNew: new Set(),
  waitingCount: 0,
  isCut: false,
};

/** With what has just come, the oldest of it first. */
export function arrived<T extends Row>(
  live: Live<T>,
  came: readonly { span: T; isUpdate: boolean }[],
  isPaused: boolean,
): Live<T> {
  if (!isPaused)
    return cut({
      ...live,
      shown: onTop(
        live.shown,
        came.map((one) => one.span),
      ),
    });
  const fresh = came.filter((one) => !one.isUpdate).map((one) => one.span.id);
  const waiting = onTop(
    live.waiting,
    came.map((one) => one.span),
  ).slice(0, LIVE_MAX);
  const known = new Set([...live.waitingNew, ...fresh]);
  const waitingNew = new Set(waiting.map((row) => row.id).filter((id) => known.has(id)));
  return { ...live, waiting, waitingNew, waitingCount: live.waitingCount + fresh.length };
}

/** So many of those that wait are not among the rows. An answer that comes late holds some that came meanwhile. */
export function waitingBeside<T extends Row>({ waitingNew, waitingCount }: Live<T>, rows: readonly Row[]): number {
  return waitingCount - rows.filter((row) => waitingNew.has(row.id)).length;
}

/** With what waited on top. */
export function resumed<T extends Row>(live: Live<T>): Live<T> {
  const wereLost = live.waitingCount > live.waiting.length;
  const shown = onTop(wereLost ? [] : live.shown, [...live.waiting].reverse());
  return cut({ ...NOTHING_LIVE, shown, isCut: live.isCut || wereLost });
}

function cut<T extends Row>(live: Live<T>): Live<T> {
  return live.shown.length <= LIVE_MAX ? live : { ...live, shown: live.shown.slice(0, LIVE_MAX), isCut: true };
}

/** Each once: what comes again stands in its place with its newest version. */
function onTop<T extends Row>(rows: readonly T[], came: readonly T[]): readonly T[] {
  if (came.length === 0) return rows;
  const newest = new Map(came.map((row) => [row.id, row]));
  const kept = rows.map((row) => {
    const again = newest.get(row.id);
    newest.delete(row.id);
    return again ?? row;
  });
  return [...[...newest.values()].reverse(), ...kept];
}

/** What came on top of a list that was asked for, each once and in its newest version. */
export function withLive<T extends Row>(live: Live<T>, rows: readonly T[]): readonly T[] {
  if (live.shown.length === 0) return rows;
  if (live.isCut) return live.shown;
  const newest = new Map(live.shown.map((row) => [row.id, row]));
  const listed = new Set(rows.map((row) => row.id));
  const fresh = live.shown.filter((row) => !listed.has(row.id));
  return [...fresh, ...rows.map((row) => newest.get(row.id) ?? row)];
}
