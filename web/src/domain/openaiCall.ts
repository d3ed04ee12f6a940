import { type Message, messagesOf, type Part } from "./conversation";
import { isBranch, type Json, parsed, written } from "./json";
import { safeJson } from "./visible";

/** A span's call as somebody would make it again: a request to an endpoint that speaks OpenAI's API. */

export interface Call {
  /** Below the base URL: `/chat/completions`. */
  path: string;
  body: Record<string, Json>;
}

/** What of a span makes the call. */
export interface Called {
  log_type: string;
  model: string | null;
  input: string | null;
  tools: unknown;
  tool_choice: unknown;
  response_format: unknown;
  stop: unknown;
  parameters: unknown;
  temperature: number | null;
  top_p: number | null;
  frequency_penalty: number | null;
  presence_penalty: number | null;
  max_tokens: number | null;
}

const CHATS = /^(chat|completion|text|response|generation)$/;

/** The request that makes the call again; null where the span is no call of a model. */
export function callOf(span: Called): Call | null {
  if (!span.model || span.input === null) return null;
  const input = parsed(span.input);
  if (span.log_type === "embedding") {
    return { path: "/embeddings", body: { model: span.model, ...extra(span), input } };
  }
  if (!CHATS.test(span.log_type)) return null;
  const messages = messagesOf(input);
  const body: Record<string, Json> = {
    model: span.model,
    messages: messages ? chatMessages(input, messages) : [{ role: "user", content: span.input }],
  };
  const given: Record<string, unknown> = {
    tools: span.tools,
    tool_choice: span.tool_choice,
    response_format: span.response_format,
    temperature: unlessOne(span.temperature),
    top_p: unlessOne(span.top_p),
    frequency_penalty: span.frequency_penalty,
    presence_penalty: span.presence_penalty,
    max_tokens: span.max_tokens,
    stop: span.stop,
    ...extra(span),
  };
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    if (name === "response_format" && (value as { type?: unknown }).type === undefined) continue;
    body[name] = value as Json;
  }
  return { path: "/chat/completions", body };
}

function extra(span: Called): Record<string, Json> {
  const parameters = span.parameters as Json | undefined;
  return parameters && isBranch(parameters) && !Array.isArray(parameters) ? parameters : {};
}

/** One is the default of both the store and the API: then nothing need be said. */
function unlessOne(value: number | null): number | null {
  return value === 1 ? null : value;
}

/** The messages as they are where they have OpenAI's shape, else written in it. */
function chatMessages(input: Json, messages: Message[]): Json {
  const list = Array.isArray(input)
    ? input
    : isBranch(input) && !Array.isArray(input)
      ? (input.messages ?? null)
      : null;
  if (Array.isArray(list) && list.every(isChatMessage)) return list;
  return messages.flatMap(chatMessage);
}

const PARTS = /^(text|image_url|input_audio|file|refusal)$/;
const FIELDS = /^(role|content|name|tool_calls|tool_call_id|refusal|function_call|audio)$/;

function isChatMessage(value: Json): boolean {
  if (!isBranch(value) || Array.isArray(value) || typeof value.role !== "string") return false;
  if (!Object.keys(value).every((name) => FIELDS.test(name))) return false;
  const content = value.content ?? null;
  if (content === null || typeof content === "string") return true;
  return (
    Array.isArray(content) &&
    content.every((part) => isBranch(part) && !Array.isArray(part) && PARTS.test(String(part.type)))
  );
}

function chatMessage(message: Message): Json[] {
  const results = message.parts.filter((part) => part.kind === "result");
  const others = message.parts.filter((part) => part.kind !== "result" && part.kind !== "reasoning");
  const made: Json[] = results.map((part) => ({
    role: "tool",
    tool_call_id: part.id ?? "",
    content: part.parts.map(textOf).join("\n"),
  }));
  if (others.length === 0) return made;
  const calls = others.filter((part) => part.kind === "call");
  const said = others.filter((part) => part.kind !== "call");
  const isPlain = said.every((part) => part.kind !== "image");
  const content: Json = isPlain ? said.map(textOf).join("\n\n") || null : said.map(contentPart);
  return [
    ...made,
    {
      role: message.role,
      content,
      ...(calls.length > 0
        ? {
            tool_calls: calls.map((call) => ({
              id: call.id ?? "",
              type: "function",
              function: { name: call.name, arguments: written(call.args) },
            })),
          }
        : {}),
    },
  ];
}

function textOf(part: Part): string {
  if (part.kind === "text") return part.text;
  if (part.kind === "json") return written(part.value);
  if (part.kind === "file") return `[${part.what}: ${part.detail}]`;
  return part.kind === "image" ? part.url : "";
}

function contentPart(part: Part): Json {
  if (part.kind === "image") return { type: "image_url", image_url: { url: part.url } };
  return { type: "text", text: textOf(part) };
}

const BASE_URL = "https://api.openai.com/v1";

/** For a POSIX shell. The key and, for another provider, the base URL come from the environment. */
export function curlOf(call: Call): string {
  const quoted = safeJson(call.body).replaceAll("'", "'\\''");
  return [
    `curl "\${OPENAI_BASE_URL:-${BASE_URL}}${call.path}" \\`,
    `  -H "Authorization: Bearer $OPENAI_API_KEY" \\`,
    `  -H "Content-Type: application/json" \\`,
    `  -d '${quoted}'`,
    "",
  ].join("\n");
}

const NAMED = new Set(
  `model messages input tools tool_choice response_format temperature top_p frequency_penalty presence_penalty max_tokens
   max_completion_tokens stop n seed logprobs top_logprobs logit_bias user metadata modalities parallel_tool_calls
   reasoning_effort service_tier store verbosity dimensions encoding_format prediction audio`.split(/\s+/),
);

/** A program for OpenAI's package for Python; it takes key and base URL from the environment. */
export function pythonOf(call: Call): string {
  const method = call.path === "/embeddings" ? "embeddings.create" : "chat.completions.create";
  const own = Object.entries(call.body).filter(([name]) => NAMED.has(name));
  const others = Object.fromEntries(Object.entries(call.body).filter(([name]) => !NAMED.has(name)));
  const given: [string, Json][] = Object.keys(others).length > 0 ? [...own, ["extra_body", others]] : own;
  return [
    "from openai import OpenAI",
    "",
    "client = OpenAI()  # OPENAI_API_KEY, and OPENAI_BASE_URL for another provider",
    "",
    `response = client.${method}(`,
    ...given.map(([name, value]) => `    ${name}=${pythonLiteral(value, 1)},`),
    ")",
    call.path === "/embeddings" ? "print(response.data[0].embedding)" : "print(response.choices[0].message)",
    "",
  ].join("\n");
}

function pythonLiteral(value: Json, depth: number): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return safeJson(value);
  const inner = "    ".repeat(depth + 1);
  const end = "    ".repeat(depth);
  const items = Array.isArray(value)
    ? value.map((item) => pythonLiteral(item, depth + 1))
    : Object.entries(value).map(([name, item]) => `${safeJson(name)}: ${pythonLiteral(item, depth + 1)}`);
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  if (items.length === 0) return open + close;
  return `${open}\n${items.map((item) => `${inner}${item},\n`).join("")}${end}${close}`;
}
