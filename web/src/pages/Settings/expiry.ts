/** When a key is to end: after a while, at a day that was typed, or never. */

export const EXPIRIES = [
  { value: "never", label: "Never" },
  { value: "7", label: "In 7 days" },
  { value: "30", label: "In 30 days" },
  { value: "90", label: "In 90 days" },
  { value: "365", label: "In a year" },
] as const;

const DAY_MS = 86_400_000;

/** The moment for the API, null for never. */
export function expiryOf(choice: string, now: number): string | null {
  const days = Number(choice);
  return days > 0 ? new Date(now + days * DAY_MS).toISOString() : null;
}
