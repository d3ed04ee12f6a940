import { store } from "./store";

/** Why somebody is not signed in any more, for the page that says so. It is forgotten with the next sign-in. */
export type Departure = "ended" | "left" | "left everywhere";

export const departure = store<Departure | null>(null);
