import { type Range, writeRange } from "../../domain/range";
import { carried } from "../../state/address";

/** The list of spans behind a number: those of a filter, in a range, in the order that explains it. */
export function spansAddress(
  params: URLSearchParams,
  { query = "", sort = "-timestamp", range }: { query?: string; sort?: string; range?: Range | null },
): string {
  const own = { ...(query ? { query } : {}), ...(sort === "-timestamp" ? {} : { sort }) };
  const address = carried("/spans", params, own);
  if (!range) return address;
  const [path, search] = address.split("?") as [string, string | undefined];
  const next = new URLSearchParams(search);
  writeRange(range, next);
  const text = next.toString();
  return text ? `${path}?${text}` : path;
}
