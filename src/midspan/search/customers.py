"""Customers: what can be asked of them, and the questions that read them.

A customer is whoever spans name as `customer_identifier`. Its sums are made of its spans; its name and email are those
of its profile, else those of its newest span that has one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from midspan.domain.profile import BUDGET_DURATIONS, Profile
from midspan.domain.timestamps import read_timestamp
from midspan.search.catalogue import Catalogue, Field
from midspan.search.measures import steady
from midspan.search.operators import Kind
from midspan.search.predicates import TENANT, Query, within
from midspan.search.rollups import array
from midspan.search.tree import EVERYTHING, And, Filter, Not, Or, Test, Words, leaves
from midspan.search.where import Binder, where

_ID: Final = "customer_identifier"


def _field(  # noqa: PLR0913, PLR0917  (a row of the table below)
    name: str, kind: Kind, group: str, help_: str, example: str, aliases: str = ""
) -> Field:
    """A field that is a column of the rows below."""
    return Field(
        name=name,
        kind=kind,
        group=group,
        help=help_,
        sql=name,
        aliases=tuple(aliases.split()),
        sort=name,
        example=example,
        is_nullable=kind == "float",
        unit={"Tokens": "tokens", "Cost": "USD"}.get(group, "seconds" if kind == "float" else ""),
    )


CUSTOMERS: Final = Catalogue("Customers", (
    _field("customer_identifier", "text", "People", "The customer.", "user-42", "customer user customer_id"),
    _field("name", "text", "People", "The customer's name.", "Ada", "customer_name"),
    _field("email", "text", "People", "The customer's email address.", "ada@example.com", "customer_email"),
    _field("first_seen", "time", "Time", "When the first span ended.", "2026-01-31"),
    _field("last_active_timeframe", "time", "Time", "When the last span ended.", "2026-01-31", "last_seen last_active"),
    _field("active_days", "integer", "Time", "Days, in UTC, on which spans ended.", "3"),
    _field("number_of_requests", "integer", "Kind", "Spans.", "100", "count total_requests"),
    _field("error_count", "integer", "Outcome", "Spans that failed.", "1", "errors"),
    _field("total_cost", "money", "Cost", "What the spans cost.", "10", "cost"),
    _field("total_tokens", "integer", "Tokens", "All tokens, none counted twice.", "1000", "tokens"),
    _field("total_prompt_tokens", "integer", "Tokens", "Tokens of input.", "1000", "input_tokens"),
    _field("total_completion_tokens", "integer", "Tokens", "Tokens of output.", "1000", "output_tokens"),
    _field("average_latency", "float", "Time", "How long a span took.", "2", "latency"),
    _field("average_ttft", "float", "Time", "How long until a first token.", "0.5", "ttft"),
    Field(
        name="environment", kind="text", group="Kind", help="The key's environment.", sql="{environment:String}",
        values="fixed", fixed=("prod", "test"), example="prod",
    ),
))  # fmt: skip
"""What filters on customers can name."""

_SUMS: Final = {
    "first_seen": "min(spans.timestamp)",
    "last_active_timeframe": "max(spans.timestamp)",
    # toDate is of this century only.
    "active_days": "uniqExact(toDate32(spans.timestamp, 'UTC'))",
    "last_received": "max(spans.received_at)",
    "number_of_requests": "count()",
    "error_count": "countIf(status = 'failed')",
    "total_cost": "ifNull(sum(toDecimal256(cost, 12)), 0)",
    "total_tokens": "ifNull(sum(toInt128(total_request_tokens)), 0)",
    "total_prompt_tokens": "ifNull(sum(toInt128(prompt_tokens)), 0)",
    "total_completion_tokens": "ifNull(sum(toInt128(completion_tokens)), 0)",
    "average_latency": "avg(latency)",
    "average_ttft": "avg(time_to_first_token)",
}
_NAMES: Final = {"name": "customer_name", "email": "customer_email"}

Known = Sequence[tuple[str, str, str, int]]
"""Identifier, name, email, and when it was deleted (µs, 0: never) of those customers of whom the control data knows."""


def _newest(column: str) -> str:
    """The text of the newest span that has one."""
    return f"argMaxIf({column}, version, {column} != '')"


class Customer(msgspec.Struct, kw_only=True):
    """One customer as the engine gives it. Times are microseconds since 1970."""

    customer_identifier: str
    first_seen: int
    last_active_timeframe: int
    active_days: int
    number_of_requests: int
    error_count: int
    total_cost: Decimal
    total_tokens: int
    total_prompt_tokens: int
    total_completion_tokens: int
    average_latency: float | None
    average_ttft: float | None


@dataclass(frozen=True, kw_only=True)
class CustomerPage:
    """Which customers a page shows, and from which spans they are made. Times are microseconds; None means no bound."""

    start: int | None = None
    end: int | None = None
    sort: str = "-first_seen"
    size: int = 50
    offset: int = 0
    filter: Filter = EVERYTHING
    only: str | None = None
    """This customer alone."""

    @property
    def sorted_by(self) -> str:
        """The field of customers that the page is sorted by."""
        return CUSTOMERS.find(self.sort.removeprefix("-")).name

    @property
    def needs_names(self) -> bool:
        """Whether names and emails are needed to find the page."""
        return self.sort.removeprefix("-") in _NAMES or not _NAMES.keys().isdisjoint(_fields(searchable(self.filter)))


def searchable(tree: Filter) -> Filter:
    """The tree with full text, which customers do not have, looked for in what tells them apart."""
    match tree:
        case And(parts):
            return And(tuple(map(searchable, parts)))
        case Or(parts):
            return Or(tuple(map(searchable, parts)))
        case Not(part):
            return Not(searchable(part))
        case Words(text):
            return Or(tuple(CUSTOMERS.test(name, "icontains", [text]) for name in (_ID, *_NAMES)))
        case Test():
            return tree


def _fields(tree: Filter) -> set[str]:
    """The fields that a filter is about; one that looks for words is about names."""
    found: set[str] = set()
    for leaf in leaves(tree):
        found.update([CUSTOMERS.find(leaf.field).name] if isinstance(leaf, Test) else _NAMES)
    return found


def find_customers(page: CustomerPage, known: Known) -> Query:
    """The page's customers in order, as `rollups.Found`. Only sums that the order and the filter need are made."""
    rest, parameters = _selected(page, known, page.sorted_by)
    direction = "DESC" if page.sort.startswith("-") else "ASC"
    sql = (
        f"SELECT {_ID} AS key, count() OVER () AS matches FROM {rest} "
        f"ORDER BY {_rank(page.sorted_by)} {direction} NULLS LAST, {_ID} {direction} "
        "LIMIT {limit:UInt32} OFFSET {offset:UInt64}"
    )
    return sql, {**parameters, "limit": page.size, "offset": page.offset}


