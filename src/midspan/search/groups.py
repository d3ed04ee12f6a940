"""Groups of spans, a page of rows: one row for each value of a field, and for each bucket of time where asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec

from midspan.search.buckets import Buckets
from midspan.search.catalogue import Field
from midspan.search.measures import MEASURES, Value, decimal, selected, steady, values
from midspan.search.moments import moment
from midspan.search.predicates import Query
from midspan.search.scope import Scope, keys_sql, read_key

_MEASURES: Final = {
    "number_of_requests": "count",
    "span_count": "count",
    "total_cost": "sum_cost",
    "total_tokens": "sum_total_request_tokens",
    "total_prompt_tokens": "sum_prompt_tokens",
    "total_completion_tokens": "sum_completion_tokens",
    "error_count": "error_count",
    "error_percentage": "error_rate",
    "average_cost": "avg_cost",
    "average_tokens": "avg_total_request_tokens",
    "average_latency": "avg_latency",
    "average_ttft": "avg_time_to_first_token",
    "average_tps": "avg_tokens_per_second",
    "cache_hit_percentage": "cache_hit_rate",
}
"""Key of a row → measure."""

SORTS: Final = (*_MEASURES, "date_group", "key")
"""What rows can be sorted by; `key` is the group's value."""

_USED: Final = tuple(MEASURES[name] for name in dict.fromkeys(_MEASURES.values()))


_OF_FLOATS: Final = frozenset({"avg_latency", "avg_time_to_first_token", "avg_tokens_per_second"})
"""Averages of floats; the others are made of exact sums."""


class Group(msgspec.Struct, kw_only=True):
    """One group. The field that spans are grouped by stands in the row, too, under its own name."""

    date_group: str | None
    """When the bucket begins; null without `date_group`."""
    number_of_requests: int
    span_count: int
    total_cost: Decimal
    total_tokens: int
    total_prompt_tokens: int
    total_completion_tokens: int
    error_count: int
    error_percentage: float
    """From 0 to 100."""
    average_cost: float | None
    average_tokens: int | None
    """To the nearest whole token."""
    average_latency: float | None
    average_ttft: float | None
    average_tps: float | None
    cache_hit_percentage: float
    """Of the spans, those that read tokens from the provider's cache; from 0 to 100."""


@dataclass(frozen=True, kw_only=True)
class GroupPage:
    """Which groups a page shows."""

    scope: Scope
    field: Field
    sort: str
    """A name of `SORTS`, with `-` before it for descending."""
    size: int
    offset: int = 0
    buckets: Buckets | None = None
    is_named: bool = False
    """Leave out the spans that do not have the field."""


def list_groups(page: GroupPage) -> Query:
    """The page's groups in order, each with `matches`, the number of all groups."""
    columns, rest, parameters = _grouped(page)
    name = page.sort.removeprefix("-")
    direction = "DESC" if page.sort.startswith("-") else "ASC"
    bucket = "bucket" if page.buckets is not None else "k0"
    column = {"date_group": bucket, "key": "k0"}.get(name) or _rank(_MEASURES[name])
    order = ", ".join(f"{each} {direction} NULLS LAST" for each in dict.fromkeys((column, "k0", bucket)))
    sql = (
        f"SELECT {columns}, {selected(_USED)}, count() OVER () AS matches {rest} "
        f"ORDER BY {order} LIMIT {{limit:UInt32}} OFFSET {{offset:UInt64}}"
    )
    return sql, {**parameters, "limit": page.size, "offset": page.offset}


def _rank(measure: str) -> str:
    """What a measure is sorted by."""
    return steady(f"m_{measure}") if measure in _OF_FLOATS else f"m_{measure}"


def count_groups(page: GroupPage) -> Query:
    """How many groups there are, as `{"count"}`."""
    columns, rest, parameters = _grouped(page)
    return f"SELECT count() AS count FROM (SELECT {columns} {rest})", parameters


def _grouped(page: GroupPage) -> tuple[str, str, dict[str, str | int]]:
    """The columns to group by, what follows them, and what is bound."""
    (key,), parameters = keys_sql([page.field])
    where, bound = page.scope.where()
    parameters |= bound
    columns = {"k0": key}
    if page.buckets is not None:
        parameters["edges"] = page.buckets.parameter
        columns["bucket"] = "roundDown(toUnixTimestamp64Micro(spans.timestamp), {edges:Array(Int64)})"
    named = " AND k0 != ''" if page.is_named else ""
    selected_columns = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    return selected_columns, f"FROM spans @final WHERE {where}{named} GROUP BY {', '.join(columns)}", parameters


def read_groups(page: GroupPage, lines: bytes) -> tuple[list[dict[str, Any]], int | None]:
    """The rows as JSON takes them, and how many groups there are; None where the page is empty."""
    rows = msgspec.json.decode(b"[" + b",".join(lines.splitlines()) + b"]", type=list[dict[str, Any]])
    return [_row(page, row) for row in rows], (rows[0]["matches"] if rows else None)


def _row(page: GroupPage, row: Mapping[str, Any]) -> dict[str, Any]:
    found = values(_USED, row)
    given: dict[str, Any] = {key: found[name] for key, name in _MEASURES.items()}
    for key in ("error_percentage", "cache_hit_percentage"):
        given[key] = _percent(given[key])
    average = decimal(given["average_tokens"])
    given["average_tokens"] = None if average is None else round(average)
    begins = None if page.buckets is None else moment(page.buckets.edges[page.buckets.of(row["bucket"])])
    return {page.field.name: read_key(page.field, row["k0"]), "date_group": begins, **given}


def _percent(ratio: Value) -> float:
    number = decimal(ratio)
    return 0.0 if number is None else float(number * 100)
