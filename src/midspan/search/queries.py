"""The named questions. Each is one SELECT with bound parameters; organization and environment are in every one.

`Store.query` binds `organization_id` and `environment` from the principal, so no caller can ask for another's rows.
Of a span only the newest version is read, and none when it is deleted: that is what `Store.query` makes of `@final` and
`@newest`.
"""

import base64
import math
from collections.abc import Container
from dataclasses import dataclass

import msgspec

from midspan.errors import BadRequest
from midspan.search.reading import COLUMNS, INLINE_BYTES, list_columns, whole
from midspan.store.rows import selection

OWNER = "organization_id = {organization_id:String} AND environment = {environment:String}"
"""Whose rows; for every table beside `spans`."""

TENANT = f"{OWNER} AND @newest"
"""Whose spans, each once; for the table `spans @final`."""

Query = tuple[str, dict[str, str | int]]
"""SQL and its parameters."""

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
"""Documented names to sort by → column."""


class Cursor(msgspec.Struct, array_like=True):
    """Where the page before ended: the sort it was made for, the last row's value (None: it had none), its id."""

    sort: str
    value: str | int | float | None
    id: str

    def text(self) -> str:
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, sort: str) -> "Cursor":
        """Raises `BadRequest` for a text that is no cursor, or one of another sort."""
        try:
            cursor = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=cls)
        except (ValueError, msgspec.MsgspecError):
            raise BadRequest("cursor is not one that a list answered with; start again without it.") from None
        if cursor.sort != sort:
            raise BadRequest(f"cursor belongs to sort_by={cursor.sort}, not {sort}; keep sort_by while paging.")
        return cursor


@dataclass(frozen=True, kw_only=True)
class Page:
    """Which spans a list shows. Times are microseconds; `end` None means no upper bound."""

    start: int
    end: int | None
    sort: str
    """A name of `SORTS`, with `-` before it for descending."""
    size: int
    offset: int = 0
    cursor: Cursor | None = None
    log_type: str | None = None
    include: Container[str] = frozenset()

    @property
    def column(self) -> str:
        return SORTS[self.sort.removeprefix("-")]


def one_span(span_id: str) -> Query:
    """The whole span of an id. Its place is looked up first, so that one granule is read and not the month."""
    # `spans.key_time` is the column; `key_time` would be the selection's number of the same name.
    sql = (
        f"SELECT {selection(COLUMNS)} FROM spans @final WHERE {TENANT} AND id = {{id:String}} AND spans.key_time IN "
        f"(SELECT key_time FROM span_keys WHERE id = {{id:String}} AND {OWNER})"
    )
    return sql, {"id": span_id}


def count_spans(page: Page) -> Query:
    """How many spans the page's window holds."""
    where, parameters = _window(page)
    return f"SELECT count() AS count FROM spans @final WHERE {where}", parameters


def list_spans(page: Page) -> Query:
    """The page's spans, in order. Payloads are read for these rows only."""
    where, parameters = _window(page)
    key = _sort_key(page.column)
    if page.cursor is not None:
        where += f" AND {_after(page, parameters)}"
    direction = "DESC" if page.sort.startswith("-") else "ASC"
    order = f"{key} {direction}, id {direction}"
    narrow = (
        f"SELECT key_time, id FROM spans @final WHERE {where} "
        f"ORDER BY {order} LIMIT {{limit:UInt32}} OFFSET {{offset:UInt64}}"
    )
    columns = selection(list_columns(page.include))
    for name in ("input", "output"):
        short = f"if(length({name}) <= {INLINE_BYTES}, {name}, '') AS {name}"
        columns += f", {name if name in whole(page.include) else short}"
    # The outer sort must see the table's columns, not the selection's numbers of the same names.
    sql = (
        f"SELECT {columns}, {key.replace(page.column, 'spans.' + page.column)} AS sort_value FROM spans @final "
        f"WHERE {TENANT} AND (spans.key_time, id) IN ({narrow}) "
        f"ORDER BY sort_value {direction}, id {direction}"
    )
    return sql, {**parameters, "limit": page.size, "offset": page.offset}


def _window(page: Page) -> Query:
    where = f"{TENANT} AND timestamp >= fromUnixTimestamp64Micro({{start:Int64}}, 'UTC')"
    parameters: dict[str, str | int] = {"start": page.start}
    if page.end is not None:
        where += " AND timestamp <= fromUnixTimestamp64Micro({end:Int64}, 'UTC')"
        parameters["end"] = page.end
    if page.log_type is not None:
        where += " AND log_type = {log_type:String}"
        parameters["log_type"] = page.log_type
    return where, parameters


def _sort_key(column: str) -> str:
    """What rows are sorted by: a total order, in which a span without a number comes below every number."""
    if column == "timestamp":
        return "toUnixTimestamp64Micro(timestamp)"
    return column if column == "id" else f"ifNull(toFloat64({column}), -inf)"


def _after(page: Page, parameters: dict[str, str | int]) -> str:
    cursor = page.cursor
    assert cursor is not None
    kind = {"id": "String", "timestamp": "Int64"}.get(page.column, "Float64")
    value = cursor.value
    if (kind == "Int64" and not isinstance(value, int)) or (kind == "String" and not isinstance(value, str)):
        raise BadRequest("cursor is not one that a list answered with; start again without it.")
    if kind == "Float64" and (value is None or (isinstance(value, float) and math.isinf(value))):
        value = "-inf"
    parameters["after_value"] = value if isinstance(value, int) else str(value)
    parameters["after_id"] = cursor.id
    comparison = "<" if page.sort.startswith("-") else ">"
    return f"({_sort_key(page.column)}, id) {comparison} ({{after_value:{kind}}}, {{after_id:String}})"
