"""Messages, as the providers' chat formats write them: the human text in them, tool calls, reasoning.

Messages are read from their JSON text only as far as needed; what is in no known shape is simply text.
"""

from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Raw

from midspan.ingest.values import quote, text_of

PREVIEW_MAX: Final = 200
MESSAGES_MAX: Final = 1_000
"""No more than so many are listened to for a preview and for tool calls."""
DEPTH_MAX: Final = 4
"""Messages hold lists of parts, and a tool's result among them parts again; nothing real goes deeper."""
_LOOK_FIRST: Final = 240
_LOOK_MAX: Final = 4_000
_NONE: Final = Raw(b"")
_UNREADABLE: Final = (msgspec.MsgspecError, RecursionError, UnicodeError)


class Message(msgspec.Struct, gc=False):
    """A message, a content block or an output item: whatever its dialect, none of its members looked into."""

    role: Raw = _NONE
    type: Raw = _NONE
    content: Raw = _NONE
    text: Raw = _NONE
    parts: Raw = _NONE
    tool_calls: Raw = _NONE
    function_call: Raw = _NONE
    reasoning_content: Raw = _NONE
    reasoning: Raw = _NONE
    thinking_blocks: Raw = _NONE
    thinking: Raw = _NONE
    summary: Raw = _NONE
    id: Raw = _NONE
    call_id: Raw = _NONE
    name: Raw = _NONE
    arguments: Raw = _NONE
    input: Raw = _NONE
    messages: Raw = _NONE
    contents: Raw = _NONE
    refusal: Raw = _NONE


class _Turn(msgspec.Struct, gc=False):
    """As much of a message as it takes to see who says what."""

    role: Raw = _NONE
    content: Raw = _NONE


