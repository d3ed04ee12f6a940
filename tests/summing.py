"""Sums in plain Python over spans as they are read back: what the server's own sums are held against."""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

Row = dict[str, Any]
"""A span as a list shows it; its money and floats are decimals."""


class Rows(list[Row]):
    """Spans, which nobody wants to read whole in the report of a failure."""

    def __repr__(self) -> str:
        return f"<{len(self)} spans>"


START = datetime(2031, 3, 20, tzinfo=UTC)
"""Clocks change within the days that follow, in Europe on the 30th of March, in Chile on the 6th of April."""
DAYS = 20

FILTERS: dict[str, tuple[Any, Callable[[Row], bool]]] = {
    "all": ({}, lambda row: True),
    "one model": ({"model": {"operator": "", "value": ["m1"]}}, lambda row: row["model"] == "m1"),
    "failed or slow": (
        {"latency": [{"operator": "gte", "value": [1]}], "status": {"operator": "not", "value": ["success"]}},
        lambda row: row["latency"] is not None and row["latency"] >= 1 and row["status"] != "success",
    ),
    "a region": (
        {"metadata__region": {"operator": "in", "value": ["eu", "us"]}},
        lambda row: row["metadata"].get("region") in ("eu", "us"),
    ),
    "cheap": (
        {"cost": {"operator": "lt", "value": [0.1]}},
        lambda row: row["cost"] is not None and row["cost"] < Decimal("0.1"),
    ),
    "failed": ({"status": {"operator": "", "value": ["failed"]}}, lambda row: row["status"] == "failed"),
    "nothing": ({"model": {"operator": "", "value": ["no such model"]}}, lambda row: False),
}
"""Name → filters as they are sent, and what they mean."""


def _tier(row: Row) -> Any:
    user = (row["properties"] or {}).get("user")
    return user.get("tier") if isinstance(user, dict) else None


GROUPS: dict[str, Callable[[Row], Any]] = {
    "model": lambda row: row["model"],
    "customer_identifier": lambda row: row["customer_identifier"],
    "status_code": lambda row: row["status_code"],
    "stream": lambda row: row["stream"],
    "positive_feedback": lambda row: row["positive_feedback"],
    "max_tokens": lambda row: row["max_tokens"],
    "metadata.region": lambda row: row["metadata"].get("region"),
    "properties.user.tier": _tier,
}
"""Field to group by → its value."""

NUMBERS = ("latency", "time_to_first_token", "tokens_per_second", "prompt_tokens", "completion_tokens",
           "total_request_tokens", "prompt_cache_hit_tokens", "cost")  # fmt: skip
DISTINCT = {"customers": "customer_identifier", "threads": "thread_identifier", "traces": "trace_unique_id"}
EXACT = ("count", "error_count", "sum_cost", "sum_prompt_tokens", "sum_total_request_tokens", "distinct_traces")
"""Measures of which no digit is rounded, fit to rank by."""
HOURLY = (
    "count", "error_count", "error_rate", "cache_hit_rate", "sum_cost", "avg_cost", "sum_prompt_tokens",
    "sum_total_request_tokens", "avg_total_request_tokens", "sum_prompt_cache_hit_tokens", "p50_latency",
    "p99_latency", "p90_time_to_first_token",
)  # fmt: skip
"""Measures that are made of the sums of hours."""
MEASURES = (
    *EXACT, "error_rate", "cache_hit_rate", "distinct_customers", "distinct_threads", "distinct_models",
    *(f"{aggregate}_{number}" for number in NUMBERS for aggregate in ("sum", "avg", "min", "max", "p50", "p90", "p99")),
)  # fmt: skip


def span(choice: random.Random, number: int) -> Row:
    """A span to send. The same number is the same span."""
    row = {
        "trace_unique_id": f"sums-trace-{number // 3}",
        "span_unique_id": f"sums-span-{number}",
        "timestamp": (START + timedelta(seconds=choice.randrange(DAYS * 86_400))).isoformat(),
        "model": choice.choice(["m1", "m2", "m3", "m4", None]),
        "customer_identifier": choice.choice(["ada", "bob", "Ünal/1", "eve", None]),
        "thread_identifier": choice.choice(["th1", "th2", "th3", None]),
        "status_code": choice.choice([200, 200, 200, 429, 500]),
        "stream": choice.random() < 0.3,
        "positive_feedback": choice.choice([True, False, None]),
        "max_tokens": choice.choice([None, 0, 1024, 2**60]),
        "latency": choice.choice([None, 0, 0.1, 0.25, 1.5, 33.3333]),
        "time_to_first_token": choice.choice([None, 0.05, 0.125]),
        "prompt_tokens": choice.choice([None, 0, 7, 1000, 2**61]),
        "completion_tokens": choice.choice([None, 3, 250]),
        "cost": choice.choice([None, "0", "0.1", "0.000000000001", "3.141592653589", "99999999999999.999999999999"]),
        "metadata": choice.choice([{}, {"region": "eu"}, {"region": "us"}, {"region": ""}, {"other": "x"}]),
        "properties": choice.choice([{}, {"user": {"tier": 1}}, {"user": {"tier": "1"}}, {"user": {"tier": True}}]),
    }
    return {name: value for name, value in row.items() if value is not None}


