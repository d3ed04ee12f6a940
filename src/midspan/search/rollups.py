"""Rows that are made of spans, as traces and threads are: what a filter on them means, and which ones a page shows.

A row is all spans that share a key. Its own fields are judged on the row as a whole. Every other field that spans have
can be asked for, too: such a test holds when any span of the row passes it, each test by itself. `Not` means that no
span does.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import msgspec

from midspan.errors import BadRequest
from midspan.search import latest
from midspan.search.catalogue import Catalogue, Field
from midspan.search.fields import SPANS
from midspan.search.measures import NUMBERS, WIDE
from midspan.search.predicates import OWNER, TENANT, Query
from midspan.search.tree import DEPTH_MAX, EVERYTHING, And, Filter, Not, Or, Test, Words, depth
from midspan.search.where import where
from midspan.store.engine import Literal

BEGAN = "ifNull(spans.start_time, spans.timestamp)"
"""When a span began, as far as anybody said."""

ROOT_FIRST = f"span_parent_id != '', {BEGAN}, id"
"""The order in which spans are asked for what only some of them say: those without a parent first, then by time."""

ENDED = "max(spans.timestamp)"
"""A row's `timestamp`: when its last span ended."""

LLM_LOG_TYPES = ("chat", "completion", "text", "response", "embedding", "generation")
"""Log types that count as calls of a model."""

CONTENT_TESTS_MAX = 16
"""Tests of content that one filter may hold: each of them searches the content of all spans."""

_SPAN_FIELDS_LEFT_OUT = frozenset({"timestamp", "start_time"})
"""Of a span; a row has its own."""


def first(column: str) -> str:
    """The text of the first span that has one, the root's before all others; "" where none has."""
    return f"argMinIf(spans.{column}, ({ROOT_FIRST}), spans.{column} != '')"


def total(column: str) -> str:
    """The sum over the spans that have the number, in more digits than one of them may have."""
    return f"ifNull(sum({WIDE[NUMBERS[column][0]].format(column)}), 0)"


def array(texts: Iterable[str]) -> Literal:
    """Texts as the value of one bound parameter of the type Array(String), whose elements alone know escapes."""
    quoted = ("'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'" for text in texts)
    return Literal(f"[{','.join(quoted)}]")


def totals() -> tuple[Field, ...]:
    """The fields that traces and threads share."""
    llm = ", ".join(f"'{log_type}'" for log_type in LLM_LOG_TYPES)
    span_ms = f"dateDiff('microsecond', min({BEGAN}), {ENDED})"
    return (
        Field(name="timestamp", kind="time", group="Time", help="When the last span ended.", sql=ENDED, sort="timestamp", aliases=("time",), example="2026-01-31T12:00:00Z"),
        Field(name="start_time", kind="time", group="Time", help="When the first span began.", sql=f"min({BEGAN})", sort="start_time", aliases=("start",), example="2026-01-31T12:00:00Z"),
        Field(name="end_time", kind="time", group="Time", help="The same as `timestamp`.", sql=ENDED, sort="end_time", example="2026-01-31T12:00:00Z"),
        Field(name="duration", kind="float", group="Time", help="From the first span's start to the last one's end.", sql=f"greatest({span_ms}, 0) / 1e6", sort="duration", unit="seconds", example="2"),
        Field(name="error_count", kind="integer", group="Outcome", help="Spans that failed.", sql="countIf(status = 'failed')", sort="error_count", example="1"),
        Field(name="llm_call_count", kind="integer", group="Kind", help="Spans that are calls of a model.", sql=f"countIf(log_type IN ({llm}))", sort="llm_call_count", example="3"),
        Field(name="total_cost", kind="money", group="Cost", help="What its spans cost together.", sql=total("cost"), sort="total_cost", unit="USD", example="0.05"),
        Field(name="total_prompt_tokens", kind="integer", group="Tokens", help="Tokens of input.", sql=total("prompt_tokens"), sort="total_prompt_tokens", unit="tokens", example="1000"),
        Field(name="total_completion_tokens", kind="integer", group="Tokens", help="Tokens of output.", sql=total("completion_tokens"), sort="total_completion_tokens", unit="tokens", example="200"),
        Field(name="total_tokens", kind="integer", group="Tokens", help="All tokens, none counted twice.", sql=total("total_request_tokens"), sort="total_tokens", unit="tokens", aliases=("total_request_tokens", "all_tokens", "tokens"), example="5000"),
        Field(name="environment", kind="text", group="Kind", help="The key's environment.", sql="any(environment)", example="prod", values="fixed", fixed=("prod", "test")),
    )  # fmt: skip


