"""Messages as instrumentations write them → messages in OpenAI's shape, the one that the rest of Midspan reads.

What has no place in that shape stays in the message under its own name.
"""

from typing import Any, Final, TypeGuard

import msgspec

from midspan.ingest.otel.readers import from_json

Message = dict[str, Any]

_THOUGHTS: Final = ("reasoning", "thinking")
_CALLS: Final = ("tool_call", "tool-call")
_ANSWERS: Final = ("tool-result", "tool_result")
_CALL_IDS: Final = ("id", "toolCallId", "tool_call_id", "call_id")
_CALL_NAMES: Final = ("name", "toolName", "tool_name")
_CALL_ARGUMENTS: Final = ("arguments", "args", "input", "parameters")
_RESULTS: Final = ("response", "result", "output", "content")
_VALUES: Final = ("text", "json", "error-text", "error-json")
"""What Vercel's SDK wraps a tool's result in, beside the value."""
_MOVED: Final = frozenset(("role", "content", "contents", "parts", "tool_calls", "message"))
_BLOB: Final = frozenset(("type", "modality", "mime_type", "content"))
_PLAIN_KEYS: Final = frozenset(("role", "content", "name", "finish_reason", "tool_call_id", "id", "refusal"))


class _Node(dict[str, Any]):
    """A part that has parts itself, not to be confused with an object that was sent."""


def nested(parts: list[tuple[tuple[str, ...], Any]]) -> dict[str, Any] | list[Any]:
    """`tool_calls.0.name` and its siblings as one object; numbers for keys make a list."""
    root = _Node()
    for path, value in parts:
        node, keys = root, path
        for depth, key in enumerate(path[:-1]):
            below = node.setdefault(key, _Node())
            if not isinstance(below, _Node):
                # The value of `a` was sent, and one of `a.b`, too.
                keys = (".".join(path[depth:]),)
                break
            node = below
        last = keys[-1]
        node[last if last not in node else f"{last}."] = value
    return _listed(root)


def _listed(node: _Node) -> dict[str, Any] | list[Any]:
    members = {key: _listed(value) if isinstance(value, _Node) else value for key, value in node.items()}
    if members and all(key.isascii() and key.isdigit() and len(key) < 10 for key in members):
        return [members[key] for key in sorted(members, key=int)]
    return members


def conversation(sent: Any, speaker: str) -> list[Message] | None:
    """Messages of a list, of one message, or of a request that holds them; None for anything else."""
    if isinstance(sent, list):
        if not sent or not all(isinstance(one, dict) for one in sent):
            return None
        return [turn for one in sent for turn in message(one, speaker)]
    if not isinstance(sent, dict):
        return None
    if "messages" in sent and not sent.keys() - {"system", "messages"}:
        turns = conversation(from_json(sent["messages"]), speaker)
        return with_system(turns, sent["system"]) if turns and sent.get("system") else turns
    if "prompt" in sent and not sent.keys() - {"system", "prompt"}:
        prompt = from_json(sent["prompt"])
        turns = [{"role": speaker, "content": prompt}] if isinstance(prompt, str) else conversation(prompt, speaker)
        return with_system(turns, sent["system"]) if turns and sent.get("system") else turns
    return message(sent, speaker) if sent.keys() & {"role", "content", "parts", "message"} else None


def with_system(turns: list[Message], system: Any) -> list[Message]:
    """The messages with the system's words, which are sent beside them, at their head."""
    said = from_json(system)
    if isinstance(said, list):
        first = message({"role": "system", "parts": said}, "system")
    else:
        first = [{"role": "system", "content": said}]
    return turns if turns[:1] == first else [*first, *turns]


