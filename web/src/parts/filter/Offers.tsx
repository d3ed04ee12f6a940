import { useEffect } from "react";
import type { Fault, Schemas } from "../../api/client";
import { type Naming, saidWithNames } from "../../domain/naming";
import { compact } from "../../domain/numbers";
import { Button } from "../Button";
import { Coloured } from "./Coloured";
import styles from "./Offers.module.css";
import type { Offered } from "./useChoices";

/** What can be chosen, in groups; below it what the filter means, or what is wrong with it. */
export function Offers({
  id,
  choices,
  active,
  onTake,
  said,
  query,
  naming,
  fault,
  onMend,
}: {
  id: string;
  choices: readonly Offered[];
  active: number;
  onTake(choice: Offered): void;
  said: Schemas["ExplainAnswer"] | undefined;
  /** What `said` is said of. */
  query: string;
  naming: Naming;
  fault: Fault | null;
  onMend?: () => void;
}) {
  useEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [id, active]);
  return (
    <>
      {/* It scrolls, which would make it a stop of Tab; the focus is the bar's. */}
      <div role="listbox" id={id} aria-label="Completions" className={styles.list} tabIndex={-1}>
        {grouped(choices).map(({ title, entries }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a group may come twice, and has no other name
          <div key={place} role="group" aria-label={title}>
            <div className={styles.heading} aria-hidden="true">
              {title}
            </div>
            {entries.map(({ choice, at }) => (
              <div
                key={at}
                id={`${id}-${at}`}
                role="option"
                aria-selected={at === active}
                className={styles.item}
                onClick={() => onTake(choice)}
              >
                <span className={`${styles.name} cut`} title={choice.isWhole ? choice.insert : undefined}>
                  {choice.isWhole ? <Coloured text={choice.label} naming={naming} /> : choice.label}
                </span>
                {choice.detail && <span className={`${styles.detail} cut`}>{choice.detail}</span>}
                {choice.count !== undefined && choice.count > 0 && (
                  <span className={styles.count}>{compact(choice.count)}</span>
                )}
              </div>
            ))}
          </div>
        ))}
      </div>
      <div className={styles.foot} aria-live="polite">
        {fault ? (
          <>
            <span className={styles.fault}>{fault.message}</span>
            {onMend && <Button onClick={onMend}>Use “{fault.suggestion}”</Button>}
          </>
        ) : (
          said && (
            <span>
              {saidWithNames(said.explanation, query, naming)} {said.warnings.join(" ")}
            </span>
          )
        )}
        <span className={styles.keys} aria-hidden="true">
          <kbd>↑</kbd> <kbd>↓</kbd> choose · <kbd>Tab</kbd> complete · <kbd>↵</kbd> search
        </span>
      </div>
    </>
  );
}

interface Group {
  title: string;
  entries: { choice: Offered; at: number }[];
}

function grouped(choices: readonly Offered[]): Group[] {
  const groups: Group[] = [];
  choices.forEach((choice, at) => {
    const last = groups.at(-1);
    if (last?.title === choice.group) last.entries.push({ choice, at });
    else groups.push({ title: choice.group, entries: [{ choice, at }] });
  });
  return groups;
}
