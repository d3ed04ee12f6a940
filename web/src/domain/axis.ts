/** An axis of time from a trace's beginning, in milliseconds. */

/** Round moments inside of a stretch, about so many. */
export function ticks(from: number, to: number, most: number): { at: number; label: string }[] {
  const length = to - from;
  if (!(length > 0) || most < 1) return [];
  const step = stepOf(length / most);
  const first = Math.ceil(from / step - 1e-9);
  const made: { at: number; label: string }[] = [];
  for (let at = first; at * step <= to + step * 1e-9; at++)
    made.push({ at: at * step, label: label(at * step, step, to) });
  return made;
}

const LONG = [
  60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
];

/** The smallest round step that is not below this one. */
function stepOf(least: number): number {
  if (least > 30_000) {
    const long = LONG.find((one) => one >= least);
    if (long) return long;
    return 86_400_000 * stepOf(least / 86_400_000);
  }
  const ten = 10 ** Math.floor(Math.log10(least));
  for (const times of [1, 2, 5, 10]) if (ten * times >= least * 0.999_999) return ten * times;
  return ten * 10;
}

/** A moment with as many digits as the step between moments makes of use: `0`, `120 ms`, `1.25 s`, `4:40`, `2 h 30 min`. */
function label(at: number, step: number, to: number): string {
  if (Math.abs(at) < step / 2) return "0";
  if (to < 1) return `${fixed(at * 1000, step * 1000)} µs`;
  if (to < 1000) return `${fixed(at, step)} ms`;
  if (to < 120_000) return `${fixed(at / 1000, step / 1000)} s`;
  const sign = at < 0 ? "−" : "";
  const seconds = Math.abs(at) / 1000;
  if (step >= 86_400_000) return `${sign}${Math.round(seconds / 86_400)} d`;
  const minutes = Math.floor((seconds + 1e-9) / 60);
  if (to >= 3_600_000 && step >= 60_000) {
    const hours = Math.floor(minutes / 60);
    return `${sign}${hours > 0 ? `${hours} h ` : ""}${hours === 0 || minutes % 60 > 0 ? `${minutes % 60} min` : ""}`.trim();
  }
  const rest = fixed(Math.max(0, seconds - minutes * 60), step / 1000);
  return `${sign}${minutes}:${rest.indexOf(".") === 1 || rest.length === 1 ? `0${rest}` : rest}`;
}

function fixed(value: number, step: number): string {
  const digits = Math.min(9, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return value.toFixed(digits);
}
