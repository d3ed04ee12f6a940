import type { Message, Part, Result } from "./conversation";
import { changesOf, keyOf } from "./turns";

/** Calls of models as the conversation that they were, of a thread or of a trace: each with what it added to what was said
 * before it, and what was answered.
 */

/** A span, as far as the chat is concerned. */
export interface Said {
  id: string;
  trace: string;
  /** It calls a model, and so makes a turn. */
  isCall: boolean;
  /** It has no span above it in its trace. */
  isRoot: boolean;
  input: readonly Message[] | null;
  output: readonly Message[] | null;
}

export interface NewMessage {
  message: Message;
  /** It took the place of another one, as a prompt with the time of day in it does. */
  isChanged: boolean;
}

export interface ChatTurn<T extends Said> {
  span: T;
  /** What its input adds. */
  added: NewMessage[];
  output: Message[];
  /** What came back from the tools that are called in this turn, by the ids of the calls. */
  results: ReadonlyMap<string, Result>;
  /** Spans of its trace that call no model: tools, searches, agents. */
  others: T[];
  /** The turn is the first of its trace on the page. */
  opensTrace: boolean;
}

/** So many calls are looked back at: agents that talk side by side have histories of their own. */
const LOOK_BACK = 16;

interface Known {
  keys: ReadonlySet<string>;
  input: Message[];
  output: Message[];
  line: Line;
}

/** A call, and the one whose history it goes on with. */
interface Line {
  before: Line | null;
  trace: string;
  /** How often it added the same words, by what they are. */
  added: ReadonlyMap<string, number>;
}

/**
 * The chat of these spans, which come in order. `isMore`: there are later ones, so the last trace may not be whole yet.
 *
 * Applications send the history again with each call, whole or the end of it. Each input is held against the earlier
 * call that it shares most with; what that call had and gave is nothing new.
 */
export function chatOf<T extends Said>(spans: readonly T[], isMore = false): ChatTurn<T>[] {
  const turns: ChatTurn<T>[] = [];
  const waiting = new Map<string, T[]>();
  const last = new Map<string, ChatTurn<T>>();
  const heard = new Heard();
  const known: Known[] = [];
  for (const span of spans) {
    if (!span.isCall) {
      const turn = last.get(span.trace);
      if (turn) turn.others.push(span);
      else waiting.set(span.trace, [...(waiting.get(span.trace) ?? []), span]);
      continue;
    }
    const input = [...(span.input ?? [])];
    const output = [...(span.output ?? [])];
    const keys = input.map(keyOf);
    const before = sharesMost(keys, known);
    const fresh = before ? newIn(input, keys, before) : input.map((message) => ({ message, isChanged: false }));
    const line = { before: before?.line ?? null, trace: span.trace, added: counted(fresh) };
    const added = heard.news(line, fresh);
    known.push({ keys: new Set([...keys, ...output.map(keyOf)]), input, output, line });
    if (known.length > LOOK_BACK) known.shift();
    const turn: ChatTurn<T> = {
      span,
      added,
      output,
      results: new Map(),
      others: waiting.get(span.trace) ?? [],
      opensTrace: !last.has(span.trace),
    };
    waiting.delete(span.trace);
    last.set(span.trace, turn);
    turns.push(turn);
  }
  const callless = withoutCalls(waiting, isMore ? spans.at(-1)?.trace : undefined);
  return joinedResults(inOrder([...turns, ...callless], spans));
}

/** The earlier call with which an input shares most. */
function sharesMost(keys: readonly string[], known: readonly Known[]): Known | null {
  let before: Known | null = null;
  let most = 0;
  for (const one of known) {
    const shared = keys.reduce((sum, key) => sum + (one.keys.has(key) ? 1 : 0), 0);
    if (shared > 0 && shared >= most) {
      most = shared;
      before = one;
    }
  }
  return before;
}

/** What an input adds to an earlier call. The answer of that call is nothing new, in whatever words it is kept. */
function newIn(input: Message[], keys: readonly string[], before: Known): NewMessage[] {
  const last = before.input.at(-1);
  const kept = last && before.output.length > 0 ? input[keys.lastIndexOf(keyOf(last)) + 1] : undefined;
  return changesOf(before.input, before.output, input).flatMap((change) => {
    if (change.kind === "new") {
      const isAnswer = change.message === kept && kept.role === "assistant";
      return isAnswer ? [] : { message: change.message, isChanged: false };
    }
    if (change.kind !== "changed") return [];
    return { message: change.message, isChanged: isAlike(change.before, change.after) };
  });
}

