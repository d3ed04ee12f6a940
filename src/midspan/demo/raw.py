"""Raw requests and responses, as they went to a provider and came back."""

from typing import Any, Final

import msgspec

_PARAMETERS: Final = ("temperature", "max_tokens", "response_format", "tools", "tool_choice")
_STOPS: Final = {"stop": "end_turn", "tool_calls": "tool_use", "length": "max_tokens"}


def exchange(provider: str, body: dict[str, Any], answer_id: str) -> dict[str, Any]:
    """`full_request` and `full_response` of a chat call whose body this is."""
    request = {"model": body["model"], "messages": body["input"], "stream": body.get("stream", False)}
    request |= {name: body[name] for name in _PARAMETERS if body.get(name) is not None}
    said, usage, reason = body["output"], body["usage"], body.get("finish_reason", "stop")
    if provider == "anthropic":
        heads = [message["content"] for message in body["input"] if message["role"] == "system"]
        request["messages"] = [message for message in body["input"] if message["role"] != "system"]
        request |= {"system": heads[0]} if heads else {}
        response = {
            "id": f"msg_{answer_id[:24]}", "type": "message", "role": "assistant", "model": body["model"],
            "content": _blocks(said), "stop_reason": _STOPS.get(reason, reason), "usage": usage,
        }  # fmt: skip
    elif provider == "google":
        request = {"model": body["model"], "contents": body["input"]}
        parts = [{"text": said["content"] or ""}]
        response = {
            "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": usage, "modelVersion": body["model"], "responseId": answer_id[:22],
        }  # fmt: skip
    else:
        response = {
            "id": f"chatcmpl-{answer_id[:29]}", "object": "chat.completion", "created": body["timestamp"] // 1_000_000,
            "model": body["model"], "choices": [{"index": 0, "message": said, "finish_reason": reason}], "usage": usage,
            "service_tier": "default",
        }  # fmt: skip
    return {"full_request": request, "full_response": response}


def _blocks(said: dict[str, Any]) -> list[dict[str, Any]]:
    """A message as Anthropic's content blocks."""
    blocks: list[dict[str, Any]] = []
    if said.get("reasoning_content"):
        blocks.append({"type": "thinking", "thinking": said["reasoning_content"]})
    if said.get("content"):
        blocks.append({"type": "text", "text": said["content"]})
    for call in said.get("tool_calls", ()):
        function = call["function"]
        arguments = msgspec.json.decode(function["arguments"])
        blocks.append({"type": "tool_use", "id": call["id"], "name": function["name"], "input": arguments})
    return blocks
