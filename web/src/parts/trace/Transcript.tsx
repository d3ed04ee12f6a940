import { useQueries } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type SpanContent, spanContents, type TraceSource } from "../../api/trace";
import { type ChatTurn, chatOf, type NewMessage, type Said as SaidIn } from "../../domain/chat";
import { type Message, type Part, plainText, type Result } from "../../domain/conversation";
import { written } from "../../domain/json";
import { money } from "../../domain/money";
import { compact, count, duration } from "../../domain/numbers";
import { type Row, tokensOf } from "../../domain/trace";
import { actorOf, isTool, kindOf, spokenRows, type TraceModel } from "../../domain/traceModel";
import { upTo } from "../../domain/visible";
import { Button } from "../Button";
import { Icon } from "../Icon";
import { LogType } from "../LogType";
import { Visible } from "../PlainText";
import { Empty, Failure, Skeleton } from "../State";
import { ValueContent } from "../span/Content";
import { type Spoken, saidIn } from "../span/Conversation";
import { Fold } from "../span/Fold";
import { MessageView, Parts, type Results } from "../span/MessageView";
import styles from "./Transcript.module.css";

const AT_ONCE = 40;
const NONE: Results = new Map();

/** What was said in a trace, call by call: each with what is new in it, tools folded. */
export default function Transcript({
  source,
  model,
  opened,
  onOpen,
}: {
  source: TraceSource;
  model: TraceModel;
  opened: string | null;
  onOpen(id: string): void;
}) {
  const spoken = useMemo(() => spokenRows(model.rows), [model]);
  const [most, setMost] = useState(AT_ONCE);
  const chunks: string[][] = [];
  for (let at = 0; at < Math.min(most, spoken.length); at += AT_ONCE) {
    chunks.push(spoken.slice(at, at + AT_ONCE).map((place) => model.rows[place]?.id ?? ""));
  }
  const answers = useQueries({ queries: chunks.map((ids) => spanContents(source, ids)) });
  const whole = answers.findIndex((answer) => answer.data === undefined);
  const ready = whole < 0 ? answers.length : whole;
  const failed = answers.find((answer) => answer.error);
  // biome-ignore lint/correctness/useExhaustiveDependencies: contents stand still; only how many there are changes
  const items = useMemo(() => {
    const contents = new Map<string, SpanContent>();
    for (const answer of answers.slice(0, ready)) {
      for (const [id, content] of answer.data ?? []) contents.set(id, content);
    }
    return itemsOf(model.rows, spoken.slice(0, ready * AT_ONCE), contents);
  }, [model, spoken, ready]);

  if (spoken.length === 0) {
    return (
      <Empty icon="threads" title="Nothing was said in this trace">
        <p>It has no calls of models and of tools. The timeline shows what it has.</p>
      </Empty>
    );
  }
  let actor = -1;
  return (
    <div className={styles.frame}>
      <ol className={styles.transcript} aria-label="Transcript">
        {items.map((item) => {
          const by = actorOf(model.rows, item.at);
          const isNew = by !== actor;
          actor = by;
          const acting = isNew ? model.rows[by] : undefined;
          return (
            <li key={item.at}>
              {acting && (
                <h2 className={styles.actor}>
                  <LogType type={acting.type} />
                  <Visible text={acting.name.slice(0, 200)} />
                </h2>
              )}
              <ItemView item={item} model={model} isOpened={model.rows[item.at]?.id === opened} onOpen={onOpen} />
            </li>
          );
        })}
      </ol>
      {failed ? (
        <Failure error={failed.error} onRetry={() => void failed.refetch()} />
      ) : ready < chunks.length ? (
        <div className={styles.waiting} aria-busy="true">
          <Skeleton width={180} />
          <Skeleton height={72} />
          <Skeleton height={110} />
        </div>
      ) : most < spoken.length ? (
        <p className={styles.more}>
          <Button icon="down" onClick={() => setMost(most + AT_ONCE)}>
            Show {count(Math.min(AT_ONCE, spoken.length - most))} of {count(spoken.length - most)} more
          </Button>
        </p>
      ) : null}
    </div>
  );
}

