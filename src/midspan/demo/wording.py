"""Templates made into words: slots filled, numbers made numbers, messages in the shapes that providers know."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import msgspec

_json = msgspec.json.Encoder().encode


def fill(value: Any, words: Mapping[str, str]) -> Any:
    """Fill the {slots} of every text in a value. A text that begins with # becomes a number."""
    if isinstance(value, str):
        if value.startswith("#"):
            number = float(value[1:].format_map(words))
            return int(number) if number.is_integer() else number
        return _fill_text(value, words)
    if isinstance(value, Mapping):
        return {name: fill(inner, words) for name, inner in value.items()}
    if isinstance(value, Sequence):
        return [fill(inner, words) for inner in value]
    return value


def _fill_text(text: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        text = text.replace(f"{{{name}}}", word)
    return text


def one_of(dice: Random, texts: Sequence[str], words: Mapping[str, str]) -> str:
    """One of several texts, filled."""
    return _fill_text(dice.choice(texts), words)


def system(text: str) -> dict[str, Any]:
    return {"role": "system", "content": text}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str | None, **more: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": text, **more}


def json_text(value: object) -> str:
    """A value as a model writes it when it is asked for JSON."""
    return _json(value).decode()


def tool_call(call_id: str, name: str, arguments: object) -> dict[str, Any]:
    """A call of a tool as a model asks for it."""
    function = {"name": name, "arguments": json_text(arguments)}
    return {"id": call_id, "type": "function", "function": function}


def tool_result(call_id: str, result: object) -> dict[str, Any]:
    """What a tool returned, as the model is told."""
    return {"role": "tool", "tool_call_id": call_id, "content": json_text(result)}


def tool_schema(name: str, help_: str, **properties: str) -> dict[str, Any]:
    """A tool that a model may call; the properties' types by their names."""
    schema = {"type": "object", "properties": {key: {"type": kind} for key, kind in properties.items()}}
    function = {"name": name, "description": help_, "parameters": {**schema, "required": list(properties)}}
    return {"type": "function", "function": function}


def vector(dice: Random, dimensions: int) -> dict[str, Any]:
    """An embedding as an application logs it: its length, and how it begins."""
    return {"dimensions": dimensions, "begins": [round(dice.gauss(0, 0.04), 5) for _ in range(6)]}
