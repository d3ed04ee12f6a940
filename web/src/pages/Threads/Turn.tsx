import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import type { ChatTurn, NewMessage } from "../../domain/chat";
import { type Message, type Part, plainText, type Result } from "../../domain/conversation";
import { written } from "../../domain/json";
import { duration } from "../../domain/numbers";
import { pathOf } from "../../domain/path";
import { Badge } from "../../parts/Badge";
import { Icon } from "../../parts/Icon";
import { Visible } from "../../parts/PlainText";
import { Fold } from "../../parts/span/Fold";
import { MessageView, Parts } from "../../parts/span/MessageView";
import { Duration, Money, Time, Tokens } from "../../parts/Values";
import { carried, useAddress } from "../../state/address";
import styles from "./Page.module.css";
import type { Spoken } from "./spoken";

type Results = ReadonlyMap<string, Result>;

/** One call of a model: what is new in it and what was answered; beside it what it cost and how long it took. */
export function TurnView({
  turn,
  isOpened,
  onOpen,
}: {
  turn: ChatTurn<Spoken>;
  isOpened: boolean;
  onOpen(id: string): void;
}) {
  const { source } = turn.span;
  const { results } = turn;
  return (
    <li tabIndex={-1} className={`${styles.turn} ${isOpened ? styles.opened : ""}`}>
      <div className={styles.said}>
        {turn.opensTrace && <TraceLine id={source.trace_unique_id} at={source.start_time ?? source.timestamp} />}
        {turn.added.map((one, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages stand still
          <Added key={at} added={one} results={results} />
        ))}
        {turn.output.map((message, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages stand still
          <Answer key={at} message={message} results={results} />
        ))}
        {source.status === "failed" && (
          <p className={styles.error}>
            <Badge tone="error">
              <Visible text={String(source.error_code ?? source.status_code).slice(0, 100)} />
            </Badge>
            <span>
              <Visible text={(source.error_message ?? "The call failed.").slice(0, 2000)} />
            </span>
          </p>
        )}
        {turn.others.length > 0 && <Others spans={turn.others} onOpen={onOpen} />}
      </div>
      <Side turn={turn} onOpen={onOpen} />
    </li>
  );
}

function TraceLine({ id, at }: { id: string; at: string }) {
  const [params] = useAddress();
  const { path, own } = pathOf("/traces", id);
  return (
    <p className={styles.trace}>
      <Link href={carried(path, params, own)}>
        Trace <Visible text={id.slice(0, 8)} />
      </Link>
      <Time at={at} />
    </p>
  );
}

function Side({ turn, onOpen }: { turn: ChatTurn<Spoken>; onOpen(id: string): void }) {
  const { source } = turn.span;
  const name = source.span_name ?? source.log_type;
  return (
    <aside className={styles.side} aria-label={`Of the turn ${name}`}>
      <button type="button" className={styles.name} onClick={() => onOpen(source.id)} title="Open the span">
        <span className="cut">
          <Visible text={name.slice(0, 120)} />
        </span>
        <Icon name="right" size={12} />
      </button>
      {source.model && (
        <span className="muted cut">
          <Visible text={source.model.slice(0, 120)} />
        </span>
      )}
      <span className={styles.numbers}>
        <Duration seconds={source.latency} />
        {source.cost !== null && <Money amount={source.cost} />}
      </span>
      {source.total_request_tokens !== null && (
        <span className="muted">
          <Tokens count={source.total_request_tokens} /> tokens
        </span>
      )}
      <span className="muted">
        <Time at={source.timestamp} />
      </span>
    </aside>
  );
}

const FOLDED: Record<string, string> = {
  system: "System prompt",
  developer: "Developer prompt",
  tool: "Result of a tool",
};

/** A new message of the input. Prompts and what tools gave are folded. */
function Added({ added: { message, isChanged }, results }: { added: NewMessage; results: Results }) {
  const title = FOLDED[message.role];
  if (message.role === "assistant") return <Answer message={message} results={results} />;
  if (title === undefined) return <MessageView message={message} results={results} />;
  return (
    <Fold
      title={message.name ? `${title} ${message.name.slice(0, 80)}` : title}
      note={isChanged ? "changed" : firstWords(message)}
      icon={message.role === "tool" ? "tool" : "info"}
    >
      <Parts parts={message.parts} results={results} />
    </Fold>
  );
}

/** What was answered, with its calls of tools folded below. */
function Answer({ message, results }: { message: Message; results: Results }) {
  const calls = message.parts.filter((part) => part.kind === "call");
  const rest = message.parts.filter((part) => part.kind !== "call");
  return (
    <>
      {(rest.length > 0 || calls.length === 0) && (
        <MessageView message={{ ...message, parts: rest }} results={results} />
      )}
      {calls.map((call, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a message stand still
        <ToolCall key={at} call={call} result={call.id ? results.get(call.id) : undefined} results={results} />
      ))}
    </>
  );
}

function ToolCall({
  call,
  result,
  results,
}: {
  call: Extract<Part, { kind: "call" }>;
  result: Result | undefined;
  results: Results;
}) {
  const came = result ? words(result.parts) : "no result";
  return (
    <Fold icon="tool" title={call.name.slice(0, 120)} note={`${written(call.args).slice(0, 80)} → ${came}`}>
      <Parts parts={[call]} results={results} />
    </Fold>
  );
}

function firstWords(message: Message): string {
  return words(message.parts);
}

function words(parts: readonly Part[]): string {
  return plainText({ role: "", name: null, parts: [...parts] }).slice(0, 120);
}

/** Spans of the turn's trace that call no model. */
function Others({ spans, onOpen }: { spans: readonly Spoken[]; onOpen(id: string): void }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const failed = spans.filter((span) => span.source.status === "failed").length;
  return (
    <div className={styles.others}>
      <button type="button" className={styles.fold} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon name={isOpen ? "down" : "right"} size={12} />
        {spans.length} other {spans.length === 1 ? "span" : "spans"}
        {failed > 0 && <span className={styles.failed}>, {failed} failed</span>}
      </button>
      {isOpen && (
        <ul className={styles.otherList}>
          {spans.map(({ id, source }) => (
            <li key={id}>
              <button type="button" className={styles.other} onClick={() => onOpen(id)}>
                <span className="muted">{source.log_type}</span>
                <span className="cut">
                  <Visible text={(source.span_name ?? source.id.slice(0, 8)).slice(0, 120)} />
                </span>
                {source.status === "failed" && (
                  <Badge tone="error">
                    <Visible text={String(source.error_code ?? source.status_code).slice(0, 100)} />
                  </Badge>
                )}
                <span className={styles.otherTime}>{source.latency === null ? "" : duration(source.latency)}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
