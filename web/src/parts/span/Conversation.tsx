import { useMemo, useState } from "react";
import type { Span } from "../../api/client";
import { completed, joined, type Message, messagesOf } from "../../domain/conversation";
import { type Json, parsed } from "../../domain/json";
import { Badge } from "../Badge";
import { Button } from "../Button";
import { ValueContent } from "./Content";
import { MessageView, type Results } from "./MessageView";
import styles from "./SpanPanel.module.css";

/** Input and output: as a conversation where they are one, else as JSON or text. */
export interface Said {
  input: Json | null;
  output: Json | null;
  inputMessages: Message[] | null;
  outputMessages: Message[] | null;
  /** What the model answered beside it, where it was asked for several answers. */
  otherAnswers: Message[];
  /** As they are stored. */
  inputText: string | null;
  outputText: string | null;
}

export type Spoken = Pick<Span, "input" | "output" | "log_type" | "reasoning" | "tool_calls" | "completion_messages">;

const CONVERSATIONS = /^(chat|completion|text|response|generation)$/;

export function saidIn(span: Spoken): Said {
  const input = span.input === null ? null : parsed(span.input);
  const output = span.output === null ? null : parsed(span.output);
  const isCall = CONVERSATIONS.test(span.log_type);
  const answers = span.completion_messages as Json;
  const answer = messages(output, "assistant", isCall) ?? (output === null ? messagesOf(answers, "assistant") : null);
  return {
    input,
    output,
    inputMessages: messages(input, "user", isCall),
    outputMessages:
      output === null || answer ? completed(answer, span.reasoning as Json, span.tool_calls as Json) : null,
    otherAnswers: Array.isArray(answers) && answers.length > 1 ? (messagesOf(answers.slice(1), "assistant") ?? []) : [],
    inputText: span.input,
    outputText: span.output,
  };
}

function messages(value: Json | null, role: string, isCall: boolean): Message[] | null {
  if (value === null) return null;
  const found = messagesOf(value, role);
  if (found || !isCall || typeof value !== "string") return found;
  return [{ role, name: null, parts: [{ kind: "text", text: value }] }];
}

export function Conversation({ said }: { said: Said }) {
  const input = useMemo(() => said.inputMessages && joined(said.inputMessages), [said]);
  return (
    <>
      <section className={styles.section} aria-label="Input">
        <h3 className={styles.label}>Input</h3>
        {input ? (
          <Messages messages={input.messages} results={input.results} />
        ) : said.input === null ? (
          <p className="faint">No input was sent.</p>
        ) : (
          <ValueContent value={said.input} text={said.inputText} label="the input" />
        )}
      </section>
      <Output said={said} />
    </>
  );
}

export function Output({ said }: { said: Said }) {
  return (
    <section className={styles.section} aria-label="Output">
      <h3 className={styles.label}>Output</h3>
      {said.outputMessages ? (
        said.outputMessages.map((message, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages stand still
          <MessageView key={at} message={message} results={NONE} />
        ))
      ) : said.output === null ? (
        <p className="faint">No output was sent.</p>
      ) : (
        <ValueContent value={said.output} text={said.outputText} label="the output" />
      )}
      {said.otherAnswers.map((message, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages stand still
        <MessageView key={at} message={message} results={NONE} mark={<Badge>another answer</Badge>} />
      ))}
    </section>
  );
}

const NONE: Results = new Map();
const BEGINNING = 1;
const END = 5;
const FOLDED_LEAST = 3;
const STEP = 50;

/** The first message and the last ones; those between come when they are asked for. */
function Messages({ messages, results }: { messages: readonly Message[]; results: Results }) {
  const [end, setEnd] = useState(END);
  const hidden = messages.length - BEGINNING - end;
  const from = hidden >= FOLDED_LEAST ? BEGINNING + hidden : BEGINNING;
  return (
    <>
      {messages.slice(0, BEGINNING).map((message, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages stand still
        <MessageView key={at} message={message} results={results} />
      ))}
      {from > BEGINNING && (
        <Button kind="quiet" icon="up" onClick={() => setEnd(end + STEP)}>
          {hidden > STEP ? `Show ${STEP} of ${hidden} messages between` : `Show ${hidden} messages between`}
        </Button>
      )}
      {messages.slice(from).map((message, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages stand still
        <MessageView key={from + at} message={message} results={results} />
      ))}
    </>
  );
}