def message(sent: Message, speaker: str) -> list[Message]:
    """One message. The results of several tools in it are messages of their own."""
    if len(sent) == 2 and "role" in sent and type(said := sent.get("content")) is str and said[:2] != "[{":
        return [sent]
    if "message" in sent and isinstance(inner := from_json(sent["message"]), dict):
        sent = {key: value for key, value in sent.items() if key not in ("message", "index")} | inner
    role = sent.get("role") or speaker
    content = sent.get("content")
    if sent.keys() <= _PLAIN_KEYS and not (isinstance(content, list) or (_is_text(content) and content[:2] == "[{")):
        return [{"role": role} | sent]
    pieces = _pieces(sent, content)
    others = {key: value for key, value in sent.items() if key not in _MOVED}
    if pieces is None:
        pieces = _Pieces()
        pieces.content = content
    if (calls := from_json(sent.get("tool_calls"))) is not None:
        if isinstance(calls, list):
            pieces.calls += [tool_call(call) for call in calls]
        else:
            others["tool_calls"] = calls
    if _is_text(others.get("reasoning")) and "reasoning_content" not in others:
        pieces.thoughts.append(_thought(others.pop("reasoning")))
    return pieces.messages(role, others)


def folded(turns: list[Message]) -> list[Message]:
    """An answer whose thoughts, text and calls came as messages of their own, as one message; choices stay apart."""
    made = turns[:1]
    for turn in turns[1:]:
        if _is_more_of(made[-1], turn):
            said = [one["content"] for one in (made[-1], turn) if one.get("content")]
            calls = [*made[-1].get("tool_calls", ()), *turn.get("tool_calls", ())]
            made[-1] = made[-1] | turn | {"content": said[0] if said else None}
            if calls:
                made[-1]["tool_calls"] = calls
        else:
            made.append(turn)
    return made


def _is_more_of(turn: Message, other: Message) -> bool:
    """Whether two messages are parts of one: each says what the other does not, but for calls."""
    both = {key for key in turn.keys() & other.keys() if turn[key] and other[key]} - {"role", "tool_calls"}
    calls = [isinstance(one.get("tool_calls", []), list) for one in (turn, other)]
    return not both and turn["role"] == other["role"] == "assistant" and all(calls)


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str)


def _pieces(sent: Message, content: Any) -> "_Pieces | None":
    """The parts of a message; None where its content is none."""
    listed = content
    for one in (sent.get("parts"), sent.get("contents")):
        listed = one if isinstance(one, list) else listed
    if _is_text(content) and content[:2] == "[{" and listed is content:
        read = from_json(content)
        if isinstance(read, list) and all(isinstance(part, dict) and part.keys() & {"type", "text"} for part in read):
            listed = read
    if not isinstance(listed, list):
        return None
    pieces = _Pieces()
    if _is_text(content) and content and "contents" in sent and "parts" not in sent:
        pieces.add(content)
    for part in listed:
        pieces.add(part)
    return pieces


class _Pieces:
    """The parts of one message, sorted."""

    def __init__(self) -> None:
        self.content: Any = None
        self.parts: list[Any] = []
        self.calls: list[Any] = []
        self.results: list[Message] = []
        self.thoughts: list[str] = []

    def add(self, part: Any) -> None:
        if not isinstance(part, dict):
            self.parts.append({"type": "text", "text": part} if isinstance(part, str) else part)
            return
        if "message_content" in part and isinstance(part["message_content"], dict):
            part = part["message_content"]
        kind = part.get("type")
        said = part.get("text", part.get("content"))
        if isinstance(said, str) and len(part) <= 2 and (kind == "text" or (kind is None and len(part) == 1)):
            self.parts.append({"type": "text", "text": said})
        elif kind in _THOUGHTS and isinstance(said, str) and len(part) == 2:
            self.thoughts.append(_thought(said))
        elif kind in _CALLS:
            self.calls.append(tool_call(part))
        elif kind == "tool_call_response" or (kind in _ANSWERS and "toolCallId" in part):
            self.results.append(_result(part))
        else:
            self.parts.append(_picture(part) if "image" in (kind, part.get("modality")) else _pictured_file(part))

    def messages(self, role: Any, others: Message) -> list[Message]:
        content: Any = self.parts or self.content
        if len(self.parts) == 1 and isinstance(self.parts[0], dict) and self.parts[0].keys() == {"type", "text"}:
            content = self.parts[0]["text"]
        if self.results and not self.parts and not self.calls and content is None:
            self.results[0] = others | self.results[0]
            return self.results
        turn: Message = {"role": role, "content": content}
        if self.thoughts:
            turn["reasoning_content"] = "\n".join(self.thoughts)
        if self.calls:
            turn["tool_calls"] = self.calls
        if others:
            turn |= {key: value for key, value in others.items() if key not in turn}
        return [turn, *self.results]


