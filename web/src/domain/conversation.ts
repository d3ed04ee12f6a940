import { isBranch, type Json, parsed, written } from "./json";

/** Input and output of a call as a conversation, whatever provider's shape they have. */

export type Part =
  | { kind: "text"; text: string }
  /** What the model thought; empty where the provider keeps it to itself. */
  | { kind: "reasoning"; text: string }
  | { kind: "call"; id: string | null; name: string; args: Json }
  | { kind: "result"; id: string | null; name: string | null; parts: Part[] }
  | { kind: "image"; url: string }
  /** Audio, a document: what it is, and what is known of it. */
  | { kind: "file"; what: string; detail: string }
  | { kind: "json"; value: Json };

export interface Message {
  role: string;
  name: string | null;
  parts: Part[];
}

type Fields = { [key: string]: Json };

function fieldsOf(value: Json | undefined): Fields {
  return value !== undefined && isBranch(value) && !Array.isArray(value) ? value : {};
}

function text(value: Json | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function first(fields: Fields, ...names: string[]): Json | undefined {
  for (const name of names) if (fields[name] !== undefined && fields[name] !== null) return fields[name];
  return undefined;
}

function parsedArgs(value: Json | undefined): Json {
  return typeof value === "string" ? parsed(value) : (value ?? null);
}

/** The messages that a parsed input or output is; null where it is no conversation. */
export function messagesOf(value: Json, role = "user"): Message[] | null {
  if (Array.isArray(value)) {
    if (value.length === 0 || !value.every((item) => isMessage(fieldsOf(item)))) return null;
    return merged(value.map((item) => messageOf(fieldsOf(item), role)));
  }
  if (!isBranch(value)) return null;
  const held = first(value, "messages", "contents", "input", "output");
  if (Array.isArray(held)) {
    const messages = messagesOf(held, role);
    const before = first(value, "system", "instructions", "system_instruction", "systemInstruction");
    return messages && before !== undefined
      ? [{ role: "system", name: null, parts: contentParts(fieldsOf(before).parts ?? before) }, ...messages]
      : messages;
  }
  const choices = first(value, "choices", "candidates");
  if (Array.isArray(choices) && choices.length > 0) {
    return messagesOf(
      choices.map((choice) => fieldsOf(choice).message ?? fieldsOf(choice).content ?? null),
      "assistant",
    );
  }
  return isMessage(value) ? [messageOf(value, role)] : null;
}

/** A message of one of the chat APIs, or an item of the Responses API. */
function isMessage(fields: Fields): boolean {
  if (typeof fields.role === "string") return true;
  if (Array.isArray(fields.parts) && fields.parts.every((part) => Object.keys(fieldsOf(part)).length > 0)) return true;
  return typeof fields.type === "string" && ITEM.test(fields.type);
}

const ITEM = /^(message|reasoning|[a-z_]+_call|[a-z_]+_call_output|item_reference)$/;

function messageOf(fields: Fields, role: string): Message {
  const type = fields.type;
  if (typeof fields.role !== "string" && typeof type === "string" && type !== "message") {
    if (type.endsWith("_output")) return { role: "tool", name: null, parts: [resultPart(fields)] };
    return { role: "assistant", name: null, parts: [itemPart(fields, type)] };
  }
  const named = text(fields.name);
  const own = typeof fields.role === "string" ? fields.role : role;
  const said = own === "model" ? "assistant" : own;
  if (said === "tool" || said === "function") {
    const content = contentParts(first(fields, "content", "parts") ?? null);
    const results = content.filter((part) => part.kind === "result");
    const parts: Part[] =
      results.length > 0 && results.length === content.length
        ? content
        : [{ kind: "result", id: text(first(fields, "tool_call_id", "id")), name: named, parts: content }];
    return { role: "tool", name: named, parts };
  }
  const thoughts = reasoningText(first(fields, "reasoning_content", "reasoning", "thinking"));
  const parts: Part[] = thoughts === null ? [] : [{ kind: "reasoning", text: thoughts }];
  if (thoughts === null && Array.isArray(fields.thinking_blocks)) parts.push(...contentParts(fields.thinking_blocks));
  parts.push(...contentParts(first(fields, "content", "parts") ?? null));
  const refusal = text(fields.refusal);
  if (refusal) parts.push({ kind: "text", text: refusal });
  if (isBranch(fields.audio ?? null)) parts.push(audioPart(fieldsOf(fields.audio)));
  const known = new Set(parts.flatMap((part) => (part.kind === "call" && part.id ? [part.id] : [])));
  const calls = Array.isArray(fields.tool_calls) ? fields.tool_calls : [];
  const old = fields.function_call;
  for (const call of isBranch(old ?? null) ? [...calls, { function: old ?? null }] : calls) {
    const part = callPart(fieldsOf(call));
    if (!part.id || !known.has(part.id)) parts.push(part);
  }
  return { role: said, name: named, parts };
}

/** An item of the Responses API that is no message. */
function itemPart(fields: Fields, type: string): Part {
  if (type === "reasoning") return { kind: "reasoning", text: reasoningText(fields) ?? "" };
  if (type === "function_call" || type === "custom_tool_call" || type === "mcp_call") return callPart(fields);
  return { kind: "json", value: fields };
}

function callPart(call: Fields): Extract<Part, { kind: "call" }> {
  const made = Object.keys(fieldsOf(call.function)).length > 0 ? fieldsOf(call.function) : call;
  return {
    kind: "call",
    id: text(first(call, "call_id", "id", "toolCallId")),
    name: text(first(made, "name", "toolName")) ?? "tool",
    args: parsedArgs(first(made, "arguments", "args", "input")),
  };
}

function resultPart(fields: Fields): Part {
  const content = first(fields, "output", "result", "content", "response") ?? null;
  const value = fieldsOf(content);
  // Vercel's SDK wraps results: {"type": "json", "value": …}.
  const unwrapped = typeof value.type === "string" && "value" in value ? (value.value ?? null) : content;
  return {
    kind: "result",
    id: text(first(fields, "call_id", "tool_use_id", "toolCallId", "tool_call_id", "id")),
    name: text(first(fields, "name", "toolName")),
    parts: contentParts(unwrapped),
  };
}

function reasoningText(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  const fields = fieldsOf(value);
  const parts = Array.isArray(value) ? value : (first(fields, "summary", "content", "text", "thinking") ?? null);
  if (typeof parts === "string") return parts;
  if (!Array.isArray(parts)) return Array.isArray(value) || fields.type === "reasoning" ? "" : null;
  return parts
    .map((part) => (typeof part === "string" ? part : (text(first(fieldsOf(part), "text", "thinking")) ?? "")))
    .filter(Boolean)
    .join("\n\n");
}

function contentParts(content: Json): Part[] {
  if (content === null) return [];
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }];
  if (Array.isArray(content)) return content.flatMap((item) => partOf(item));
  return partOf(content);
}

