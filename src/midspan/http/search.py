"""The reading routes: parameters in, spans out."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.domain.principal import ENVIRONMENTS, Principal
from midspan.domain.span import LOG_TYPE_ALIASES, LOG_TYPES, Span
from midspan.errors import BadRequest, Forbidden, NotFound
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.ingest.timestamps import read_timestamp
from midspan.search import queries, reading
from midspan.search.queries import SORTS, Cursor, Page
from midspan.store.rows import from_lines
from midspan.store.store import Store

PAGE_SIZE = 50
PAGE_SIZE_MAX = 1000
LIST_BODY_BYTES_MAX = 1 << 20
HOUR = 3600 * 1_000_000


class SpanPage(msgspec.Struct):
    """A page of spans."""

    count: int
    """All matches, not only this page's."""
    next: str | None
    previous: str | None
    next_cursor: str | None
    results: list[reading.ReadSpan]


@dataclass(frozen=True, kw_only=True)
class Search:
    """The handlers of the reading routes, and what they need."""

    store: Store
    control: Control
    bodies: Bodies
    _key_names: dict[str, str] = field(default_factory=dict)

    async def retrieve(self, request: Request, principal: Principal) -> Response:
        """One span, whole."""
        span_id = request.path_params["id"]
        if span_id == "_":
            span_id = request.query_params.get("id", "")
        _check_environment(request.query_params, principal)
        lines = await self.store.query(principal.tenant, *queries.one_span(span_id.lower()))
        if not lines:
            raise NotFound("There is no such span.")
        (span,) = from_lines(lines)
        return Json(reading.encode(span, self._names(span, principal)))

    async def list_spans(self, request: Request, principal: Principal) -> Response:
        """A page of spans."""
        if request.method == "POST":
            await self._read_list_body(request)
        page = _page(request.query_params, principal, time.time_ns() // 1000)
        tenant = principal.tenant
        lines, counted = await asyncio.gather(
            self.store.query(tenant, *queries.list_spans(page)), self.store.query(tenant, *queries.count_spans(page))
        )
        count: int = msgspec.json.decode(counted)["count"]
        spans = from_lines(lines)
        results = [reading.read(span, self._names(span, principal), page.include) for span in spans]
        more = len(spans) == page.size and (page.cursor is not None or page.offset + page.size < count)
        cursor = _next_cursor(page, lines) if more else None
        answer = SpanPage(
            count=count,
            next=_page_url(request, page, +1, cursor) if more else None,
            previous=_page_url(request, page, _back(page, count), None) if page.offset else None,
            next_cursor=cursor,
            results=results,
        )
        return Json(reading.encode_page(answer))

    async def _read_list_body(self, request: Request) -> None:
        async with self.bodies.read(request, LIST_BODY_BYTES_MAX) as body:
            if not body.strip():
                return
            try:
                given = msgspec.json.decode(body)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                raise BadRequest("The body is not JSON.") from None
        if not isinstance(given, dict):
            raise BadRequest("The body is not a JSON object.")
        if given.get("filters"):
            raise BadRequest(
                "filters are not answered by this version; narrow by start_time, end_time and log_type.",
                code="filters_not_supported",
            )

    def _names(self, span: Span, principal: Principal) -> reading.Names:
        key_id = span.organization_key_id
        if key_id == principal.key_id:
            return reading.Names(principal.organization_name, principal.key_name)
        if key_id and key_id not in self._key_names:
            self._key_names.update((key.id, key.name) for key in self.control.keys.entries(principal.organization_name))
        return reading.Names(principal.organization_name, self._key_names.get(key_id))


def _check_environment(parameters: Mapping[str, str], principal: Principal) -> None:
    """A key reads its own environment; asking for another is refused, never ignored. `is_test` beats `all_envs`."""
    asked = {parameters.get("environment") or principal.environment}
    if (is_test := parameters.get("is_test", "").lower()) in ("true", "1"):
        asked.add("test")
    elif is_test:
        asked.add("prod")
    elif parameters.get("all_envs", "").lower() in ("true", "1"):
        asked |= set(ENVIRONMENTS)
    if asked != {principal.environment}:
        raise Forbidden(
            f"This API key reads the environment {principal.environment!r} only; use a key of the other one.",
            code="environment_not_allowed",
        )


def _page(parameters: Mapping[str, str], principal: Principal, now: int) -> Page:
    """The page that the query string asks for. Raises `BadRequest` with the parameter and the fix."""
    _check_environment(parameters, principal)
    size = _whole(parameters, "page_size", PAGE_SIZE, PAGE_SIZE_MAX)
    number = _whole(parameters, "page", 1, 1 << 31)
    end = _time(parameters, "end_time")
    start = _time(parameters, "start_time")
    if start is None:
        start = (now if end is None else end) - HOUR
    if end is not None and end < start:
        raise BadRequest("end_time lies before start_time; swap them.")
    sort = parameters.get("sort_by") or "-timestamp"
    if sort.removeprefix("-") not in SORTS:
        raise BadRequest(f"sort_by is one of {', '.join(SORTS)}, with - before it for descending; not {sort[:60]!r}.")
    cursor = parameters.get("cursor")
    if cursor and "page" in parameters:
        raise BadRequest("page and cursor exclude each other; send one of them.")
    return Page(
        start=start,
        end=end,
        sort=sort,
        size=size,
        offset=(number - 1) * size,
        cursor=Cursor.read(cursor, sort) if cursor else None,
        log_type=_log_type(parameters),
        include=_include(parameters),
    )


def _whole(parameters: Mapping[str, str], name: str, default: int, maximum: int) -> int:
    text = parameters.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= maximum):
        raise BadRequest(f"{name} is a whole number from 1 to {maximum}, not {text[:60]!r}.")
    return int(text)


