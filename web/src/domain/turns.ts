import { type Message, plainText } from "./conversation";
import { diff } from "./diff";
import { written } from "./json";

/** What one call's input says that the call before it had not said. */

export type Change =
  | { kind: "same"; messages: Message[] }
  | { kind: "new"; message: Message }
  | { kind: "gone"; message: Message }
  | { kind: "changed"; message: Message; before: string; after: string };

/** The input against the input and output of the call before: an answer that is in the history now is nothing new. */
export function changesOf(beforeInput: Message[], beforeOutput: Message[], input: Message[]): Change[] {
  const known = [...beforeInput, ...beforeOutput];
  const made: Change[] = [];
  for (const { kind, item } of diff(known, input, keyOf)) {
    const last = made.at(-1);
    if (kind === "same") {
      if (last?.kind === "same") last.messages.push(item);
      else made.push({ kind, messages: [item] });
    } else if (
      kind === "new" &&
      last?.kind === "gone" &&
      last.message.role === item.role &&
      item.role !== "assistant"
    ) {
      made[made.length - 1] = {
        kind: "changed",
        message: item,
        before: plainText(last.message),
        after: plainText(item),
      };
    } else made.push({ kind, message: item });
  }
  // What the model answered and the application did not keep is no change of the input.
  const unkept = new Set(beforeOutput);
  return made.filter((change) => change.kind !== "gone" || !unkept.has(change.message));
}

/** Which of some histories a call goes on from: the first of those with which its input shares most; -1 of none. */
export function closest(histories: readonly (readonly Message[])[], input: readonly Message[]): number {
  let found = histories.length > 0 ? 0 : -1;
  let most = 0;
  for (const [at, history] of histories.entries()) {
    const known = new Set(history.map(keyOf));
    const shared = input.filter((message) => known.has(keyOf(message))).length;
    if (shared > most) [found, most] = [at, shared];
  }
  return found;
}

/** Messages stand still, and a long thread asks for the same ones again and again. */
const keys = new WeakMap<Message, string>();

/** Reasoning is seldom sent back, and ids change from shape to shape: neither makes a message another one. */
export function keyOf(message: Message): string {
  const known = keys.get(message);
  if (known !== undefined) return known;
  const made = keyMade(message);
  keys.set(message, made);
  return made;
}

function keyMade(message: Message): string {
  const parts = message.parts.flatMap((part): unknown[] => {
    if (part.kind === "reasoning") return [];
    if (part.kind === "call") return [[part.name, part.args]];
    if (part.kind === "result") return [part.parts];
    return [part];
  });
  return written([message.role, parts]);
}
