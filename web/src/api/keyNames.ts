import { queryOptions, useQuery } from "@tanstack/react-query";
import { data } from "./client";
import type { Scope } from "./queries";
import { useApi, useSession } from "./session";

/** The field of spans whose values are the ids of API keys. */
export const KEY_FIELD = "organization_key_id";

const STALE_MS = 5 * 60_000;

/** The names of API keys by their ids. */
function keyNames({ api, environment }: Scope) {
  return queryOptions({
    queryKey: [environment, "key names"],
    queryFn: async ({ signal }): Promise<ReadonlyMap<string, string>> => {
      const found = await data(api.GET("/api/keys/", { signal }));
      return new Map(found.results.map((key) => [key.id, key.name]));
    },
    staleTime: STALE_MS,
  });
}

/** The same, for who may know them, where they are wanted; undefined until they are known. */
export function useKeyNames(isWanted: boolean): ReadonlyMap<string, string> | undefined {
  const { rights } = useSession();
  return useQuery({ ...keyNames(useApi()), enabled: isWanted && rights.includes("admin") }).data;
}