function partOf(value: Json): Part[] {
  if (value === null) return [];
  if (typeof value === "string") return value === "" ? [] : [{ kind: "text", text: value }];
  const fields = fieldsOf(value);
  const type = typeof fields.type === "string" ? fields.type.replaceAll("-", "_") : "";
  switch (type) {
    case "text":
    case "input_text":
    case "output_text":
    case "refusal": {
      const said = first(fields, "text", "content", "refusal");
      return typeof said === "string" ? (said === "" ? [] : [{ kind: "text", text: said }]) : [{ kind: "json", value }];
    }
    case "thinking":
    case "reasoning":
    case "redacted_thinking":
      return [
        { kind: "reasoning", text: reasoningText(fields.content ?? fields.thinking ?? fields.text ?? fields) ?? "" },
      ];
    case "tool_use":
    case "server_tool_use":
    case "tool_call":
    case "function_call":
      return [callPart(fields)];
    case "tool_result":
    case "tool_call_response":
    case "function_call_output":
      return [resultPart(fields)];
    case "image_url":
    case "input_image":
    case "image":
      return [imagePart(fields) ?? { kind: "json", value }];
    case "input_audio":
    case "audio":
      return [audioPart({ ...fields, ...fieldsOf(fields.input_audio), ...fieldsOf(fields.audio) })];
    case "file":
    case "input_file":
    case "document":
    case "blob":
    case "uri":
    case "media":
      return [filePart({ ...fields, ...fieldsOf(fields.file), ...fieldsOf(fields.source) })];
  }
  if (type === "") return plainPart(fields, value);
  return [{ kind: "json", value }];
}

/** Parts without a `type`: Gemini's. */
function plainPart(fields: Fields, value: Json): Part[] {
  if (typeof fields.text === "string") {
    return [fields.thought === true ? { kind: "reasoning", text: fields.text } : { kind: "text", text: fields.text }];
  }
  const call = first(fields, "functionCall", "function_call");
  if (call !== undefined) return [callPart(fieldsOf(call))];
  const result = first(fields, "functionResponse", "function_response");
  if (result !== undefined) return [resultPart(fieldsOf(result))];
  const held = first(fields, "inlineData", "inline_data", "fileData", "file_data");
  if (held !== undefined) return [filePart(fieldsOf(held))];
  return [{ kind: "json", value }];
}

