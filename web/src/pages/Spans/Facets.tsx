import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect, useRef, useState } from "react";
import { fields as fieldsOf } from "../../api/filters";
import { KEY_FIELD, useKeyNames } from "../../api/keyNames";
import { metrics } from "../../api/queries";
import { useApi } from "../../api/session";
import { type FieldInfo, means } from "../../domain/completion";
import { compact, count } from "../../domain/numbers";
import { chosen, toggled } from "../../domain/query";
import { Icon } from "../../parts/Icon";
import { Skeleton } from "../../parts/State";
import { useKeys } from "../../state/keys";
import { prefer, usePreferences } from "../../state/preferences";
import { useRange } from "../../state/range";
import styles from "./Facets.module.css";

/** Fields with few values, by which one most often looks. Keys of metadata follow. */
const FACETS: readonly { field: string; title: string }[] = [
  { field: "status", title: "Status" },
  { field: "log_type", title: "Type" },
  { field: "model", title: "Model" },
  { field: "customer_identifier", title: "Customer" },
  { field: "span_name", title: "Name" },
  { field: "error_code", title: "Error code" },
  { field: "provider_id", title: "Provider" },
  { field: "finish_reason", title: "Finish reason" },
  { field: "prompt_name", title: "Prompt" },
  { field: KEY_FIELD, title: "API key" },
];
const OPEN_AT_FIRST: readonly string[] = ["status", "model", "log_type", "customer_identifier"];
const SHOWN = 6;
const MOST = 50;
const KEYS_SHOWN = 12;
const NO_FIELDS: never[] = [];

interface Props {
  query: string;
  onChange(query: string): void;
  /** Nothing is asked of the server before the table has its rows. */
  isReady: boolean;
  /** The filter cannot be read, so that nothing can be counted. */
  isUnread: boolean;
}

/**
 * Values of fields with how many spans have each: a click lets in only those, with Alt it leaves them out. With `onClose`
 * they lie over the table, and go with Escape or a click beside them.
 */
export function Facets({ query, onChange, isReady, isUnread, onClose }: Props & { onClose: (() => void) | undefined }) {
  const aside = useRef<HTMLElement>(null);
  useAside(aside, onClose);
  const { facets } = usePreferences();
  const scope = useApi();
  const { data: fields = NO_FIELDS } = useQuery({ ...fieldsOf(scope, "spans"), enabled: isReady && !isUnread });
  const keys = fields.find((field) => field.name === "metadata.<key>")?.keys ?? [];
  const all = [
    ...FACETS,
    ...keys.slice(0, KEYS_SHOWN).map((key) => ({ field: `metadata.${key}`, title: key, isKey: true })),
  ];
  const open = facets.open ?? OPEN_AT_FIRST;
  return (
    <aside ref={aside} className={`${styles.facets} ${onClose ? styles.over : ""}`} aria-label="Facets">
      {all.map((facet, at) => (
        <div key={facet.field}>
          {"isKey" in facet && !("isKey" in (all[at - 1] ?? {})) && <h2 className={styles.part}>Metadata</h2>}
          <Facet
            {...facet}
            fields={fields}
            isOpen={open.includes(facet.field)}
            onOpen={(isOpen) =>
              prefer({
                facets: {
                  ...facets,
                  open: isOpen ? [...open, facet.field] : open.filter((field) => field !== facet.field),
                },
              })
            }
            query={query}
            onChange={onChange}
            isReady={isReady}
            isUnread={isUnread}
          />
        </div>
      ))}
    </aside>
  );
}

/** What lies over the page goes with Escape, and with a click elsewhere but at the button that shows it. */
function useAside(aside: RefObject<HTMLElement | null>, onClose: (() => void) | undefined): void {
  useKeys("Facets", onClose ? [{ keys: "Escape", label: "Hide the facets", run: onClose }] : []);
  const close = useRef(onClose);
  close.current = onClose;
  const isOver = onClose !== undefined;
  useEffect(() => {
    if (!isOver) return;
    const onPress = (event: PointerEvent) => {
      const target = event.target as Element;
      if (!aside.current?.contains(target) && !target.closest("button")) close.current?.();
    };
    document.addEventListener("pointerdown", onPress);
    return () => document.removeEventListener("pointerdown", onPress);
  }, [aside, isOver]);
}