/** A call, and its place among the rows. */
interface Call extends SaidIn {
  at: number;
}

interface Item {
  at: number;
  turn: ChatTurn<Call> | null;
  content: SpanContent | undefined;
  /** Spans of the tools that this turn called, by the calls. */
  tools: Map<Part, number>;
}

/** What a span was given and gave, as far as it is known. */
function spokenIn(content: SpanContent | undefined, type: string): Spoken {
  return {
    input: content?.input ?? null,
    output: content?.output ?? null,
    reasoning: content?.reasoning ?? null,
    tool_calls: content?.tool_calls ?? null,
    completion_messages: content?.completion_messages ?? null,
    log_type: type,
  };
}

/** The turns, and between them the tools that no turn says it called. */
function itemsOf(rows: readonly Row[], spoken: readonly number[], contents: ReadonlyMap<string, SpanContent>): Item[] {
  const calls: Call[] = [];
  for (const at of spoken) {
    const row = rows[at] as Row;
    if (isTool(row.type)) continue;
    const content = contents.get(row.id);
    const said = saidIn(spokenIn(content, row.type));
    const { inputMessages: input, outputMessages: output } = said;
    calls.push({ at, id: row.id, trace: "", isCall: true, isRoot: false, input, output });
  }
  const turns = new Map(chatOf(calls).map((turn) => [turn.span.at, turn]));
  const items: Item[] = [];
  const waiting: { item: Item; part: Extract<Part, { kind: "call" }> }[] = [];
  for (const at of spoken) {
    const row = rows[at] as Row;
    const content = contents.get(row.id);
    const turn = turns.get(at) ?? null;
    const item: Item = { at, turn, content, tools: new Map() };
    if (turn) {
      for (const message of turn.output) {
        for (const part of message.parts) if (part.kind === "call") waiting.push({ item, part });
      }
    } else {
      const name = row.name.toLowerCase();
      const asked = waiting.findIndex(({ part }) => name.includes(part.name.toLowerCase()));
      if (asked >= 0) {
        const [{ item: caller, part }] = waiting.splice(asked, 1) as [(typeof waiting)[number]];
        caller.tools.set(part, at);
        continue;
      }
    }
    items.push(item);
  }
  return items;
}

function ItemView({
  item,
  model,
  isOpened,
  onOpen,
}: {
  item: Item;
  model: TraceModel;
  isOpened: boolean;
  onOpen(id: string): void;
}) {
  const row = model.rows[item.at];
  if (!row?.span) return null;
  const { turn } = item;
  const said = ({ message, isChanged }: NewMessage, at: number) => (
    <Said key={at} message={message} isChanged={isChanged} item={item} model={model} onOpen={onOpen} />
  );
  return (
    <section className={`${styles.item} ${isOpened ? styles.opened : ""}`} aria-label={row.name.slice(0, 80)}>
      {turn?.added.map(said)}
      <button type="button" className={styles.head} onClick={() => onOpen(row.id)} title="Open the span">
        <LogType type={row.type} />
        <span className={styles.name}>
          <Visible text={row.name.slice(0, 120)} />
        </span>
        {kindOf(row) && (
          <span className={styles.model}>
            <Visible text={kindOf(row).slice(0, 80)} />
          </span>
        )}
        {row.isFailed && (
          <span className={styles.failed}>
            <Icon name="alert" size={13} /> failed
          </span>
        )}
        <span className={styles.numbers}>{numbersOf(row)}</span>
      </button>
      {turn?.output.map((message, at) => said({ message, isChanged: false }, at))}
      {!turn && (
        <Fold
          icon="tool"
          title="Input and output"
          note={<Visible text={[item.content?.input, item.content?.output].map(beginning).join(" → ")} />}
        >
          <Given content={item.content} />
        </Fold>
      )}
      {row.span.error_message && (
        <p className={styles.error} dir="auto">
          <Icon name="alert" size={14} />
          <span>
            <Visible text={row.span.error_message.slice(0, 2000)} />
          </span>
        </p>
      )}
    </section>
  );
}