class Source(NamedTuple):
    """What the spans are read from, under the name `spans`."""

    whole: str
    latest: str
    """The same, right for spans from `{start:Int64}` on."""


_SPANS_THEMSELVES = Source("spans @final", "spans @final")


class Rollup:
    """One kind of row: its key, its own fields, and the spans' fields beside them."""

    def __init__(
        self, title: str, key: str, own: tuple[Field, ...], times: str = "", source: Source = _SPANS_THEMSELVES
    ) -> None:
        """`times` is the side table that knows between which key times the spans of a row lie, where there is one."""
        self.key = key
        self.source = source
        self.there = f"{key} != ''" if "@newest" in source.whole else f"{TENANT} AND {key} != ''"
        """The spans of the source that belong to a row. A source that is made of spans names the tenant by itself."""
        self.times = times
        self.own = frozenset(field.name.partition(".")[0] for field in own if field.is_family)
        taken = {name for field in own for name in (field.name, *field.aliases)}
        self._names = frozenset(field.name for field in own if not field.is_family)
        self.catalogue = Catalogue(title, (*own, *_of_any_span(taken)))

    def is_own(self, name: str) -> bool:
        """Whether a test of the field is judged on the row as a whole."""
        return self.is_own_field(self.catalogue.find(name))

    def is_own_field(self, found: Field) -> bool:
        """Whether the field, a family's too, is one of the row as a whole."""
        has_key = bool(found.path) or found.is_family
        return found.name in self._names or (has_key and found.name.partition(".")[0] in self.own)

    def sort_sql(self, name: str) -> str:
        """What a sort name sorts by. Text and time come as they are; numbers in their own order."""
        return self.catalogue.sorts[name].sql


def _of_any_span(taken: Container[str]) -> Iterator[Field]:
    for field_ in SPANS.fields:
        if field_.name not in taken and field_.name not in _SPAN_FIELDS_LEFT_OUT:
            aliases = tuple(alias for alias in field_.aliases if alias not in taken)
            yield replace(field_, help=f"{field_.help} Of any span.", aliases=aliases, sort="")


@dataclass(frozen=True, kw_only=True)
class RowPage:
    """Which rows a list shows. Times are microseconds and bound the row's `timestamp`; `end` None means no bound."""

    start: int
    end: int | None
    sort: str
    """A name of the catalogue's `sorts`, with `-` before it for descending."""
    size: int
    offset: int = 0
    filter: Filter = EVERYTHING
    is_counted: bool = True
    """The list says how many rows match."""

    def from_the_end(self, now: int) -> Iterator["RowPage"]:
        """The page, looked for in the end of its window first where that will do; the last one is the page itself.

        A row is in the end of the window exactly when its last span is, and is judged on all its spans there, too.
        """
        if self.is_counted or self.sort != latest.SORT:
            yield self
        else:
            for start in latest.starts(self.start, now if self.end is None else self.end):
                yield replace(self, start=start)


class Found(msgspec.Struct):
    """One row of a page, and how many rows there are in all; 0 where nobody asked."""

    key: str
    matches: int


def find(rollup: Rollup, page: RowPage) -> Query:
    """The keys of the page's rows in order, as `Found`. No rows at all where the page lies beyond the end."""
    selected, parameters = _selected(rollup, page)
    name = page.sort.removeprefix("-")
    direction = "DESC" if page.sort.startswith("-") else "ASC"
    matches = "count() OVER ()" if page.is_counted else "0"
    sql = (
        f"SELECT {rollup.key} AS key, {matches} AS matches {selected} "
        f"ORDER BY {rollup.sort_sql(name)} {direction}, key {direction} LIMIT {{limit:UInt32}} OFFSET {{offset:UInt64}}"
    )
    return sql, {**parameters, "limit": page.size, "offset": page.offset}


def count(rollup: Rollup, page: RowPage) -> Query:
    """How many rows match, as `{"count"}`."""
    selected, parameters = _selected(rollup, page)
    return f"SELECT count() AS count FROM (SELECT {rollup.key} {selected})", parameters


def over(rollup: Rollup, page: RowPage, columns: Mapping[str, str], sums: Mapping[str, str]) -> Query:
    """Sums over all matching rows, whichever page they are on: `columns` are of a row, `sums` are over these."""
    selected, parameters = _selected(rollup, page, needs_all=True)
    rows = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    asked = ", ".join(f"{sql} AS {name}" for name, sql in sums.items())
    return f"SELECT {asked} FROM (SELECT {rows} {selected})", parameters


