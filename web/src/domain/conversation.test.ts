import { expect, test } from "vitest";
import { completed, joined, messagesOf, plainText } from "./conversation";
import type { Json } from "./json";

const CALLED: Json = [
  { role: "user", content: "Weather?" },
  {
    role: "assistant",
    content: null,
    tool_calls: [{ id: "c1", function: { name: "w", arguments: '{"city":"Oslo"}' } }],
  },
  { role: "tool", tool_call_id: "c1", content: '{"celsius":4}' },
];

test("OpenAI's chat: texts, calls with parsed arguments, results", () => {
  const [user, assistant, tool] = messagesOf(CALLED) ?? [];
  expect(user).toEqual({ role: "user", name: null, parts: [{ kind: "text", text: "Weather?" }] });
  expect(assistant?.parts).toEqual([{ kind: "call", id: "c1", name: "w", args: { city: "Oslo" } }]);
  expect(tool).toEqual({
    role: "tool",
    name: null,
    parts: [{ kind: "result", id: "c1", name: null, parts: [{ kind: "text", text: '{"celsius":4}' }] }],
  });
});

test("a result stands with its call, and is not said twice", () => {
  const { messages, results } = joined(messagesOf(CALLED) ?? []);
  expect(messages.map((message) => message.role)).toEqual(["user", "assistant"]);
  expect(results.get("c1")?.parts).toEqual([{ kind: "text", text: '{"celsius":4}' }]);
});

test("a result whose call is not there stays where it is", () => {
  const { messages, results } = joined(messagesOf([{ role: "tool", tool_call_id: "gone", content: "4" }]) ?? []);
  expect(messages).toHaveLength(1);
  expect(results.size).toBe(0);
});

test("Anthropic's blocks: thoughts, calls, results in a user's turn, pictures", () => {
  const [assistant, user] =
    messagesOf([
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "Look it up." },
          { type: "redacted_thinking", data: "x" },
          { type: "tool_use", id: "t1", name: "w", input: { city: "Oslo" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "t1", content: [{ type: "text", text: "4 °C" }] },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
        ],
      },
    ]) ?? [];
  expect(assistant?.parts).toEqual([
    { kind: "reasoning", text: "Look it up." },
    { kind: "reasoning", text: "" },
    { kind: "call", id: "t1", name: "w", args: { city: "Oslo" } },
  ]);
  expect(user?.parts).toEqual([
    { kind: "result", id: "t1", name: null, parts: [{ kind: "text", text: "4 °C" }] },
    { kind: "image", url: "data:image/png;base64,AAAA" },
  ]);
});

test("items of the Responses API become turns, with the instructions first", () => {
  const messages = messagesOf({
    instructions: "Be brief.",
    input: [
      { role: "user", content: [{ type: "input_text", text: "Weather?" }] },
      { type: "reasoning", summary: [{ type: "summary_text", text: "Look." }] },
      { type: "function_call", call_id: "c1", name: "w", arguments: "{}" },
      { type: "function_call_output", call_id: "c1", output: "4" },
    ],
  });
  expect(messages?.map((message) => [message.role, message.parts.map((part) => part.kind)])).toEqual([
    ["system", ["text"]],
    ["user", ["text"]],
    ["assistant", ["reasoning", "call"]],
    ["tool", ["result"]],
  ]);
});

test("Gemini's contents, and answers of OpenAI and Gemini as they came", () => {
  const [model] =
    messagesOf({ contents: [{ role: "model", parts: [{ text: "Hm.", thought: true }, { text: "4 °C" }] }] }) ?? [];
  expect(model).toEqual({
    role: "assistant",
    name: null,
    parts: [
      { kind: "reasoning", text: "Hm." },
      { kind: "text", text: "4 °C" },
    ],
  });
  expect(messagesOf({ choices: [{ message: { role: "assistant", content: "Yes" } }] })?.[0]?.parts).toEqual([
    { kind: "text", text: "Yes" },
  ]);
  expect(messagesOf({ candidates: [{ content: { parts: [{ text: "Yes" }] } }] })?.[0]?.role).toBe("assistant");
});

test("sound and files are named, and pictures by address stay addresses", () => {
  const [message] =
    messagesOf([
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: "https://example.com/a.png" } },
          { type: "input_audio", input_audio: { data: "AAAAAAAA", format: "wav" } },
          { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" } },
        ],
      },
    ]) ?? [];
  expect(message?.parts).toEqual([
    { kind: "image", url: "https://example.com/a.png" },
    { kind: "file", what: "Audio", detail: "wav · 6 B" },
    { kind: "file", what: "File", detail: "a.pdf · 3 B" },
  ]);
});

test("what is no conversation is none, and what is unknown is kept as JSON", () => {
  expect(messagesOf("text")).toBeNull();
  expect(messagesOf({ order: 7 })).toBeNull();
  expect(messagesOf([1, 2])).toBeNull();
  expect(messagesOf([{ role: "user", content: [{ type: "hologram", x: 1 }] }])?.[0]?.parts).toEqual([
    { kind: "json", value: { type: "hologram", x: 1 } },
  ]);
  expect(messagesOf([{ role: "user", content: { odd: null } }])?.[0]?.parts).toEqual([
    { kind: "json", value: { odd: null } },
  ]);
});

test("what is copied is all that was said", () => {
  const messages = messagesOf(CALLED) ?? [];
  expect(messages.map(plainText)).toEqual(["Weather?", 'w({"city":"Oslo"})', '{"celsius":4}']);
});

test("thoughts and calls that stand in fields of their own are part of the answer, once", () => {
  const answer = messagesOf([{ role: "assistant", content: "4 °C" }]);
  const calls: Json = [{ id: "c1", function: { name: "w", arguments: "{}" } }];
  expect(completed(answer, "Look.", calls)?.[0]?.parts.map((part) => part.kind)).toEqual(["reasoning", "text", "call"]);
  expect(completed(null, null, calls)?.[0]?.parts).toEqual([{ kind: "call", id: "c1", name: "w", args: {} }]);
  const whole = completed(answer, "Look.", calls);
  expect(completed(whole, "Look.", calls)).toEqual(whole);
  expect(completed(null, null, null)).toBeNull();
});
