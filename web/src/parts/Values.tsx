import { exactMoney, money } from "../domain/money";
import { compact, count, counted, duration } from "../domain/numbers";
import { fullTime, moment, relativeTime, shortTime } from "../domain/time";
import { useNow } from "../state/clock";
import { usePreferences } from "../state/preferences";

/** Values with their units. What is not known is a dash, never a zero. */

export function Dash() {
  return (
    <span className="faint" title="Not known">
      –
    </span>
  );
}

type Maybe<T> = T | null | undefined;

/** A moment, in the reader's zone; how long ago it was and the zone stand in its title, or with `relative` in its place. */
export function Time({ at, form = "short" }: { at: Maybe<string>; form?: "short" | "full" | "relative" }) {
  const now = useNow();
  const { zone } = usePreferences();
  if (!at) return <Dash />;
  const ms = moment(at);
  if (Number.isNaN(ms)) return <span>{at}</span>;
  const full = fullTime(ms, zone);
  const ago = relativeTime(ms, now);
  const shown = { short: shortTime(ms, zone, now), full: `${full} · ${ago}`, relative: ago }[form];
  return (
    <time dateTime={at} title={`${full} · ${ago}`}>
      {shown}
    </time>
  );
}

/** Seconds, with a unit that fits. */
export function Duration({ seconds }: { seconds: Maybe<number> }) {
  if (seconds === null || seconds === undefined) return <Dash />;
  return <span title={`${seconds} s`}>{duration(seconds)}</span>;
}

/** US dollars, with enough digits to matter; all of them in the title. */
export function Money({ amount }: { amount: Maybe<number | string> }) {
  if (amount === null || amount === undefined) return <Dash />;
  return <span title={exactMoney(amount)}>{money(amount)}</span>;
}

/** A number of tokens. */
export function Tokens({ count: tokens }: { count: Maybe<number> }) {
  if (tokens === null || tokens === undefined) return <Dash />;
  return <span title={counted(tokens, "token")}>{tokens < 10_000 ? count(tokens) : compact(tokens)}</span>;
}

/** A number of anything else; short from ten thousand on, whole in the title. */
export function Count({ value }: { value: Maybe<number> }) {
  if (value === null || value === undefined) return <Dash />;
  return <span title={count(value)}>{value < 10_000 ? count(value) : compact(value)}</span>;
}