function counted(messages: readonly NewMessage[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { message } of messages) counts.set(keyOf(message), (counts.get(keyOf(message)) ?? 0) + 1);
  return counts;
}

/** Half of the longer text or more is as it was, from the beginning or from the end. */
function isAlike(before: string, after: string): boolean {
  const least = Math.min(before.length, after.length);
  let start = 0;
  while (start < least && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < least - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  return start + end >= Math.max(before.length, after.length) / 2;
}

/** What needs no saying twice: one prompt, and in one trace what the user has said, whoever passes it on. Who says the
 * same words again, in a history that has them, is heard again.
 */
class Heard {
  private readonly prompts = new Set<string>();
  private readonly shown = new Map<string, number>();

  news(line: Line, messages: NewMessage[]): NewMessage[] {
    return messages.filter(({ message }) => {
      const key = keyOf(message);
      if (message.role === "system" || message.role === "developer") {
        if (this.prompts.has(key)) return false;
        this.prompts.add(key);
      } else if (message.role === "user") {
        const place = `${line.trace} ${key}`;
        const times = this.shown.get(place) ?? 0;
        if (saidIn(line, key) <= times) return false;
        this.shown.set(place, times + 1);
      }
      return true;
    });
  }
}

/** How often the words were said in the trace of a call, along the history that it goes on with. */
function saidIn(line: Line, key: string): number {
  let times = 0;
  for (let one: Line | null = line; one; one = one.before) {
    if (one.trace === line.trace) times += one.added.get(key) ?? 0;
  }
  return times;
}

/** Traces in which no model is called: their outermost span is their turn. */
function withoutCalls<T extends Said>(waiting: ReadonlyMap<string, T[]>, unfinished: string | undefined) {
  return [...waiting].flatMap(([trace, spans]): ChatTurn<T>[] => {
    const span = spans.find((one) => one.isRoot) ?? spans.at(-1);
    if (!span || trace === unfinished) return [];
    return [
      {
        span,
        added: (span.input ?? []).map((message) => ({ message, isChanged: false })),
        output: [...(span.output ?? [])],
        results: new Map(),
        others: spans.filter((one) => one !== span),
        opensTrace: true,
      },
    ];
  });
}

function inOrder<T extends Said>(turns: ChatTurn<T>[], spans: readonly T[]): ChatTurn<T>[] {
  const places = new Map(spans.map((span, at) => [span, at]));
  return turns.sort((a, b) => (places.get(a.span) ?? 0) - (places.get(b.span) ?? 0));
}

/** Results of tools go to the calls that they answer, and are no messages of their own any more. */
function joinedResults<T extends Said>(turns: ChatTurn<T>[]): ChatTurn<T>[] {
  const called = new Map<string, Map<string, Result>>();
  const without = (message: Message, results: Map<string, Result>): Message | null => {
    const parts = message.parts.filter((part: Part) => {
      if (part.kind === "call" && part.id) called.set(part.id, results); // ids may be used again
      const answers = part.kind === "result" && part.id ? called.get(part.id) : undefined;
      if (part.kind !== "result" || !part.id || !answers) return true;
      if (!answers.has(part.id)) answers.set(part.id, part);
      return false;
    });
    if (parts.length === 0 && message.parts.length > 0) return null;
    return parts.length === message.parts.length ? message : { ...message, parts };
  };
  return turns.map((turn) => {
    const { before, after } = apart(turn);
    const results = new Map<string, Result>();
    const added = before.flatMap((one) => {
      const message = without(one.message, results);
      return message ? { ...one, message } : [];
    });
    const output = turn.output.flatMap((message) => without(message, results) ?? []);
    for (const { message } of after) without(message, results);
    return { ...turn, added, output, results };
  });
}

/**
 * What was added before the answer, and what only seems so: a list that the application went on writing to, after the
 * call and before it was recorded, holds the answer and what came after it.
 */
function apart<T extends Said>({ added, output }: ChatTurn<T>): { before: NewMessage[]; after: NewMessage[] } {
  const answer = output[0] && keyOf(output[0]);
  const at = added.findIndex(({ message }) => message.role === "assistant" && keyOf(message) === answer);
  return at < 0 ? { before: added, after: [] } : { before: added.slice(0, at), after: added.slice(at + 1) };
}
