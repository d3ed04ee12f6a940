import { type ReactNode, useEffect } from "react";
import { useLocation } from "wouter";
import { Boundary } from "./Boundary";

/** One page: its title, and its failures. */
export function Titled({ title, children }: { title: string; children: ReactNode }) {
  const [path] = useLocation();
  useEffect(() => {
    document.title = `${title} · Midspan`;
  }, [title]);
  return <Boundary of={path}>{children}</Boundary>;
}