def _time(parameters: Mapping[str, str], name: str) -> int | None:
    text = parameters.get(name, "")
    if not text:
        return None
    try:
        # A plus sign that was not escaped arrives as a space.
        return read_timestamp(text.replace(" ", "+") if text[-6:-5] == " " and text[-3:-2] == ":" else text)
    except ValueError as error:
        raise BadRequest(f"{name} {error}; not {text[:60]!r}.") from None


def _log_type(parameters: Mapping[str, str]) -> str | None:
    text = parameters.get("log_type", "").lower()
    if not text:
        return None
    text = LOG_TYPE_ALIASES.get(text, text)
    if text not in LOG_TYPES:
        raise BadRequest(f"log_type is one of {', '.join(LOG_TYPES)}; not {text[:60]!r}.")
    return text


def _include(parameters: Mapping[str, str]) -> frozenset[str]:
    names = frozenset(name.strip() for name in parameters.get("include_fields", "").split(",")) - {""}
    if unknown := names - reading.FIELDS:
        raise BadRequest(f"include_fields names {min(unknown)[:60]!r}, which is no field of a span.")
    return names


class _SortValue(msgspec.Struct):
    id: str
    sort_value: str | int | float | None


def _next_cursor(page: Page, lines: bytes) -> str:
    last = msgspec.json.decode(lines.rstrip(b"\n").rpartition(b"\n")[2], type=_SortValue)
    return Cursor(page.sort, last.sort_value, last.id).text()


def _back(page: Page, count: int) -> int:
    """Steps to the page before: the last one there is, for a page beyond it. Such a page is empty but no fault, because
    clients that page on without looking at `next` stop at the first empty one.
    """
    last = max(1, -(-count // page.size))
    return min(-1, last - (page.offset // page.size + 1))


def _page_url(request: Request, page: Page, step: int, cursor: str | None) -> str:
    """The absolute address of the page before or after this one, by the way of paging in use."""
    parameters = dict(request.query_params)
    if page.cursor is not None:
        parameters["cursor"] = cursor or ""
    else:
        parameters["page"] = str(page.offset // page.size + 1 + step)
    return str(request.url.replace(query=urlencode(parameters)))
