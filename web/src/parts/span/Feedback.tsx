import { useId, useState } from "react";
import type { Schemas, Span } from "../../api/client";
import { useSession } from "../../api/session";
import { useChangeSpan } from "../../api/span";
import type { Json } from "../../domain/json";
import { trimmed } from "../../domain/numbers";
import { Badge } from "../Badge";
import { Button } from "../Button";
import { JsonView } from "../JsonView";
import { PlainText, Visible } from "../PlainText";
import { Time } from "../Values";
import styles from "./Feedback.module.css";
import panel from "./SpanPanel.module.css";

/** What people and evaluators say of a span. */
export function Feedback({ span }: { span: Span }) {
  const scores = Object.values(span.scores);
  return (
    <>
      <Note key={span.note} span={span} />
      <section className={panel.section} aria-label="Scores">
        <h3 className={panel.label}>Scores{scores.length > 0 && ` · ${scores.length}`}</h3>
        {scores.length === 0 ? (
          <p className="faint">No evaluator has scored this span.</p>
        ) : (
          scores.map((score) => <ScoreView key={score.id} score={score} />)
        )}
      </section>
    </>
  );
}

/** Notes that are begun and not saved, by author and span: who looks something up in between finds them again. */
const begun = new Map<string, string>();

function Note({ span }: { span: Span }) {
  const id = useId();
  const { rights, member } = useSession();
  const draft = `${member?.email ?? ""} ${span.id}`;
  const change = useChangeSpan(span.id);
  const [typed, setTyped] = useState(begun.get(draft) ?? span.note ?? "");
  const may = rights.includes("ingest");
  const isChanged = typed !== (span.note ?? "");
  function write(text: string) {
    begun.set(draft, text);
    setTyped(text);
  }
  function leave() {
    begun.delete(draft);
    setTyped(span.note ?? "");
  }
  async function save() {
    const note = typed.trim();
    begun.set(draft, note); // it is still there when the server refuses
    await change.mutateAsync({ note: note || null }).then(
      () => begun.delete(draft),
      () => undefined, // said by the hook
    );
  }
  return (
    <section className={panel.section} aria-label="Note">
      <h3 className={panel.label}>
        <label htmlFor={id}>Note</label>
      </h3>
      {may ? (
        <form
          className={styles.note}
          onSubmit={(event) => {
            event.preventDefault();
            void save();
          }}
        >
          <textarea
            id={id}
            className={styles.area}
            rows={Math.min(12, Math.max(3, typed.split("\n").length + 1))}
            placeholder="What the next one who opens this span should know"
            value={typed}
            onChange={(event) => write(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && isChanged) void save();
            }}
          />
          <div className={styles.buttons}>
            <Button type="submit" kind="primary" disabled={!isChanged || change.isPending}>
              {change.isPending ? "Saving …" : "Save the note"}
            </Button>
            {isChanged && <Button onClick={leave}>Leave it as it was</Button>}
          </div>
        </form>
      ) : span.note ? (
        <PlainText text={span.note} />
      ) : (
        <p className="faint">No note. Your role may read only.</p>
      )}
    </section>
  );
}

function ScoreView({ score }: { score: Schemas["ReadScore"] }) {
  const name = score.evaluator_name || score.evaluator_slug || score.evaluator_id;
  const json = score.json_value as Json | undefined;
  return (
    <article className={styles.score}>
      <header className={styles.scoreHead}>
        <strong>
          <Visible text={name.slice(0, 200)} />
        </strong>
        {score.numerical_value !== null && <span className={styles.value}>{trimmed(score.numerical_value, 4)}</span>}
        {score.boolean_value !== null && <span className={styles.value}>{score.boolean_value ? "true" : "false"}</span>}
        {score.categorical_value?.map((category) => (
          <Badge key={category}>
            <Visible text={category.slice(0, 80)} />
          </Badge>
        ))}
        {score.is_passed !== null && (
          <Badge tone={score.is_passed ? "ok" : "error"}>{score.is_passed ? "passed" : "not passed"}</Badge>
        )}
        <span className={styles.when}>
          <Time at={score.created_at} form="relative" />
        </span>
      </header>
      {score.string_value && <PlainText text={score.string_value} most={4000} />}
      {json !== null && json !== undefined && <JsonView value={json} label="the score" depth={1} />}
    </article>
  );
}
