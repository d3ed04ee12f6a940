"""What the model provider on loopback answers: the shapes of OpenAI and Anthropic, the same for the same request.

A request that offers tools is answered with a call of the first one, until a tool's result is among its messages; one
that wants JSON of a schema gets it; any other gets `SAID`. The counts of tokens are numbers that are met nowhere else,
so that a test which finds one knows where it came from.
"""

import hashlib
import json
from typing import Any, Final, NamedTuple

Body = dict[str, Any]

SAID: Final = "Clear skies over Bodø, 4 °C."
THOUGHT: Final = "The user wants the weather."
WORD: Final = "Bodø"
REFUSED: Final = "no-such-model"
BUSY: Final = "overloaded"
MOMENT: Final = 1_790_000_000


class Refusal(NamedTuple):
    """An answer that is an error."""

    status: int
    body: Body


class Events(NamedTuple):
    """An answer that is a stream: (event, data) each; an event without a name has none."""

    events: list[tuple[str, Body | str]]


Answer = Body | Refusal | Events


def identified(prefix: str, body: Body) -> str:
    """An id that is the same for the same request, and another for any other: SDKs tell answers apart by it."""
    return prefix + hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:12]


def openai_refusal(body: Body) -> Refusal | None:
    """What OpenAI answers for a model that it does not have, or that is overrun."""
    model = body.get("model")
    if model == REFUSED:
        said = f"The model `{model}` does not exist"
        unknown = {"message": said, "type": "invalid_request_error", "param": "model", "code": "model_not_found"}
        return Refusal(404, {"error": unknown})
    if model == BUSY:
        error: Body = {"message": "Rate limit reached for requests", "type": "requests", "param": None}
        return Refusal(429, {"error": error | {"code": "rate_limit_exceeded"}})
    return None


def chat(body: Body) -> Answer:
    """`POST /v1/chat/completions`."""
    if refusal := openai_refusal(body):
        return refusal
    call = _wanted_call(body, "tool")
    message: Body = {"role": "assistant", "content": _said(body), "refusal": None, "annotations": []}
    reason = "stop"
    if call is not None:
        function = {"name": call[0], "arguments": json.dumps(call[1], ensure_ascii=False)}
        made = {"id": identified("call_", body), "type": "function", "function": function}
        message |= {"content": None, "tool_calls": [made]}
        reason = "tool_calls"
    envelope = {
        "id": identified("chatcmpl-", body),
        "created": MOMENT,
        "model": _dated(body),
        "service_tier": "default",
    }
    usage = _chat_usage(body, call is not None)
    if not body.get("stream"):
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        return {**envelope, "object": "chat.completion", "choices": [choice], "usage": usage}
    envelope["object"] = "chat.completion.chunk"
    deltas: list[Body] = [{"role": "assistant", "content": "" if call is None else None}]
    if call is None:
        deltas += [{"content": piece} for piece in _pieces(_said(body))]
    else:
        deltas += _call_deltas(message["tool_calls"][0])
    chunks: list[tuple[str, Body | str]] = [("", envelope | {"choices": [_choice(delta)]}) for delta in deltas]
    chunks.append(("", envelope | {"choices": [_choice({}, reason)]}))
    if (body.get("stream_options") or {}).get("include_usage"):
        chunks.append(("", envelope | {"choices": [], "usage": usage}))
    return Events([*chunks, ("", "[DONE]")])


def _choice(delta: Body, reason: str | None = None) -> Body:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


def _call_deltas(call: Body) -> list[Body]:
    """A tool call as streams bring it: the name first, then the arguments piece by piece."""
    first = call | {"index": 0, "function": call["function"] | {"arguments": ""}}
    pieces = [{"index": 0, "function": {"arguments": piece}} for piece in _pieces(call["function"]["arguments"])]
    return [{"tool_calls": [one]} for one in [first, *pieces]]


