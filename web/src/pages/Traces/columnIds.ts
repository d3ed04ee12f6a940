/** The columns that the table begins with. */
export const DEFAULT_COLUMNS: readonly string[] = [
  "timestamp",
  "status",
  "name",
  "input",
  "output",
  "duration",
  "spans",
  "tokens",
  "cost",
  "customer",
  "thread",
];
