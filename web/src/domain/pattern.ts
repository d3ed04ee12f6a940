/** A model's name or a glob, as prices have it: `gpt-4o*`, `claude-?-opus`, `o[134]`. Letters count in any case. */
export function matchesPattern(pattern: string, name: string): boolean {
  const parts = pattern.trim().match(/\*|\?|\[!?[^\]]+\]|[^*?[]+|\[/g) ?? [];
  return new RegExp(`^${parts.map(expression).join("")}$`, "is").test(name.trim());
}

function expression(part: string): string {
  if (part === "*") return ".*";
  if (part === "?") return ".";
  if (/^\[.+\]$/.test(part)) return part.replace(/^\[!/, "[^").replace(/\\/g, "\\\\");
  return part.replace(/[.+^${}()|[\]\\]/g, "\\$&");
}
