import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import type { Fault, Span } from "../../api/client";
import type { Scope } from "../../api/queries";
import { follow } from "../../api/tail";
import { arrived, type Live, NOTHING_LIVE, resumed } from "../../domain/live";

export interface Tail {
  live: Live<Span>;
  state: "connecting" | "open" | "cut" | "ended";
  fault: Fault | null;
  /** So many were left out by the server, because they were read too slowly. */
  missed: number;
  /** By hand; beside that it waits while one has scrolled down. */
  isPaused: boolean;
  pause(isPaused: boolean): void;
  /** Connect again, where it has ended. */
  again(): void;
  /** Forget what came: it is in the list by now. */
  forget(): void;
}

type State = Pick<Tail, "live" | "state" | "fault" | "missed" | "isPaused">;
type Event =
  | { kind: "began" | "opened" | "cut" | "forgotten" }
  | { kind: "ended"; fault: Fault }
  | { kind: "missed"; count: number }
  | { kind: "came"; spans: readonly { span: Span; isUpdate: boolean }[]; isHeld: boolean }
  | { kind: "paused"; isPaused: boolean; isHeld: boolean };

const AT_FIRST: State = { live: NOTHING_LIVE, state: "connecting", fault: null, missed: 0, isPaused: false };

function next(state: State, event: Event): State {
  switch (event.kind) {
    case "began":
      return AT_FIRST;
    case "opened":
      return { ...state, state: "open", fault: null };
    case "cut":
      return { ...state, state: "cut" };
    case "ended":
      return { ...state, state: "ended", fault: event.fault };
    case "missed":
      return { ...state, missed: state.missed + event.count };
    case "forgotten":
      if (state.live === NOTHING_LIVE && state.missed === 0) return state;
      return { ...state, live: NOTHING_LIVE, missed: 0 };
    case "came":
      return { ...state, live: arrived(state.live, event.spans, state.isPaused || event.isHeld) };
    case "paused": {
      const isHeld = event.isPaused || event.isHeld;
      return { ...state, isPaused: event.isPaused, live: isHeld ? state.live : resumed(state.live) };
    }
  }
}

/** Spans as they arrive, while it is on. `isHeld`: what comes waits, because one reads further down. */
export function useLive(scope: Scope, query: string, isOn: boolean, isHeld: boolean, onOpen: () => void): Tail {
  const [state, send] = useReducer(next, AT_FIRST);
  const held = useRef(isHeld);
  const opened = useRef(onOpen);
  opened.current = onOpen;
  const { api, environment } = scope;
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another round connects again
  useEffect(() => {
    if (!isOn) return;
    send({ kind: "began" });
    let isFirst = true;
    return follow({ api, environment }, query, {
      onOpen() {
        send({ kind: "opened" });
        // What came before is in the list; what comes after, here.
        if (isFirst) opened.current();
        isFirst = false;
      },
      onCut: () => send({ kind: "cut" }),
      onEnd: (fault) => send({ kind: "ended", fault }),
      onMissed: (count) => send({ kind: "missed", count }),
      onSpans: (spans) => send({ kind: "came", spans, isHeld: held.current }),
    });
  }, [api, environment, query, isOn, round]);
  const forget = useCallback(() => send({ kind: "forgotten" }), []);
  const { isPaused } = state;
  useEffect(() => {
    const changed = held.current !== isHeld;
    held.current = isHeld;
    if (changed) send({ kind: "paused", isPaused, isHeld });
  }, [isHeld, isPaused]);
  return {
    ...(isOn ? state : { ...AT_FIRST, live: state.live }), // what came stays until the list is asked again
    pause: (isPaused) => send({ kind: "paused", isPaused, isHeld: held.current }),
    again: () => setRound(round + 1),
    forget,
  };
}
