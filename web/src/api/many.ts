import type { Window } from "../domain/range";
import { data } from "./client";
import type { Scope } from "./queries";

/** Changes of many spans at once. */

const PIECE = 500; // rows that one request may change

export interface ManyChange {
  note?: string;
  is_pinned?: boolean;
}

/** Change all of these alike. Returns how many there were to change. */
export async function changeSpans({ api }: Scope, ids: readonly string[], change: ManyChange): Promise<number> {
  let changed = 0;
  for (let from = 0; from < ids.length; from += PIECE) {
    const logs = ids.slice(from, from + PIECE).map((id) => ({ unique_id: id, ...change }));
    // What is not sent stays; the type names what may be.
    const answer = await data(api.PATCH("/api/request-logs/batch-update/", { body: { logs: logs as never[] } }));
    changed += answer.success_count;
  }
  return changed;
}

/** Delete these, whenever they were. Returns how many there were. */
export async function deleteSpans({ api }: Scope, ids: readonly string[]): Promise<number> {
  const answer = await data(
    api.POST("/api/request-logs/bulk-delete/", {
      params: { query: { start_time: "1970-01-01T00:00:00Z" } },
      body: { filters: { id: { operator: "in", value: [...ids] } } as never, operator: null, query: null },
    }),
  );
  return answer.deleted_count;
}

/** Delete all that a filter selects in a window. Returns how many there were. */
export async function deleteMatching({ api }: Scope, window: Window, query: string): Promise<number> {
  const answer = await data(
    api.POST("/api/request-logs/bulk-delete/", {
      params: { query: { start_time: window.start, ...(window.end ? { end_time: window.end } : {}) } },
      body: { query, filters: null, operator: null },
    }),
  );
  return answer.deleted_count;
}