def _selected(rollup: Rollup, page: RowPage, *, needs_all: bool = False) -> Query:
    """FROM, WHERE, GROUP BY and HAVING that leave the rows of the page's window and filter."""
    condition = _Condition(rollup, needs_all=needs_all)
    having = condition.of(page.filter)
    parameters: dict[str, str | int] = {**condition.parameters, "start": page.start}
    since = "spans.timestamp >= fromUnixTimestamp64Micro({start:Int64}, 'UTC')"
    bounds = ""
    if page.end is not None:
        bounds = f" AND {ENDED} <= fromUnixTimestamp64Micro({{end:Int64}}, 'UTC')"
        parameters["end"] = page.end
    there, source = rollup.there, rollup.source.latest
    if condition.needs_all or rollup.catalogue.sorts[page.sort.removeprefix("-")].sql != ENDED:
        # All spans of the rows that go on into the window, those before it too.
        source = rollup.source.whole
        inside = f"(SELECT {rollup.key} FROM {source} WHERE {there} AND {since})"
        if rollup.times:
            # Sums over a few rows more are cheaper than looking every span's key up.
            bounds += f" AND {ENDED} >= fromUnixTimestamp64Micro({{start:Int64}}, 'UTC')"
            first_time = f"SELECT min(first_key_time) FROM {rollup.times} WHERE {OWNER} AND {rollup.key} IN {inside}"
            since = f"spans.key_time >= ({first_time})"
        else:
            since = f"{rollup.key} IN {inside}"
    # A row whose last span ended in the window has a span there; the end is judged on the row.
    return f"FROM {source} WHERE {there} AND {since} GROUP BY {rollup.key} HAVING {having}{bounds}", parameters


@dataclass
class _Condition:
    """A filter tree as a predicate of HAVING."""

    rollup: Rollup
    parameters: dict[str, str | int] = field(default_factory=dict)
    needs_all: bool = False
    """The question asks for more than the key and the time of the last span."""
    _leaves: int = 0
    _searches: int = 0

    def of(self, tree: Filter) -> str:
        """The predicate. Raises `BadRequest` for a tree that is nested too deep or searches too often."""
        if depth(tree) > DEPTH_MAX:
            raise BadRequest(f"The filter is nested more than {DEPTH_MAX} deep.", code="bad_filter")
        return self._filter(tree)

    def _filter(self, tree: Filter) -> str:
        match tree:
            case And(parts):
                return f"({' AND '.join(map(self._filter, parts))})" if parts else "1"
            case Or(parts):
                return self._either(parts)
            case Not(part):
                return f"(NOT {self._filter(part)})"
            case Words():
                return self._search(tree)
            case Test():
                return self._test(tree)

    def _either(self, parts: tuple[Filter, ...]) -> str:
        # A span that passes one or the other: one search for all of them.
        searched = tuple(part for part in parts if self._is_search(part))
        others = [self._filter(part) for part in parts if part not in searched]
        if searched:
            others.append(self._search(Or(searched)))
        return f"({' OR '.join(others)})" if others else "0"

    def _test(self, test: Test) -> str:
        if self._is_search(test):
            return self._search(test)
        if not self.rollup.is_own(test.field):
            self.needs_all = True
            return f"(countIf({self._leaf(test, SPANS)}) > 0)"
        asked = self.rollup.catalogue.find(test.field)
        if asked.sql not in (self.rollup.key, ENDED):
            self.needs_all = True
        return self._leaf(test, self.rollup.catalogue)

    def _is_search(self, tree: Filter) -> bool:
        """Whether it looks into content, which has indexes of its own and is too long to be read for every span."""
        if isinstance(tree, Test):
            return self.rollup.catalogue.find(tree.field).group == "Content"
        return isinstance(tree, Words)

    def _search(self, tree: Filter) -> str:
        self._searches += 1
        if self._searches > CONTENT_TESTS_MAX:
            raise BadRequest(
                f"The filter looks into content {self._searches} times; {CONTENT_TESTS_MAX} times is the most.",
                code="bad_filter",
            )
        key = self.rollup.key
        from_ = f"FROM {self.rollup.source.whole} WHERE {self.rollup.there}"
        return f"({key} IN (SELECT {key} {from_} AND {self._leaf(tree, SPANS)}))"

    def _leaf(self, tree: Filter, catalogue: Catalogue) -> str:
        found = where(tree, catalogue, f"f{self._leaves}_")
        self._leaves += 1
        self.parameters.update(found.parameters)
        return found.sql
