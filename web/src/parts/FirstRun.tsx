import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "wouter";
import { anySpan } from "../api/queries";
import { useApi } from "../api/session";
import { carried, useAddress } from "../state/address";
import { buttonClass } from "./Button";
import { Empty } from "./State";

const LOOK_MS = 2000;

/** Whether there has never been a span here. Looks again until there is one, and then for what there is. */
export function useFirstRun(isEmpty: boolean, onFirst: () => void): "yes" | "no" | "unknown" {
  const scope = useApi();
  const { data, error } = useQuery({
    ...anySpan(scope),
    enabled: isEmpty,
    refetchInterval: ({ state }) => (state.data === false ? LOOK_MS : false),
  });
  const wasFirst = useRef(false);
  useEffect(() => {
    if (data === false) wasFirst.current = true;
    else if (data === true && wasFirst.current) {
      wasFirst.current = false;
      onFirst();
    }
  }, [data, onFirst]);
  if (!isEmpty) return "no";
  if (data === undefined) return error ? "no" : "unknown";
  if (!data) return "yes";
  return wasFirst.current ? "unknown" : "no"; // it is being asked for
}

/** What a page shows that has nothing to show because nothing was ever sent here: the way to the first span. */
export function NothingYet({ children }: { children: ReactNode }) {
  const [params] = useAddress();
  const { environment } = useApi();
  return (
    <Empty
      icon="spans"
      title={`There is nothing in ${environment} yet`}
      actions={
        <Link className={buttonClass("primary")} href={carried("/spans", params)}>
          Send the first span
        </Link>
      }
    >
      <p>{children}</p>
    </Empty>
  );
}