class _PlainTurn(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A message that is nothing but a role and a text, as most are."""

    content: str
    role: str = ""
    refusal: None = None
    annotations: Raw = _NONE


class Spoken(NamedTuple):
    """What an answer says."""

    text: str = ""
    tool_calls: str = ""
    """JSON list in OpenAI's shape, or ""."""
    reasoning: str = ""
    """JSON, or ""."""


class _Function(msgspec.Struct):
    name: Any = ""


class _Call(msgspec.Struct):
    function: _Function | None = None
    name: Any = ""


_CALL_TYPES: Final = frozenset((b'"tool_use"', b'"server_tool_use"', b'"function_call"'))
_THOUGHT_TYPES: Final = frozenset((b'"thinking"', b'"reasoning"'))
_EMPTY: Final = frozenset((b"", b"null", b'""', b"[]"))

_message = msgspec.json.Decoder(Message).decode
_plain = msgspec.json.Decoder(_PlainTurn).decode
_turns = msgspec.json.Decoder(list[_Turn]).decode
_messages = msgspec.json.Decoder(list[Message]).decode
_calls = msgspec.json.Decoder(list[_Call]).decode
_string = msgspec.json.Decoder(str).decode


def preview(text: str) -> str:
    """The beginning of a text on one line."""
    short = " ".join(text[:_LOOK_FIRST].split())
    if len(short) < PREVIEW_MAX and len(text) > _LOOK_FIRST:
        short = " ".join(text[:_LOOK_MAX].split())
    return short[:PREVIEW_MAX]


def input_preview(text: str) -> str:
    """The beginning of what a person asked: the last user message where there are messages, else the text."""
    return preview(_asked(text) or text)


def _asked(text: str) -> str:
    try:
        if text[:1] == "[":
            return _last_asked(text)
        if text[:1] == "{":
            message = _message(text)
            for inner in (message.content, message.messages, message.input, message.contents):
                if inner is not _NONE:
                    is_list = inner is not message.content and _start(inner) == "["
                    return _last_asked(text_of(inner)) if is_list else said(inner)
    except _UNREADABLE:
        pass
    return ""


def _last_asked(text: str) -> str:
    turns = _turns(text)[-MESSAGES_MAX:]
    for turn in reversed(turns):
        if turn.role is not _NONE and bytes(turn.role) == b'"user"' and (asked := said(turn.content)):
            return asked
    # Nobody asked: the last message, block or item that says anything.
    return next(filter(None, map(message_text, reversed(_messages(text)[-MESSAGES_MAX:]))), "")


def message_text(message: Message, depth: int = DEPTH_MAX) -> str:
    """The text of a message or block, looked for no deeper than real messages go."""
    for raw in (message.content, message.text, message.parts, message.refusal):
        if raw is not _NONE and (text := said(raw, depth)):
            return text
    return ""


def _start(raw: Raw) -> str:
    """The first character of a value, which may be large; "" where there is none."""
    return "" if raw is _NONE else chr(memoryview(raw)[0])


def said(raw: Raw, depth: int = DEPTH_MAX) -> str:
    """The text of a message's content: a text, or the text parts of a list."""
    start = _start(raw)
    if start == '"':
        return _string(raw)
    if not depth or start not in ("{", "["):
        return ""
    if start == "{":
        return message_text(_message(raw), depth - 1)
    try:
        parts = _messages(raw)[:MESSAGES_MAX]
    except msgspec.ValidationError:
        return ""
    return "\n".join(filter(None, (message_text(part, depth - 1) for part in parts))) or " ".join(
        f"[{_string(part.type)}]" for part in parts if _start(part.type) == '"'
    )


def _plain_turn(text: str) -> _PlainTurn | None:
    """A message that is nothing but a role and a text, as most are."""
    try:
        return _plain(text)
    except msgspec.ValidationError:
        return None


def output_spoken(text: str) -> Spoken:
    """What an output says: an assistant message, a list of messages, blocks or output items, or plain text."""
    try:
        if text[:1] == "{":
            turn = _plain_turn(text)
            return Spoken(turn.content) if turn is not None else _spoken([_message(text)])
        if text[:1] == "[":
            return _spoken(_messages(text))
    except _UNREADABLE:
        pass
    return Spoken(text)


def output_preview(spoken: Spoken, text: str) -> str:
    """The beginning of an answer, or the names of the tools it calls."""
    return preview(spoken.text or ", ".join(call_names(spoken.tool_calls)) or text)


def call_names(tool_calls: str) -> list[str]:
    try:
        calls = _calls(tool_calls) if tool_calls else []
    except _UNREADABLE:
        return []
    names = [call.function.name if call.function else call.name for call in calls]
    return [name for name in names if isinstance(name, str) and name]


def _spoken(messages: list[Message]) -> Spoken:
    heard = _Heard([], [], [])
    for message in messages[:MESSAGES_MAX]:
        _hear(message, heard)
    reasoning = heard.reasoning
    return Spoken(
        "\n".join(heard.texts),
        f"[{','.join(heard.calls)}]" if heard.calls else "",
        reasoning[0] if len(reasoning) == 1 else f"[{','.join(reasoning)}]" if reasoning else "",
    )


class _Heard(NamedTuple):
    texts: list[str]
    calls: list[str]
    reasoning: list[str]


def _hear(message: Message, heard: _Heard, depth: int = DEPTH_MAX) -> None:
    """Add what one message, block or item says."""
    kind = b"" if message.type is _NONE else bytes(message.type)
    if kind in _CALL_TYPES:
        heard.calls.append(_call(message))
    elif kind in _THOUGHT_TYPES:
        _add_reasoning(heard, message.thinking, message.summary)
    else:
        _add_calls(heard, message)
        _add_reasoning(heard, message.reasoning_content, message.reasoning, message.thinking_blocks)
        _add_texts(heard, message, depth)


def _add_reasoning(heard: _Heard, *sources: Raw) -> None:
    for raw in sources:
        if raw is not _NONE and bytes(raw) not in _EMPTY:
            heard.reasoning.append(text_of(raw))
            return


def _add_calls(heard: _Heard, message: Message) -> None:
    if message.tool_calls is not _NONE:
        calls = text_of(message.tool_calls)
        if calls[0] == "[" and (inside := calls[1:-1].strip()):
            heard.calls.append(inside)
    elif _start(message.function_call) == "{":
        heard.calls.append(f'{{"type":"function","function":{text_of(message.function_call)}}}')


def _add_texts(heard: _Heard, message: Message, depth: int) -> None:
    for raw in (message.content, message.parts, message.text, message.refusal):
        start = _start(raw)
        if start == '"':
            heard.texts.append(_string(raw))
        elif start == "[" and depth:
            for part in _messages(raw)[:MESSAGES_MAX]:
                _hear(part, heard, depth - 1)


def _call(block: Message) -> str:
    """A tool call in OpenAI's shape, from Anthropic's block or an item of OpenAI's Responses."""
    name = text_of(block.name) or '""'
    id_ = text_of(block.call_id) or text_of(block.id) or '""'
    arguments = text_of(block.arguments) or quote(text_of(block.input) or "{}")
    return f'{{"id":{id_},"type":"function","function":{{"name":{name},"arguments":{arguments}}}}}'
