"""What can be counted and summed over spans: the one list of measures, each with its SQL, unit and help.

Every sum of the API is made of these. Money is summed as decimal and whole numbers in 128 bits, so nothing is rounded
and nothing overflows. Quantiles are exact, of all values, with linear interpolation between the two beside the rank (as
`statistics.quantiles(method="inclusive")` has it); averages and quantiles leave out spans without the number.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

from midspan.errors import BadRequest
from midspan.search.fields import SPANS

Kind = Literal["integer", "number", "money"]
Value = int | float | msgspec.Raw | None

QUANTILES: Final = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True)
class Measure:
    """One thing that a question about sums can ask for.

    `sql` is an aggregate over rows of `spans`; it holds our own names only. NULL and what is not finite read as null.
    """

    name: str
    kind: Kind
    unit: str
    help: str
    sql: str
    is_additive: bool = False
    """The values of parts add up to the value of the whole."""
    starts_at_zero: bool = False
    """It is 0, not null, where there is no span; as those that add up are."""

    def read(self, found: Any) -> Value:
        """The value as JSON takes it, given what the engine answered; money keeps its digits."""
        if found is None:
            return None
        if self.kind == "money":
            return msgspec.Raw(str(found).encode())
        return int(found) if self.kind == "integer" else float(found)

    @property
    def empty(self) -> Value:
        """Its value where there is no span."""
        return 0 if self.is_additive or self.starts_at_zero else None


def decimal(value: Value) -> Decimal | None:
    """A measure's value as a number to calculate with."""
    if value is None:
        return None
    return Decimal(bytes(value).decode()) if isinstance(value, msgspec.Raw) else Decimal(repr(value))


NUMBERS: Final = {
    "latency": ("number", "seconds", "latency"),
    "time_to_first_token": ("number", "seconds", "time to first token"),
    "tokens_per_second": ("number", "tokens per second", "tokens of output per second"),
    "prompt_tokens": ("integer", "tokens", "tokens of input"),
    "completion_tokens": ("integer", "tokens", "tokens of output"),
    "total_request_tokens": ("integer", "tokens", "all tokens"),
    "prompt_cache_hit_tokens": ("integer", "tokens", "tokens read from the provider's cache"),
    "prompt_cache_creation_tokens": ("integer", "tokens", "tokens written to the provider's cache"),
    "reasoning_tokens": ("integer", "tokens", "tokens of thought"),
    "cost": ("money", "USD", "cost"),
    "input_cost": ("money", "USD", "cost of plain input"),
    "cache_read_cost": ("money", "USD", "cost of reading the cache"),
    "cache_write_cost": ("money", "USD", "cost of writing the cache"),
    "output_cost": ("money", "USD", "cost of output"),
}  # fmt: skip
"""Column → kind, unit, what it is."""

_DISTINCT: Final = {
    "customers": "customer_identifier",
    "threads": "thread_identifier",
    "traces": "trace_unique_id",
    "models": "model",
    "sessions": "session_identifier",
}

WIDE: Final = {"integer": "toInt128({})", "money": "toDecimal256({}, 12)", "number": "{}"}
"""Kind → what is summed: wide enough for as many spans as there may be."""


def _counts() -> list[Measure]:
    failed = "countIf(status = 'failed')"
    return [
        Measure("count", "integer", "spans", "How many spans.", "count()", is_additive=True),
        Measure("error_count", "integer", "spans", "How many spans failed.", failed, is_additive=True),
        Measure("error_rate", "number", "ratio", "The share of spans that failed, from 0 to 1.", f"{failed} / count()"),
        Measure(
            "cache_hit_rate",
            "number",
            "ratio",
            "The share of spans that read tokens from the provider's cache, from 0 to 1.",
            "countIf(prompt_cache_hit_tokens > 0) / count()",
        ),
        *(
            Measure(
                f"distinct_{name}",
                "integer",
                name,
                f"How many {name} the spans name.",
                f"uniqExactIf({column}, {column} != '')",
                starts_at_zero=True,
            )
            for name, column in _DISTINCT.items()
        ),
    ]


