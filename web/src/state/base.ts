/** Under which path the UI is served: "" at the root of a host, "/tools/midspan" behind a proxy that says so.
 *
 * The server does not know. But the built script lies at `<prefix>/assets/`, and knows from where it was loaded.
 */

const here = import.meta.url;

export const BASE: string = import.meta.env.DEV ? "" : new URL("..", here).pathname.replace(/\/$/, "");
