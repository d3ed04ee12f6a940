"""A span's input and output as chat messages, for the log types that are read so. JSON texts in, JSON texts out."""

from typing import TypeVar

import msgspec

T = TypeVar("T")

_list = msgspec.json.Decoder(list[msgspec.Raw])
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encode = msgspec.json.Encoder().encode

_NOTHING = msgspec.Raw(b"null")
_MESSAGE = b'"message"'


def prompt_messages(text: str) -> msgspec.Raw | None:
    """The input as a list of messages; a plain text is one user message. None for no input."""
    if not text:
        return None
    if text.startswith("["):
        items = _read(_list, text)
        # A list of objects is messages; a list of anything else (texts to complete) is content.
        if items is not None and all(bytes(item).startswith(b"{") for item in items):
            return msgspec.Raw(text.encode())
    elif text.startswith("{") and (fields := _read(_object, text)) is not None:
        for name in ("messages", "input"):
            if name in fields:
                return prompt_messages(_plain(fields[name]))
        if "role" in fields:
            return msgspec.Raw(b"[" + text.encode() + b"]")
    return msgspec.Raw(b'[{"role":"user","content":' + _encode(text) + b"}]")


def completion_message(text: str) -> msgspec.Raw | None:
    """The output as the assistant's message. None for no output."""
    if not text:
        return None
    if text.startswith("{") and (fields := _read(_object, text)) is not None:
        if "role" in fields or "content" in fields:
            return msgspec.Raw(text.encode())
        if "output" in fields:
            return completion_message(_plain(fields["output"]))
    if text.startswith("[") and (items := _read(_list, text)) is not None:
        return _from_items(items, text)
    return _assistant(text)


def _from_items(items: list[msgspec.Raw], text: str) -> msgspec.Raw:
    """The `output` list of the Responses API: the text of its messages, or the list itself as the content."""
    texts = [part for item in items for part in _texts(item)]
    return _assistant("\n".join(texts)) if texts else _assistant(text)


def _texts(item: msgspec.Raw) -> list[str]:
    # Only what is wanted is looked into: beside it may stand numbers that nothing here can hold.
    fields = _read(_object, item) or {}
    content = fields.get("content", _NOTHING)
    if not fields or bytes(fields.get("type", _MESSAGE)) != _MESSAGE:
        return []
    if bytes(content).startswith(b'"'):
        return [_plain(content)]
    parts = [_read(_object, part) or {} for part in _read(_list, content) or []]
    return [_plain(part["text"]) for part in parts if bytes(part.get("text", _NOTHING)).startswith(b'"')]


def _assistant(text: str) -> msgspec.Raw:
    return msgspec.Raw(b'{"role":"assistant","content":' + _encode(text) + b"}")


def _plain(raw: msgspec.Raw) -> str:
    """A JSON value as it is kept: a text as itself, anything else as its JSON text."""
    return msgspec.json.decode(raw, type=str) if bytes(raw).startswith(b'"') else str(bytes(raw), "utf-8")


def _read(decoder: msgspec.json.Decoder[T], text: str | msgspec.Raw) -> T | None:
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None
