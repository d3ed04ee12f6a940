import { apiOf, data } from "./client";

/** What the server keeps of how a member likes the UI: any JSON, of which each client has its own part. */

const api = apiOf("");

export function keptPreferences(): Promise<Record<string, unknown>> {
  return data(api.GET("/api/preferences/"));
}

/** In place of all that was kept; it gets through while the page is left, too. */
export async function keepPreferences(all: Record<string, unknown>): Promise<void> {
  await api.PUT("/api/preferences/", { body: all as Record<string, never>, keepalive: true });
}
