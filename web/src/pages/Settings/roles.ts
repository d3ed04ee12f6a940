import type { Role } from "../../api/session";

/** What a role may do. */
export const ROLE_HELP: Record<Role, string> = {
  viewer: "reads everything",
  member: "sends, changes and scores spans, and shares views, too",
  admin: "does everything: keys, prices, members, deleting, too",
};

/** The weakest first. */
export const ROLES: readonly Role[] = ["viewer", "member", "admin"];
