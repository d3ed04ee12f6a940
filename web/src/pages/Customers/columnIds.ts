/** The columns that the list begins with. */
export const DEFAULT_COLUMNS: readonly string[] = [
  "customer",
  "time",
  "requests",
  "cost",
  "tokens",
  "errors",
  "latency",
  "first",
  "last",
];
