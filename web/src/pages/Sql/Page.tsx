import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Fault } from "../../api/client";
import { useApi } from "../../api/session";
import { type SqlAnswer, sqlAnswer } from "../../api/sql";
import { count, duration } from "../../domain/numbers";
import { Button, IconButton, Segmented } from "../../parts/Button";
import { Select } from "../../parts/Field";
import { Keys } from "../../parts/Keys";
import { Notice } from "../../parts/Notice";
import { Failure, Skeleton } from "../../parts/State";
import { useUrlState } from "../../state/address";
import { useKeys } from "../../state/keys";
import { prefer, usePreferences } from "../../state/preferences";
import { AnswerChart } from "./AnswerChart";
import { AnswerTable } from "./AnswerTable";
import { csv } from "./csv";
import { Editor, type EditorHandle } from "./Editor";
import { EXAMPLES } from "./examples";
import { formatted } from "./format";
import styles from "./Page.module.css";
import { chosen, QueryMenus, RECENT, SaveDialog } from "./Queries";
import { withRecent } from "./recent";
import { SchemaPanel } from "./SchemaPanel";
import { LIMITS, type SqlUrl, sqlUrl } from "./url";
import { useDraft } from "./useDraft";

/** SQL on one's own spans: a query, the tables beside it, the answer below. */
export default function SqlPage() {
  const [url, setUrl] = useUrlState(sqlUrl);
  const scope = useApi();
  const queries = useQueryClient();
  const editor = useRef<EditorHandle>(null);
  const { text, write, settle } = useDraft(url.query);
  const [saves, setSaves] = useState(false);
  const [hasSchema, setHasSchema] = useState(() => innerWidth > 900);
  const question = sqlAnswer(scope, url.query, url.limit);
  const asked = useQuery(question);
  useRecent(asked.isSuccess ? url.query : "");

  function run() {
    const query = text.trim();
    if (!query) return;
    settle(text);
    if (query === url.query) void asked.refetch();
    else setUrl({ query, value: "" });
  }
  function choose(next: Partial<SqlUrl>) {
    setUrl(next);
    settle(next.query ?? "");
  }
  useKeys("SQL", [{ keys: "mod+Enter", label: "Run the query", run, whileTyping: true }]);

  return (
    <div className={`${styles.page} ${hasSchema ? "" : styles.alone}`}>
      <h1 className="hidden-visually">SQL</h1>
      <div className={styles.work}>
        <div className={styles.ask}>
          <div className={styles.tools}>
            <QueryMenus onChoose={choose} />
            <span className={styles.push} />
            <Button kind="quiet" disabled={!text.trim()} onClick={() => editor.current?.replace(formatted(text))}>
              Format
            </Button>
            <Button kind="quiet" icon="star" disabled={!text.trim()} onClick={() => setSaves(true)}>
              Save
            </Button>
            <IconButton
              icon="table"
              label={hasSchema ? "Hide the tables" : "Show the tables"}
              aria-pressed={hasSchema}
              onClick={() => setHasSchema(!hasSchema)}
            />
          </div>
          <Editor
            ref={editor}
            value={text}
            onChange={write}
            placeholder="SELECT model, count() AS calls FROM spans GROUP BY model"
          />
          <div className={styles.tools}>
            {asked.isFetching ? (
              <Button icon="close" onClick={() => void queries.cancelQueries(question)}>
                Stop
              </Button>
            ) : (
              <Button kind="primary" icon="play" disabled={!text.trim()} onClick={run}>
                Run
              </Button>
            )}
            <span className={styles.hint}>
              <Keys keys="mod+Enter" />
            </span>
            <Select
              aria-label="The most rows to answer with"
              value={url.limit}
              onChange={(event) => setUrl({ limit: Number(event.target.value) })}
            >
              {LIMITS.map((limit) => (
                <option key={limit} value={limit}>
                  up to {count(limit)} rows
                </option>
              ))}
            </Select>
            {text.trim() !== url.query && url.query !== "" && (
              <span className={styles.edited}>Edited since; the answer is of the query before.</span>
            )}
          </div>
        </div>
        <section className={styles.answer} aria-label="Answer">
          {url.query === "" ? (
            <Examples onChoose={choose} />
          ) : asked.isFetching ? (
            <Running />
          ) : asked.error ? (
            <Refusal error={asked.error} onRetry={() => void asked.refetch()} />
          ) : asked.data ? (
            <Answer answer={asked.data} url={url} onUrl={setUrl} />
          ) : (
            <p className={styles.stopped}>Stopped. Run it again, or write another query.</p>
          )}
        </section>
      </div>
      {hasSchema && (
        <aside className={styles.schema} aria-label="Tables">
          <SchemaPanel onInsert={(name) => editor.current?.insert(name)} />
        </aside>
      )}
      {saves && <SaveDialog url={{ ...url, query: text.trim() }} onClose={() => setSaves(false)} />}
    </div>
  );
}