def _rank(name: str) -> str:
    """What a field is sorted by."""
    return steady(name) if CUSTOMERS.find(name).kind == "float" else name


def count_customers(page: CustomerPage, known: Known) -> Query:
    """How many customers match, as `{"count"}`."""
    rest, parameters = _selected(page, known)
    return f"SELECT count() AS count FROM {rest}", parameters


def read_customers(page: CustomerPage, ids: Sequence[str]) -> Query:
    """These customers with what their spans in the page's window come to, as `Customer`, in no order."""
    there, parameters = _there(page)
    sums = {name: _SUMS[name] for name in Customer.__struct_fields__ if name != _ID}
    for name in ("first_seen", "last_active_timeframe"):
        sums[name] = f"toUnixTimestamp64Micro({sums[name]})"
    columns = ", ".join(f"{sql} AS {name}" for name, sql in sums.items())
    sql = f"SELECT {_ID}, {columns} FROM spans @final WHERE {there} AND {_ID} IN {{ids:Array(String)}} GROUP BY {_ID}"
    return sql, {**parameters, "ids": array(ids)}


def _selected(page: CustomerPage, known: Known, *others: str) -> Query:
    """The customers that match, as what follows FROM, with the sums that the filter needs, and others."""
    found = where(searchable(page.filter), CUSTOMERS)
    there, bounds = _there(page)
    parameters = {**found.parameters, **bounds}
    needed = {*_fields(searchable(page.filter)), *others, *(("last_received",) if known else ())}
    sums = {name: sql for name, sql in _SUMS.items() if name in needed}
    said = {f"span_{name}": _newest(column) for name, column in _NAMES.items()} if page.needs_names else {}
    columns = "".join(f", {sql} AS {name}" for name, sql in (sums | said).items())
    rows = f"(SELECT {_ID}{columns} FROM spans @final WHERE {there} GROUP BY {_ID})"
    if known:
        parameters["known"] = msgspec.json.encode(known).decode()
        rows = f"{rows} AS sums LEFT ANY JOIN ({_KNOWN}) AS known USING ({_ID})"
    named = "".join(
        f", if(known_{name} != '', known_{name}, span_{name}) AS {name}" if known else f", span_{name} AS {name}"
        for name in _NAMES
        if page.needs_names
    )
    there_still = "toUnixTimestamp64Micro(last_received) > deleted_at" if known else "1"
    plain = ", ".join((_ID, *sums))
    return f"(SELECT {plain}{named} FROM {rows} WHERE {there_still}) WHERE {found.sql}", parameters


