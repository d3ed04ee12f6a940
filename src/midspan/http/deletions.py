"""The routes that delete spans: one of them, or all that a filter selects."""

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.domain.principal import Principal
from midspan.errors import BadRequest, NotFound
from midspan.http import filters, parameters, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation
from midspan.http.spans import NO_LOG, SPAN_ID, FilterBody, Spans, read_places
from midspan.http.traces import Traces
from midspan.search import queries
from midspan.search.fields import SPANS
from midspan.search.queries import Doomed
from midspan.search.tree import EVERYTHING, Filter
from midspan.store.store import Store

PIECE = 10_000
"""Spans deleted at a time."""


class DeletedSpans(msgspec.Struct):
    """What became of the spans."""

    message: str
    success_count: int
    error_count: int
    """Always 0: a deletion that fails is answered with its fault, and can be sent again."""
    errors: list[dict[str, Any]]
    deleted_count: int
    """The same as `success_count`."""


@dataclass(frozen=True, kw_only=True)
class Deletions:
    """The handlers of these routes, and what they need."""

    store: Store
    control: Control
    spans: Spans
    traces: Traces
    bodies: Bodies

    async def delete(self, request: Request, principal: Principal) -> Response:
        """Delete one span."""
        span_id = questions.path_id(request).lower()
        questions.check_environment(request.query_params, principal)
        place = (await self.spans.places(principal, [span_id])).get(span_id)
        if place is None:
            raise NotFound(NO_LOG)
        await self.store.delete(principal.tenant, [(place.id, place.place)])
        await self._withdraw(principal, {place.trace_unique_id})
        return Response(status_code=204)

    async def delete_many(self, request: Request, principal: Principal) -> Response:
        """Delete every span of a window that a filter selects, piece by piece."""
        body, given = await questions.read_asked(self.bodies, request, principal, NAMES)
        selected = await filters.asked(request, body, SPANS, NAMES)
        if selected == EVERYTHING:
            raise BadRequest("filters is empty; name what to delete, such as a customer_identifier.", code="bad_filter")
        window = questions.read_window(given, time.time_ns() // 1000)
        count = await self.delete_selected(principal, selected, window.start, window.end)
        answer = DeletedSpans(f"{count} spans deleted.", count, 0, [], count)
        return Json(msgspec.json.encode(answer))

    async def delete_selected(self, principal: Principal, selected: Filter, start: int | None, end: int | None) -> int:
        """Delete what is there now of what a filter selects, between two times in microseconds; None is no bound.

        Returns how many spans that were.
        """
        tenant, count = principal.tenant, 0
        doomed = Doomed(filter=selected, start=start, end=end, size=PIECE)
        newest = msgspec.json.decode(await self.store.query(tenant, *queries.newest_doomed(doomed)))["newest"]
        doomed = replace(doomed, until=int(newest))
        size = doomed.size if doomed.until else 0
        while size == doomed.size:
            places = list(read_places(await self.store.query(tenant, *queries.doomed_spans(doomed))).values())
            await self.store.delete(tenant, [(place.id, place.place) for place in places])
            await self._withdraw(principal, {place.trace_unique_id for place in places})
            size = len(places)
            count += size
            if places:
                doomed = replace(doomed, after=(places[-1].place, places[-1].id))
        return count

    async def _withdraw(self, principal: Principal, traces: set[str]) -> None:
        """End the links to those of the traces of which nothing is left: a trace of that id that comes later is
        another one, and nobody has shared it.
        """
        shares = self.control.shares
        shared = traces & await asyncio.to_thread(shares.shared, principal.tenant)
        if shared:
            left = {trace.trace_unique_id for trace in await self.traces.read(principal, list(shared))}
            await asyncio.to_thread(shares.withdraw, principal.tenant, shared - left)


PARAMETERS = (*parameters.WINDOW, *parameters.ENVIRONMENTS, *filters.PARAMETERS)
NAMES = frozenset(parameter.name for parameter in PARAMETERS) - {"query", "filters"}
EXAMPLE = {"filters": {"customer_identifier": {"operator": "", "value": ["customer-who-left"]}}}


def operations(handlers: Deletions) -> list[Operation]:
    """The routes that delete spans."""
    return [
        Operation(
            method="DELETE",
            path="/api/request-logs/{id}/",
            name="deleteSpan",
            handler=handlers.delete,
            right="admin",
            tag="Changing",
            summary="Delete a span",
            help="The span goes with all that was added to it. When it is answered, no read shows it any more, and "
            "nothing brings it back; a span that is sent later with the same ids is a new one.",
            bare=True,
            parameters=(SPAN_ID, parameters.ENVIRONMENT),
            answers={204: Answer("It is gone.")},
        ),
        Operation(
            method="POST",
            path="/api/request-logs/bulk-delete/",
            name="deleteSpans",
            handler=handlers.delete_many,
            right="admin",
            tag="Changing",
            summary="Delete spans by filter",
            help="Deletes what a list with the same filters and window shows, on all its pages: without `start_time`, "
            "only the last hour. What is sent or changed meanwhile stays. A filter that selects everything is refused.",
            bare=True,
            parameters=PARAMETERS,
            body=FilterBody,
            body_example=EXAMPLE,
            answers={200: Answer("How many were deleted.", DeletedSpans)},
        ),
    ]
