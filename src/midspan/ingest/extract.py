"""The recorded exchange: what `full_request` and `full_response` say, for fields that were not sent otherwise.

Known shapes: OpenAI Chat Completions, Responses, Completions and Embeddings, Anthropic Messages, Gemini. A member of
an unexpected type is passed over: the exchange itself is kept as its text. Messages are joined from the client's own
JSON text, not written anew, except Gemini's, whose shape is another.
"""

from typing import Any, Final

import msgspec
from msgspec import Raw

from midspan.ingest.body import FIELDS
from midspan.ingest.values import NULL, plain, quote, text_of

Members = dict[str, Raw]

_members = msgspec.json.Decoder(Members).decode
_elements = msgspec.json.Decoder(list[Raw]).decode

_REQUEST: Final = (
    ("model", ("model",)),
    ("tools", ("tools",)),
    ("tool_choice", ("tool_choice",)),
    ("response_format", ("response_format",)),
    ("stop", ("stop", "stop_sequences", "stopSequences")),
    ("stream", ("stream",)),
    ("temperature", ("temperature",)),
    ("top_p", ("top_p", "topP")),
    ("max_tokens", ("max_tokens", "max_completion_tokens", "max_output_tokens", "maxOutputTokens")),
    ("frequency_penalty", ("frequency_penalty", "frequencyPenalty")),
    ("presence_penalty", ("presence_penalty", "presencePenalty")),
)
"""(field, the names it goes by in a request)."""

_GEMINI_CONFIG: Final = ("generationConfig", "generation_config", "config")


def request_values(text: str) -> dict[str, Any]:
    """Values by field from a request's JSON text, `input` among them."""
    members = _object(text)
    if not members:
        return {}
    values: dict[str, Any] = {}
    levels = [members, *(_object(_json(members.get(name))) for name in _GEMINI_CONFIG)]
    for level in levels:
        for field, names in _REQUEST:
            for name in names:
                if name in level and field not in values and (value := _read(field, level[name])) is not None:
                    values[field] = value
    if isinstance(model := values.get("model"), str):
        values["model"] = model.removeprefix("models/") if "contents" in members else model
    if messages := request_input(members):
        values["input"] = messages
    return values


def _read(field: str, raw: Raw) -> Any:
    try:
        return FIELDS[field].decode(raw)
    except ValueError:
        return None


def _object(text: str) -> Members:
    try:
        return _members(text) if text[:1] == "{" else {}
    except (msgspec.MsgspecError, RecursionError):
        return {}


def _list(text: str) -> list[str]:
    try:
        return [text_of(raw) for raw in _elements(text)] if text[:1] == "[" else []
    except (msgspec.MsgspecError, RecursionError):
        return []


def _json(raw: Raw | None) -> str:
    """The JSON text of a member; "" where it is not there or null."""
    text = text_of(raw) if raw is not None else ""
    return "" if text == NULL else text


def request_input(members: Members) -> str:
    """The messages of a request (JSON text), or its prompt's text; "" where it has none."""
    get = members.get
    if contents := _json(get("contents")):
        system = _json(get("systemInstruction")) or _json(get("system_instruction"))
        return _gemini_messages(contents, system)
    if (messages := _json(get("messages")))[:1] == "[":
        return _with_system(_json(get("system")), messages)
    for name in ("input", "prompt"):
        if found := _json(get(name)):
            system = _json(get("instructions"))
            if system and found[0] == '"':
                found = f'[{{"role":"user","content":{found}}}]'
            return plain(Raw(_with_system(system, found).encode()))
    return ""


def _with_system(system: str, messages: str) -> str:
    """Messages with the system's words, which some requests carry beside them, at their head."""
    if not system or messages[0] != "[":
        return messages
    rest = messages[1:].lstrip()
    return f'[{{"role":"system","content":{system}}}{"" if rest == "]" else ","}{rest}'


