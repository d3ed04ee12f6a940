"""The route of threads: a page of conversations. One thread in order is the list of spans, filtered by its id."""

import time
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from midspan.domain.principal import Principal
from midspan.http import filters, parameters, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation
from midspan.http.traces import FilterBody, current_filters, find_keys
from midspan.search import reading, threads
from midspan.search.rollups import RowPage
from midspan.search.threads import THREADS, ReadThread, Thread
from midspan.store.store import Store

PAGE_SIZE = 100

_thread = msgspec.json.Decoder(Thread)


class FilterField(msgspec.Struct):
    """What a filter may say of a field."""

    type: str
    operators: list[str]


class ThreadPage(msgspec.Struct):
    """A page of threads."""

    count: int | None
    """All matches, not only this page's. Null with `count=false`."""
    next: str | None
    previous: str | None
    current_filters: dict[str, Any]
    """The `filters` of the body, as they came."""
    filters_data: dict[str, FilterField]
    """Fields that a filter may name."""
    results: list[ReadThread]


@dataclass(frozen=True, kw_only=True)
class Threads:
    """The handlers of these routes, and what they need."""

    store: Store
    bodies: Bodies

    async def list_threads(self, request: Request, principal: Principal) -> Response:
        """A page of threads."""
        body, given = await questions.read_asked(self.bodies, request, principal, NAMES)
        part = questions.read_part(given, PAGE_SIZE)
        window = questions.read_window(given, time.time_ns() // 1000)
        page = RowPage(
            start=window.start,
            end=window.end,
            sort=questions.read_sort(given, "-timestamp", THREADS.catalogue.sorts),
            size=part.size,
            offset=part.offset,
            filter=await filters.asked(request, body, THREADS.catalogue, NAMES),
            is_counted=questions.is_counted(given),
        )
        keys = await find_keys(self.store, principal, THREADS, page, part)
        found = {thread.thread_identifier: thread for thread in await self._read(principal, keys.shown)}
        results = [threads.read(found[key], principal.environment) for key in keys.shown if key in found]
        beside = questions.links(request, part, keys.known)
        answer = ThreadPage(keys.count, beside.next, beside.previous, current_filters(body), FIELDS, results)
        return Json(reading.encode_page(answer))

    async def _read(self, principal: Principal, ids: list[str]) -> list[Thread]:
        """The threads of these ids that are there, in no order."""
        if not ids:
            return []
        lines = await self.store.query(principal.tenant, *threads.traces_with_unnamed(ids))
        traces = [msgspec.json.decode(line)["trace_unique_id"] for line in lines.splitlines()]
        return _thread.decode_lines(await self.store.query(principal.tenant, *threads.read_threads(ids, traces)))


FIELDS = {
    field.name: FilterField(field.kind, list(field.operators))
    for field in THREADS.catalogue.fields
    if THREADS.is_own_field(field)
}
LIST_PARAMETERS = (
    *parameters.PAGING,
    parameters.COUNT,
    parameters.sort_by(THREADS.catalogue.sorts, "-timestamp"),
    *parameters.WINDOW,
    *parameters.ENVIRONMENTS,
    *filters.PARAMETERS,
)
NAMES = frozenset(parameter.name for parameter in LIST_PARAMETERS) - {"query", "filters"}


def operations(handlers: Threads) -> list[Operation]:
    """The routes of threads."""
    return [
        Operation(
            method=method,
            path="/api/log_threads/",
            name=name,
            handler=handlers.list_threads,
            right="read",
            tag="Threads",
            summary=summary,
            help=f"Threads of the key's environment in a window of time, the last spoken first; {PAGE_SIZE} a page by "
            "default. A thread belongs to a window by its `timestamp`: when its last span ended. A filter names fields "
            "of the thread, or fields of spans, which match when any span of it does. To read one thread in order, "
            "list spans with `?thread_identifier=…&sort_by=timestamp`.",
            parameters=LIST_PARAMETERS,
            body=FilterBody if method == "POST" else None,
            body_required=False,
            body_example={"filters": {"log_count": {"operator": "gte", "value": [2]}}} if method == "POST" else None,
            answers={200: Answer("A page of threads.", ThreadPage)},
        )
        for method, name, summary in (
            ("GET", "listThreads", "List threads"),
            ("POST", "listThreadsByPost", "List threads by POST"),
        )
    ]
