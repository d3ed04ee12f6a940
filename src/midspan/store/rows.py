"""The one declaration of how a span is written and read: `Span` ↔ a line of NDJSON ↔ a row of the table `spans`.

The columns are the fields of `Span`, in order, and `version`, which the journal appends to each line as it writes it.
"""

import types
import typing
from decimal import Decimal

import msgspec

from midspan.domain.cost import Cost
from midspan.domain.score import Score
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


_SCORE_HINTS = typing.get_type_hints(Score)
SCORE_TYPES = {**{name: _line_type(_SCORE_HINTS[name]) for name in Score.__struct_fields__}, "version": "UInt64"}
"""The columns of the table `scores`, with their types in a line."""


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


KNOWN_STRUCTURE = (
    "id String, organization_id String, environment String, key_time Int64, version UInt64, note Nullable(String), "
    "is_pinned Nullable(Bool), blurred Nullable(Bool), has_positive_feedback Bool, positive_feedback Nullable(Bool), "
    "custom_identifier Nullable(String), metadata Map(String, String)"
)
"""The structure of a file `known`: spans that are stored, where they lie, and what people added to them."""

_COST_HINTS = typing.get_type_hints(Cost)
_COST = ", ".join(f"{name} {_line_type(_COST_HINTS[name])}" for name in Cost.__struct_fields__)
OVERLAID_STRUCTURE = f"{KNOWN_STRUCTURE}, is_marked Bool, basis UInt64, {_COST}"
"""The structure of a file of stored spans that are to be laid over: what people added (`is_marked`), a new cost
(`basis` is not 0), or both.
"""

PRICED_FROM = (
    "start_time", "timestamp", "received_at", "model", "response_model", "provider_id", "prompt_tokens",
    "completion_tokens", "prompt_cache_hit_tokens", "prompt_cache_creation_tokens", "prompt_cache_creation_1h_tokens",
    "token_convention", "prompt_unit_price", "completion_unit_price", *Cost.__struct_fields__,
)  # fmt: skip
"""The columns from which a cost is computed anew, the old one among them."""


def basis(table: str) -> str:
    """The SQL of a number, never 0, that stands for what a stored span is priced from. A span that is sent again has
    another one; one to which people only added something has the same.
    """
    return f"bitOr(sipHash64(toString(tuple({', '.join(f'{table}.{name}' for name in PRICED_FROM)}))), 1)"


_MARKED = {
    "note": "ifNull(known.note, line.note)",
    "is_pinned": "ifNull(known.is_pinned, line.is_pinned)",
    "blurred": "ifNull(known.blurred, line.blurred)",
    "positive_feedback": "if(known.has_positive_feedback, known.positive_feedback, line.positive_feedback)",
    "custom_identifier": "ifNull(known.custom_identifier, line.custom_identifier)",
    "metadata": "mapUpdate(CAST(line.metadata, 'Map(String, String)'), known.metadata)",
}


def insertion(*, known: bool = False) -> str:
    """The SELECT list that turns a segment's lines (`line`) into rows, with what is `known` of their spans put over."""
    chosen = {**_MARKED, "key_time": "if(known.id != '', known.key_time, line.key_time)"} if known else {}
    return ", ".join(
        f"fromUnixTimestamp64Micro({chosen.get(name, 'line.' + name)}, 'UTC') AS {name}"
        if name in TIMES
        else f"{chosen.get(name, 'line.' + name)} AS {name}"
        for name in COLUMNS
    )


def remarking() -> str:
    """The SELECT list that turns stored rows (`line`, with their `basis`) into their next version, with what is `known`
    over them.
    """
    # The answer to an Idempotency-Key is kept from the row that it came with.
    chosen = {**_MARKED, "version": "known.version", "idempotency_key": "''", "body_hash": "''", "answer": "''"}
    for name in Cost.__struct_fields__:
        chosen[name] = f"if(known.basis = line.basis, known.{name}, line.{name})"
    return ", ".join(f"{chosen.get(name, 'line.' + name)} AS {name}" for name in COLUMNS)