/** Remembers what was answered. */
function useRecent(query: string): void {
  const { recent } = usePreferences();
  const before = recent[RECENT] ?? [];
  useEffect(() => {
    if (query && before[0] !== query) prefer({ recent: { ...recent, [RECENT]: withRecent(before, query) } });
  }, [query, before, recent]);
}

function Examples({ onChoose }: { onChoose(url: Partial<SqlUrl>): void }) {
  return (
    <div className={styles.examples}>
      <h2>Ask your spans anything</h2>
      <p className="muted">
        One SELECT in ClickHouse’s dialect, on this environment’s spans, traces, threads, customers and scores. To begin
        with:
      </p>
      <ul>
        {EXAMPLES.map((example) => (
          <li key={example.title}>
            <button type="button" className={styles.example} onClick={() => onChoose(chosen(example))}>
              <strong>{example.title}</strong>
              <code>{example.query.replace(/\s+/g, " ")}</code>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What is wrong with the query is said in the server's words; what may pass can be tried again. */
function Refusal({ error, onRetry }: { error: Error; onRetry(): void }) {
  if (!(error instanceof Fault) || error.isPassing || error.status >= 500) {
    return <Failure error={error} onRetry={onRetry} />;
  }
  return (
    <div className={styles.refusal}>
      <Notice tone="error">{error.message}</Notice>
    </div>
  );
}

function Running(): ReactNode {
  return (
    <div className={styles.running} aria-busy="true">
      <span className="hidden-visually" role="status">
        The query runs.
      </span>
      {[96, 82, 90, 74, 86].map((width) => (
        <Skeleton key={width} width={`${width}%`} />
      ))}
    </div>
  );
}

function Answer({
  answer,
  url,
  onUrl,
}: {
  answer: SqlAnswer;
  url: SqlUrl;
  onUrl(change: Partial<SqlUrl>, options?: { replace?: boolean }): void;
}) {
  const rows = answer.rows.length;
  return (
    <>
      <div className={styles.status}>
        <p role="status">
          <strong>{count(rows)}</strong> {rows === 1 ? "row" : "rows"} in {duration(answer.seconds)}
          {answer.isTruncated && <span className={styles.cut}> · there are more; these are the first</span>}
        </p>
        <span className={styles.push} />
        <Segmented
          label="Answer as"
          value={url.as}
          options={[
            { value: "table", label: "Table" },
            { value: "chart", label: "Chart" },
          ]}
          onChange={(as) => onUrl({ as }, { replace: true })}
        />
        <IconButton
          icon="download"
          label="Save as CSV"
          disabled={rows === 0}
          onClick={() =>
            save(
              csv(
                answer.columns.map((column) => column.name),
                answer.rows,
              ),
              "midspan.csv",
            )
          }
        />
      </div>
      {url.as === "chart" ? (
        <AnswerChart answer={answer} value={url.value} onValue={(value) => onUrl({ value }, { replace: true })} />
      ) : (
        <AnswerTable answer={answer} query={url.query} />
      )}
    </>
  );
}

function save(content: string, name: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
