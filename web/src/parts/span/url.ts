import { put } from "../../domain/params";
import type { Codec } from "../../state/address";
import type { Form } from "./Content";

export const VIEWS = ["messages", "cost", "details", "raw", "feedback"] as const;
export type View = (typeof VIEWS)[number];

/** What the address carries of an open span, beside which one it is. The names are those of no page. */
export interface SpanUrl {
  show: View;
  as: Form;
  /** The input stands against the call before. */
  isCompared: boolean;
}

export const spanUrl: Codec<SpanUrl> = {
  read(params) {
    const show = VIEWS.find((view) => view === params.get("show")) ?? "messages";
    return { show, as: params.get("as") === "text" ? "text" : "rich", isCompared: params.get("compare") === "before" };
  },
  write(state, params) {
    put(params, "show", state.show === "messages" ? null : state.show);
    put(params, "as", state.as === "text" ? "text" : null);
    put(params, "compare", state.isCompared ? "before" : null);
  },
};

/** Forget what was looked at in a span: for who closes it. */
export function closeSpan(params: URLSearchParams): void {
  for (const name of ["show", "as", "compare"]) params.delete(name);
}
