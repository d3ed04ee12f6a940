import type { First } from "./first";
import { type PageComponent, page } from "./page";
import { first as customers } from "./pages/Customers/first";
import { first as dashboard } from "./pages/Dashboard/first";
import { SECTIONS } from "./pages/Settings/sections";
import { first as spans } from "./pages/Spans/first";
import { first as threads } from "./pages/Threads/first";
import { first as traces } from "./pages/Traces/first";
import type { IconName } from "./parts/Icon";

/** Every page of the UI. The server answers with the UI at these addresses: `PAGES` in src/midspan/http/ui.py. */

export interface PageRoute {
  /** As wouter writes patterns: `/traces/:id`. */
  path: string;
  /** What may stand behind it, for the same page: `:id`, what is open in it. */
  below?: string;
  title: string;
  Page: PageComponent;
  /** What it asks first. */
  first?: First;
  /** Its parts, which have addresses of their own: the last piece of each. */
  parts?: readonly { id: string; title: string; icon: IconName }[];
  /** Its place in the rail, from the top, with the keys that lead there. */
  rail?: { icon: IconName; keys: string };
  /** Whether what it shows has nothing to do with the range in the bar. */
  isTimeless?: boolean;
  /** Without rail and bar, and open to who is not signed in. */
  isBare?: boolean;
}

export const HOME = "/spans";

export const ROUTES: readonly PageRoute[] = [
  {
    path: "/spans",
    below: ":id",
    title: "Spans",
    Page: page(() => import("./pages/Spans/Page")),
    first: spans,
    rail: { icon: "spans", keys: "g s" },
  },
  {
    path: "/traces",
    title: "Traces",
    Page: page(() => import("./pages/Traces/Page")),
    first: traces,
    rail: { icon: "traces", keys: "g t" },
  },
  { path: "/traces/:id", title: "Trace", Page: page(() => import("./pages/Trace/Page")) },
  {
    path: "/threads",
    below: ":id",
    title: "Threads",
    Page: page(() => import("./pages/Threads/Page")),
    first: threads,
    rail: { icon: "threads", keys: "g h" },
  },
  {
    path: "/customers",
    below: ":id",
    title: "Customers",
    Page: page(() => import("./pages/Customers/Page")),
    first: customers,
    rail: { icon: "customers", keys: "g c" },
  },
  {
    path: "/dashboard",
    title: "Dashboard",
    Page: page(() => import("./pages/Dashboard/Page")),
    first: dashboard,
    rail: { icon: "dashboard", keys: "g d" },
  },
  {
    path: "/sql",
    title: "SQL",
    Page: page(() => import("./pages/Sql/Page")),
    rail: { icon: "sql", keys: "g q" },
    isTimeless: true,
  },
  {
    path: "/settings",
    below: ":section",
    title: "Settings",
    Page: page(() => import("./pages/Settings/Page")),
    parts: SECTIONS,
    rail: { icon: "settings", keys: "g ," },
    isTimeless: true,
  },
  {
    path: "/shared/:organization/:id",
    title: "Shared trace",
    Page: page(() => import("./pages/Shared/Page")),
    isBare: true,
  },
  { path: "/sign-in", title: "Sign in", Page: page(() => import("./pages/SignIn/Page")), isBare: true },
  { path: "/welcome", title: "Welcome", Page: page(() => import("./pages/Welcome/Page")), isBare: true },
];
