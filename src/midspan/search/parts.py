"""What measures are made of: counts and sums that add up, and histograms. From those of parts come those of the whole.

A histogram says how many spans have a number in each of its intervals, which are 2 % wide: a quantile that is read off
it is at most `ERROR` beside the exact one. Counts and sums are exact. Sums of floats are none of the parts: a large one
that is added and taken away again leaves what it was rounded by.
"""

import math
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import Any, Final

import msgspec

from midspan.search.fields import SPANS
from midspan.search.measures import NUMBERS, QUANTILES, WIDE, Measure, Value

STEPS: Final = 50
"""Intervals of a histogram for each time that a number is e times as large."""
ERROR: Final = math.tanh(1 / (2 * STEPS))
"""How far a quantile may be beside the exact one, as a share of it: a hundredth."""

HISTOGRAMS: Final = ("latency", "time_to_first_token")
"""Columns of which there is one."""

MISSING: Final = 1
_OFFSET: Final = 40_000
_LEAST: Final = "1e-300"
_DECIMAL: Final = Context(prec=100)


def interval_sql(column: str) -> str:
    """The interval of a histogram that a row's number lies in: a float, the larger the larger the number.

    It takes any number without an error, or rows that hold one could not be stored. 0 has its own, and so has NULL.
    """
    number = f"ifNull({column}, 0)"
    size = f"{_OFFSET} + ceil(log(greatest(abs({number}), {_LEAST})) * {STEPS})"
    return f"if(isNull({column}), {MISSING}, sign({number}) * ({size}))"


def _number(interval: float) -> float:
    """The number that stands for an interval: as far from its lower end as from its upper one, as shares of these."""
    if interval == 0:
        return 0.0
    exponent = min((abs(interval) - _OFFSET - 0.5) / STEPS, math.log(sys.float_info.max))
    return math.copysign(math.exp(exponent) / math.cosh(1 / (2 * STEPS)), interval)


def _sums() -> dict[str, str]:
    found = {
        "count": "count()",
        "failed": "countIf(status = 'failed')",
        "hits": "countIf(prompt_cache_hit_tokens > 0)",
    }
    for column, (kind, _, _) in NUMBERS.items():
        if kind != "number":
            sql = SPANS.find(column).sql
            found[f"sum_{column}"] = f"sum({WIDE[kind].format(sql)})"
            found[f"count_{column}"] = f"count({sql})"
    return found


SUMS: Final[Mapping[str, str]] = _sums()
"""Name → the aggregate over rows of `spans`, NULL for nothing."""

COUNTS: Final = frozenset(name for name in SUMS if not name.startswith("sum_"))
NOTHING: Final = {
    name: "toInt64(0)" if name in COUNTS else WIDE[NUMBERS[name.removeprefix("sum_")][0]].format(0) for name in SUMS
}
"""Name → 0, of the type that its sum has."""


_COUNTED: Final = {
    "count": ("count",),
    "error_count": ("failed",),
    "error_rate": ("failed", "count"),
    "cache_hit_rate": ("hits", "count"),
}


@dataclass(frozen=True)
class Needed:
    """The parts that a measure is made of."""

    sums: tuple[str, ...] = ()
    histogram: str = ""


def needed(measure: Measure) -> Needed | None:
    """What a measure is made of; None for one that cannot be made of parts."""
    if (counts := _COUNTED.get(measure.name)) is not None:
        return Needed(counts)
    aggregate, _, column = measure.name.partition("_")
    if aggregate in QUANTILES and column in HISTOGRAMS:
        return Needed(histogram=column)
    if f"sum_{column}" in SUMS and aggregate in ("sum", "avg"):
        return Needed((f"sum_{column}", f"count_{column}")[: 1 if aggregate == "sum" else 2])
    return None


@dataclass
class Parts:
    """The parts of some spans."""

    sums: dict[str, int | Decimal] = field(default_factory=dict)
    histograms: dict[str, Counter[float]] = field(default_factory=dict)

    def add(self, other: "Parts") -> None:
        """Make this the parts of both."""
        for name, value in other.sums.items():
            before = self.sums.get(name, 0)
            self.sums[name] = _DECIMAL.add(before, value) if isinstance(value, Decimal) else before + value
        for name, counts in other.histograms.items():
            self.histograms.setdefault(name, Counter()).update(counts)

    @property
    def is_empty(self) -> bool:
        return not self.sums["count"]


def nothing(sums: Iterable[str], histograms: Iterable[str]) -> Parts:
    """The parts of no span."""
    return Parts(dict.fromkeys(sums, 0), {name: Counter() for name in histograms})


def read_parts(row: Mapping[str, Any]) -> Parts:
    """The parts in a row: sums under `p_`, histograms under `h_` and their names."""
    sums: dict[str, int | Decimal] = {}
    histograms = {}
    for name, value in row.items():
        if name.startswith("p_"):
            is_money = NUMBERS.get(name.removeprefix("p_sum_"), ("",))[0] == "money"
            sums[name[2:]] = Decimal(value or 0) if is_money else int(value or 0)
        elif name.startswith("h_"):
            histograms[name[2:]] = Counter(dict(zip(*value, strict=True)))
    return Parts(sums, histograms)


def measured(measure: Measure, parts: Parts) -> Value:
    """A measure's value."""
    made = needed(measure)
    assert made is not None
    if parts.is_empty:
        return measure.empty
    if made.histogram:
        return _quantile(parts.histograms[made.histogram], QUANTILES[measure.name.partition("_")[0]])
    total = parts.sums[made.sums[0]]
    if len(made.sums) > 1:
        count = parts.sums[made.sums[1]]
        return float(total) / float(count) if count else None
    return msgspec.Raw(_plain(total).encode()) if isinstance(total, Decimal) else total


def _plain(money: Decimal) -> str:
    """An amount without zeros at its end."""
    return format(money.normalize(_DECIMAL), "f")


def _quantile(counts: Counter[float], level: float) -> float | None:
    """As if every number were the one that stands for its interval, with linear interpolation between two."""
    there = sorted((interval, count) for interval, count in counts.items() if interval != MISSING and count > 0)
    place = level * (sum(count for _, count in there) - 1)
    low, passed = math.floor(place), 0
    value = None
    for interval, count in there:
        passed += count
        if value is not None:
            return value + (_number(interval) - value) * (place - low)
        if passed > low:
            value = _number(interval)
            if passed > low + 1:
                return value
    return value
