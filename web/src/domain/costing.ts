import { isBranch, type Json } from "./json";

/** Why a span costs what it costs: the API's `cost_details`, read. */

export interface CostPart {
  name: string;
  tokens: number;
  pricePerMillion: number | null;
  usd: number | null;
}

export interface Costing {
  /** What decided, in a sentence. */
  source: string;
  parts: CostPart[];
  /** `genai-prices 0.2.3`. */
  origin: string | null;
  priceDate: string | null;
  /** `anthropic / claude-sonnet-4-5`: as what the model was recognised. */
  recognised: string | null;
  /** Why there is no cost. */
  reason: string | null;
}

const SOURCES: Record<string, string> = {
  sent: "The application sent this cost; nothing was computed.",
  unit_price: "Computed with the unit prices that the application sent.",
  override: "Computed with a price that your organization has set.",
  library: "Computed with the price library.",
  none: "There is no cost.",
};

const PARTS: [string, string][] = [
  ["input", "Input"],
  ["cache_read", "Read from cache"],
  ["cache_write_5m", "Written to cache"],
  ["cache_write_1h", "Written to cache for an hour"],
  ["output", "Output"],
];

type Fields = Record<string, Json>;

function fieldsOf(value: unknown): Fields {
  const json = value as Json | undefined;
  return json !== undefined && isBranch(json) && !Array.isArray(json) ? json : {};
}

/** The calculation of a cost. Parts without tokens are left out. */
export function costingOf(details: unknown): Costing | null {
  const fields = fieldsOf(details);
  const source = word(fields.source);
  if (source === null) return null;
  const parts = PARTS.flatMap(([key, name]) => {
    const part = fieldsOf(fieldsOf(fields.parts)[key]);
    const tokens = number(part.tokens);
    return tokens ? [{ name, tokens, pricePerMillion: number(part.price_per_million), usd: number(part.usd) }] : [];
  });
  return {
    source: SOURCES[source] ?? source,
    parts,
    origin: word(fields.origin),
    priceDate: word(fields.price_date),
    recognised: [word(fields.provider), word(fields.model)].filter(Boolean).join(" / ") || null,
    reason: word(fields.reason),
  };
}

/** What the tokens that came from the cache would have cost more as plain input; null where that is not known. */
export function savedByCache(details: unknown): number | null {
  const parts = fieldsOf(fieldsOf(details).parts);
  const input = number(fieldsOf(parts.input).price_per_million);
  const read = fieldsOf(parts.cache_read);
  const [tokens, price] = [number(read.tokens), number(read.price_per_million)];
  if (input === null || price === null || !tokens) return null;
  return ((input - price) * tokens) / 1e6;
}

function word(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function number(value: Json | undefined): number | null {
  const read = typeof value === "string" ? Number(value) : value;
  return typeof read === "number" && Number.isFinite(read) ? read : null;
}
