import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { fields, fieldValues } from "../../api/filters";
import { useApi } from "../../api/session";
import { sqlSchema } from "../../api/sql";
import { Icon, type IconName } from "../../parts/Icon";
import { Visible } from "../../parts/PlainText";
import { place as placed } from "../../parts/place";
import { useRange } from "../../state/range";
import styles from "./Completion.module.css";
import { choicesAt, isOffered, placeIn, type SqlChoice, type SqlPlace } from "./completion";

const NO_TEXTS: readonly string[] = [];

export interface SqlChoices {
  place: SqlPlace | null;
  choices: readonly SqlChoice[];
}

/** What can be chosen at the caret. `isAsked`: somebody wants to see it, though nothing is typed yet. */
export function useSqlChoices(sql: string, caret: number, isWanted: boolean, isAsked: boolean): SqlChoices {
  const scope = useApi();
  const { data: schema } = useQuery(sqlSchema(scope));
  const place = useMemo(() => {
    const found = isWanted ? placeIn(sql, caret) : null;
    return found && (isAsked || isOffered(found)) ? found : null;
  }, [sql, caret, isWanted, isAsked]);
  const texts = useTexts(place);
  const choices = useMemo(
    () => (schema && place ? choicesAt(sql, place, schema, texts) : []),
    [schema, place, sql, texts],
  );
  return { place, choices };
}

/** The keys of a map, or the values of a column that spans of the range have most. */
function useTexts(place: SqlPlace | null): readonly string[] {
  const scope = useApi();
  const { window } = useRange();
  const isText = place?.wants === "key" || place?.wants === "value";
  const { data: known } = useQuery({ ...fields(scope, "spans"), enabled: isText });
  const keys = known?.find((field) => field.name === `${place?.of}.<key>`)?.keys;
  const column = place?.wants === "value" ? known?.find((field) => field.name === place.of) : undefined;
  const { data: values } = useQuery({
    ...fieldValues(scope, window, column?.name ?? "", ""),
    enabled: column !== undefined && column.values !== "none",
  });
  const found = useMemo(() => values?.map((one) => String(one.value)), [values]);
  return (place?.wants === "key" ? keys : column && found) ?? NO_TEXTS;
}

const ICONS: Record<SqlChoice["kind"], IconName> = {
  column: "columns",
  alias: "step",
  table: "table",
  keyword: "key",
  function: "command",
  key: "filter",
  value: "dot",
};
const KINDS: Record<SqlChoice["kind"], string> = {
  column: "Column",
  alias: "Name in this query",
  table: "Table",
  keyword: "Keyword",
  function: "Function",
  key: "Key",
  value: "Value",
};

/** The choices, below what is typed. The focus stays in the editor. */
export function Choices({
  id,
  choices,
  active,
  anchor,
  onTake,
}: {
  id: string;
  choices: readonly SqlChoice[];
  active: number;
  /** Where the word begins that is completed, as it is drawn now. */
  anchor(): DOMRect | null;
  onTake(choice: SqlChoice): void;
}) {
  const popped = useRef<HTMLDivElement>(null);
  const chosen = choices[Math.max(active, 0)];
  useEffect(() => {
    const element = popped.current;
    const rect = anchor();
    if (!element || !rect) return;
    if (!element.matches(":popover-open")) element.showPopover();
    placed({ getBoundingClientRect: () => rect }, element);
  });
  useEffect(() => {
    document.getElementById(`${id}-${active}`)?.scrollIntoView({ block: "nearest" });
  }, [id, active]);
  return (
    <div
      ref={popped}
      popover="manual"
      className={styles.popped}
      onPointerDown={(event) => event.preventDefault()} // the editor keeps the focus
    >
      <div role="listbox" id={id} aria-label="Completions" className={styles.list} tabIndex={-1}>
        {choices.map((choice, at) => (
          <div
            key={`${choice.kind} ${choice.label}`}
            id={`${id}-${at}`}
            role="option"
            aria-selected={at === active}
            className={styles.item}
            onClick={() => onTake(choice)}
          >
            <span className={styles.kind} title={KINDS[choice.kind]}>
              <Icon name={ICONS[choice.kind]} size={13} />
            </span>
            <span className={`${styles.name} cut`}>
              <Visible text={choice.label.slice(0, 200)} />
            </span>
            <span className="hidden-visually">{KINDS[choice.kind]}</span>
            <span className={`${styles.detail} cut`}>{choice.detail}</span>
          </div>
        ))}
      </div>
      <div className={styles.foot}>
        {chosen?.help && <p className={styles.help}>{chosen.help}</p>}
        <span className={styles.keys} aria-hidden="true">
          <kbd>↑</kbd> <kbd>↓</kbd> choose · <kbd>Tab</kbd> complete · <kbd>Esc</kbd> close
        </span>
      </div>
    </div>
  );
}
