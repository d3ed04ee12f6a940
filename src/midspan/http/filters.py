"""What a request filters by: `filters` and `query` in its body, `query` and quick filters in its query string."""

import difflib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from midspan.errors import BadFilter
from midspan.http.operation import Parameter
from midspan.search.bounds import TEXT_MAX
from midspan.search.catalogue import Catalogue
from midspan.search.fields import SPANS
from midspan.search.json_filters import read_filters, read_quick_filters
from midspan.search.language import read_query
from midspan.search.normal import all_of
from midspan.search.tree import Filter

RESERVED: Final = frozenset({
    "page", "page_size", "cursor", "sort_by", "start_time", "end_time", "environment", "is_test", "all_envs",
    "include_fields", "fetch_filters", "filters", "operator", "query", "q", "midspan_environment",
})  # fmt: skip
"""Names in a query string that are no quick filters on any route."""

_LONG = 4096
"""Longer filters are read beside the loop, in characters."""

PARAMETERS: Final = (
    Parameter("query", "query", Annotated[str, Meta(max_length=TEXT_MAX)], "A filter in the query language.", ""),
    Parameter(
        "filters", "query", Annotated[str, Meta(max_length=65_536)], "A JSON filter, for requests without a body.", "{}"
    ),
)
"""Documented parameters of every route that filters."""


async def asked(
    request: Request, body: Mapping[str, Any], catalogue: Catalogue = SPANS, reserved: Iterable[str] = ()
) -> Filter:
    """All that the request filters by, joined by AND. Raises `BadRequest` with where the fault is.

    `reserved` are the route's own names in the query string, beside those of `RESERVED`.
    """
    size = len(request.url.query) + len(str(body.get("filters", ""))) + len(str(body.get("query", "")))
    arguments = (request.query_params.multi_items(), body, catalogue, RESERVED | frozenset(reserved))
    return read(*arguments) if size < _LONG else await run_in_threadpool(read, *arguments)


def read(
    parameters: list[tuple[str, str]], body: Mapping[str, Any], catalogue: Catalogue, reserved: frozenset[str]
) -> Filter:
    """The filter of a query string and a body."""
    _check_names(body, reserved)
    parts = [read_filters(body.get("filters"), catalogue, operator=body.get("operator") or body.get("connector"))]
    for text in filter(None, map(body.get, ("query", "q"))):
        if not isinstance(text, str):
            raise BadFilter("query is a text in the query language; JSON filters go under filters.", path="query")
        parts.append(read_query(text, catalogue))
    for name, text in parameters:
        if name in ("query", "q"):
            parts.append(read_query(text, catalogue))
        elif name == "filters" and text:
            parts.append(read_filters(_decoded(text), catalogue))
    parts.append(read_quick_filters(parameters, reserved, catalogue))
    return all_of(parts)


def _check_names(body: Mapping[str, Any], reserved: frozenset[str]) -> None:
    """Refuse what is nearly called `filters`: to leave it out of account would select everything. Others may stand."""
    for name in body:
        near = difflib.get_close_matches(name[:60].lower(), ("filters", "query"), n=1, cutoff=0.8)
        if near and name not in reserved:
            raise BadFilter(
                f"The body has no field {name[:60]!r}. Did you mean {near[0]!r}?", path=name[:60], suggestion=near[0]
            )


def _decoded(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise BadFilter("filters in the query string are not JSON.", path="filters") from None
