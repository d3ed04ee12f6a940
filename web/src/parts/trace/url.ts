import { put } from "../../domain/params";
import type { Stretch } from "../../domain/trace";
import type { Codec } from "../../state/address";

export type TraceViewName = "timeline" | "transcript";

/** What the address carries of an open trace, beside which one it is. */
export interface TraceUrl {
  view: TraceViewName;
  /** The id of the span that is open beside it. */
  span: string | null;
  /** The stretch that the timeline shows, in milliseconds after the trace's beginning; null for all of it. */
  zoom: Stretch | null;
  /** Which rows are folded, as `domain/folding` writes it. */
  fold: string;
  /** What is looked for. */
  find: string;
  /** The critical path is marked. */
  path: boolean;
}

export const traceUrl: Codec<TraceUrl> = {
  read(params) {
    return {
      view: params.get("view") === "transcript" ? "transcript" : "timeline",
      span: params.get("span"),
      zoom: stretch(params.get("zoom")),
      fold: params.get("fold") ?? "",
      find: params.get("find") ?? "",
      path: params.get("path") !== "off",
    };
  },
  write(state, params) {
    put(params, "view", state.view === "timeline" ? null : state.view);
    put(params, "span", state.span);
    put(params, "zoom", state.zoom && `${digits(state.zoom[0])}-${digits(state.zoom[1])}`);
    put(params, "fold", state.fold || null);
    put(params, "find", state.find || null);
    put(params, "path", state.path ? null : "off");
  },
};

function stretch(text: string | null): Stretch | null {
  const found = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text ?? "");
  const [from, to] = [Number(found?.[1]), Number(found?.[2])];
  return to > from ? [from, to] : null;
}

function digits(ms: number): string {
  return String(Number(Math.max(0, ms).toFixed(3)));
}
