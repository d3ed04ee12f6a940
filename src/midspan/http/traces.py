"""The routes of traces: a page of them, sums over them, and what deletes them."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.domain.principal import Principal
from midspan.errors import BadRequest, Invalid
from midspan.http import filters, parameters, questions
from midspan.http.answers import ErrorBody
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation, Parameter
from midspan.search import reading, rollups, traces
from midspan.search.rollups import Found, RowPage
from midspan.search.traces import TRACES, Payload, ReadTrace, Summary, Trace
from midspan.search.tree import EVERYTHING
from midspan.store.store import Store

DELETED_MAX = 1000
"""Traces that one request deletes."""
DELETED_SPANS = 10_000
"""Spans deleted at a time."""
WHOLE_BYTES = 32 << 20
"""Longest input or output that a list shows when asked to."""

_found = msgspec.json.Decoder(Found)
_trace = msgspec.json.Decoder(Trace)
_payload = msgspec.json.Decoder(Payload)


class TracePage(msgspec.Struct):
    """A page of traces."""

    count: int | None
    """All matches, not only this page's. Null with `count=false`."""
    next: str | None
    previous: str | None
    current_filters: dict[str, Any]
    """The `filters` of the body, as they came."""
    results: list[ReadTrace]


class FilterBody(msgspec.Struct):
    """What to filter by; `query` is a filter in the query language."""

    filters: dict[str, Any] | None = None
    query: str | None = None


class DeleteBody(msgspec.Struct):
    """Which traces to delete. An empty filter is refused."""

    filters: dict[str, Any]


class Deleted(msgspec.Struct):
    """What became of a trace."""

    message: str
    success: bool
    deleted_count: int
    """Spans."""


class BulkDeleted(msgspec.Struct):
    """What became of the traces."""

    message: str
    success_count: int
    error_count: int
    errors: list[dict[str, Any]]
    deleted_count: int
    """Traces."""
    deleted_span_count: int


_place = msgspec.json.Decoder(traces.Place)


@dataclass(frozen=True, kw_only=True)
class Traces:
    """The handlers of these routes, and what they need."""

    store: Store
    control: Control
    bodies: Bodies

    async def list_traces(self, request: Request, principal: Principal) -> Response:
        """A page of traces."""
        body, given = await questions.read_asked(self.bodies, request, principal, NAMES)
        part = questions.read_part(given)
        included = questions.read_names(given, "include_fields", traces.FIELDS, "a trace") & traces.PAYLOAD
        excluded = questions.read_names(given, "exclude_fields", traces.PAYLOAD)
        page = replace(await _page(request, body, given, part), is_counted=questions.is_counted(given))
        keys = await find_keys(self.store, principal, TRACES, page, part)
        found = {trace.trace_unique_id: trace for trace in await self.read(principal, keys.shown)}
        rows = [found[key] for key in keys.shown if key in found]
        payloads = await self.payloads(principal, rows, WHOLE_BYTES if included else reading.INLINE_BYTES, excluded)
        names = reading.Names(principal.organization_name)
        results = [
            traces.read(row, payloads.get(row.root_id), names, principal.environment, principal.organization_id)
            for row in rows
        ]
        beside = questions.links(request, part, keys.known)
        answer = TracePage(keys.count, beside.next, beside.previous, current_filters(body), results)
        return Json(reading.encode_page(answer))

    async def summary(self, request: Request, principal: Principal) -> Response:
        """Sums over the traces of a window."""
        body, given = await questions.read_asked(self.bodies, request, principal, NAMES)
        page = await _page(request, body, given, questions.Part(1, 1))
        lines = await self.store.query(principal.tenant, *traces.summary(page))
        return Json(reading.encode_page(msgspec.json.decode(lines, type=Summary)))

    async def delete(self, request: Request, principal: Principal) -> Response:
        """Delete one trace; 200 whether or not it was there."""
        trace = questions.path_id(request)
        given = request.query_params
        questions.check_environment(given, principal)
        start, end = questions.read_bounds(given)
        count = await self._delete(principal, [trace], start, end)
        answer = Deleted(f"Trace deleted: {count} spans.", success=True, deleted_count=count)
        return Json(msgspec.json.encode(answer))

    async def delete_many(self, request: Request, principal: Principal) -> Response:
        """Delete every trace that a filter matches."""
        body, given = await questions.read_asked(self.bodies, request, principal, NAMES)
        page = await _page(request, body, given, questions.Part(1, DELETED_MAX))
        if page.filter == EVERYTHING:
            raise BadRequest("filters is empty; name what to delete, such as a customer_identifier.", code="bad_filter")
        lines = await self.store.query(principal.tenant, *rollups.find(TRACES, page))
        found = [_found.decode(line) for line in lines.splitlines()]
        if found and found[0].matches > DELETED_MAX:
            message = f"matches {found[0].matches} traces; at most {DELETED_MAX} are deleted at a time, so narrow it"
            raise Invalid(f"filters {message}.", code="too_many_traces", errors={"filters": [message]})
        count = await self._delete(principal, [row.key for row in found], None, None) if found else 0
        answer = BulkDeleted(f"{len(found)} traces deleted.", len(found), 0, [], len(found), count)
        return Json(msgspec.json.encode(answer))

    async def read(self, principal: Principal, ids: Sequence[str]) -> list[Trace]:
        """The traces of these ids that are there, in no order."""
        if not ids:
            return []
        lines = await self.store.query(principal.tenant, *traces.read_traces(list(ids)))
        return [_trace.decode(line) for line in lines.splitlines()]

    async def payloads(
        self, principal: Principal, rows: list[Trace], inline: int, excluded: frozenset[str] = frozenset()
    ) -> dict[str, Payload]:
        """What the roots were given and gave, by the root's id."""
        if not rows:
            return {}
        lines = await self.store.query(principal.tenant, *traces.read_payloads(rows, inline, excluded))
        return {payload.id: payload for payload in map(_payload.decode, lines.splitlines())}

    async def _delete(self, principal: Principal, ids: list[str], start: int | None, end: int | None) -> int:
        """Delete the traces' spans, as many as came before now; returns how many."""
        tenant, now, count = principal.tenant, time.time_ns() // 1000, 0
        places = [traces.NOWHERE]
        while places:
            query = traces.doomed(ids, (start, end), now, places[-1], DELETED_SPANS)
            places = [_place.decode(line) for line in (await self.store.query(tenant, *query)).splitlines()]
            await self.store.delete(tenant, [(place.id, place.key_time) for place in places])
            count += len(places)
        if start is None and end is None:
            # A trace of that id that comes later is another one, and nobody has shared it.
            await asyncio.to_thread(self.control.shares.withdraw, tenant, ids)
        return count


