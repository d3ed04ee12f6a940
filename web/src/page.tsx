import { type Late, late } from "./parts/late";

/** A page whose code comes when it is wanted: when it is opened, or when a pointer nears the link to it. */
export type PageComponent = Late<object>;

export const page: (load: Parameters<typeof late<object>>[0]) => PageComponent = late;