def _thought(said: str) -> str:
    """Its words; OpenLLMetry sends the JSON of OpenAI's summaries."""
    pieces = from_json(said)
    if isinstance(pieces, list) and all(isinstance(piece, dict) and _is_text(piece.get("text")) for piece in pieces):
        return "\n".join(piece["text"] for piece in pieces)
    return said


def _picture(part: Message) -> Message:
    """OpenInference's picture, Vercel's, or the one of the GenAI conventions, as OpenAI's."""
    if part.get("type") == "uri" and _is_text(part.get("uri")):
        names = ("type", "modality", "uri")
        others = {key: value for key, value in part.items() if key not in names and value is not None}
        return {"type": "image_url", "image_url": {"url": part["uri"]}} | others
    if part.get("type") == "blob" and _is_text(part.get("content")) and part.keys() <= _BLOB:
        data = f"data:{part.get('mime_type') or 'image/*'};base64,{part['content']}"
        return {"type": "image_url", "image_url": {"url": data}}
    image = part.get("image")
    if _is_text(image):
        return _linked(image, part, "image")
    inner = image.get("image") if isinstance(image, dict) and len(image) == 1 else None
    url = inner.get("url") if isinstance(inner, dict) and len(inner) == 1 else None
    return {"type": "image_url", "image_url": {"url": url}} if _is_text(url) and len(part) == 2 else part


def _pictured_file(part: Message) -> Message:
    """A file of Vercel's SDK as OpenAI's picture, where it is one."""
    kind, data = part.get("mediaType"), part.get("data")
    is_picture = part.get("type") == "file" and _is_text(kind) and kind.startswith("image/")
    return _linked(data, part, "data") if is_picture and _is_text(data) else part


def _linked(image: str, part: Message, member: str) -> Message:
    """OpenAI's picture, of an address or of base64 that is a member of a part."""
    others = {key: value for key, value in part.items() if key not in ("type", member)}
    if not image.startswith(("https:", "http:", "data:")):
        kind = others.pop("mediaType", None) or "image/*"
        image = f"data:{kind};base64,{image}"
    return {"type": "image_url", "image_url": {"url": image}} | others


def _first(sent: Message, names: tuple[str, ...]) -> tuple[str, Any]:
    for name in names:
        if (value := sent.get(name)) is not None:
            return name, value
    return "", None


def tool_call(sent: Any) -> Any:
    """A tool call in OpenAI's shape."""
    if isinstance(sent, dict) and isinstance(sent.get("tool_call"), dict):
        sent = sent["tool_call"]
    if not isinstance(sent, dict):
        return sent
    function = sent.get("function")
    if isinstance(function, dict) and _is_text(function.get("arguments")):
        return sent if "type" in sent else {**sent, "type": "function"}
    source = function if isinstance(function, dict) else sent
    id_name, id_ = _first(sent, _CALL_IDS)
    call_name, called = _first(source, _CALL_NAMES)
    arguments_name, arguments = _first(source, _CALL_ARGUMENTS)
    used = {"type", "function", id_name, call_name, arguments_name}
    return {
        "id": id_ or "",
        "type": "function",
        "function": {"name": called or "", "arguments": _json_text({} if arguments is None else arguments)},
    } | {key: value for key, value in (source | sent).items() if key not in used}


def _json_text(value: Any) -> Any:
    """A text as it is, anything else as its JSON text; as it is, too, where it has none."""
    if isinstance(value, str):
        return value
    try:
        return msgspec.json.encode(value).decode()
    except (RecursionError, UnicodeError):
        return value


def _result(part: Message) -> Message:
    """What a tool answered, as a message."""
    id_name, id_ = _first(part, _CALL_IDS)
    result_name, result = _first(part, _RESULTS)
    others = {key: value for key, value in part.items() if key not in ("type", id_name, result_name)}
    if isinstance(result, dict) and result.keys() == {"type", "value"} and result["type"] in _VALUES:
        if result["type"].startswith("error-"):
            others["is_error"] = True
        result = result["value"]
    return {"role": "tool", "tool_call_id": id_ or "", "content": _json_text("" if result is None else result)} | others
