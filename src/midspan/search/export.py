"""The questions of an export: many short ones instead of a long one.

An export walks through its spans in the order of their place, (key_time, id), which never changes. Each page is chosen
by bytes as well as by rows, with the lengths of texts alone, which the engine keeps apart; then it is read whole.
Between two pages nothing is held, so a client that reads slowly keeps nothing in the engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from midspan.domain.timestamps import EARLIEST
from midspan.search.exported import KINDS, Choice
from midspan.search.predicates import OWNER, TENANT, Query, within
from midspan.search.tree import EVERYTHING, Filter
from midspan.search.where import where
from midspan.store.rows import selection

PAGE_BYTES = 4 << 20
"""Length of the texts in a page; one span may be longer."""

PAGE_ROWS = 2000


class Place(msgspec.Struct):
    """Where a span lies in the order of an export, and the length of its texts in bytes."""

    key_time: int
    id: str
    size: int = 0


BEGINNING = Place(EARLIEST, "")
EVERY_FIELD = Choice()


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is exported. Times are microseconds since 1970, inclusive; None is no bound."""

    start: int | None = None
    end: int | None = None
    filter: Filter = EVERYTHING
    choice: Choice = EVERY_FIELD

    def where(self) -> Query:
        found = where(self.filter)
        window, bounds = within("spans.timestamp", self.start, self.end)
        return " AND ".join((TENANT, found.sql, *window)), {**found.parameters, **bounds}


def place_of(span_id: str) -> Query:
    """Where a span lies, also one that has been deleted since."""
    sql = (
        "SELECT toUnixTimestamp64Micro(min(span_keys.key_time)) AS key_time, {id:String} AS id, count() AS size "
        f"FROM span_keys WHERE span_keys.id = {{id:String}} AND {OWNER}"
    )
    return sql, {"id": span_id}


def ids_here(ids: str) -> Query:
    """Those of the ids (an array as the engine writes it) that are the tenant's, also of deleted spans."""
    return f"SELECT DISTINCT id FROM span_keys WHERE {OWNER} AND id IN ({{ids:Array(String)}})", {"ids": ids}


def places(scope: Scope, after: Place, rows: int = PAGE_ROWS) -> Query:
    """The places that follow another one."""
    condition, parameters = scope.where()
    time = "fromUnixTimestamp64Micro({after_time:Int64}, 'UTC')"
    sql = (
        "SELECT toUnixTimestamp64Micro(place) AS key_time, id, size FROM ("
        f"SELECT spans.key_time AS place, id, {text_bytes(scope.choice)} AS size FROM spans @final "
        f"WHERE {condition} AND spans.key_time >= {time} AND (spans.key_time > {time} OR id > {{after_id:String}}) "
        "ORDER BY spans.key_time, id LIMIT {rows:UInt32})"
    )
    return sql, {**parameters, "after_time": after.key_time, "after_id": after.id, "rows": rows}


def text_bytes(choice: Choice) -> str:
    """The SQL of how long the texts are that a row of an export holds."""
    texts = [name for name in choice.columns if KINDS.get(name) in ("text", "json")]
    sizes = [f"length(spans.{name})" for name in texts]
    if "metadata" in choice.columns:
        sizes.append("arraySum(arrayMap(v -> length(v), mapValues(spans.metadata)))")
    return " + ".join(sizes)


class Part(NamedTuple):
    """The places of one page, and whether more may follow them."""

    places: Sequence[Place]
    more: bool


def part(found: Sequence[Place], rows: int = PAGE_ROWS) -> Part:
    """As many of the places, from the first on, as a page may hold."""
    size = 0
    for count, place in enumerate(found):
        size += place.size
        if size > PAGE_BYTES and count:
            return Part(found[:count], True)
    return Part(found, len(found) == rows)


def page(scope: Scope, chosen: Sequence[Place]) -> Query:
    """The spans at these places, as they are now. One that was deleted or changed out of the filter is left out."""
    condition, parameters = scope.where()
    columns = scope.choice.columns
    # What is selected under its own name as a number must not be what the conditions compare.
    sql = (
        f"SELECT {selection(columns)} FROM (SELECT {', '.join(columns)} FROM spans @final WHERE {condition} "
        "AND spans.key_time >= fromUnixTimestamp64Micro({first:Int64}, 'UTC') "
        "AND spans.key_time <= fromUnixTimestamp64Micro({last:Int64}, 'UTC') AND id IN ({ids:Array(String)})) AS found "
        "ORDER BY found.key_time, found.id"
    )
    ids = ",".join(f"'{place.id}'" for place in chosen)  # hex digits
    return sql, {**parameters, "first": chosen[0].key_time, "last": chosen[-1].key_time, "ids": f"[{ids}]"}