interface FacetProps extends Props {
  field: string;
  title: string;
  fields: readonly FieldInfo[];
  isOpen: boolean;
  onOpen(isOpen: boolean): void;
}

function Facet(props: FacetProps) {
  const { field, title, fields, isOpen, onOpen, query } = props;
  const { included, excluded } = chosen(query, means(fields, field));
  const size = included.size + excluded.size;
  return (
    <section>
      <h3 className={styles.head}>
        <button type="button" aria-expanded={isOpen} onClick={() => onOpen(!isOpen)}>
          <Icon name={isOpen ? "down" : "right"} size={12} />
          <span className="cut">{title}</span>
          {size > 0 && <span className={styles.chosen}>{size}</span>}
        </button>
      </h3>
      {isOpen && <Values {...props} />}
    </section>
  );
}

function Values({ field, title, fields, query, onChange, isReady, isUnread }: FacetProps) {
  const scope = useApi();
  const { window } = useRange();
  const [limit, setLimit] = useState(SHOWN);
  const isField = means(fields, field);
  const { included, excluded, rest } = chosen(query, isField);
  // Counted without what this facet itself says, so that one sees what else there is to choose.
  const { data, error, isPlaceholderData } = useQuery({
    ...metrics(scope, window, {
      measures: ["count"],
      group_by: [field],
      interval: "none",
      limit,
      ...(rest ? { query: rest } : {}),
    }),
    enabled: isReady && !isUnread,
  });
  const names = useKeyNames(field === KEY_FIELD);
  if (error) return <p className={styles.none}>{isReady ? "Could not be counted." : ""}</p>;
  if (isUnread) return <p className={styles.none}>Not counted.</p>;
  if (!data) return <Bones />;
  const found = data.series.flatMap(({ group, is_other: isOther, totals }) => {
    const value = (group as Record<string, unknown>)[field];
    return isOther || value === null ? [] : [{ value: String(value), count: totals.count ?? 0 }];
  });
  const unseen = [...included, ...excluded].filter((value) => !found.some((one) => one.value === value));
  const rows = [...found, ...unseen.map((value) => ({ value, count: null }))];
  const hasMore = data.series.some((one) => one.is_other);
  const most = Math.max(1, ...found.map((one) => one.count));
  if (rows.length === 0) return <p className={styles.none}>No span has it.</p>;
  const toggle = (value: string, isNot: boolean) => onChange(toggled(query, field, value, isField, isNot));
  return (
    <>
      <ul className={`${styles.values} ${isPlaceholderData ? styles.stale : ""}`} aria-busy={isPlaceholderData}>
        {rows.map(({ value, count: spans }) => {
          const isOut = excluded.has(value);
          const name = names?.get(value) ?? value;
          return (
            <li key={value} className={styles.value}>
              <button
                type="button"
                className={`${styles.pick} ${isOut ? styles.out : ""}`}
                aria-pressed={included.has(value)}
                title={`${name === value ? value : `${name} (${value})`}\nA click shows only these, with Alt it leaves them out.`}
                onClick={(event) => toggle(value, event.altKey)}
              >
                <span className={styles.bar} style={{ width: `${((spans ?? 0) / most) * 100}%` }} aria-hidden="true" />
                <span className="cut">{name}</span>
                <span className={styles.count} title={spans === null ? "" : count(spans)}>
                  {spans === null ? "" : compact(spans)}
                </span>
              </button>
              <button
                type="button"
                className={styles.not}
                aria-pressed={isOut}
                aria-label={`Not ${title} ${name}`}
                title="Leave out"
                onClick={() => toggle(value, true)}
              >
                not
              </button>
            </li>
          );
        })}
      </ul>
      {hasMore && limit < MOST && (
        <button type="button" className={styles.more} onClick={() => setLimit(MOST)}>
          More of {compact(data.group_count)}
        </button>
      )}
      {hasMore && limit >= MOST && <p className={styles.none}>The first {MOST}; type to find others.</p>}
    </>
  );
}

function Bones() {
  return (
    <div className={styles.bones} aria-hidden="true">
      <Skeleton width="70%" />
      <Skeleton width="55%" />
      <Skeleton width="40%" />
    </div>
  );
}
