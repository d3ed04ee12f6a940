"""A span as an export holds it, and back: every stored field once, nothing left out, so that an import is exact.

A row has the names of the read shape, but says each thing once: `input` is there and `prompt_messages`, which is made
from it, only when it is asked for. What is absent is null. Keys of `metadata` that begin with `_` are there too.
"""

import math
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw

from midspan.domain.span import LOG_TYPES, STATUSES, Span
from midspan.domain.timestamps import EARLIEST, LATEST
from midspan.errors import BadRequest
from midspan.search import reading
from midspan.search.moments import moment
from midspan.search.reading import ReadSpan
from midspan.store.rows import TIMES

INTERNAL = frozenset({"key_time", "has_client_ids", "is_deleted", "idempotency_key", "body_hash", "answer"})
"""Columns that say how a row is kept; what they say is made anew where it is imported."""

FIELDS = tuple(name for name in Span.__struct_fields__ if name not in INTERNAL)
"""The fields of a row, in order."""

DERIVED = tuple(name for name in ReadSpan.__struct_fields__ if name not in FIELDS)
"""Fields of the read shape that are made from others: in a row only when they are asked for."""

CUSTOMER_LENGTH_MAX = 254
_INT64 = 1 << 63
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEWLINES = bytes.maketrans(b"\r\n", b"  ")

_stored = typing.get_type_hints(Span)
_read = typing.get_type_hints(ReadSpan, include_extras=True)


def _kind(name: str) -> str:
    """What a field's values are: "time", "json", "map", "text", "integer", "number", "money", "flag"."""
    if name in TIMES:
        return "time"
    if name == "metadata":
        return "map"
    hints = _stored.get(name) if _read.get(name) != reading.Json else None
    kinds = {str: "text", bool: "flag", int: "integer", float: "number", Decimal: "money"}
    hint = hints or _read[name]
    choices = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    return next((kinds[type_] for type_ in choices if type_ in kinds), "json")


KINDS: Mapping[str, str] = {name: _kind(name) for name in (*FIELDS, *DERIVED)}
"""Field → its kind."""

ACCEPTED: Mapping[str, Any] = {
    "id": Annotated[str, Meta(pattern="^[0-9a-f]{32}$")],
    "log_type": Literal[LOG_TYPES],
    "status": Literal[STATUSES],
    "customer_identifier": Annotated[str, Meta(max_length=CUSTOMER_LENGTH_MAX)] | None,
    "token_convention": Literal["inside", "outside", "", None],
    "cost_source": Literal["sent", "unit_price", "override", "library", "none", "", None],
    "metadata": dict[str, str] | None,
}
"""Fields of which an imported row may not hold just any value of their kind."""

Row = dict[str, Any]
"""Field → value; times are texts, JSON is `Raw`, money is Decimal."""


@dataclass(frozen=True)
class Choice:
    """Which fields the rows of an export hold, in order."""

    fields: tuple[str, ...] = FIELDS

    @classmethod
    def read(cls, text: str, name: str) -> "Choice":
        """The fields in a comma-separated list; every stored one for none. Raises `BadRequest`."""
        names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
        for each in names:
            if each not in KINDS:
                raise BadRequest(f"{name} names {each[:60]!r}, which is no field of a span.")
        return cls(names or FIELDS)

    @property
    def derived(self) -> frozenset[str]:
        return frozenset(self.fields).intersection(DERIVED)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rows are made from."""
        return tuple(reading.columns_of(self.fields))


def _rendering(kind: str) -> Callable[[Any], Any]:
    return {
        "time": lambda value: None if value is None else moment(value),
        "json": lambda text: Raw(text.encode().translate(_NEWLINES)) if text else None,
        "text": lambda text: text or None,
        "money": lambda value: None if value is None else value.normalize(),
    }.get(kind, lambda value: value)


_RENDER = {name: _rendering(KINDS[name]) for name in FIELDS}


def to_row(span: Span, choice: Choice, names: reading.Names, scores: reading.Scores = reading.NO_SCORES) -> Row:
    """The span's row."""
    derived = choice.derived
    shape = reading.read(span, names, derived, scores) if derived else None
    return {
        name: _plain(getattr(shape, name)) if name in derived else _RENDER[name](getattr(span, name))
        for name in choice.fields
    }


def _plain(value: Any) -> Any:
    if value is msgspec.UNSET:
        return None
    return Raw(bytes(value).translate(_NEWLINES)) if isinstance(value, Raw) else value


# ---- back again


def _accepted(name: str) -> Any:
    """What an imported row may hold for a field."""
    if name in ACCEPTED:
        return ACCEPTED[name]
    whole = Annotated[int, Meta(ge=-_INT64, le=_INT64 - 1)]
    time = Annotated[datetime, Meta(tz=True)]
    kinds = {"text": str, "flag": bool, "integer": whole, "number": float, "money": Decimal, "time": time}
    return kinds[KINDS[name]] | None if KINDS[name] in kinds else Raw


REQUIRED = ("id", "timestamp", "received_at", "log_type", "status")

ExportedSpan = msgspec.defstruct(
    "ExportedSpan",
    [
        *((name, _accepted(name)) for name in REQUIRED),
        *((name, _accepted(name), None) for name in FIELDS if name not in REQUIRED),
    ],
    kw_only=True,
    forbid_unknown_fields=True,
    namespace={"__doc__": "A span as an export wrote it. Times are RFC 3339; what is absent is null or left out."},
)
"""An imported row."""

_decoder = msgspec.json.Decoder(ExportedSpan)


def from_row(text: bytes | Raw) -> Span:
    """The span that a row of an export says, as it says it. Raises ValueError with a sentence that names the field."""
    try:
        given = _decoder.decode(text)
        fields = {name: value for name in FIELDS if (value := _stored_value(name, getattr(given, name))) is not None}
    except RecursionError:
        raise ValueError("is nested too deep") from None
    except UnicodeDecodeError:  # a ValueError too, whose words help nobody
        raise ValueError("is not UTF-8") from None
    for name in REQUIRED:
        if name not in fields:
            raise ValueError(f"has no {name}")
    start = fields.get("start_time")
    # Intake's own rule, so that the row lies where the first one lay.
    key_time = fields["timestamp"] if start is None else start
    return Span(**{"organization_id": "", "environment": "", **fields}, key_time=key_time, has_client_ids=True)


def _stored_value(name: str, value: Any) -> Any:
    kind = KINDS[name]
    if value is None:
        return None
    if kind == "time":
        return _time(name, value)
    if kind == "json":
        return None if bytes(value) == b"null" else bytes(value).decode()
    if kind == "money":
        return _money(name, value)
    if kind == "number" and not math.isfinite(value):
        raise ValueError(f"has no finite number in {name}")
    return value


def _money(name: str, value: Decimal) -> Decimal:
    value = value.normalize()
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -12 or value.adjusted() >= 26:
        raise ValueError(f"has more digits in {name} than 26 before the point and 12 after it")
    return value


def _time(name: str, value: datetime) -> int:
    time = (value - _EPOCH) // timedelta(microseconds=1)
    if not EARLIEST <= time <= LATEST:
        raise ValueError(f"has a {name} outside 1900 to 2299")
    return time
