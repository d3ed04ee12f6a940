import { type FormEvent, useEffect, useState } from "react";
import { Fault } from "../api/client";

/** A form that is sent to the API: what it says of each field and of the whole, and when another try makes sense. */
export interface Submission {
  isBusy: boolean;
  /** What went wrong, unless it is said at a field. */
  fault: string | null;
  /** What is wrong with one field. */
  faultOf(field: string): string | undefined;
  /** Seconds until the server takes another try; 0: now. */
  wait: number;
  onSubmit(event?: FormEvent): void;
}

/** `fields` are those that the form shows; faults of others are told as faults of the whole. */
export function useSubmit(fields: readonly string[], send: () => Promise<void>): Submission {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [until, setUntil] = useState(0);
  const wait = useCountdown(until);

  async function submit() {
    setBusy(true);
    setError(null);
    try {
      await send();
    } catch (caught) {
      setError(caught);
      if (caught instanceof Fault && caught.status === 429 && caught.retryAfter)
        setUntil(Date.now() + caught.retryAfter * 1000);
    } finally {
      setBusy(false);
    }
  }

  return {
    isBusy,
    wait,
    fault: error === null ? null : said(error, fields),
    faultOf: (field) => (error instanceof Fault ? error.errors[field]?.join(" ") : undefined),
    onSubmit(event) {
      event?.preventDefault();
      if (!isBusy && wait === 0) void submit();
    },
  };
}

function said(error: unknown, fields: readonly string[]): string | null {
  if (!(error instanceof Fault)) return error instanceof Error ? error.message : String(error);
  const named = Object.entries(error.errors);
  if (named.length === 0) return error.message;
  const others = named.filter(([name]) => !fields.includes(name)).flatMap(([, texts]) => texts);
  return others.length > 0 ? others.join(" ") : null;
}

/** Whole seconds until a moment, counted down on the page. */
function useCountdown(until: number): number {
  const [now, setNow] = useState(() => Date.now());
  const left = Math.max(0, Math.ceil((until - now) / 1000));
  useEffect(() => {
    setNow(Date.now());
    if (until <= Date.now()) return;
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= until) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [until]);
  return left;
}
