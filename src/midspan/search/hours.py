"""Measures over whole hours: what spans come to in each hour is kept beside them, so that few of them are read.

The engine keeps it as projections (`store/schema/0005_hours.sql`, ADR 9): for each part of `spans` its own rows by hour
and by `DIMENSIONS`. These are all rows that were written, so what is superseded is read as well and taken away. What
lies in no whole hour of the window, or in one in which a bucket begins, is read as well and added. All of it is one
SELECT, which sees one state of the table.

What cannot be answered so is `None` here, and asked of the spans themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from midspan.search import parts
from midspan.search.buckets import HOUR
from midspan.search.metrics import Question, Ranked, Series, Sums, Table, ranked
from midspan.search.parts import Parts
from midspan.search.predicates import OWNER, TENANT, Query, within
from midspan.search.scope import keys_sql
from midspan.search.tree import Test, leaves
from midspan.search.where import where

DIMENSIONS: Final = ("model", "provider_id", "organization_key_id", "log_type", "status", "status_code")
"""Fields by which counts and sums are kept."""
HISTOGRAM_DIMENSIONS: Final = ("model",)
"""Fields by which histograms are kept."""

CELLS_MAX: Final = 20_000
"""The most rows of an answer; of more, the groups are ranked by the engine."""
BROKEN_MAX: Final = 400
"""The most hours of a window that may have the edge of a bucket within."""

_HOUR: Final = f"intDiv(toUnixTimestamp64Micro(spans.timestamp), {HOUR})"
_NO_HISTOGRAM: Final = "([]::Array(Float64), []::Array(Int64))"


@dataclass(frozen=True)
class Hours:
    """A window cut into its whole hours and the rest of it. Hours are counted from 1970."""

    first: int
    end: int | None
    """The one after the last; None for no bound."""
    broken: tuple[int, ...]
    """Hours between them in which a bucket begins, but for those that begin with one."""
    rest: tuple[tuple[int, int], ...]
    """Times in no whole hour: from and to, inclusive, in microseconds."""


def cut(question: Question) -> Hours | None:
    """The hours of the question's window; None where few of them are whole."""
    start, end = question.scope.start, question.scope.end
    edges = question.buckets.edges if question.buckets is not None else ()
    first, after = -(-start // HOUR), None if end is None else (end + 1) // HOUR
    last = edges[-1] // HOUR if after is None and edges else after
    if first < 1 or (last is not None and last - first < 2):
        return None
    broken = sorted({edge // HOUR for edge in edges if edge % HOUR})
    broken = [hour for hour in broken if first <= hour and (after is None or hour < after)]
    if len(broken) > BROKEN_MAX or (last is not None and 2 * len(broken) > last - first):
        return None
    rest = [(start, first * HOUR - 1), *((hour * HOUR, (hour + 1) * HOUR - 1) for hour in broken)]
    if after is not None and end is not None:
        rest.append((after * HOUR, end))
    return Hours(first, after, tuple(broken), tuple((low, high) for low, high in rest if low <= high))


@dataclass(frozen=True)
class Plan:
    """How a question is answered from hours."""

    question: Question
    hours: Hours
    sums: tuple[str, ...]
    histograms: tuple[str, ...]

    @property
    def is_approximate(self) -> bool:
        """Whether there are quantiles in it."""
        return bool(self.histograms)


def plan(question: Question, *, approximate: bool) -> Plan | None:
    """How a question is answered so; None where it is not. Quantiles are only where they may be `approximate`."""
    needed = [parts.needed(measure) for measure in question.measures]
    found = [each for each in needed if each is not None]
    histograms = tuple(name for name in parts.HISTOGRAMS if any(each.histogram == name for each in found))
    if len(found) < len(needed) or (histograms and not approximate):
        return None
    known = HISTOGRAM_DIMENSIONS if histograms else DIMENSIONS
    names = {group.name for group in question.groups}
    names |= {leaf.field if isinstance(leaf, Test) else "" for leaf in leaves(question.scope.filter)}
    hours = cut(question)
    if hours is None or not names <= set(known):
        return None
    sums = dict.fromkeys(("count", *(name for each in found for name in each.sums)))
    return Plan(question, hours, tuple(sums), histograms)


def ask(plan: Plan) -> Query:
    """The parts of each group in each bucket; `read` reads it."""
    question, hours = plan.question, plan.hours
    keys, parameters = keys_sql(question.groups)
    filtered = where(question.scope.filter)
    parameters |= filtered.parameters
    names = ["bucket", *(f"k{number}" for number in range(len(keys)))]
    by = ", ".join(names)

    def cells(time: str) -> str:
        edge = f"roundDown({time}, {{edges:Array(Int64)}})" if question.buckets is not None else "toInt64(0)"
        return ", ".join(f"{sql} AS {name}" for sql, name in zip((edge, *keys), names, strict=True))

    if question.buckets is not None:
        parameters["edges"] = question.buckets.parameter
    kept = f"FROM spans @final WHERE {OWNER} AND is_deleted = 0 AND {_whole(hours, parameters)} AND {filtered.sql}"
    hourly = cells(f"{_HOUR} * {HOUR}")
    selects = [f"SELECT {hourly}, {_columns(plan, _signed(plan), {})} {kept} GROUP BY {by}"]
    none = {name: parts.NOTHING[name] for name in plan.sums}
    for column in plan.histograms:
        counted = f"SELECT {hourly}, {parts.interval_sql(column)} AS x, count() AS n {kept} GROUP BY {by}, x"
        histogram = {column: "(groupArray(x), groupArray(toInt64(n)))"}
        selects.append(f"SELECT {by}, {_columns(plan, none, histogram)} FROM ({counted}) GROUP BY {by}")
    timely = cells("toUnixTimestamp64Micro(spans.timestamp)")
    for sign, condition in (("-", _superseded(hours)), ("", _rest(hours, parameters))):
        if condition:
            histograms = {
                column: f"sumMap([toFloat64({parts.interval_sql(column)})], [toInt64({sign}1)])"
                for column in plan.histograms
            }
            columns = _columns(plan, _signed(plan, sign), histograms)
            selects.append(
                f"SELECT {timely}, {columns} FROM spans @final WHERE {condition} AND {filtered.sql} GROUP BY {by}"
            )
    added = [f"sum(p_{name}) AS p_{name}" for name in plan.sums]
    added += [f"sumMap(h_{name}.1, h_{name}.2) AS h_{name}" for name in plan.histograms]
    sql = f"SELECT {by}, {', '.join(added)} FROM ({' UNION ALL '.join(selects)}) GROUP BY {by} LIMIT {{most:UInt32}}"
    return sql, {**parameters, "most": CELLS_MAX}


def _signed(plan: Plan, sign: str = "") -> dict[str, str]:
    """Name → the sum of rows, or what is to be taken away for them."""
    return {name: f"{sign}{'toInt64' if name in parts.COUNTS else ''}({parts.SUMS[name]})" for name in plan.sums}


def _columns(plan: Plan, sums: Mapping[str, str], histograms: Mapping[str, str]) -> str:
    """The parts as columns, the same ones in each SELECT; a histogram that is not there is empty."""
    found = [f"{sql} AS p_{name}" for name, sql in sums.items()]
    found += [f"{histograms.get(name, _NO_HISTOGRAM)} AS h_{name}" for name in plan.histograms]
    return ", ".join(found)


def _whole(hours: Hours, parameters: dict[str, str | int]) -> str:
    parameters |= {"first_hour": hours.first, "broken": f"[{','.join(map(str, hours.broken))}]"}
    conditions = [f"{_HOUR} >= {{first_hour:Int64}}", f"NOT has({{broken:Array(Int64)}}, {_HOUR})"]
    if hours.end is not None:
        parameters["end_hour"] = hours.end
        conditions.append(f"{_HOUR} < {{end_hour:Int64}}")
    return " AND ".join(conditions)


def _superseded(hours: Hours) -> str:
    """Rows of whole hours that nobody is to see. Their time is compared as the index has it."""
    since = f"spans.timestamp >= fromUnixTimestamp64Micro({{first_hour:Int64}} * {HOUR}, 'UTC')"
    until = f"spans.timestamp < fromUnixTimestamp64Micro({{end_hour:Int64}} * {HOUR}, 'UTC')"
    window = since if hours.end is None else f"{since} AND {until}"
    return f"{OWNER} AND NOT (@newest) AND is_deleted = 0 AND {window} AND NOT has({{broken:Array(Int64)}}, {_HOUR})"


def _rest(hours: Hours, parameters: dict[str, str | int]) -> str:
    """Rows that lie in no whole hour."""
    found = []
    for number, (low, high) in enumerate(hours.rest):
        conditions, bounds = within("spans.timestamp", low, high, f"r{number}_")
        parameters |= bounds
        found.append(f"({' AND '.join(conditions)})")
    return f"{TENANT} AND ({' OR '.join(found)})" if found else ""


_rows = msgspec.json.Decoder(dict[str, Any])


def read(plan: Plan, lines: bytes, shown: Ranked | None = None) -> tuple[Ranked, Table] | None:
    """What was found, with the first groups in rank, or those `shown`, and the others as one. None for too many."""
    question = plan.question
    buckets = question.buckets
    cells: dict[tuple[str, ...], dict[int, Parts]] = {}
    rows = list(_rows.decode_lines(lines))
    if len(rows) >= CELLS_MAX:
        return None
    for row in rows:
        found = parts.read_parts(row)
        if not found.is_empty:
            keys = tuple(row[f"k{number}"] for number in range(len(question.groups)))
            place = buckets.of(row["bucket"]) if buckets is not None else 0
            cells.setdefault(keys, {})[place] = found
    whole = _series(plan, (), cells.values())
    if not question.groups:
        return Ranked([], 0), Table(whole.totals, whole.cells, [])
    groups = [_series(plan, keys, [found]) for keys, found in cells.items()]
    if shown is None:
        first = ranked(question, groups)[: question.limit]
        shown = Ranked([series.keys for series in first], len(groups))
    top = set(shown.keys)
    others = [found for keys, found in cells.items() if keys not in top]
    told = [series for series in groups if series.keys in top]
    if others:
        told.append(_series(plan, ("",) * len(question.groups), others, is_other=True))
    return shown, Table(whole.totals, whole.cells, ranked(question, told))


def _series(
    plan: Plan, keys: tuple[str, ...], cells: Iterable[Mapping[int, Parts]], *, is_other: bool = False
) -> Series:
    """One group of some cells, by bucket."""
    by_bucket: dict[int, Parts] = {}
    total = parts.nothing(plan.sums, plan.histograms)
    for each in cells:
        for place, found in each.items():
            by_bucket.setdefault(place, parts.nothing(plan.sums, plan.histograms)).add(found)
            total.add(found)
    count = len(plan.question.buckets.edges) if plan.question.buckets is not None else 0
    empty = _measured(plan, parts.nothing(plan.sums, plan.histograms))
    values = [_measured(plan, by_bucket[place]) if place in by_bucket else empty for place in range(count)]
    return Series(keys, is_other, _measured(plan, total), values)


def _measured(plan: Plan, found: Parts) -> Sums:
    return {measure.name: parts.measured(measure, found) for measure in plan.question.measures}