def _gemini_messages(contents: str, system: str) -> str:
    if contents[0] == '"':
        turns = [f'{{"role":"user","content":{contents}}}']
    else:
        listed = _list(contents) if contents[0] == "[" else [contents]
        turns = [f'{{"role":"user","content":{t}}}' if t[0] == '"' else _gemini_message(t, "user") for t in listed]
    if system:
        turns.insert(0, _gemini_message(system, "system") if system[0] == "{" else _system_text(system))
    return f"[{','.join(turns)}]"


def _system_text(system: str) -> str:
    return f'{{"role":"system","content":{system}}}'


def _gemini_message(content: str, role: str) -> str:
    """One of Gemini's contents as a message: texts joined, function calls as tool calls, other parts as they came."""
    members = _object(content)
    said = _json(members.get("role"))
    if said and role != "system":
        role = {'"model"': "assistant"}.get(said, plain(members["role"]))
    texts, calls, others = [], [], []
    for part in _list(_json(members.get("parts"))):
        inside = _object(part)
        call = _object(_json(inside.get("functionCall")) or _json(inside.get("function_call")))
        if call:
            arguments = quote(_json(call.get("args")) or "{}")
            name = _json(call.get("name")) or '""'
            id_ = _json(call.get("id")) or '""'
            calls.append(f'{{"id":{id_},"type":"function","function":{{"name":{name},"arguments":{arguments}}}}}')
        elif _json(inside.get("text"))[:1] == '"' and _json(inside.get("thought")) != "true":
            texts.append(plain(inside["text"]))
        else:
            others.append(part)
    body = f"[{','.join(_list(_json(members.get('parts'))))}]" if others else quote("".join(texts))
    tail = f',"tool_calls":[{",".join(calls)}]' if calls else ""
    return f'{{"role":{quote(role)},"content":{body}{tail}}}'


def response_values(text: str) -> dict[str, Any]:
    """Values by field from a response's JSON text; `response_model`, `output` and `usage` among them."""
    members = _object(text)
    if not members:
        return {}
    values: dict[str, Any] = {}
    for name in ("model", "modelVersion", "model_version"):
        if _json(members.get(name))[:1] == '"':
            values.setdefault("response_model", plain(members[name]))
    for name in ("usage", "usageMetadata", "usage_metadata"):
        if (usage := _json(members.get(name)))[:1] == "{":
            values.setdefault("usage", usage)
    _answer(members, values)
    return values


def _answer(members: Members, values: dict[str, Any]) -> None:
    """The assistant's message, all of them where there were several, and why it stopped."""
    if choices := _list(_json(members.get("choices"))):
        found = [_object(choice) for choice in choices]
        _finish(values, found[0].get("finish_reason"))
        messages = [_json(choice.get("message")) for choice in found]
        if messages[0]:
            _answers(values, messages)
        elif _json(found[0].get("text"))[:1] == '"':
            values["output"] = plain(found[0]["text"])
    elif candidates := _list(_json(members.get("candidates"))):
        found = [_object(candidate) for candidate in candidates]
        _finish(values, found[0].get("finishReason") or found[0].get("finish_reason"))
        contents = [_json(candidate.get("content")) for candidate in found]
        _answers(values, [_gemini_message(content, "assistant") if content else "" for content in contents])
    elif (items := _json(members.get("output")))[:1] == "[":
        _finish(values, members.get("status"))
        values["output"] = items
    elif (blocks := _json(members.get("content")))[:1] == "[":
        _finish(values, members.get("stop_reason"))
        values["output"] = f'{{"role":"assistant","content":{blocks}}}'
    elif data := _list(_json(members.get("data"))):
        vectors = [vector for entry in data if (vector := _json(_object(entry).get("embedding")))]
        if vectors:
            values["output"] = vectors[0] if len(vectors) == 1 else f"[{','.join(vectors)}]"


def _answers(values: dict[str, Any], messages: list[str]) -> None:
    if messages[0]:
        values["output"] = messages[0]
    if len(kept := [message for message in messages if message]) > 1:
        values["completion_messages"] = f"[{','.join(kept)}]"


def _finish(values: dict[str, Any], raw: Raw | None) -> None:
    if _json(raw)[:1] == '"':
        assert raw is not None
        values["finish_reason"] = plain(raw)
