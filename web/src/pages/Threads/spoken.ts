import type { ThreadSpan } from "../../api/threads";
import type { Said } from "../../domain/chat";
import type { Message } from "../../domain/conversation";
import type { Json } from "../../domain/json";
import { saidIn } from "../../parts/span/Conversation";

/** A span of a thread with what was said in it. */
export interface Spoken extends Said {
  source: ThreadSpan;
}

const CALLS = /^(chat|completion|text|response|generation)$/;
const read = new WeakMap<ThreadSpan, Spoken>();

/** Read once for each span, however often more of the thread comes. */
export function spokenOf(span: ThreadSpan): Spoken {
  const known = read.get(span);
  if (known) return known;
  const said = saidIn(span);
  const made: Spoken = {
    id: span.id,
    trace: span.trace_unique_id,
    isCall: CALLS.test(span.log_type),
    isRoot: !span.span_parent_id,
    input: said.inputMessages ?? asMessage(said.input, "user"),
    output: said.outputMessages ?? asMessage(said.output, "assistant"),
    source: span,
  };
  read.set(span, made);
  return made;
}

/** What is no conversation, as one message. */
function asMessage(value: Json | null, role: string): Message[] | null {
  if (value === null) return null;
  return [
    { role, name: null, parts: [typeof value === "string" ? { kind: "text", text: value } : { kind: "json", value }] },
  ];
}