def _of_number(column: str, kind: Kind, unit: str, words: str) -> list[Measure]:
    sql = SPANS.find(column).sql  # as the span is read: tokens of the cache are 0 where none were sent
    levels = ", ".join(str(level) for level in QUANTILES.values())
    value = f"toFloat64({sql})" if kind == "money" else sql
    wide = WIDE[kind].format(sql)
    return [
        Measure(f"sum_{column}", kind, unit, f"The sum of {words}.", f"ifNull(sum({wide}), 0)", is_additive=True),
        Measure(
            f"avg_{column}",
            "number",
            unit,
            f"The average {words}.",
            f"toFloat64(sum({wide})) / count({sql})",
        ),
        Measure(f"min_{column}", kind, unit, f"The least {words}.", f"minOrNull({sql})"),
        Measure(f"max_{column}", kind, unit, f"The greatest {words}.", f"maxOrNull({sql})"),
        *(
            # All levels in each: the engine computes an expression once that stands there several times.
            Measure(
                f"{name}_{column}",
                "number",
                unit,
                f"The {round(level * 100)}th percentile of {words}.",
                f"arrayElement(quantilesExactInclusive({levels})({value}), {place})",
            )
            for place, (name, level) in enumerate(QUANTILES.items(), 1)
        ),
    ]


MEASURES: Final[Mapping[str, Measure]] = {
    measure.name: measure
    for measure in (
        *_counts(),
        *(each for name, (kind, unit, words) in NUMBERS.items() for each in _of_number(name, kind, unit, words)),  # type: ignore[arg-type]
    )
}
"""Name → measure."""

AGGREGATES: Final = ("sum", "avg", "min", "max", *QUANTILES)

ALIASES: Final[Mapping[str, str]] = {
    "number_of_requests": "count",
    "span_count": "count",
    "errors": "error_count",
    "total_cost": "sum_cost",
    "total_tokens": "sum_total_request_tokens",
    "total_prompt_tokens": "sum_prompt_tokens",
    "total_completion_tokens": "sum_completion_tokens",
    **{name: f"distinct_{name}" for name in _DISTINCT},
}
"""Other names that the API has for some of them."""


def find_measure(name: str) -> Measure:
    """The measure of a name: its own, an alias, or an aggregate with an alias of the field (`p95_ttft`).

    Raises `BadRequest` with the nearest known name.
    """
    given = name.strip().lower()
    given = ALIASES.get(given, given)
    if (measure := MEASURES.get(given)) is not None:
        return measure
    aggregate, _, column = given.partition("_")
    if aggregate in AGGREGATES and SPANS.knows(column):
        known = f"{aggregate}_{SPANS.find(column).name}"
        if (measure := MEASURES.get(known)) is not None:
            return measure
    near = difflib.get_close_matches(given[:60], [*MEASURES, *ALIASES], n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "GET /api/metrics/measures/ lists them."
    raise BadRequest(f"There is no measure {name[:60]!r}. {hint}", code="bad_measure")


def steady(average: str) -> str:
    """An average of floats as rows are sorted by it, to the nanosecond.

    Floats add up to another last digit in another order, and the engine's order is another each time: of two averages
    that are equal now the one and now the other would be greater, so that a page repeated rows of the one before.
    """
    return f"round({average}, 9)"


def selected(measures: Sequence[Measure]) -> str:
    """The measures as columns of a SELECT, under their own names with an `m_` before them, which no column has."""
    return ", ".join(f"{measure.sql} AS m_{measure.name}" for measure in measures)


def values(measures: Sequence[Measure], row: Mapping[str, Any]) -> dict[str, Value]:
    """Name → value, of a row of such a SELECT."""
    return {measure.name: measure.read(row[f"m_{measure.name}"]) for measure in measures}
