import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useParams } from "wouter";
import { useApi } from "../api/session";
import type { First as Ask } from "../first";
import { useAddress } from "../state/address";
import { useRange } from "../state/range";

/** Asks the first questions of a page while it is drawn for the first time, and not when it is there. */
export function First({ ask, children }: { ask: Ask | undefined; children: ReactNode }) {
  const queries = useQueryClient();
  const scope = useApi();
  const { window } = useRange();
  const [params] = useAddress();
  const below = Object.values(useParams())[0];
  useState(() => ask?.(queries, { scope, window, params, below }));
  return children;
}
