"""How an attribute's value is read: a reader for each kind of field, which answers None for what is no such value."""

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from midspan.ingest.values import INT64_MAX

Fit = Callable[[Any], Any]
"""A value as its field takes it; None where it does not."""

_decode = msgspec.json.Decoder().decode
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?", re.ASCII)
_APIS: Final = frozenset(("chat", "completion", "responses", "messages", "embedding", "textEmbedding", "speech",
                          "transcription", "image", "reranking"))  # fmt: skip


def from_json(value: Any) -> Any:
    """What a JSON text of an object, a list or a text says; any other value as it is."""
    if isinstance(value, str) and value[:1] in ("{", "[", '"'):
        try:
            return _decode(value)
        except (msgspec.MsgspecError, RecursionError, UnicodeError):
            return value
    return value


def text(value: Any) -> str | None:
    """A text; some SDKs send it as JSON."""
    if not isinstance(value, str) or value.startswith("[Scrubbed due to "):  # by Logfire, who took it for a secret
        return None
    if value[:1] == '"':
        inner = from_json(value)
        return inner if isinstance(inner, str) and inner else None
    return value or None


def name(value: Any) -> str | None:
    """A text, or an integer as its digits."""
    return str(value) if type(value) is int and abs(value) <= INT64_MAX else text(value)


def number(value: Any) -> float | None:
    """A finite number, as such or as a text."""
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if -1e300 < value < 1e300 else None


def whole(value: Any) -> int | None:
    """A whole number that fits 64 bits."""
    if type(value) is not int:
        found = number(value)
        if found is None or found != (value := int(found)):
            return None
    return value if abs(value) <= INT64_MAX else None


def count(value: Any) -> int | None:
    """A whole number of things."""
    found = whole(value)
    return found if found is not None and found >= 0 else None


def amount(value: Any) -> float | None:
    """A number that is not negative."""
    found = number(value)
    return found if found is not None and 0 <= found < 1e18 else None


def known_cost(value: Any) -> float | None:
    """A cost. Instrumentations send 0 for a model that they have no price for."""
    return amount(value) or None


def seconds(value: Any) -> float | None:
    """Seconds until a first token. From 100 on, a whole number is some instrumentation's milliseconds."""
    found = amount(value)
    return None if found is None or (isinstance(value, int) and value >= 100) else found


def milliseconds(value: Any) -> float | None:
    found = amount(value)
    return None if found is None else found / 1000


def flag(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) else None


def provider(value: Any) -> str | None:
    """A provider's name, without the API that Vercel's SDK writes behind it: `openai.responses`."""
    found = text(value)
    named, _, api = (found or "").rpartition(".")
    return named if named and api in _APIS else found


def arguments(value: Any) -> str | None:
    """The arguments of a function, as Python writes them; none are nothing said."""
    return None if value in ("()", "{}") else text(value)


def status_code(value: Any) -> int | None:
    found = count(value)
    return found if found is not None and found <= 999 else None


def word(value: Any) -> str | None:
    found = text(value)
    return found.strip().lower() or None if found else None


def content(value: Any) -> Any:
    """Any value; a text that is JSON of a text is that text, and one that is JSON of nothing says nothing."""
    if value == "null":
        return None
    if isinstance(value, str):
        return text(value) or (value or None)
    return value if is_plain(value) else None


def is_plain(value: Any) -> bool:
    """JSON has a form for it: any value but a number that is none, and an empty list or object says nothing."""
    return number(value) is not None if isinstance(value, float) else value not in ([], {}, None)


def json(value: Any) -> Any:
    """Any value; a JSON text is what it says."""
    found = from_json(value)
    return found if found != "" and is_plain(found) else None


def object_(value: Any) -> dict[str, Any] | None:
    found = from_json(value)
    return found if isinstance(found, dict) and found else None


def list_(value: Any) -> list[Any] | None:
    found = from_json(value)
    return found if isinstance(found, list) and found else None


def objects(value: Any) -> list[dict[str, Any]] | None:
    """A list of objects, each perhaps as its JSON text."""
    found = [from_json(one) for one in list_(value) or ()]
    return found if found and all(isinstance(one, dict) for one in found) else None


def object_or_list(value: Any) -> Any:
    return object_(value) or list_(value)


def text_or_object(value: Any) -> Any:
    return object_(value) or text(value)


def stop(value: Any) -> str | list[str] | None:
    found = list_(value)
    if found is not None:
        return found if all(isinstance(one, str) for one in found) else None
    return text(value)


def first_of_list(value: Any) -> str | None:
    """The text of a list of one. The reasons of a longer list say the same or belong to other choices."""
    found = from_json(value)
    if isinstance(found, list):
        return text(found[0]) if len(found) == 1 else None
    return text(found)


def given(value: Any) -> Any:
    """Any value, the empty text too: a part of something."""
    return value


def messages(value: Any) -> Any:
    return content(from_json(value)) if isinstance(value, str | list | dict) else None


def events(value: Any) -> list[dict[str, Any]] | None:
    """A list of events as Logfire records them."""
    found = objects(value)
    return found if found and all(isinstance(one.get("event.name"), str) for one in found) else None


FITS: Final[dict[str, Fit]] = {
    "text": text, "name": name, "customer": name, "whole": whole, "count": count, "status_code": status_code,
    "number": number, "duration": amount, "flag": flag, "any": content, "json": json, "object": object_,
    "list": list_, "objects": objects, "object_or_list": object_or_list, "text_or_object": text_or_object,
    "stop": stop, "response_format": text_or_object, "log_type": word,
}  # fmt: skip
"""How the kinds of value that the body's fields take are read from an attribute."""

READERS: Final[dict[str, Fit]] = {
    "name:user": text, "name:tool": text, "name:agent": text, "input:messages": messages, "output:messages": messages,
    "input:system": messages, "output:text": content, "output:tool_calls": list_, "output:reasoning": json,
    "input:texts": json, "input:documents": json, "output:documents": json, "events": events, "usage:prompt": count,
    "usage:completion": count, "usage:total": count, "usage:read": count, "usage:written": count,
    "usage:reasoning": count, "usage:details": object_, "cost:known": known_cost, "cost:details": object_,
    "parameters:all": object_, "ttft:seconds": seconds, "ttft:milliseconds": milliseconds, "ttft:moment": name,
    "status:level": word, "error:message": text, "finish_reason:list": first_of_list,
    "encoding_format:list": first_of_list, "metadata:all": object_,
    "properties:all": object_, "session": name, "response_model": text, "log_method": text, "provider_id": provider,
    "max_tokens": count, "input:arguments": arguments,
}  # fmt: skip
