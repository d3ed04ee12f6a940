import { queryOptions } from "@tanstack/react-query";
import { apiOf, data, type Schemas } from "./client";

/** An environment full of believable traffic, to look around in. */

export type DemoState = Schemas["DemoState"];

const api = apiOf("");

export const demo = queryOptions({
  queryKey: ["organization", "demo"],
  queryFn: ({ signal }) => data(api.GET("/api/demo/", { signal })),
  retry: false,
});

/** Begins to fill it; what is there stays. */
export function fillDemo(): Promise<DemoState> {
  return data(api.POST("/api/demo/", {}));
}

/** Takes all of it away, and the environment with it when nothing else is in there. */
export function removeDemo(): Promise<DemoState> {
  return data(api.DELETE("/api/demo/", {}));
}
