"""What a client gave: the members of a body read by their own readers, faults kept beside them."""

from typing import Any, Final

import msgspec
from msgspec import Raw

from midspan.domain.span import Span
from midspan.ingest.body import FIELDS
from midspan.ingest.values import NULL, text_of

_READERS: Final = {name: field.decode for name, field in FIELDS.items()}
_COLUMNS: Final = frozenset(Span.__struct_fields__)

PARAMETERS: Final = tuple(f.name for f in FIELDS.values() if f.group == "Parameters" and f.name not in _COLUMNS)
"""Known parameters without a column of their own."""

ALIASES: Final = tuple(
    (f.name, f.alias_of)
    for f in FIELDS.values()
    if f.alias_of and f.alias_of in _COLUMNS and f.name != "keywordsai_params"
)

NOISE: Final = {
    "field_name": '"data: "',
    "delimiter": '"\\n\\n"',
    "disable_fallback": "false",
    "cache_enabled": "false",
}
"""Controls that client libraries send with every span, with the value that says nothing."""


class Given(msgspec.Struct):
    """One level of a body. `values` go by the name of the field, older names already replaced."""

    values: dict[str, Any] = {}
    extra: dict[str, str] = {}
    """JSON text of what no rule knows."""
    faults: dict[str, tuple[str, Raw]] = {}
    """Field → (the end of a sentence about it, what was sent)."""
    has_messages: bool = False


def read(members: dict[str, Raw]) -> Given:
    """Read each member by its own reader. Null counts as not sent."""
    values: dict[str, Any] = {}
    given = Given(values, {}, {})
    readers = _READERS
    for name, raw in members.items():
        reader = readers.get(name)
        if reader is None:
            text = text_of(raw)
            if text not in (NULL, NOISE.get(name)):
                given.extra[name] = text
            continue
        try:
            value = reader(raw)
        except ValueError as error:
            given.faults[name] = (str(error), raw)
            continue
        if value is not None:
            values[name] = value
    _rename(given)
    return given


def _rename(given: Given) -> None:
    """Replace older names by today's. An older name wins over its newer one; `input` and `output` win over both."""
    values = given.values
    for older, newer in ALIASES:
        if older in values:
            values[newer] = values.pop(older)
    messages = values.pop("messages", None)
    legacy = values.pop("prompt_messages", None)
    if messages or legacy:
        given.has_messages = True
        if not values.get("input"):
            values["input"] = messages or legacy
    if (message := values.pop("completion_message", None)) and not values.get("output"):
        values["output"] = message