def _there(page: CustomerPage) -> Query:
    """The condition of the spans that customers are made of. Narrow columns of these alone are read."""
    window, parameters = within("spans.timestamp", page.start, page.end)
    there = " AND ".join((TENANT, f"{_ID} != ''", *window))
    if page.only is not None:
        there += f" AND {_ID} = {{only:String}}"
        parameters["only"] = page.only
    return there, parameters


_KNOWN: Final = (
    "SELECT each.1 AS customer_identifier, each.2 AS known_name, each.3 AS known_email, each.4 AS deleted_at FROM "
    "(SELECT arrayJoin(JSONExtract({known:String}, 'Array(Tuple(String, String, String, Int64))')) AS each)"
)


class Said(msgspec.Struct, kw_only=True):
    """What the spans of a customer say of it."""

    customer_identifier: str
    name: str
    email: str
    customer_params: str


def profiles(ids: Sequence[str]) -> Query:
    """What the newest spans of these customers say of them, as `Said`, in no order."""
    bind = Binder("id")
    places = ", ".join(map(bind, ids))
    sql = (
        f"SELECT {_ID}, {_newest('customer_name')} AS name, {_newest('customer_email')} AS email, "
        f"{_newest('spans.customer_params')} AS customer_params FROM spans @final WHERE {TENANT} "
        f"AND {_ID} IN ({places}) GROUP BY {_ID}"
    )
    return sql, bind.parameters


def usage(customer: str, start: int, end: int) -> Query:
    """What the customer's spans cost from `start` until before `end`, as `{"cost"}`."""
    sql = (
        f"SELECT ifNull(sum(toDecimal256(cost, 12)), 0) AS cost FROM spans @final WHERE {TENANT} "
        f"AND {_ID} = {{customer:String}} AND spans.timestamp >= fromUnixTimestamp64Micro({{start:Int64}}, 'UTC') "
        "AND spans.timestamp < fromUnixTimestamp64Micro({end:Int64}, 'UTC')"
    )
    return sql, {"customer": customer, "start": start, "end": end}


def read_said(said: Said) -> Profile:
    """The profile that spans give. What their `customer_params` hold under the wrong type counts as not said."""
    params = _params(said.customer_params)
    if params.get("customer_identifier") not in (None, "", said.customer_identifier):
        params = {}  # they are about another one; the customer at the span's top level won
    duration = params.get("budget_duration")
    metadata = params.get("metadata")
    return Profile(
        name=said.name,
        email=said.email,
        metadata=metadata if isinstance(metadata, dict) else None,
        period_budget=_amount(params.get("period_budget")),
        total_budget=_amount(params.get("total_budget")),
        budget_duration=duration if duration in BUDGET_DURATIONS else "",
        period_start=_time(params.get("period_start")),
        period_end=_time(params.get("period_end")),
        markup_percentage=_amount(params.get("markup_percentage")),
    )


def _params(text: str) -> dict[str, Any]:
    try:
        given = msgspec.json.decode(text) if text else {}
    except (msgspec.DecodeError, RecursionError):  # a number that no float holds, or what is nested too deeply
        return {}
    return given if isinstance(given, dict) else {}


def _amount(given: object) -> Decimal | None:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        number = Decimal(str(given).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number < AMOUNT_MAX and len(f"{number:f}") <= AMOUNT_DIGITS else None


AMOUNT_MAX: Final = Decimal(10) ** 15
AMOUNT_DIGITS: Final = 40


def _time(given: object) -> int | None:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        return None
    try:
        return read_timestamp(given if isinstance(given, str) else repr(given))
    except ValueError:
        return None
