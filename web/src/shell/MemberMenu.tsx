import { useLocation } from "wouter";
import { useSession } from "../api/session";
import { zoneName } from "../domain/time";
import { Button, IconButton } from "../parts/Button";
import { Keys } from "../parts/Keys";
import { Menu, type MenuEntry } from "../parts/Menu";
import { carried, useAddress } from "../state/address";
import { BASE } from "../state/base";
import { prefer, type Theme, usePreferences } from "../state/preferences";
import styles from "./Shell.module.css";
import { useLeave } from "./useLeave";

export const THEMES: readonly { value: Theme; label: string; icon: "system" | "sun" | "moon" }[] = [
  { value: "system", label: "As the system", icon: "system" },
  { value: "light", label: "Light", icon: "sun" },
  { value: "dark", label: "Dark", icon: "moon" },
];

export function ThemeSwitch() {
  const { theme } = usePreferences();
  const icon = THEMES.find((one) => one.value === theme)?.icon ?? "system";
  return (
    <Menu
      label="Theme"
      align="end"
      trigger={(props) => <IconButton icon={icon} label="Theme" {...props} />}
      entries={THEMES.map((one) => ({
        label: one.label,
        checked: one.value === theme,
        onSelect: () => prefer({ theme: one.value }),
      }))}
    />
  );
}

/** Who is signed in, what that person likes, and the way out. */
export function MemberMenu({ onCommands, onKeys }: { onCommands(): void; onKeys(): void }) {
  const { member, organization, authentication, version } = useSession();
  const { zone } = usePreferences();
  const leave = useLeave();
  const [params] = useAddress();
  const [, navigate] = useLocation();
  const name = member ? member.name || member.email : "Midspan";
  const entries: MenuEntry[] = [
    ...(member
      ? [{ heading: `${member.email} · ${member.role}${organization ? ` · ${organization.name}` : ""}` }]
      : []),
    ...(authentication === "off" ? [{ heading: "Authentication is off: everybody on this machine may do all." }] : []),
    { heading: "Times" },
    {
      label: "In my zone",
      detail: zoneName(Date.now(), "local"),
      checked: zone === "local",
      onSelect: () => prefer({ zone: "local" }),
    },
    { label: "In UTC", checked: zone === "utc", onSelect: () => prefer({ zone: "utc" }) },
    "line",
    {
      label: "Settings",
      icon: "settings",
      onSelect: () => navigate(carried("/settings/account", params)),
    },
    { label: "Commands", icon: "command", detail: <Keys keys="mod+k" />, onSelect: onCommands },
    { label: "Keys", icon: "keyboard", detail: <Keys keys="?" />, onSelect: onKeys },
    { label: "Documentation", icon: "book", href: `${BASE}/docs`, detail: version && `v${version}` },
    ...(authentication === "on"
      ? (["line", { label: "Sign out", icon: "out", onSelect: () => void leave("left") }] satisfies MenuEntry[])
      : []),
  ];
  return (
    <Menu
      label="Member"
      align="end"
      entries={entries}
      trigger={(props) =>
        member ? (
          <Button kind="quiet" aria-label={`Member: ${name}`} {...props}>
            <span className={styles.initials} data-initials={initials(name)} />
          </Button>
        ) : (
          <IconButton icon="menu" label="More" {...props} />
        )
      }
    />
  );
}

function initials(name: string): string {
  const [first = "", second = ""] = name.split(/[\s.@_-]+/);
  return (first.charAt(0) + second.charAt(0)).toUpperCase();
}
