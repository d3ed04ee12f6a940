import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useLayoutEffect, useRef } from "react";
import { Redirect, useLocation, useSearch } from "wouter";
import { session } from "../api/session";
import { Failure } from "../parts/State";
import { departure } from "../state/departure";
import { NothingHere } from "./Boundary";

const SIGN_IN = "/sign-in";
const WELCOME = "/welcome";

/** Lets in who is signed in. Others are sent to sign in, and come back to where they wanted to be. */
export function SessionGate({ children }: { children: ReactNode }) {
  const { data, error, refetch } = useQuery(session);
  const [path] = useLocation();
  const search = useSearch();
  const isIn = data?.authenticated === true;
  const wasIn = useRef(false);
  useLayoutEffect(() => {
    // Before the page to sign in at is drawn, which says so. Who left of their own will is told that.
    if (wasIn.current && !isIn && departure.get() === null) departure.set("ended");
    wasIn.current = isIn;
  }, [isIn]);
  // Without a gate, or the way in would lead to itself.
  if (path === SIGN_IN || path === WELCOME) return <NothingHere />;
  if (!data) return error ? <Failure error={error} onRetry={() => void refetch()} /> : null;
  if (data.needs_setup) return <Redirect to={WELCOME} replace />;
  if (!data.authenticated) {
    const back = new URLSearchParams({ next: search ? `${path}?${search}` : path });
    return <Redirect to={`${SIGN_IN}?${back}`} replace />;
  }
  return children;
}
