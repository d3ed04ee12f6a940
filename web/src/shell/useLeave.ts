import { useQueryClient } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { session, signOut, signOutEverywhere } from "../api/session";
import { departure } from "../state/departure";
import { toast } from "../state/toasts";
import { keepNow } from "./useKeptPreferences";

/** The way out: the session ends, here or everywhere, and nothing of the one is left for the next. */
export function useLeave(): (how: "left" | "left everywhere") => Promise<void> {
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  return async (how) => {
    try {
      await keepNow();
      await (how === "left" ? signOut() : signOutEverywhere());
    } catch (error) {
      toast(error instanceof Error ? error.message : String(error), { kind: "error" });
      return;
    }
    departure.set(how);
    navigate("/sign-in");
    queries.clear();
    await queries.prefetchQuery(session);
  };
}