function imagePart(fields: Fields): Part | null {
  const source = fieldsOf(fields.source);
  const media =
    text(first({ ...fields, ...source }, "media_type", "mediaType", "mimeType", "mime_type")) ?? "image/png";
  const held = first(fields, "image_url", "image", "url", "data") ?? first(source, "url", "data");
  const url = typeof held === "string" ? held : text(fieldsOf(held).url);
  if (!url) {
    const id = text(first(fields, "file_id"));
    return id ? { kind: "file", what: "Image", detail: id } : null;
  }
  return { kind: "image", url: /^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `data:${media};base64,${url}` };
}

function audioPart(fields: Fields): Part {
  const detail = [text(fields.format), text(fields.media_type), size(fields.data), text(fields.transcript)];
  return { kind: "file", what: "Audio", detail: detail.filter(Boolean).join(" · ") };
}

function filePart(fields: Fields): Part {
  const media = text(first(fields, "media_type", "mediaType", "mimeType", "mime_type"));
  const data = first(fields, "data", "file_data", "content");
  const url = text(first(fields, "fileUri", "file_uri", "uri", "url", "file_url"));
  if (media?.startsWith("image/") && (typeof data === "string" || url)) {
    return { kind: "image", url: url ?? `data:${media};base64,${data as string}` };
  }
  const name = text(first(fields, "filename", "title", "name", "file_id"));
  const what = media?.startsWith("audio/") ? "Audio" : media?.startsWith("video/") ? "Video" : "File";
  return { kind: "file", what, detail: [name, media, url, size(data)].filter(Boolean).join(" · ") };
}

/** How much base64 text stands for. */
function size(data: Json | undefined): string | null {
  if (typeof data !== "string") return null;
  const long = Math.round((data.length - Math.max(0, data.indexOf(",") + 1)) * 0.75);
  return long < 1000 ? `${long} B` : long < 1e6 ? `${Math.round(long / 1000)} kB` : `${(long / 1e6).toFixed(1)} MB`;
}

/** Items of the Responses API that belong to one turn of the model, as one message. */
function merged(messages: Message[]): Message[] {
  const made: Message[] = [];
  let wasItem = false;
  for (const message of messages) {
    const last = made.at(-1);
    const isItem = message.role === "assistant" && message.parts.every((part) => part.kind !== "text");
    if (last?.role === "assistant" && message.role === "assistant" && (wasItem || isItem))
      last.parts.push(...message.parts);
    else made.push({ ...message, parts: [...message.parts] });
    wasItem = isItem;
  }
  return made;
}

/** An answer with what stands beside it in fields of its own: thoughts and calls that it does not hold itself. */
export function completed(answer: Message[] | null, reasoning: Json, calls: Json): Message[] | null {
  const parts = (answer ?? []).flatMap((message) => message.parts);
  const thoughts = parts.some((part) => part.kind === "reasoning") ? null : reasoningText(reasoning);
  const known = new Set(parts.flatMap((part) => (part.kind === "call" ? [part.id ?? part.name] : [])));
  const missing = (Array.isArray(calls) ? calls : [])
    .map((call) => callPart(fieldsOf(call)))
    .filter((part) => !known.has(part.id ?? part.name));
  if (!thoughts && missing.length === 0) return answer;
  const [first, ...others] = answer ?? [];
  const before: Part[] = thoughts ? [{ kind: "reasoning", text: thoughts }] : [];
  const own = first ?? { role: "assistant", name: null, parts: [] };
  return [{ ...own, parts: [...before, ...own.parts, ...missing] }, ...others];
}

export type Result = Extract<Part, { kind: "result" }>;

/** Tool calls joined to their results by id: the messages without what was joined, and the results by the calls' ids. */
export function joined(messages: readonly Message[]): { messages: Message[]; results: ReadonlyMap<string, Result> } {
  const called = new Set<string>();
  const results = new Map<string, Result>();
  const left: Message[] = [];
  for (const message of messages) {
    const parts = message.parts.filter((part) => {
      if (part.kind === "call" && part.id) called.add(part.id);
      if (part.kind !== "result" || !part.id || !called.has(part.id) || results.has(part.id)) return true;
      results.set(part.id, part);
      return false;
    });
    if (parts.length > 0 || message.parts.length === 0) left.push({ ...message, parts });
  }
  return { messages: left, results };
}

/** The text of a message, for copying. */
export function plainText(message: Message): string {
  return message.parts
    .map((part) => {
      if (part.kind === "text" || part.kind === "reasoning") return part.text;
      if (part.kind === "call") return `${part.name}(${written(part.args)})`;
      if (part.kind === "result") return plainText({ role: "", name: null, parts: part.parts });
      if (part.kind === "image") return part.url.startsWith("data:") ? "[image]" : part.url;
      if (part.kind === "file") return `[${part.what}: ${part.detail}]`;
      return written(part.value);
    })
    .join("\n\n");
}
