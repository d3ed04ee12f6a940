"""The one declaration of how a span is written and read: `Span` ↔ a line of NDJSON ↔ a row of the table `spans`.

The columns are the fields of `Span`, in order, and `version`, which the journal appends to each line as it writes it.
"""

import types
import typing
from decimal import Decimal

import msgspec

from midspan.domain.span import Span

TIMES = frozenset({"key_time", "timestamp", "start_time", "received_at"})
"""Columns that are microseconds in a line and DateTime64(6) in the table."""

_SCALARS = {str: "String", int: "Int64", float: "Float64", bool: "Bool", Decimal: "Decimal(38, 12)"}


def _line_type(annotation: object) -> str:
    """The engine's type for a field as it stands in a line, not as the table keeps it."""
    if isinstance(annotation, types.UnionType):
        (inner,) = (a for a in typing.get_args(annotation) if a is not types.NoneType)
        return f"Nullable({_line_type(inner)})"
    if annotation == dict[str, str]:
        return "Map(String, String)"
    return _SCALARS[annotation]  # type: ignore[index]


_HINTS = typing.get_type_hints(Span)
COLUMNS = (*Span.__struct_fields__, "version")
LINE_TYPES = {**{name: _line_type(_HINTS[name]) for name in Span.__struct_fields__}, "version": "UInt64"}

LINE_STRUCTURE = ", ".join(f"{name} {type_}" for name, type_ in LINE_TYPES.items())
"""The structure of a segment, as the engine's table function `file` takes it."""

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Span)


class Row(typing.NamedTuple):
    """A span on its way into the journal."""

    line: bytes
    """The beginning of a journal line: the journal adds the version, a brace and a line feed."""
    key: tuple[str, int] | None
    """(id, key_time) where the client sent both ids, so that the span may have been stored before."""


def row(span: Span) -> Row:
    """The span as the journal takes it."""
    return Row(line(span), (span.id, span.key_time) if span.has_client_ids else None)


def line(span: Span) -> bytes:
    """The span as a journal line, up to the version."""
    return _encoder.encode(span)[:-1] + b',"version":'


def from_lines(lines: bytes) -> list[Span]:
    """Spans from the engine's JSONEachRow, as `selection` asked for them."""
    return [_decoder.decode(line) for line in lines.splitlines()]


def selection(names: typing.Iterable[str]) -> str:
    """The SELECT list that reads the columns `names` in the form that `from_lines` takes."""
    return ", ".join(f"toUnixTimestamp64Micro({name}) AS {name}" if name in TIMES else name for name in names)


def insertion() -> str:
    """The SELECT list that turns a segment's lines (`line`) into rows; `known` may hold an earlier key_time."""
    chosen = {"key_time": "if(known.id != '', known.key_time, line.key_time)"}
    return ", ".join(
        f"fromUnixTimestamp64Micro({chosen.get(name, 'line.' + name)}, 'UTC') AS {name}"
        if name in TIMES
        else f"line.{name} AS {name}"
        for name in COLUMNS
    )
