import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { bucketFor } from "../domain/buckets";
import type { Window } from "../domain/range";
import { data, type Schemas } from "./client";
import { bounds, keptWithin, metrics, type Scope } from "./queries";
import { useApi } from "./session";

export type Customer = Schemas["ReadCustomer"];
export type CustomerDetails = Schemas["CustomerDetails"];
export type Profile = Partial<Schemas["ProfileBody"]>;

const PAGE_SIZE = 50;
const SPARKLINE_POINTS = 32;

export interface CustomerListQuestion {
  window: Window;
  query: string;
  sort: string;
}

/** Customers page by page, each with what its spans in the window come to. */
export function customerPages({ api, environment }: Scope, { window, query, sort }: CustomerListQuestion) {
  return infiniteQueryOptions({
    queryKey: [environment, "customers", window.start, window.end, query, sort],
    initialPageParam: 1,
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET("/api/users/list/", {
          params: {
            query: {
              ...bounds(window),
              page: pageParam,
              page_size: PAGE_SIZE,
              sort_by: sort as "-total_cost",
              ...(query ? { query } : {}),
            },
          },
          signal,
        }),
      ),
    getNextPageParam: (page, _, at) => (page.next ? at + 1 : null),
    placeholderData: keptWithin(environment),
  });
}

/** These customers with what all their spans ever come to: when they were first seen, and last. */
export function customersEver({ api, environment }: Scope, ids: readonly string[]) {
  return queryOptions({
    queryKey: [environment, "customers ever", ids],
    queryFn: ({ signal }) =>
      data(
        api.POST("/api/users/list/", {
          params: { query: { page_size: Math.max(1, ids.length) } },
          body: {
            filters: { customer_identifier: { operator: "in", value: ids } } as unknown as Record<string, never>,
            operator: "AND",
            query: null,
          },
          signal,
        }),
      ),
    enabled: ids.length > 0,
  });
}

/** How many spans each of these customers had over time, for all of them at once. */
export function customersOverTime(scope: Scope, window: Window, ids: readonly string[], zone: string) {
  return {
    ...metrics(scope, window, {
      measures: ["count"],
      group_by: ["customer_identifier"],
      interval: bucketFor(window.seconds, SPARKLINE_POINTS),
      time_zone: zone,
      limit: Math.max(1, ids.length),
      filters: { customer_identifier: { operator: "in", value: ids } },
    }),
    enabled: ids.length > 0,
  };
}

/** Of ids that hold a slash, too. */
function of(id: string) {
  const query = { customer_identifier: id } as { environment?: string };
  return { path: { customer_identifier: "_" }, query };
}

/** One customer: what all its spans come to, its profile, and what it used of its budget. */
export function customerOf({ api, environment }: Scope, id: string) {
  return queryOptions({
    queryKey: [environment, "customer", id],
    queryFn: ({ signal }) => data(api.GET("/api/users/{customer_identifier}/", { params: of(id), signal })),
  });
}

/** Sets fields of a customer's profile; null leaves a field to the spans again. */
export function useChangeCustomer(id: string) {
  const { api, environment } = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Profile) =>
      data(api.PATCH("/api/users/{customer_identifier}/", { params: of(id), body: body as Schemas["ProfileBody"] })),
    onSuccess: async (customer) => {
      queries.setQueryData([environment, "customer", id], customer);
      await queries.invalidateQueries({ queryKey: [environment, "customers"] });
    },
  });
}

/** Forgets a customer's profile, and the customer until a span names it again. */
export function useDeleteCustomer(id: string) {
  const { api, environment } = useApi();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await api.DELETE("/api/users/{customer_identifier}/", { params: of(id) });
    },
    onSuccess: async () => {
      queries.removeQueries({ queryKey: [environment, "customer", id] });
      await queries.invalidateQueries({ queryKey: [environment, "customers"] });
    },
  });
}
