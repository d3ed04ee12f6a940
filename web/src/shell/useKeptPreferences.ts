import { useEffect } from "react";
import { keepPreferences, keptPreferences } from "../api/preferences";
import { useSession } from "../api/session";
import { adopt, type Preferences, preferences } from "../state/preferences";

const PAUSE_MS = 1000;
const PART = "ui";
const nothing = async () => {};
let keepLast: () => Promise<void> = nothing;

/** Keep what was changed a moment ago: for who is about to sign out. */
export function keepNow(): Promise<void> {
  return keepLast();
}

/** Members find their preferences on every computer. Without the server's help they hold in this browser alone. */
export function useKeptPreferences(): void {
  const { member } = useSession();
  const id = member?.id;
  useEffect(() => {
    if (id === undefined) return;
    let isOver = false;
    let others: Record<string, unknown> = {};
    let timer: ReturnType<typeof setTimeout> | undefined;
    let unsubscribe: (() => void) | undefined;

    async function keep() {
      if (timer === undefined) return;
      clearTimeout(timer);
      timer = undefined;
      // What is not kept holds in this browser, and goes along with the next change.
      await keepPreferences({ ...others, [PART]: preferences.get() }).catch(() => {});
    }
    keepLast = keep;
    keptPreferences().then(
      (kept) => {
        if (isOver) return;
        others = kept;
        adopt(id, kept[PART] as Partial<Preferences> | undefined);
        unsubscribe = preferences.subscribe(() => {
          clearTimeout(timer);
          timer = setTimeout(keep, PAUSE_MS);
        });
      },
      () => {},
    );
    window.addEventListener("pagehide", keep);
    return () => {
      isOver = true;
      window.removeEventListener("pagehide", keep);
      unsubscribe?.();
      keepLast = nothing;
      void keep();
    };
  }, [id]);
}
