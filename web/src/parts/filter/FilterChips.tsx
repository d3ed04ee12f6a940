import type { Listed } from "../../api/filters";
import { saidWithNames, withNames } from "../../domain/naming";
import { clauses, mended, tokens, turned, without } from "../../domain/query";
import { Button, IconButton } from "../Button";
import { Coloured } from "./Coloured";
import styles from "./FilterChips.module.css";
import { useFilterState } from "./useFilterState";
import { useNaming } from "./useNaming";

/** The parts of the filter as chips: turn around, edit, take away; and what all of it means, or what is wrong with it. */
export function FilterChips({
  of,
  query,
  onChange,
  onEdit,
}: {
  of: Listed;
  query: string;
  onChange(query: string): void;
  /** Lead to this part of the text. */
  onEdit(from: number, to: number): void;
}) {
  const { said, fault } = useFilterState(of, query);
  const naming = useNaming(of, [query]);
  if (!query.trim()) return null;
  if (fault) {
    const { position, suggestion } = fault;
    return (
      <div className={styles.chips} role="alert">
        <span className={styles.fault}>{fault.message}</span>
        {position !== null && suggestion !== null && (
          <Button onClick={() => onChange(mended(query, position, suggestion))}>Use “{suggestion}”</Button>
        )}
        <Button kind="quiet" onClick={() => onChange("")}>
          Clear the filter
        </Button>
      </div>
    );
  }
  const parts = clauses(query);
  return (
    <div className={styles.chips}>
      <ul className={styles.list} aria-label="Filter">
        {parts.map((part) => {
          const plain = part.isNegated ? part.text.replace(/^(?:-|NOT\s+)/, "") : part.text;
          const named = withNames(part.text, naming);
          return (
            <li key={part.from} className={styles.chip}>
              <button
                type="button"
                className={styles.not}
                aria-pressed={part.isNegated}
                aria-label={`Not ${withNames(plain, naming)}`}
                title={part.isNegated ? "Left out; let only these in" : "Leave these out"}
                onClick={() => onChange(turned(query, part))}
              >
                not
              </button>
              <button
                type="button"
                className={styles.text}
                title={`Edit ${part.text}`}
                aria-label={`Edit ${named}`}
                onClick={() => onEdit(part.from + valueAt(part.text), part.to)}
              >
                <span className="cut">
                  <Coloured text={plain} naming={naming} />
                </span>
              </button>
              <IconButton icon="close" label={`Remove ${named}`} onClick={() => onChange(without(query, part))} />
            </li>
          );
        })}
      </ul>
      {said && (
        <p className={`${styles.said} cut`} title={said.explanation}>
          {saidWithNames(said.explanation, query, naming)}
        </p>
      )}
      {said && said.warnings.length > 0 && <p className={styles.warning}>{said.warnings.join(" ")}</p>}
    </div>
  );
}

/** Where the value of a condition begins, which one most often edits; of anything else the beginning. */
function valueAt(text: string): number {
  const all = tokens(text);
  if (!all.some((token) => token.kind === "field")) return 0;
  return all.find((token) => ["value", "quoted", "pattern", "bracket"].includes(token.kind))?.from ?? 0;
}
