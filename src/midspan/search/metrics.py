"""Measures over time and groups: one SELECT that sums each cell, each group and the whole from the spans themselves.

Groups beyond the first ones are one group, "other". Its sums are made of its rows like every other, so distinct counts
and quantiles are as exact there as elsewhere; nothing is added up afterwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from midspan.search.buckets import Buckets
from midspan.search.catalogue import Field
from midspan.search.measures import Measure, Value, decimal, selected, values
from midspan.search.predicates import Query
from midspan.search.scope import Scope, keys_sql, read_key
from midspan.search.where import Binder

Sums = dict[str, Value]
"""Name of a measure → its value."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked. Groups are ranked by `sort`, the first `limit` of them shown, the rest summed as one."""

    scope: Scope
    measures: Sequence[Measure]
    groups: Sequence[Field] = ()
    buckets: Buckets | None = None
    sort: Measure
    descending: bool = True
    limit: int = 10


@dataclass
class Series:
    """One group: its values, its sums over the whole window, and over each bucket."""

    keys: tuple[str, ...]
    is_other: bool
    totals: Sums
    cells: list[Sums]


@dataclass
class Table:
    """What was found: the sums over everything, over each bucket, and over each group, in their order of rank."""

    totals: Sums
    cells: list[Sums]
    series: list[Series]


_rows = msgspec.json.Decoder(dict[str, Any])


@dataclass(frozen=True)
class Ranked:
    """The groups that an answer shows, in their order, and how many there are in all."""

    keys: list[tuple[str, ...]]
    count: int


def rank(question: Question) -> Query:
    """The first groups by rank, those of equal rank in the order of their names; `read_ranked` reads it."""
    keys, parameters = keys_sql(question.groups)
    where, bound = question.scope.where()
    names = ", ".join(f"k{number}" for number in range(len(keys)))
    aliased = ", ".join(f"{key} AS k{number}" for number, key in enumerate(keys))
    direction = "DESC" if question.descending else "ASC"
    sql = (
        f"SELECT {aliased}, {question.sort.sql} AS rank, count() OVER () AS group_count "
        f"FROM spans @final WHERE {where} GROUP BY {names} "
        f"ORDER BY rank {direction} NULLS LAST, {names} LIMIT {{top:UInt32}}"
    )
    return sql, {**parameters, **bound, "top": question.limit}


def read_ranked(question: Question, lines: bytes) -> Ranked:
    """What `rank` found."""
    rows = list(_rows.decode_lines(lines))
    keys = [tuple(row[f"k{number}"] for number in range(len(question.groups))) for row in rows]
    return Ranked(keys, rows[0]["group_count"] if rows else 0)


def ask(question: Question, shown: Ranked | None = None, most: int = 0) -> Query:
    """The sums: of the whole, of each bucket, of each group, of each group in each bucket.

    Groups are those `shown`, and the others as one; without `shown` each is one. `most` bounds the rows of the answer.
    """
    keys, parameters = keys_sql(question.groups)
    where, bound = question.scope.where()
    parameters |= bound
    columns = [selected(question.measures)]
    sets = ["()"]
    if question.buckets is not None:
        parameters["edges"] = question.buckets.parameter
        edges = "{edges:Array(Int64)}"
        columns.append(f"roundDown(toUnixTimestamp64Micro(spans.timestamp), {edges}) AS bucket, grouping(bucket) AS b")
        sets.append("(bucket)")
    if keys:
        grouped, names = _grouped(keys, shown, parameters)
        columns += grouped
        sets.append(f"({names})")
        if question.buckets is not None:
            sets.append(f"(bucket, {names})")
    sql = f"SELECT {', '.join(columns)} FROM spans @final WHERE {where}"
    if len(sets) > 1:
        sql += f" GROUP BY GROUPING SETS ({', '.join(sets)})"
    if most:
        sql += " LIMIT {most:UInt32}"
        parameters["most"] = most
    return sql, parameters


def _grouped(keys: Sequence[str], shown: Ranked | None, parameters: dict[str, str | int]) -> tuple[list[str], str]:
    """The columns of groups, and the names to group by. Binds the keys that are shown."""
    names = [f"k{number}" for number in range(len(keys))]
    if shown is None:
        columns = [f"{key} AS {name}" for key, name in zip(keys, names, strict=True)]
        return [*columns, "grouping(k0) AS g", "1 AS is_top"], ", ".join(names)
    bind = Binder("top")
    places = ", ".join(f"({', '.join(map(bind, key))})" for key in shown.keys)
    parameters |= bind.parameters
    is_top = f"(({', '.join(keys)}) IN ({places}))" if places else "(spans.version = 0)"  # which no span has
    columns = [f"{is_top} AS is_top", "grouping(is_top) AS g"]
    columns += [f"if(is_top, {key}, '') AS {name}" for key, name in zip(keys, names, strict=True)]
    return columns, ", ".join(("is_top", *names))


def read(question: Question, lines: bytes) -> Table:
    """The answer's rows as a table; groups in the order of rank, "other" last."""
    whole = _empty(question, ())
    found: dict[tuple[bool, tuple[str, ...]], Series] = {}
    names = [f"k{number}" for number in range(len(question.groups))]
    for row in _rows.decode_lines(lines):
        series = whole
        if names and not row["g"]:
            is_other, keys = not row["is_top"], tuple(row[name] for name in names)
            series = found.setdefault((is_other, keys), _empty(question, keys, is_other=is_other))
        sums = values(question.measures, row)
        if question.buckets is not None and not row["b"]:
            series.cells[question.buckets.of(row["bucket"])] = sums
        else:
            series.totals = sums
    return Table(whole.totals, whole.cells, ranked(question, found.values()))


def _empty(question: Question, keys: tuple[str, ...], *, is_other: bool = False) -> Series:
    sums = {measure.name: measure.empty for measure in question.measures}
    edges = question.buckets.edges if question.buckets is not None else ()
    return Series(keys, is_other, sums, [sums] * len(edges))


def ranked(question: Question, series: Iterable[Series]) -> list[Series]:
    """Groups in the order of rank, "other" last."""
    sign = -1 if question.descending else 1

    def rank(each: Series) -> tuple[bool, bool, Decimal, tuple[str, ...]]:
        value = decimal(each.totals[question.sort.name])
        return each.is_other, value is None, sign * (value or Decimal(0)), each.keys

    return sorted(series, key=rank)


def side_by_side(question: Question, now: Table, before: Table) -> None:
    """Give both tables the same groups in the same order, those of `now`; a group that one lacks is empty there."""
    earlier = {(each.is_other, each.keys): each for each in before.series}
    if any(each.is_other for each in before.series) and not any(each.is_other for each in now.series):
        now.series.append(_empty(question, ("",) * len(question.groups), is_other=True))
    before.series = [
        earlier.get((each.is_other, each.keys)) or _empty(question, each.keys, is_other=each.is_other)
        for each in now.series
    ]


def group_values(question: Question, series: Series) -> dict[str, Any]:
    """Name of the field → the group's value, as JSON takes it."""
    return {
        field.name: None if series.is_other else read_key(field, text)
        for field, text in zip(question.groups, series.keys, strict=True)
    }
