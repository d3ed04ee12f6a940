/** The columns that the list begins with. */
export const DEFAULT_COLUMNS: readonly string[] = [
  "last",
  "message",
  "customer",
  "turns",
  "traces",
  "errors",
  "tokens",
  "cost",
  "length",
  "thread",
];
