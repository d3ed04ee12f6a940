import { written } from "../../domain/json";

/** Rows as a CSV file of RFC 4180: what is not a text or a number is its JSON. */
export function csv(names: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return `${[names, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? written(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
