"""The named questions about spans. Each is one SELECT with bound parameters; the tenant is in every one.

`Store.query` binds `organization_id` and `environment` from the principal, so no caller can ask for another's rows.
Of a span only the newest version is read, and none when it is deleted: that is what `Store.query` makes of `@final` and
`@newest`.
"""

import base64
import hashlib
import math
import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, NamedTuple

import msgspec

from midspan.errors import BadRequest
from midspan.search import latest, snippets
from midspan.search.chosen import Chosen
from midspan.search.fields import SPANS
from midspan.search.predicates import OWNER, TENANT, Query, within
from midspan.search.reading import COLUMNS, INLINE_BYTES, list_columns, whole
from midspan.search.tree import EVERYTHING, Filter
from midspan.search.where import where
from midspan.store.rows import selection

SORTS = {
    "id": "id",
    "timestamp": "timestamp",
    "cost": "cost",
    "latency": "latency",
    "time_to_first_token": "time_to_first_token",
    "prompt_tokens": "prompt_tokens",
    "completion_tokens": "completion_tokens",
    "all_tokens": "total_request_tokens",
    "total_request_tokens": "total_request_tokens",
    "tokens_per_second": "tokens_per_second",
}
"""Documented names to sort by → column. Beside them `scores__<evaluator>`, by its id or slug."""

SCORE_SORT = "scores__"

_BELOW_COUNTS = -(1 << 63) + 1
"""What a missing whole number is sorted as. Its negative is one of 64 bits, too."""

DEPTH_MAX = 10_000
"""Down to such a row the value that rows are sorted by is found while they are counted."""

NO_CURSOR = "cursor is not one that a list answered with; start again without it."


class Cursor(msgspec.Struct, array_like=True):
    """Where the page before ended: the sort it was made for, the last row's value (None: it had none), its id."""

    sort: str
    value: str | int | float | None
    id: str
    fingerprint: str = ""
    """Of the filter it was made for."""
    start: int | None = None
    """Where the window began, in microseconds: one that begins an hour before now must not move on under its reader."""

    def text(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, sort: str, fingerprint: str = "") -> "Cursor":
        """Raises `BadRequest` for a text that is no cursor, or one of another sort or filter."""
        try:
            cursor = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=cls)
        except (ValueError, msgspec.MsgspecError, RecursionError):
            raise BadRequest(NO_CURSOR) from None
        if cursor.sort != sort:
            raise BadRequest(f"cursor belongs to sort_by={cursor.sort}, not {sort}; keep sort_by while paging.")
        if cursor.fingerprint != fingerprint:
            raise BadRequest("cursor belongs to another filter; keep the filter while paging, or start again.")
        if cursor.start is not None and not -(1 << 62) < cursor.start < 1 << 62:
            raise BadRequest(NO_CURSOR)
        return cursor


