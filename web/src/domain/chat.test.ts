import { expect, test } from "vitest";
import { type ChatTurn, chatOf, type Said } from "./chat";
import { type Message, messagesOf, plainText } from "./conversation";

let made = 0;

function say(role: string, content: string): Message {
  return { role, name: null, parts: [{ kind: "text", text: content }] };
}

function span(trace: string, input: Message[] | null, output: string | Message[] | null, isCall = true): Said {
  made += 1;
  const said = typeof output === "string" ? [say("assistant", output)] : output;
  return { id: `${made}`, trace, isCall, isRoot: !isCall, input, output: said };
}

/** Each turn in words: what was added, and what was answered. */
function read(turns: ChatTurn<Said>[]): string[][] {
  return turns.map((turn) => [
    ...turn.added.map((one) => `${one.isChanged ? "~" : ""}${one.message.role}: ${plainText(one.message)}`),
    ...turn.output.map((message) => `→ ${plainText(message)}`),
  ]);
}

const prompt = say("system", "Help.");

test("each turn shows only what the history did not have, across traces", () => {
  const chat = chatOf([
    span("a", [prompt, say("user", "Hello")], "Hi."),
    span("b", [prompt, say("user", "Hello"), say("assistant", "Hi."), say("user", "Where is it?")], "On its way."),
  ]);
  expect(read(chat)).toEqual([
    ["system: Help.", "user: Hello", "→ Hi."],
    ["user: Where is it?", "→ On its way."],
  ]);
  expect(chat.map((turn) => turn.opensTrace)).toEqual([true, true]);
});

test("the same words said again are said again", () => {
  const chat = chatOf([
    span("a", [prompt, say("user", "Yes")], "One."),
    span("b", [prompt, say("user", "Yes"), say("assistant", "One."), say("user", "Yes")], "Two."),
  ]);
  expect(read(chat)[1]).toEqual(["user: Yes", "→ Two."]);
});

test("a history that was cut at its beginning is no news, and one that is not sent is not missed", () => {
  const turns = ["1", "2", "3", "4"].map((number) => [say("user", `Q${number}`), say("assistant", `A${number}`)]);
  const chat = chatOf([
    span("a", [prompt, ...turns.slice(0, 2).flat(), say("user", "Q3")], "A3"),
    span("b", [prompt, ...turns.slice(1, 3).flat(), say("user", "Q4")], "A4"),
    span("c", [say("user", "Q5")], "A5"),
  ]);
  expect(read(chat)[1]).toEqual(["user: Q4", "→ A4"]);
  expect(read(chat)[2]).toEqual(["user: Q5", "→ A5"]);
});

test("a prompt with the time in it is a changed one, and the rest of the history stays known", () => {
  const chat = chatOf([
    span("a", [say("system", "It is 9:00."), say("user", "Hello")], "Hi."),
    span(
      "b",
      [say("system", "It is 9:01."), say("user", "Hello"), say("assistant", "Hi."), say("user", "Bye")],
      "Bye.",
    ),
  ]);
  expect(read(chat)[1]).toEqual(["~system: It is 9:01.", "user: Bye", "→ Bye."]);
});

test("agents that talk side by side are held against their own history", () => {
  const router = say("system", "Route.");
  const chat = chatOf([
    span("a", [router, say("user", "Hello")], "support"),
    span("a", [prompt, say("user", "Hello")], "Hi."),
    span("b", [router, say("user", "Refund?")], "support"),
    span("b", [prompt, say("user", "Hello"), say("assistant", "Hi."), say("user", "Refund?")], "Sure."),
  ]);
  expect(read(chat)).toEqual([
    ["system: Route.", "user: Hello", "→ support"],
    ["system: Help.", "→ Hi."],
    ["user: Refund?", "→ support"],
    ["→ Sure."],
  ]);
  expect(chat.map((turn) => turn.opensTrace)).toEqual([true, false, true, false]);
});

