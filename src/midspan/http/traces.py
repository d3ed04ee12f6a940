"""The routes of traces: a page of them, and sums over them."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.domain.principal import Principal
from midspan.errors import BadRequest
from midspan.http import filters, parameters, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation, Parameter
from midspan.search import reading, rollups, traces
from midspan.search.rollups import Found, RowPage
from midspan.search.traces import TRACES, Payload, ReadTrace, Summary, Trace
from midspan.store.store import Store

WHOLE_BYTES = 32 << 20
"""Longest input or output that a list shows when asked to."""

_found = msgspec.json.Decoder(Found)
_trace = msgspec.json.Decoder(Trace)
_payload = msgspec.json.Decoder(Payload)


class TracePage(msgspec.Struct):
    """A page of traces."""

    count: int
    """All matches, not only this page's."""
    next: str | None
    previous: str | None
    current_filters: dict[str, Any]
    """The `filters` of the body, as they came."""
    results: list[ReadTrace]


class FilterBody(msgspec.Struct):
    """What to filter by; `query` is a filter in the query language."""

    filters: dict[str, Any] | None = None
    query: str | None = None


@dataclass(frozen=True, kw_only=True)
class Traces:
    """The handlers of these routes, and what they need."""

    store: Store
    control: Control
    bodies: Bodies

    async def list_traces(self, request: Request, principal: Principal) -> Response:
        """A page of traces."""
        body = await questions.read_object(self.bodies, request)
        given = questions.read_parameters(request, body, NAMES)
        questions.check_environment(given, principal)
        part = questions.read_part(given)
        whole = _include(given)
        page = await _page(request, body, given, part)
        ids, count = await found_keys(self.store, principal, TRACES, page, part)
        found = {trace.trace_unique_id: trace for trace in await self.read(principal, ids)}
        rows = [found[key] for key in ids if key in found]
        payloads = await self.payloads(principal, rows, WHOLE_BYTES if whole else reading.INLINE_BYTES)
        names = reading.Names(principal.organization_name)
        results = [
            traces.read(row, payloads.get(row.root_id), names, principal.environment, principal.organization_id)
            for row in rows
        ]
        beside = questions.links(request, part, count)
        answer = TracePage(count, beside.next, beside.previous, current_filters(body), results)
        return Json(reading.encode_page(answer))

    async def summary(self, request: Request, principal: Principal) -> Response:
        """Sums over the traces of a window."""
        body = await questions.read_object(self.bodies, request)
        given = questions.read_parameters(request, body, NAMES)
        questions.check_environment(given, principal)
        page = await _page(request, body, given, questions.Part(1, 1))
        lines = await self.store.query(principal.tenant, *traces.summary(page))
        return Json(reading.encode_page(msgspec.json.decode(lines, type=Summary)))

    async def read(self, principal: Principal, ids: Sequence[str]) -> list[Trace]:
        """The traces of these ids that are there, in no order."""
        if not ids:
            return []
        lines = await self.store.query(principal.tenant, *traces.read_traces(list(ids)))
        return [_trace.decode(line) for line in lines.splitlines()]

    async def payloads(self, principal: Principal, rows: list[Trace], inline: int) -> dict[str, Payload]:
        """What the roots were given and gave, by the root's id."""
        if not rows:
            return {}
        lines = await self.store.query(principal.tenant, *traces.read_payloads(rows, inline))
        return {payload.id: payload for payload in map(_payload.decode, lines.splitlines())}


async def found_keys(
    store: Store, principal: Principal, rollup: rollups.Rollup, page: RowPage, part: questions.Part
) -> tuple[list[str], int]:
    """The keys of a page's rows in order, and how many rows match in all."""
    lines = await store.query(principal.tenant, *rollups.find(rollup, page))
    found = [_found.decode(line) for line in lines.splitlines()]
    if found:
        count = found[0].matches
    elif part.number == 1:
        count = 0
    else:
        count = msgspec.json.decode(await store.query(principal.tenant, *rollups.count(rollup, page)))["count"]
    questions.check_part(part, count)
    return [row.key for row in found], count


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


def _include(given: Mapping[str, str]) -> bool:
    """Whether inputs and outputs of any length are asked for."""
    names = {name.strip() for name in given.get("include_fields", "").split(",")} - {""}
    if unknown := names - traces.FIELDS:
        raise BadRequest(f"include_fields names {min(unknown)[:60]!r}, which is no field of a trace.")
    return bool(names & {"input", "output"})


SORT = parameters.sort_by(TRACES.catalogue.sorts, "-timestamp")
LIST_PARAMETERS = (
    *parameters.PAGING,
    SORT,
    *parameters.WINDOW,
    *parameters.ENVIRONMENTS,
    Parameter("include_fields", "query", str, "`input,output`: show the root's at any length.", "input,output"),
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
    """The routes of traces that are about many of them."""
    return [
        *_reading(handlers),
    ]


ID = Parameter("id", "path", str, "The trace's id. `_` takes it from `?id=` instead.", "7f9c24e8")


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
