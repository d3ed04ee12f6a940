import { useLocation } from "wouter";
import { useApi, useSession } from "../api/session";
import { PRESETS, type Range, rangeLabel } from "../domain/range";
import { ROUTES } from "../routes";
import { carried, chooseEnvironment, useAddress } from "../state/address";
import { BASE } from "../state/base";
import { type Command, useCommand } from "../state/commands";
import { prefer, usePreferences } from "../state/preferences";
import { useRange } from "../state/range";
import { THEMES } from "./MemberMenu";
import { useLeave } from "./useLeave";

/** What can be done from everywhere, by name: where to go, what the page is of, how it looks. */
export function ShellCommands({ hasRange }: { hasRange: boolean }) {
  const [params, update] = useAddress();
  const [, navigate] = useLocation();
  const { environments, authentication } = useSession();
  const { environment } = useApi();
  const { setRange } = useRange();
  const { zone, railNarrow } = usePreferences();
  const leave = useLeave();

  const pages = ROUTES.flatMap(({ path, title, rail }): Command[] =>
    rail ? [{ label: `Go to ${title}`, ...rail, group: "Pages", run: () => navigate(carried(path, params)) }] : [],
  );
  const parts = ROUTES.flatMap((route) =>
    (route.parts ?? []).map(({ id, title, icon }): Command => {
      const run = () => navigate(carried(`${route.path}/${id}`, params));
      return { label: `${route.title}: ${title}`, icon, group: "Settings", run };
    }),
  );
  const ranges = PRESETS.map((length): Command => {
    const range: Range = { kind: "last", length };
    const label = `Range: ${rangeLabel(range, zone).toLowerCase()}`;
    return { label, icon: "clock", group: "Range", run: () => setRange(range) };
  });
  const others = environments
    .filter((name) => name !== environment)
    .map((name): Command => {
      const run = () => update((next) => chooseEnvironment(next, name, environments));
      return { label: `Environment: ${name}`, icon: "swap", group: "Environment", run };
    });
  const everywhere: Omit<Command, "group">[] = [
    ...THEMES.map(({ value, label, icon }) => ({
      label: `Theme: ${label.toLowerCase()}`,
      icon,
      run: () => prefer({ theme: value }),
    })),
    zone === "utc"
      ? { label: "Times in my zone", icon: "clock", run: () => prefer({ zone: "local" }) }
      : { label: "Times in UTC", icon: "clock", run: () => prefer({ zone: "utc" }) },
    {
      label: railNarrow ? "Show the names of pages" : "Show pages as icons only",
      icon: railNarrow ? "wide" : "narrow",
      run: () => prefer({ railNarrow: !railNarrow }),
    },
    { label: "Documentation", icon: "book", run: () => location.assign(`${BASE}/docs`) },
    ...(authentication === "on" ? [{ label: "Sign out", icon: "out" as const, run: () => void leave("left") }] : []),
  ];
  useCommand([
    ...pages,
    ...(hasRange ? ranges : []),
    ...others,
    ...parts,
    ...everywhere.map((command): Command => ({ ...command, group: "Everywhere" })),
  ]);
  return null;
}
