import type { QueryClient } from "@tanstack/react-query";
import type { Scope } from "./api/queries";
import type { Window } from "./domain/range";

/** Where a page is opened: all that its first questions are made of. */
export interface Place {
  scope: Scope;
  window: Window;
  params: URLSearchParams;
  /** What stands below the page's own path. */
  below: string | undefined;
}

/** Asks what a page asks first, before it is drawn: its own questions find the answer, or that it is on its way. */
export type First = (queries: QueryClient, place: Place) => void;
