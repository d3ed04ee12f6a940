"""What a client gave: the members of a body read by their own readers, faults kept beside them."""

import sys
from typing import Any, Final

import msgspec
from msgspec import Raw

from midspan.domain.span import Span
from midspan.ingest.body import FIELDS, Field
from midspan.ingest.values import AT_ONCE, NULL, Reader, text_of

_COLUMNS: Final = frozenset(Span.__struct_fields__) - {"environment"}

NOISE: Final = {
    "field_name": '"data: "',
    "delimiter": '"\\n\\n"',
    "disable_fallback": "false",
    "cache_enabled": "false",
}
"""Controls that client libraries send with every span, with the value that says nothing."""


class Given(msgspec.Struct):
    """One level of a body, null left out."""

    values: dict[str, Any]
    """Column → value. Older names are already replaced."""
    controls: dict[str, Any]
    """Fields that are no columns of their own, by name."""
    parameters: dict[str, str]
    """Known parameters without a column: JSON text."""
    extra: dict[str, str]
    """What no rule knows: JSON text."""
    faults: dict[str, tuple[str, Raw]]
    """Field → (the end of a sentence about it, what was sent)."""
    has_messages: bool = False


def _home(field: Field) -> int:
    if field.name in _COLUMNS:
        return 0
    return 2 if field.group == "Parameters" else 1


# The name comes along because it is the one object for that name: looking things up by it is much cheaper later on.
_READERS: Final[dict[str, tuple[Reader, Reader, int, str]]] = {
    name: (AT_ONCE.get(field.decode, field.decode), field.decode, _home(field), sys.intern(name))
    for name, field in FIELDS.items()
}  # fmt: skip


def read(members: dict[str, Raw]) -> Given:
    """Read each member by its own reader. Null counts as not sent."""
    values: dict[str, Any] = {}
    controls: dict[str, Any] = {}
    given = Given(values, controls, {}, {}, {})
    homes = (values, controls, given.parameters)
    get = _READERS.get
    for name, raw in members.items():
        known = get(name)
        if known is None:
            text = text_of(raw)
            if text not in (NULL, NOISE.get(name)):
                given.extra[name] = text
            continue
        at_once, reader, home, interned = known
        try:
            value = at_once(raw)
        except (msgspec.ValidationError, ValueError):
            try:
                value = reader(raw)
            except ValueError as error:
                given.faults[name] = (str(error), raw)
                continue
        if value is not None:
            homes[home][interned] = value
    if controls:
        _rename(given)
    return given


def _rename(given: Given) -> None:
    """Replace older names by today's. An older name wins over its newer one; `input` and `output` win over both."""
    values, controls = given.values, given.controls
    for older, newer in (("generation_time", "latency"), ("ttft", "time_to_first_token")):
        if older in controls:
            values[newer] = controls.pop(older)
    if messages := controls.get("messages") or controls.get("prompt_messages"):
        given.has_messages = True
        if not values.get("input"):
            values["input"] = messages
    if (message := controls.get("completion_message")) and not values.get("output"):
        values["output"] = message
