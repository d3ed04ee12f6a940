import type { Span } from "../../api/client";
import { isBranch, parsed, written } from "../../domain/json";

/** What was mended when the span was stored, and what the application warned of, one by one. */
export function warningsOf(span: Pick<Span, "warnings">): string[] {
  if (!span.warnings) return [];
  const value = span.warnings.startsWith("{") ? parsed(span.warnings) : span.warnings;
  const lines = isBranch(value)
    ? Object.entries(value).flatMap(([name, said]) => {
        const text = typeof said === "string" ? said : written(said);
        return name === "midspan" ? text.split("\n") : [`${name}: ${text}`];
      })
    : value === null
      ? []
      : String(value).split("\n");
  return [...new Set(lines.filter(Boolean))];
}
