"""The questions of a re-pricing: spans whose cost was computed here, page by page, in the order of their place.

The place, (key_time, id), never changes, so a walk in its order meets each span once, whatever happens meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from midspan.domain.span import Span
from midspan.search.export import BEGINNING, EVERY_FIELD, Place, text_bytes
from midspan.search.predicates import TENANT, Query, within
from midspan.search.tree import EVERYTHING, Filter
from midspan.search.where import where
from midspan.store.rows import PRICED_FROM, basis, selection

PAGE_ROWS = 5000

_COLUMNS = ("organization_id", "environment", "key_time", "id", *PRICED_FROM)


class Candidate(Span, kw_only=True):
    """A stored span with the fields that its cost is computed from."""

    basis: int
    """As `rows.basis` has it."""
    size: int = 0
    """Length of the span's texts in bytes, where it was asked for."""


@dataclass(frozen=True, kw_only=True)
class Priced:
    """Which spans are priced anew. Times are microseconds since 1970, inclusive; None is no bound."""

    start: int | None
    end: int | None
    filter: Filter = EVERYTHING
    sources: Sequence[str]
    """Values of `cost_source`."""


def count_priced(priced: Priced) -> Query:
    """`count`: how many there are."""
    condition, parameters = _where(priced)
    return f"SELECT count() AS count FROM spans @final WHERE {condition}", parameters


def priced_page(priced: Priced, after: Place = BEGINNING, *, sized: bool = True) -> Query:
    """The candidates that follow a place, as `read_candidates` takes them. Their sizes are two thirds of the work."""
    condition, parameters = _where(priced)
    size = text_bytes(EVERY_FIELD) if sized else "0"
    time = "fromUnixTimestamp64Micro({after_time:Int64}, 'UTC')"
    # What is selected under its own name as a number must not be what the conditions compare.
    sql = (
        f"SELECT {selection(_COLUMNS)}, basis, size FROM ("
        f"SELECT {', '.join(_COLUMNS)}, {basis('spans')} AS basis, {size} AS size "
        f"FROM spans @final WHERE {condition} AND spans.key_time >= {time} "
        f"AND (spans.key_time > {time} OR id > {{after_id:String}}) "
        f"ORDER BY spans.key_time, id LIMIT {PAGE_ROWS}) AS found ORDER BY found.key_time, found.id"
    )
    return sql, {**parameters, "after_time": after.key_time, "after_id": after.id}


def read_candidates(lines: bytes) -> list[Candidate]:
    """The rows of a page."""
    return [_decoder.decode(line) for line in lines.splitlines()]


_decoder = msgspec.json.Decoder(Candidate)


def _where(priced: Priced) -> Query:
    found = where(priced.filter)
    window, bounds = within("spans.timestamp", priced.start, priced.end)
    sources = "[" + ",".join(f"'{source}'" for source in priced.sources) + "]"
    condition = " AND ".join((TENANT, found.sql, *window, "has({sources:Array(String)}, spans.cost_source)"))
    return condition, {**found.parameters, **bounds, "sources": sources}