def _chat_usage(body: Body, is_call: bool) -> Body:
    prompt, completion = (151, 29) if is_call else (143, 47) if body.get("stream") else (137, 41)
    thought = 19 if _thinks(body) else 0
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": thought,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def responses(body: Body) -> Answer:
    """`POST /v1/responses`."""
    if refusal := openai_refusal(body):
        return refusal
    call = _wanted_call(body, "function_call_output")
    text = {"type": "output_text", "text": _said(body), "annotations": [], "logprobs": []}
    item: Body = {"id": identified("msg_", body), "type": "message", "status": "completed", "role": "assistant"}
    item["content"] = [text]
    if call is not None:
        item = {"id": identified("fc_", body), "type": "function_call", "status": "completed"}
        item["call_id"] = identified("call_", body)
        item |= {"name": call[0], "arguments": json.dumps(call[1], ensure_ascii=False)}
    summary = [{"type": "summary_text", "text": THOUGHT}]
    thought = {"id": identified("rs_", body), "type": "reasoning", "summary": summary}
    response = {
        "id": identified("resp_", body), "object": "response", "created_at": MOMENT, "status": "completed",
        "error": None, "incomplete_details": None, "instructions": body.get("instructions"), "max_output_tokens": None,
        "model": _dated(body), "output": [thought, item] if _thinks(body) else [item], "parallel_tool_calls": True,
        "previous_response_id": None, "store": True, "temperature": 1.0, "tool_choice": "auto",
        "tools": body.get("tools") or [], "top_p": 1.0, "truncation": "disabled", "metadata": {},
        "reasoning": {"effort": None, "summary": None}, "text": {"format": {"type": "text"}}, "user": None,
        "service_tier": "default",
        "usage": {
            "input_tokens": 157, "input_tokens_details": {"cached_tokens": 64}, "output_tokens": 53,
            "output_tokens_details": {"reasoning_tokens": 19 if _thinks(body) else 0}, "total_tokens": 210,
        },
    }  # fmt: skip
    return Events(_response_events(response)) if body.get("stream") else response


def _response_events(response: Body) -> list[tuple[str, Body | str]]:
    running = response | {"status": "in_progress", "output": [], "usage": None}
    events: list[tuple[str, Body]] = [("response.created", {"response": running})]
    for number, item in enumerate(response["output"]):
        at = {"output_index": number, "item_id": item["id"]}
        begun = {key: [] if key in ("content", "summary") else value for key, value in item.items()}
        events.append(("response.output_item.added", {"output_index": number, "item": begun}))
        if item["type"] == "message":
            (part,) = item["content"]
            at["content_index"] = 0
            events.append(("response.content_part.added", at | {"part": part | {"text": ""}}))
            deltas = [at | {"delta": piece, "logprobs": []} for piece in _pieces(part["text"])]
            events += [("response.output_text.delta", delta) for delta in deltas]
            events.append(("response.output_text.done", at | {"text": part["text"], "logprobs": []}))
            events.append(("response.content_part.done", at | {"part": part}))
        elif item["type"] == "function_call":
            deltas = [at | {"delta": piece} for piece in _pieces(item["arguments"])]
            events += [("response.function_call_arguments.delta", delta) for delta in deltas]
            done = at | {"arguments": item["arguments"], "name": item["name"]}
            events.append(("response.function_call_arguments.done", done))
        events.append(("response.output_item.done", {"output_index": number, "item": item}))
    events.append(("response.completed", {"response": response}))
    return [(name, data | {"type": name, "sequence_number": place}) for place, (name, data) in enumerate(events)]


def embeddings(body: Body) -> Answer:
    """`POST /v1/embeddings`; as numbers, or as base64 where that is asked for."""
    if refusal := openai_refusal(body):
        return refusal
    texts = body["input"] if isinstance(body["input"], list) else [body["input"]]
    vectors: list[Any] = [[0.25 * (place + 1), -0.5, 0.125, 1.0] for place in range(len(texts))]
    if body.get("encoding_format") == "base64":
        packed = ("AACAPgAAAL8AAAA+AACAPw==", "AAAAPwAAAL8AAAA+AACAPw==")
        vectors = [packed[place % 2] for place in range(len(texts))]
    data = [{"object": "embedding", "index": place, "embedding": one} for place, one in enumerate(vectors)]
    usage = {"prompt_tokens": 11 * len(texts), "total_tokens": 11 * len(texts)}
    return {"object": "list", "data": data, "model": body["model"], "usage": usage}