/** When it began, how long it took, and what it used. */
function numbersOf(row: Row): string {
  const tokens = row.span && tokensOf(row.span);
  const cost = row.span?.cost;
  return [
    `+${duration(row.start / 1000)}`,
    duration((row.finish - row.start) / 1000),
    tokens ? `${compact(tokens)} tokens` : "",
    cost != null ? money(cost) : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** One message: what is text stands open, what tools were asked and answered is folded. */
function Said({
  message,
  isChanged,
  item,
  model,
  onOpen,
}: {
  message: Message;
  isChanged: boolean;
  item: Item;
  model: TraceModel;
  onOpen(id: string): void;
}) {
  if (message.role === "system" || message.role === "developer") {
    return (
      <Fold
        title={message.role === "system" ? "System prompt" : "Developer's prompt"}
        note={isChanged ? "changed" : <Visible text={plainText(message).slice(0, 300)} />}
      >
        <MessageView message={message} results={NONE} />
      </Fold>
    );
  }
  if (message.role === "tool") {
    return (
      <Fold icon="tool" title={message.name ? `Result of ${message.name}` : "Result of a tool"}>
        <Parts parts={message.parts} results={NONE} />
      </Fold>
    );
  }
  const calls = message.parts.filter((part) => part.kind === "call");
  const others = message.parts.filter((part) => part.kind !== "call");
  return (
    <>
      {others.length > 0 && <MessageView message={{ ...message, parts: others }} results={NONE} />}
      {calls.map((call, at) => (
        <ToolCall
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message stand still
          key={at}
          call={call}
          result={call.id ? item.turn?.results.get(call.id) : undefined}
          row={model.rows[item.tools.get(call) ?? -1]}
          onOpen={onOpen}
        />
      ))}
    </>
  );
}

const BEGINNING = 70;

/** So much of a text as says what it is. */
function beginning(text: string | null | undefined): string {
  if (!text) return "";
  return text.length > BEGINNING ? `${upTo(text, BEGINNING)}…` : text;
}

function ToolCall({
  call,
  result,
  row,
  onOpen,
}: {
  call: Extract<Part, { kind: "call" }>;
  result: Result | undefined;
  row: Row | undefined;
  onOpen(id: string): void;
}) {
  const came = result && plainText({ role: "", name: null, parts: result.parts });
  const took = row && duration((row.finish - row.start) / 1000);
  const note = [[written(call.args), came].map(beginning).filter(Boolean).join(" → "), took]
    .filter(Boolean)
    .join(" · ");
  return (
    <Fold
      icon="tool"
      title={call.name.slice(0, 200)}
      note={<Visible text={row?.isFailed ? `${note} · failed` : note} />}
    >
      <div className={styles.tool}>
        <ValueContent value={call.args} label="the arguments" />
        {result && (
          <>
            <p className={styles.label}>Result</p>
            <Parts parts={result.parts} results={NONE} />
          </>
        )}
        {row?.span?.error_message && (
          <p className={styles.error} dir="auto">
            <Icon name="alert" size={14} />
            <span>
              <Visible text={row.span.error_message.slice(0, 2000)} />
            </span>
          </p>
        )}
        {row && (
          <p>
            <Button kind="quiet" icon="spans" onClick={() => onOpen(row.id)}>
              Open the span of the tool
            </Button>
          </p>
        )}
      </div>
    </Fold>
  );
}

function Given({ content }: { content: SpanContent | undefined }) {
  const said = useMemo(() => saidIn(spokenIn(content, "tool")), [content]);
  return (
    <div className={styles.tool}>
      <p className={styles.label}>Input</p>
      {said.input === null ? (
        <p className="faint">No input was sent.</p>
      ) : (
        <ValueContent value={said.input} label="the input" />
      )}
      <p className={styles.label}>Output</p>
      {said.output === null ? (
        <p className="faint">No output was sent.</p>
      ) : (
        <ValueContent value={said.output} label="the output" />
      )}
    </div>
  );
}
