import type { IconName } from "../../parts/Icon";

/** The parts of the settings, as the address names them: `/settings/keys`. */

export const SECTIONS = [
  { id: "account", title: "Account", icon: "user", group: "You" },
  { id: "preferences", title: "Preferences", icon: "settings", group: "You" },
  { id: "views", title: "Saved views", icon: "star", group: "You" },
  { id: "keys", title: "API keys", icon: "key", group: "Organization" },
  { id: "environments", title: "Environments", icon: "columns", group: "Organization" },
  { id: "prices", title: "Prices", icon: "price", group: "Organization" },
  { id: "members", title: "Members", icon: "members", group: "Organization" },
  { id: "storage", title: "Storage", icon: "sql", group: "Server" },
  { id: "about", title: "About", icon: "info", group: "Server" },
] as const satisfies readonly { id: string; title: string; icon: IconName; group: string }[];

export type SectionId = (typeof SECTIONS)[number]["id"];

/** The part that an address means, or undefined for one that there is not. Admins come for the keys. */
export function sectionOf(named: string | undefined, isAdmin: boolean): SectionId | undefined {
  if (!named) return isAdmin ? "keys" : "account";
  return SECTIONS.find((section) => section.id === named)?.id;
}
