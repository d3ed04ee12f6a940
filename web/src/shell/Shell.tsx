import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { IconButton } from "../parts/Button";
import { Icon } from "../parts/Icon";
import { Toasts } from "../parts/Toasts";
import { ROUTES } from "../routes";
import { carried, useAddress } from "../state/address";
import { BASE } from "../state/base";
import { isReachable } from "../state/connection";
import { useKeys } from "../state/keys";
import { usePreferences } from "../state/preferences";
import { RangeProvider } from "../state/range";
import { useStore } from "../state/store";
import { CommandMenu } from "./CommandMenu";
import { EnvironmentGate } from "./EnvironmentGate";
import { EnvironmentSwitch } from "./EnvironmentSwitch";
import { KeysHelp } from "./KeysHelp";
import { MemberMenu, ThemeSwitch } from "./MemberMenu";
import { Rail } from "./Rail";
import { RangePicker } from "./RangePicker";
import styles from "./Shell.module.css";
import { ShellCommands } from "./ShellCommands";
import { SlotPlace, SlotProvider } from "./Slot";
import { useKeptPreferences } from "./useKeptPreferences";

/** What is around every page: the rail, the bar, the keys. */
export function Shell({ children }: { children: ReactNode }) {
  const { railNarrow } = usePreferences();
  useKeptPreferences();
  const main = useRef<HTMLElement>(null);
  const [path] = useLocation();
  const isTimeless = ROUTES.some((route) => route.isTimeless && `${path}/`.startsWith(`${route.path}/`));
  const [over, setOver] = useState<"commands" | "keys" | null>(null);
  useShellKeys(
    () => setOver("commands"),
    () => setOver("keys"),
  );
  return (
    <RangeProvider>
      <SlotProvider>
        <div className={`${styles.shell} ${railNarrow ? styles.narrow : ""}`}>
          <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
            Skip to the page
          </button>
          <header className={styles.bar}>
            <EnvironmentSwitch />
            {!isTimeless && <RangePicker />}
            <ShellCommands hasRange={!isTimeless} />
            <SlotPlace name="search" className={styles.slotSearch} />
            <SlotPlace name="live" className={styles.slotLive} />
            <span className={styles.push} />
            <span className={styles.wideOnly}>
              <IconButton icon="command" label="Commands" keys="mod+k" onClick={() => setOver("commands")} />
              <ThemeSwitch />
            </span>
            <MemberMenu onCommands={() => setOver("commands")} onKeys={() => setOver("keys")} />
          </header>
          <Rail />
          <main ref={main} id="main" className={styles.main} tabIndex={-1}>
            <Lost />
            <EnvironmentGate>{children}</EnvironmentGate>
          </main>
        </div>
        <Toasts />
        {over === "commands" && <CommandMenu onClose={() => setOver(null)} />}
        {over === "keys" && <KeysHelp onClose={() => setOver(null)} />}
      </SlotProvider>
    </RangeProvider>
  );
}

function useShellKeys(onCommands: () => void, onHelp: () => void): void {
  const [params] = useAddress();
  const [, navigate] = useLocation();
  const go = ROUTES.flatMap((route) =>
    route.rail
      ? [{ keys: route.rail.keys, label: `Go to ${route.title}`, run: () => navigate(carried(route.path, params)) }]
      : [],
  );
  useKeys("Everywhere", [
    { keys: "mod+k", label: "Commands", run: onCommands, whileTyping: true },
    { keys: "?", label: "Show the keys", run: onHelp },
    ...go,
  ]);
}

const TRY_AGAIN_MS = 2000;

/** Said while the server cannot be reached. When it is back, what had failed is asked again. */
function Lost() {
  const reachable = useStore(isReachable);
  const queries = useQueryClient();
  const wasLost = useRef(false);
  useEffect(() => {
    if (reachable) {
      // Whoever found it: a question that is asked again and again may have been first.
      if (wasLost.current) {
        void queries.refetchQueries({ type: "active", predicate: (query) => query.state.status === "error" });
      }
      wasLost.current = false;
      return;
    }
    wasLost.current = true;
    const timer = setInterval(async () => {
      try {
        await fetch(`${BASE}/health/live`, { cache: "no-store" });
      } catch {
        return;
      }
      isReachable.set(true);
    }, TRY_AGAIN_MS);
    return () => clearInterval(timer);
  }, [reachable, queries]);
  if (reachable) return null;
  return (
    <div className={styles.lost} role="status">
      <Icon name="alert" />
      <span>Midspan cannot be reached. What is shown may be old; trying again by itself.</span>
    </div>
  );
}
