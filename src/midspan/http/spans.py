"""The reading routes of spans: parameters in, spans out."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.domain.principal import Principal
from midspan.domain.span import LOG_TYPE_ALIASES, LOG_TYPES, Span
from midspan.errors import BadRequest, NotFound
from midspan.http import parameters, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation, Parameter
from midspan.search import queries, reading
from midspan.search.queries import SORTS, Cursor, Page
from midspan.store.rows import from_lines
from midspan.store.store import Store


class SpanPage(msgspec.Struct):
    """A page of spans."""

    count: int
    """All matches, not only this page's."""
    next: str | None
    previous: str | None
    next_cursor: str | None
    results: list[reading.ReadSpan]


class ListBody(msgspec.Struct):
    """The body of a list by POST."""

    filters: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Spans:
    """The handlers of the reading routes of spans, and what they need."""

    store: Store
    control: Control
    bodies: Bodies
    _key_names: dict[str, str] = field(default_factory=dict)

    async def retrieve(self, request: Request, principal: Principal) -> Response:
        """One span, whole."""
        span_id = questions.path_id(request)
        questions.check_environment(request.query_params, principal)
        lines = await self.store.query(principal.tenant, *queries.one_span(span_id.lower()))
        if not lines:
            raise NotFound("There is no such span.")
        (span,) = from_lines(lines)
        return Json(reading.encode(span, self._names(span, principal)))

    async def list_spans(self, request: Request, principal: Principal) -> Response:
        """A page of spans."""
        body = await questions.read_object(self.bodies, request)
        if body.get("filters"):
            raise BadRequest(
                "filters are not answered by this version; narrow by start_time, end_time and log_type.",
                code="filters_not_supported",
            )
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
        if page.cursor is None:
            part = questions.Part(page.offset // page.size + 1, page.size)
            questions.check_part(part, count)
            following, previous = questions.links(request, part, count)
        else:
            following, previous = questions.page_url(request, cursor=cursor) if cursor else None, None
        answer = SpanPage(count=count, next=following, previous=previous, next_cursor=cursor, results=results)
        return Json(reading.encode_page(answer))

    def _names(self, span: Span, principal: Principal) -> reading.Names:
        key_id = span.organization_key_id
        if key_id == principal.key_id:
            return reading.Names(principal.organization_name, principal.key_name)
        if key_id and key_id not in self._key_names:
            self._key_names.update((key.id, key.name) for key in self.control.keys.entries(principal.organization_name))
        return reading.Names(principal.organization_name, self._key_names.get(key_id))


def _page(asked: Mapping[str, str], principal: Principal, now: int) -> Page:
    """The page that the query string asks for. Raises `BadRequest` with the parameter and the fix."""
    questions.check_environment(asked, principal)
    part = questions.read_part(asked)
    window = questions.read_window(asked, now)
    sort = questions.read_sort(asked, "-timestamp", SORTS)
    cursor = asked.get("cursor")
    if cursor and "page" in asked:
        raise BadRequest("page and cursor exclude each other; send one of them.")
    return Page(
        start=window.start,
        end=window.end,
        sort=sort,
        size=part.size,
        offset=part.offset,
        cursor=Cursor.read(cursor, sort) if cursor else None,
        log_type=_log_type(asked),
        include=_include(asked),
    )


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


LIST_PARAMETERS = (
    *parameters.PAGING,
    parameters.CURSOR,
    parameters.sort_by(SORTS, "-timestamp"),
    *parameters.WINDOW,
    *parameters.ENVIRONMENTS,
    Parameter("log_type", "query", str, "Only spans of this log type.", "chat"),
    Parameter(
        "include_fields",
        "query",
        str,
        "Comma-separated fields that a list leaves out unless asked: messages, tools, raw request and response, "
        "long inputs and outputs.",
        "prompt_messages,completion_message",
    ),
)


def operations(spans: Spans) -> list[Operation]:
    """The reading routes of spans."""
    return [
        *(
            Operation(
                method=method,
                path=path,
                name=name,
                handler=spans.list_spans,
                right="read",
                tag="Reading",
                summary=summary,
                help="Spans of the key's environment in a window of time, newest first. Whatever had a 2xx before "
                "this request is in the answer.",
                bare=True,
                parameters=LIST_PARAMETERS,
                body=ListBody if method == "POST" else None,
                body_required=False,
                deprecated=name == "listSpansLegacy",
                answers={200: Answer("A page of spans.", SpanPage)},
            )
            for method, path, name, summary in (
                ("GET", "/api/request-logs/list/", "listSpans", "List spans"),
                ("POST", "/api/request-logs/list/", "listSpansByPost", "List spans by POST"),
                ("GET", "/api/request-logs/", "listSpansLegacy", "List spans (older address)"),
            )
        ),
        Operation(
            method="GET",
            path="/api/request-logs/{id}/",
            name="retrieveSpan",
            handler=spans.retrieve,
            right="read",
            tag="Reading",
            summary="Get a span",
            help="The whole span, with messages, tools and the raw request and response.",
            bare=True,
            parameters=(
                Parameter(
                    "id",
                    "path",
                    str,
                    "The span's `id`. `_` takes it from `?id=` instead.",
                    "0198f3c2a1b27c3e8d4f5a6b7c8d9e0f",
                ),
                parameters.ENVIRONMENT,
            ),
            answers={200: Answer("The span.", reading.ReadSpan)},
        ),
    ]