@dataclass(frozen=True)
class Keys:
    """Which rows a page shows, in order."""

    shown: list[str]
    count: int | None
    """How many rows match in all; None where nobody asked."""
    known: int
    """As many, or as many as are known to be there: up to the page's end, and one more where another page follows."""


async def find_keys(
    store: Store, principal: Principal, rollup: rollups.Rollup, page: RowPage, part: questions.Part
) -> Keys:
    """The keys of a page's rows. Raises `BadRequest` for a page beyond the end."""
    if not page.is_counted:
        return await _find_uncounted(store, principal, rollup, page)
    found = await _found_rows(store, principal, rollup, page)
    if found:
        count = found[0].matches
    elif part.number == 1:
        count = 0
    else:
        count = msgspec.json.decode(await store.query(principal.tenant, *rollups.count(rollup, page)))["count"]
    questions.check_part(part, count)
    return Keys([row.key for row in found], count, count)


async def _find_uncounted(store: Store, principal: Principal, rollup: rollups.Rollup, page: RowPage) -> Keys:
    wanted = page.size + 1
    found: list[Found] = []
    for narrowed in replace(page, size=wanted).from_the_end(time.time_ns() // 1000):
        found = await _found_rows(store, principal, rollup, narrowed)
        if len(found) == wanted:
            break
    return Keys([row.key for row in found[: page.size]], None, page.offset + len(found))


async def _found_rows(store: Store, principal: Principal, rollup: rollups.Rollup, page: RowPage) -> list[Found]:
    return _found.decode_lines(await store.query(principal.tenant, *rollups.find(rollup, page)))


def current_filters(body: Mapping[str, Any]) -> dict[str, Any]:
    """The filters of a body as they came, for clients that show them again."""
    given = body.get("filters")
    return given if isinstance(given, dict) else {}


async def _page(request: Request, body: Mapping[str, Any], given: Mapping[str, str], part: questions.Part) -> RowPage:
    window = questions.read_window(given, time.time_ns() // 1000)
    sort = questions.read_sort(given, "-timestamp", TRACES.catalogue.sorts)
    return RowPage(
        start=window.start,
        end=window.end,
        sort=sort,
        size=part.size,
        offset=part.offset,
        filter=await filters.asked(request, body, TRACES.catalogue, NAMES),
    )


SORT = parameters.sort_by(TRACES.catalogue.sorts, "-timestamp")
LIST_PARAMETERS = (
    *parameters.PAGING,
    parameters.COUNT,
    SORT,
    *parameters.WINDOW,
    *parameters.ENVIRONMENTS,
    Parameter("include_fields", "query", str, "`input,output`: show the root's at any length.", "input,output"),
    Parameter(
        "exclude_fields",
        "query",
        str,
        "`input,output`: leave the root's null, which spares their reading; previews are there.",
        "input,output",
    ),
    *filters.PARAMETERS,
)
NAMES = frozenset(parameter.name for parameter in LIST_PARAMETERS) - {"query", "filters"}
WINDOW = (*parameters.WINDOW, *parameters.ENVIRONMENTS, *filters.PARAMETERS)
FILTER_EXAMPLE = {"filters": {"total_cost": {"operator": "gte", "value": [0]}}}
_WHICH = (
    "A trace belongs to a window by its `timestamp`: when its last span ended. A filter names fields of the trace, "
    "judged on all its spans together, or fields of spans, which match when any span of the trace does, each test by "
    "itself."
)


def operations(handlers: Traces) -> list[Operation]:
    """The routes of traces that are about many of them, and DELETE."""
    return [
        *_reading(handlers),
        Operation(
            method="DELETE",
            path="/api/traces/{id}/",
            name="deleteTrace",
            handler=handlers.delete,
            right="admin",
            tag="Traces",
            summary="Delete a trace",
            help="Deletes every span of the trace, or with a window those whose `timestamp` lies in it. 200 whether or "
            "not there was such a trace. When it is answered, no read shows them any more.",
            parameters=(ID, START, END, parameters.ENVIRONMENT),
            answers={200: Answer("What was deleted.", Deleted)},
        ),
        Operation(
            method="POST",
            path="/api/traces/bulk/",
            name="deleteTraces",
            handler=handlers.delete_many,
            right="admin",
            tag="Traces",
            summary="Delete traces by filter",
            help=f"Deletes what a list with the same filters and window shows, at most {DELETED_MAX} traces; 422 when "
            f"it is more, and nothing is deleted then. {_WHICH}",
            aliases=("/api/traces/bulk-delete/",),
            parameters=WINDOW,
            body=DeleteBody,
            body_example={"filters": {"customer_identifier": {"operator": "", "value": ["customer-who-left"]}}},
            answers={
                200: Answer("How many were deleted.", BulkDeleted),
                422: Answer("More than may be deleted.", ErrorBody),
            },
        ),
    ]


ID = Parameter("id", "path", str, "The trace's id. `_` takes it from `?id=` instead.", "7f9c24e8")
START = Parameter("start_time", "query", str, "Only spans whose `timestamp` is not before it.", "2026-01-31T00:00:00Z")
END = Parameter("end_time", "query", str, "Only spans whose `timestamp` is not after it.", "2026-01-31T23:59:59Z")


def _reading(handlers: Traces) -> list[Operation]:
    return [
        Operation(
            method=method,
            path=path,
            name=name,
            handler=handler,
            right="read",
            tag="Traces",
            summary=summary,
            help=f"{help_} {_WHICH}",
            aliases=aliases,
            parameters=asked,
            body=FilterBody if method == "POST" else None,
            body_required=False,
            body_example=FILTER_EXAMPLE if method == "POST" else None,
            answers={200: answer},
        )
        for path, aliases, handler, asked, answer, help_, names in (
            (
                "/api/traces/list/",
                (),
                handlers.list_traces,
                LIST_PARAMETERS,
                Answer("A page of traces.", TracePage),
                "Traces of the key's environment in a window of time, newest first.",
                (("GET", "listTraces", "List traces"), ("POST", "listTracesByPost", "List traces by POST")),
            ),
            (
                "/api/traces/summary/",
                ("/api/clickhouse/traces/summary/", "/clickhouse/traces/summary/"),
                handlers.summary,
                WINDOW,
                Answer("The sums.", Summary),
                "Totals and averages over the traces of a window.",
                (("GET", "summarizeTraces", "Sum traces up"), ("POST", "summarizeTracesByPost", "Sum traces by POST")),
            ),
        )
        for method, name, summary in names
    ]
