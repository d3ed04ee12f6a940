/** The columns that the table begins with. */
export const DEFAULT_COLUMNS: readonly string[] = [
  "timestamp",
  "status",
  "name",
  "model",
  "input",
  "output",
  "tokens",
  "cost",
  "latency",
  "customer",
];