def fingerprint(tree: Filter, log_type: str | None) -> str:
    """What tells one filter from another; "" where there is none."""
    if tree == EVERYTHING and log_type is None:
        return ""
    return hashlib.blake2b(repr((tree, log_type)).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Page:
    """Which spans a list shows. Times are microseconds; `end` None means no upper bound."""

    start: int
    end: int | None
    sort: str
    """A name of `SORTS`, or `scores__<evaluator>`, with `-` before it for descending."""
    size: int
    offset: int = 0
    cursor: Cursor | None = None
    log_type: str | None = None
    is_counted: bool = True
    """The list says how many spans match."""
    include: Container[str] = frozenset()
    chosen: Chosen | None = None
    """The fields that rows hold; None for all. Those in `include` are whole."""
    filter: Filter = EVERYTHING

    @property
    def snippets(self) -> snippets.Patterns:
        """What snippets are made for."""
        return snippets.patterns(self.filter) if self.holds("snippets") else {}

    def holds(self, name: str) -> bool:
        """Whether rows hold a field."""
        return self.chosen is None or name in self.chosen.names


def one_span(span_id: str) -> Query:
    """The whole span of an id. Its place is looked up first, so that one granule is read and not the month."""
    # `spans.key_time` is the column; `key_time` would be the selection's number of the same name.
    sql = (
        f"SELECT {selection(COLUMNS)} FROM spans @final WHERE {TENANT} AND id = {{id:String}} AND spans.key_time IN "
        f"(SELECT key_time FROM span_keys WHERE id = {{id:String}} AND {OWNER})"
    )
    return sql, {"id": span_id}


def places(span_ids: Sequence[str]) -> Query:
    """`id`, `key_time` (in microseconds), trace and size of the metadata of those of some spans that are there. Ids
    hold no comma.
    """
    ids = "SELECT arrayJoin(splitByChar(',', {ids:String}))"
    sql = (
        "SELECT id, toUnixTimestamp64Micro(spans.key_time) AS place, trace_unique_id, "
        "length(toString(spans.metadata)) AS metadata_bytes "
        f"FROM spans @final WHERE {TENANT} "
        f"AND id IN ({ids}) AND spans.key_time IN (SELECT key_time FROM span_keys WHERE id IN ({ids}) AND {OWNER})"
    )
    return sql, {"ids": ",".join(span_ids)}


@dataclass(frozen=True, kw_only=True)
class Doomed:
    """Which spans a deletion by filter takes: those that match and were there when it began, in their sorting order."""

    filter: Filter
    start: int | None
    end: int | None
    size: int
    until: int = 0
    """The newest version among them when it began: a span that is sent meanwhile is a new one, and stays."""
    after: tuple[int, str] | None = None
    """`key_time` and id of the last one of the piece before."""


def newest_doomed(doomed: Doomed) -> Query:
    """The newest version among the spans that a filter deletes; 0 where there are none."""
    conditions, parameters = _doomed(doomed)
    return f"SELECT max(spans.version) AS newest FROM spans @final WHERE {' AND '.join(conditions)}", parameters


def doomed_spans(doomed: Doomed) -> Query:
    """`id`, `key_time` (in microseconds) and trace of the next piece of the spans that a filter deletes."""
    conditions, parameters = _doomed(doomed)
    conditions.append("spans.version <= {until:UInt64}")
    parameters |= {"until": doomed.until, "size": doomed.size}
    if doomed.after is not None:
        conditions.append(
            "(spans.key_time, id) > (fromUnixTimestamp64Micro({after_time:Int64}, 'UTC'), {after_id:String})"
        )
        parameters |= {"after_time": doomed.after[0], "after_id": doomed.after[1]}
    sql = (
        f"SELECT id, toUnixTimestamp64Micro(spans.key_time) AS place, trace_unique_id FROM spans @final "
        f"WHERE {' AND '.join(conditions)} ORDER BY spans.key_time, id LIMIT {{size:UInt32}}"
    )
    return sql, parameters


def _doomed(doomed: Doomed) -> tuple[list[str], dict[str, str | int]]:
    conditions, parameters = within("spans.timestamp", doomed.start, doomed.end)
    matching = where(doomed.filter)
    return [TENANT, *conditions, matching.sql], parameters | matching.parameters


def count_spans(page: Page) -> Query:
    """`count`: how many spans the page's window and filter hold. `last`: what the page's last row is sorted by, so that
    the rows are then looked for among few; null where it is not known.
    """
    conditions, parameters = _conditions(page)
    last = _last(page, parameters)
    return f"SELECT count() AS count, {last} AS last FROM spans @final WHERE {' AND '.join(conditions)}", parameters


def _last(page: Page, parameters: dict[str, str | int]) -> str:
    ranking, depth = _ranking(page.sort), page.offset + page.size
    if not ranking.bound or depth > DEPTH_MAX:
        return "NULL"
    sign = "-" if page.sort.startswith("-") else ""
    if page.cursor is None:
        sorted_ = f"groupArraySorted({depth})({sign}{ranking.key})"
    else:
        after = _after(page.cursor, page.sort, ranking.kind, parameters).format(key=ranking.key)
        sorted_ = f"groupArraySortedIf({depth})({sign}{ranking.key}, {after})"
    return f"{sign}arrayElement({sorted_}, -1)"


def list_spans(page: Page, last: float | None = None) -> Query:
    """The page's spans, in order, with snippets of what full text found. Payloads are read for these rows only.

    `last` is what `count_spans` answered: rows that are sorted after it are not looked at.
    """
    conditions, parameters = _conditions(page)
    ranking = _ranking(page.sort)
    parameters |= ranking.parameters
    if page.cursor is not None:
        conditions.append(_after(page.cursor, page.sort, ranking.kind, parameters).format(key=ranking.key))
    direction = "DESC" if page.sort.startswith("-") else "ASC"
    if last is not None:
        conditions.append(ranking.bound.format(sign=">=" if direction == "DESC" else "<="))
        parameters["last"] = last if isinstance(last, int) else repr(last)
    narrow = (
        f"SELECT spans.key_time, id FROM spans @final {ranking.join}WHERE {' AND '.join(conditions)} "
        f"ORDER BY {ranking.key} {direction}, id {direction} LIMIT {{limit:UInt32}} OFFSET {{offset:UInt64}}"
    )
    columns = [selection(list_columns(page.include) if page.chosen is None else page.chosen.columns)]
    for name in ("input", "output"):
        if name in whole(page.include):
            columns.append(name)
        elif page.chosen is None:
            columns.append(f"if(length({name}) <= {INLINE_BYTES}, {name}, '') AS {name}")
    columns += snippets.columns(page.snippets, parameters)
    # The outer sort must see the table's columns, not the selection's numbers of the same names.
    sql = (
        f"SELECT {', '.join(columns)}, {ranking.key} AS sort_value FROM spans @final {ranking.join}"
        f"WHERE {TENANT} AND (spans.key_time, id) IN ({narrow}) "
        f"ORDER BY sort_value {direction}, id {direction}"
    )
    return sql, {**parameters, "limit": page.size, "offset": page.offset}


def from_the_end(page: Page, now: int) -> Iterator[Page]:
    """The page of a list by time, looked for in the end of its window first; the last one is the page itself.

    Rows that one of them finds are the page's first; where they fill it, they are the page.
    """
    end = page.end
    if page.cursor is not None and isinstance(page.cursor.value, int):
        # Said of the column, too: its index serves no other form.
        end = page.cursor.value if end is None else min(end, page.cursor.value)
    for start in latest.starts(page.start, now if end is None else end):
        yield replace(page, start=start, end=end)


def _conditions(page: Page) -> tuple[list[str], dict[str, str | int]]:
    conditions, parameters = within("spans.timestamp", page.start, page.end)
    if page.log_type is not None:
        conditions.append("log_type = {log_type:String}")
        parameters["log_type"] = page.log_type
    if page.filter != EVERYTHING:
        matching = where(page.filter)
        conditions.append(matching.sql)
        parameters |= matching.parameters
    return [TENANT, *conditions], parameters


class _Ranking(NamedTuple):
    """What rows are sorted by: a total order, in which a span without the number comes below every number."""

    key: str
    kind: Literal["String", "Int64", "Float64"]
    bound: str = ""
    """The condition that a row is not sorted after `last`, where that can be known; `{sign}` is the comparison."""
    join: str = ""
    """Where the key comes from, when it is no column of the span."""
    parameters: Mapping[str, str | int] = MappingProxyType({})


def _ranking(sort: str) -> _Ranking:
    name = sort.removeprefix("-")
    if name.startswith(SCORE_SORT):
        scored = (
            "SELECT log_id AS scored_id, max(ifNull(numerical_value, ifNull(toFloat64(boolean_value), -inf))) AS score "
            f"FROM scores FINAL WHERE {OWNER} AND (evaluator_id = {{evaluator:String}} "
            "OR evaluator_slug = {evaluator:String}) GROUP BY log_id"
        )
        return _Ranking(
            "if(ranked.scored_id = '', -inf, ranked.score)",
            "Float64",
            join=f"LEFT ANY JOIN ({scored}) AS ranked ON ranked.scored_id = spans.id ",
            parameters={"evaluator": name.removeprefix(SCORE_SORT)},
        )
    column = SORTS[name]
    if column == "timestamp":
        # As a time, so that the index of times serves it.
        bound = "spans.timestamp {sign} fromUnixTimestamp64Micro({{last:Int64}}, 'UTC')"
        return _Ranking("toUnixTimestamp64Micro(spans.timestamp)", "Int64", bound)
    if column == "id":
        return _Ranking("spans.id", "String")
    if SPANS.find(column).kind == "integer":
        # As it is: beyond 2**53 floats do not tell whole numbers apart.
        key = f"ifNull(spans.{column}, {_BELOW_COUNTS})"
        return _Ranking(key, "Int64", f"{key} {{sign}} {{{{last:Int64}}}}")
    key = f"ifNull(toFloat64(spans.{column}), -inf)"
    return _Ranking(key, "Float64", f"{key} {{sign}} {{{{last:Float64}}}}")


def _after(cursor: Cursor, sort: str, kind: str, parameters: dict[str, str | int]) -> str:
    """The condition that a row comes after the cursor; `{key}` stands for what rows are sorted by."""
    value = cursor.value
    if (kind == "Int64" and not isinstance(value, int)) or (kind == "String" and not isinstance(value, str)):
        raise BadRequest(NO_CURSOR)
    if kind == "Float64":
        if isinstance(value, str):
            raise BadRequest(NO_CURSOR)
        if value is None or math.isinf(value):
            value = "-inf"
    elif isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        raise BadRequest(NO_CURSOR)
    parameters["after_value"] = value if isinstance(value, int) else str(value)
    parameters["after_id"] = cursor.id
    comparison = "<" if sort.startswith("-") else ">"
    return f"({{key}}, id) {comparison} ({{{{after_value:{kind}}}}}, {{{{after_id:String}}}})"


def is_id(text: str) -> bool:
    """Whether a text may be the id of a span."""
    return re.fullmatch(r"[0-9a-f]{32}", text) is not None