test("results of tools stand with their calls, and other spans with the turn before them", () => {
  const call = { id: "c1", function: { name: "lookup", arguments: '{"order": 7}' } };
  const asked = messagesOf([{ role: "assistant", content: null, tool_calls: [call] }]) ?? [];
  const came = messagesOf([{ role: "tool", tool_call_id: "c1", content: "Shipped" }]) ?? [];
  const tool = span("a", null, null, false);
  const chat = chatOf([
    span("a", [say("user", "Where?")], asked),
    tool,
    span("a", [say("user", "Where?"), ...asked, ...came], "It is shipped."),
  ]);
  expect(read(chat)).toEqual([["user: Where?", '→ lookup({"order":7})'], ["→ It is shipped."]]);
  expect(chat[0]?.results.get("c1")?.parts).toEqual([{ kind: "text", text: "Shipped" }]);
  expect(chat[0]?.others).toEqual([tool]);
});

test("an input that was written to after the call shows its answer once", () => {
  const call = { id: "c1", function: { name: "lookup", arguments: "{}" } };
  const asked = messagesOf([{ role: "assistant", content: null, tool_calls: [call] }]) ?? [];
  const came = messagesOf([{ role: "tool", tool_call_id: "c1", content: "Shipped" }]) ?? [];
  const chat = chatOf([span("a", [say("user", "Where?"), ...asked, ...came], asked)]);
  expect(read(chat)).toEqual([["user: Where?", "→ lookup({})"]]);
  expect(chat[0]?.results.has("c1")).toBe(true);
});

test("a trace without a call is its outermost span; not before all of it is there", () => {
  const inner = { ...span("b", null, null, false), isRoot: false };
  const outer = span("b", [say("user", "Import it")], "Done.", false);
  const spans = [span("a", [say("user", "Hello")], "Hi."), inner, outer];
  expect(read(chatOf(spans))).toEqual([
    ["user: Hello", "→ Hi."],
    ["user: Import it", "→ Done."],
  ]);
  expect(chatOf(spans)[1]?.others).toEqual([inner]);
  expect(chatOf(spans, true)).toHaveLength(1);
});

test("the same words said again within one trace are said again, though others pass them on", () => {
  const router = say("system", "Route.");
  const [yes, one] = [say("user", "Yes"), say("assistant", "One.")];
  const chat = chatOf([
    span("a", [router, yes], "support"),
    span("a", [prompt, yes], "One."),
    span("a", [router, yes, say("assistant", "support"), yes], "support"),
    span("a", [prompt, yes, one, yes], "Two."),
  ]);
  expect(read(chat)).toEqual([
    ["system: Route.", "user: Yes", "→ support"],
    ["system: Help.", "→ One."],
    ["user: Yes", "→ support"],
    ["→ Two."],
  ]);
});

test("an answer that the application keeps in words of its own is still the one before", () => {
  const chat = chatOf([
    span("a", [prompt, say("user", "Hello")], "A long answer."),
    span("a", [prompt, say("user", "Hello"), say("assistant", "short"), say("user", "Bye")], "Bye."),
  ]);
  expect(read(chat)[1]).toEqual(["user: Bye", "→ Bye."]);
});

test("what tools gave back stands with the call that asked, also where ids are used twice", () => {
  const asked = messagesOf([{ role: "assistant", tool_calls: [{ id: "1", function: { name: "look_up" } }] }]) ?? [];
  const told = (text: string) => messagesOf([{ role: "tool", tool_call_id: "1", content: text }]) ?? [];
  const question = say("user", "Where is it?");
  const chat = chatOf([
    span("a", [question], asked),
    span("a", [question, ...asked, ...told("on its way")], asked),
    span("a", [question, ...asked, ...told("on its way"), ...asked, ...told("there")], "There."),
  ]);
  expect(chat.map((turn) => turn.added.length)).toEqual([1, 0, 0]);
  expect(chat.map((turn) => turn.results.get("1")?.parts)).toEqual([
    [{ kind: "text", text: "on its way" }],
    [{ kind: "text", text: "there" }],
    undefined,
  ]);
});

test("calls without messages are turns without words", () => {
  expect(read(chatOf([span("a", null, null)]))).toEqual([[]]);
});

test("a long thread is read in no time", () => {
  const history: Message[] = [prompt];
  const spans = Array.from({ length: 400 }, (_, number) => {
    history.push(say("user", `Q${number}`));
    const one = span(`t${number}`, [...history], `A${number}`);
    history.push(say("assistant", `A${number}`));
    return one;
  });
  const began = performance.now();
  expect(chatOf(spans).every((turn) => turn.added.length <= 2)).toBe(true);
  expect(performance.now() - began).toBeLessThan(4000);
});
