import { type ComponentType, useEffect, useState } from "react";
import { BASE } from "../state/base";

/** A component whose code comes when it is wanted: when it is first drawn, or before that when it may be. */
export interface Late<Props> {
  (props: Props): React.ReactNode;
  /** Begin to fetch its code. */
  preload(): Promise<void>;
}

const RELOADED = "midspan.reloaded";

/**
 * After an update of the server the old files are gone: the new page is loaded, once. Not while there is no server, which
 * would leave nothing of the page; and only for what is drawn.
 */
async function isRenewed(): Promise<boolean> {
  if (sessionStorage.getItem(RELOADED)) return false;
  try {
    await fetch(`${BASE}/health/live`, { cache: "no-store" });
  } catch {
    return false;
  }
  sessionStorage.setItem(RELOADED, "1");
  location.reload();
  return true;
}

/** Not React's `lazy`: that shows what came late only after a third of a second. Until it is there, `Meanwhile`. */
export function late<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
  Meanwhile?: ComponentType<Props>,
): Late<Props> {
  let Loaded: ComponentType<Props> | undefined;
  let loading: Promise<void> | undefined;

  function preload(): Promise<void> {
    loading ??= load().then(
      (found) => {
        Loaded = found.default;
        sessionStorage.removeItem(RELOADED);
      },
      (error: unknown) => {
        loading = undefined;
        throw error;
      },
    );
    return loading;
  }

  function LateComponent(props: Props) {
    const [isReady, setReady] = useState(Loaded !== undefined);
    const [error, setError] = useState<unknown>(null);
    useEffect(() => {
      if (isReady) return;
      preload().then(
        () => setReady(true),
        async (error: unknown) => (await isRenewed()) || setError(error),
      );
    }, [isReady]);
    if (error !== null) throw error;
    if (Loaded) return <Loaded {...props} />;
    // As a component: called as a function, its hooks would be this one's.
    return Meanwhile ? <Meanwhile {...props} /> : null;
  }
  return Object.assign(LateComponent, { preload });
}
