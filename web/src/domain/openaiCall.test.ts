import { expect, test } from "vitest";
import { type Called, callOf, curlOf, pythonOf } from "./openaiCall";

const span = (fields: Partial<Called>): Called => ({
  log_type: "chat",
  model: "gpt-5",
  input: '[{"role":"user","content":"Hi"}]',
  tools: null,
  tool_choice: null,
  response_format: null,
  stop: null,
  parameters: null,
  temperature: null,
  top_p: null,
  frequency_penalty: null,
  presence_penalty: null,
  max_tokens: null,
  ...fields,
});

test("a chat is asked again with what was set, and without what is the default", () => {
  const tools = [{ type: "function", function: { name: "w" } }];
  const call = callOf(
    span({ tools, temperature: 0.2, top_p: 1, response_format: {}, stop: [], parameters: { reasoning_effort: "low" } }),
  );
  expect(call).toEqual({
    path: "/chat/completions",
    body: {
      model: "gpt-5",
      messages: [{ role: "user", content: "Hi" }],
      tools,
      temperature: 0.2,
      reasoning_effort: "low",
    },
  });
});

test("a text is one user message, and messages of other shapes are written in OpenAI's", () => {
  expect(callOf(span({ input: "Hi" }))?.body.messages).toEqual([{ role: "user", content: "Hi" }]);
  const input = JSON.stringify([
    { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "w", input: { city: "Oslo" } }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "t1", content: "4" }] },
  ]);
  expect(callOf(span({ input }))?.body.messages).toEqual([
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "t1", type: "function", function: { name: "w", arguments: '{"city":"Oslo"}' } }],
    },
    { role: "tool", tool_call_id: "t1", content: "4" },
  ]);
});

test("embeddings have their own address; a tool's span is no call of a model", () => {
  expect(callOf(span({ log_type: "embedding", input: '["a","b"]' }))).toEqual({
    path: "/embeddings",
    body: { model: "gpt-5", input: ["a", "b"] },
  });
  expect(callOf(span({ log_type: "tool" }))).toBeNull();
  expect(callOf(span({ model: null }))).toBeNull();
});

test("curl quotes for the shell, Python has its own words, and nothing invisible is pasted", () => {
  const call = callOf(
    span({ input: '[{"role":"user","content":"it\'s\\u202e"}]', parameters: { stream: true, odd: null, x: [] } }),
  );
  if (!call) throw new Error("there is a call");
  expect(curlOf(call)).toBe(
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, not ours
      'curl "${OPENAI_BASE_URL:-https://api.openai.com/v1}/chat/completions" \\',
      '  -H "Authorization: Bearer $OPENAI_API_KEY" \\',
      '  -H "Content-Type: application/json" \\',
      "  -d '{",
      '  "model": "gpt-5",',
      '  "messages": [',
      "    {",
      '      "role": "user",',
      '      "content": "it\'\\\'\'s\\u202e"',
      "    }",
      "  ],",
      '  "stream": true',
      "}'",
      "",
    ].join("\n"),
  );
  expect(pythonOf(call)).toContain('            "content": "it\'s\\u202e",\n');
  expect(pythonOf(call)).toContain('    extra_body={\n        "stream": True,\n    },\n');
});
