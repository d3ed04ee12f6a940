/** Numbers as people read them: grouped, with units, and with no more digits than mean something. */

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,234,567`. */
export function count(value: number): string {
  return grouped.format(value);
}

/** `1 span`, `1,234 spans`. */
export function counted(value: number, one: string, more = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : more}`;
}

const STEPS: [number, string][] = [
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "k"],
];

/** At most three digits and a letter: `999`, `12.3k`, `4.57M`. */
export function compact(value: number): string {
  const size = Math.abs(value);
  if (size < 1000) return Number.isInteger(value) ? String(value) : trimmed(value, 3);
  for (const [step, letter] of STEPS) {
    if (size >= step * 0.9995) return `${trimmed(value / step, 3)}${letter}`;
  }
  return trimmed(value, 3);
}

/** A share from 0 to 1 as `0.4 %`, `12 %`; what is not quite nothing is never shown as nothing. */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return "0 %";
  if (Math.abs(value) < 0.01) return value > 0 ? "< 0.01 %" : "> −0.01 %";
  return `${trimmed(value, Math.abs(value) >= 99.5 ? 4 : 2)} %`;
}

/** `512 B`, `1.5 kB`, `20 MB`. */
export function bytes(value: number): string {
  if (value < 1000) return `${count(value)} B`;
  for (const [step, letter] of STEPS) {
    if (value >= step * 0.9995) return `${trimmed(value / step, 3)} ${letter === "B" ? "G" : letter}B`;
  }
  return `${count(value)} B`;
}

/** A length of time given in seconds: `340 µs`, `82 ms`, `1.24 s`, `2 min 05 s`, `3 h 20 min`, `2 d 4 h`. */
export function duration(seconds: number): string {
  if (seconds < 0) return `−${duration(-seconds)}`;
  if (seconds === 0) return "0 s";
  if (seconds < 0.0009995) return `${trimmed(seconds * 1e6, 3)} µs`;
  if (seconds < 0.9995) return `${trimmed(seconds * 1e3, seconds < 0.00995 ? 2 : 3)} ms`;
  if (seconds < 59.95) return `${trimmed(seconds, 3)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** With this many significant digits, and no zeros behind the point that say nothing. */
export function trimmed(value: number, digits: number): string {
  const text = value.toPrecision(digits);
  const plain = text.includes("e") ? String(Number(text)) : text;
  return plain.includes(".") ? plain.replace(/\.?0+$/, "") : plain;
}
