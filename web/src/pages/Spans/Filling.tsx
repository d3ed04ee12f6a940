import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { type DemoState, demo } from "../../api/demo";
import { useApi } from "../../api/session";
import { percent } from "../../domain/numbers";
import { Notice } from "../../parts/Notice";
import { useRange } from "../../state/range";

const LOOK_MS = 700;

const isFilling = (state: DemoState | undefined) => state?.state === "filling";

/** Said to whoever began to fill the demo and looks at it already; when all of it is there, the page looks again. */
export function Filling() {
  const { environment } = useApi();
  const { refresh } = useRange();
  const { data } = useQuery({
    ...demo,
    // Not asked of who has not begun it here.
    enabled: ({ state }) => isFilling(state.data),
    refetchInterval: ({ state }) => (isFilling(state.data) ? LOOK_MS : false),
  });
  const isOn = isFilling(data) && data?.environment === environment;
  const wasOn = useRef(false);
  useEffect(() => {
    if (wasOn.current && !isOn) refresh();
    wasOn.current = isOn;
  }, [isOn, refresh]);
  if (!isOn || !data) return null;
  return (
    <Notice>
      The demo is being filled, the newest days first: {percent(data.progress)} are there. The page looks again by
      itself when all are.
    </Notice>
  );
}