def messages(body: Body) -> Answer:
    """Anthropic's `POST /v1/messages`."""
    if body.get("model") in (REFUSED, BUSY):
        status, kind = (404, "not_found_error") if body["model"] == REFUSED else (429, "rate_limit_error")
        error = {"type": kind, "message": f"model: {body['model']}"}
        return Refusal(status, {"type": "error", "error": error, "request_id": identified("req_", body)})
    call = _wanted_call(body, "tool_result")
    block: Body = {"type": "text", "text": _said(body)}
    if call is not None:
        block = {"type": "tool_use", "id": identified("toolu_", body), "name": call[0], "input": call[1]}
    blocks = [block]
    if (body.get("thinking") or {}).get("type") in ("enabled", "adaptive"):
        blocks.insert(0, {"type": "thinking", "thinking": THOUGHT, "signature": "c2lnbmVk"})
    answer = {
        "id": identified("msg_", body), "type": "message", "role": "assistant", "model": body["model"],
        "content": blocks, "stop_reason": "end_turn" if call is None else "tool_use", "stop_sequence": None,
        "usage": {
            "input_tokens": 59, "cache_read_input_tokens": 640, "cache_creation_input_tokens": 128,
            "cache_creation": {"ephemeral_5m_input_tokens": 128, "ephemeral_1h_input_tokens": 0},
            "output_tokens": 37, "service_tier": "standard",
        },
    }  # fmt: skip
    return Events(_message_events(answer)) if body.get("stream") else answer


def _message_events(answer: Body) -> list[tuple[str, Body | str]]:
    begun = answer | {"content": [], "stop_reason": None, "usage": answer["usage"] | {"output_tokens": 1}}
    events: list[tuple[str, Body]] = [("message_start", {"message": begun})]
    for index, block in enumerate(answer["content"]):
        empty, deltas = _block_deltas(block)
        events.append(("content_block_start", {"index": index, "content_block": empty}))
        events += [("content_block_delta", {"index": index, "delta": delta}) for delta in deltas]
        events.append(("content_block_stop", {"index": index}))
    ended = {"stop_reason": answer["stop_reason"], "stop_sequence": None}
    events.append(("message_delta", {"delta": ended, "usage": {"output_tokens": answer["usage"]["output_tokens"]}}))
    events.append(("message_stop", {}))
    return [(name, {"type": name} | data) for name, data in events]


def _block_deltas(block: Body) -> tuple[Body, list[Body]]:
    if block["type"] == "text":
        return block | {"text": ""}, [{"type": "text_delta", "text": piece} for piece in _pieces(block["text"])]
    if block["type"] == "thinking":
        deltas: list[Body] = [{"type": "thinking_delta", "thinking": piece} for piece in _pieces(block["thinking"])]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
        return block | {"thinking": "", "signature": ""}, deltas
    written = json.dumps(block["input"], ensure_ascii=False)
    return block | {"input": {}}, [{"type": "input_json_delta", "partial_json": piece} for piece in _pieces(written)]


def _pieces(text: str) -> list[str]:
    """Three pieces, as tokens would come."""
    third = len(text) // 3 + 1
    return [text[start : start + third] for start in range(0, len(text), third)]


def _dated(body: Body) -> str:
    """The name under which OpenAI answers for a model."""
    model = str(body["model"])
    return {"gpt-4o-mini": "gpt-4o-mini-2024-07-18", "o4-mini": "o4-mini-2025-04-16"}.get(model, model)


def _thinks(body: Body) -> bool:
    return str(body["model"]).startswith(("o1", "o3", "o4", "gpt-5"))


def _wanted_call(body: Body, answered: str) -> tuple[str, Body] | None:
    """Name and arguments of the tool to call; None where there is none, or where it was called already."""
    turns = body.get("messages") or body.get("input") or []
    if not body.get("tools") or f'"{answered}"' in json.dumps(turns):
        return None
    tool = body["tools"][0]
    tool = tool.get("function", tool)
    schema = tool.get("parameters") or tool.get("input_schema") or {}
    return tool["name"], _filled(schema)


def _said(body: Body) -> str:
    """The answer's text; JSON where a schema is asked for."""
    wanted = body.get("response_format") or (body.get("text") or {}).get("format") or {}
    schema = (wanted.get("json_schema") or wanted).get("schema")
    return json.dumps(_filled(schema), ensure_ascii=False) if schema else SAID


def _filled(schema: Body) -> Any:
    """A value that a schema takes."""
    match schema.get("type", "object"):
        case "object":
            return {name: _filled(inner) for name, inner in (schema.get("properties") or {}).items()}
        case "array":
            return [_filled(schema.get("items") or {"type": "string"})]
        case "integer" | "number":
            return 4
        case "boolean":
            return True
    return (schema.get("enum") or [WORD])[0]