def decimals(text: str) -> Any:
    """An answer's JSON with its numbers as they are written."""
    return json.loads(text, parse_float=Decimal)


def time_of(row: Row) -> datetime:
    return datetime.fromisoformat(row["timestamp"])


def measured(name: str, rows: Sequence[Row]) -> Any:
    """A measure over spans; None where there is nothing to say."""
    failed = sum(row["status"] == "failed" for row in rows)
    if name == "count":
        return len(rows)
    if name == "error_count":
        return failed
    if name in ("error_rate", "cache_hit_rate"):
        hits = sum((row["prompt_cache_hit_tokens"] or 0) > 0 for row in rows)
        return Decimal(failed if name == "error_rate" else hits) / len(rows) if rows else None
    aggregate, _, field = name.partition("_")
    if aggregate == "distinct":
        column = DISTINCT.get(field, field.removesuffix("s"))
        return len({row[column] for row in rows if row[column]})
    return _aggregated(aggregate, sorted(Decimal(row[field]) for row in rows if row[field] is not None))


def _aggregated(aggregate: str, found: list[Decimal]) -> Any:
    if aggregate == "sum":
        return sum(found, Decimal(0))
    if not found:
        return None
    if aggregate == "avg":
        return sum(found) / len(found)
    if aggregate in ("min", "max"):
        return found[0] if aggregate == "min" else found[-1]
    place = Decimal(aggregate[1:]) / 100 * (len(found) - 1)
    low = int(place)
    return found[low] + (found[min(low + 1, len(found) - 1)] - found[low]) * (place - low)


def same(name: str, given: Any, wanted: Any, *, near: bool = False) -> bool:
    """Whether the server's value is the right one: to the last digit, except where a quotient or a float is rounded.

    A quantile may be a hundredth beside it where it is to be `near`.
    """
    if wanted is None or given is None:
        return wanted is None and given is None
    if near and name.startswith("p"):
        return float(given) == pytest.approx(float(wanted), rel=0.01)
    is_exact = name in EXACT or name.startswith("distinct") or name.partition("_")[0] in ("sum", "min", "max")
    if is_exact and not name.endswith(("latency", "token", "second")):
        return Decimal(given) == Decimal(wanted)
    return float(given) == pytest.approx(float(wanted), rel=1e-9, abs=1e-12)


def label(time: datetime, interval: str, zone: ZoneInfo) -> Any:
    """What tells buckets apart: what the clock and the calendar of the zone say."""
    there = time.astimezone(zone)
    if interval == "1h":
        return there.date(), there.hour, there.utcoffset()
    if interval == "6h":
        return there.date(), there.hour // 6
    if interval == "1w":
        return there.isocalendar()[:2]
    return {"1d": there.date(), "1M": (there.year, there.month), "1y": there.year}[interval]


def key_text(field: str, value: Any) -> str:
    """What groups of equal rank are sorted by."""
    if value is None:
        return ""
    if field in ("model", "customer_identifier"):
        return str(value)
    if field.startswith("properties."):
        return "=" + json.dumps(value)
    return "=" + (str(value).lower() if isinstance(value, bool) else str(value))


def grouped(rows: Iterable[Row], fields: Sequence[str]) -> dict[tuple[str, ...], list[Row]]:
    """Key texts → the spans of the group."""
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(key_text(field, GROUPS[field](row)) for field in fields), []).append(row)
    return found


def ranked(groups: Mapping[tuple[str, ...], list[Row]], sort: str) -> list[tuple[str, ...]]:
    """Keys, the first in rank first."""
    sign = -1 if sort.startswith("-") else 1
    return sorted(groups, key=lambda key: (sign * measured(sort.removeprefix("-"), groups[key]), key))
