import { queryOptions } from "@tanstack/react-query";
import { apiOf, data, type Schemas } from "./client";

/** Pages with their state under a name: one's own, and those that are shared with the organization. */

export type View = Schemas["ReadView"];

const api = apiOf("");
const of = (id: string) => ({ params: { path: { id } } });

export const views = queryOptions({
  queryKey: ["organization", "views"],
  queryFn: async ({ signal }) => (await data(api.GET("/api/views/", { signal }))).results,
});

/** `state` is the query string of the page's address. */
export function createView(body: Schemas["NewView"]): Promise<View> {
  return data(api.POST("/api/views/", { body }));
}

export function changeView(id: string, body: Schemas["ViewBody"]): Promise<View> {
  return data(api.PATCH("/api/views/{id}/", { ...of(id), body }));
}

export async function deleteView(id: string): Promise<void> {
  await api.DELETE("/api/views/{id}/", of(id));
}
