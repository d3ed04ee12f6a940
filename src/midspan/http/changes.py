"""The routes that change spans: what people add to one that is stored, or to many."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import UNSET, Meta
from starlette.requests import Request
from starlette.responses import Response

from midspan.domain import mark
from midspan.domain.mark import Mark
from midspan.domain.principal import Principal
from midspan.errors import BadRequest, Fault, NotFound, TooLarge
from midspan.http import parameters, questions
from midspan.http.answers import ErrorBody
from midspan.http.bodies import Bodies
from midspan.http.endpoint import JSON, Json
from midspan.http.ingest import LARGE_BYTES, RowError, reason
from midspan.http.operation import Answer, Operation
from midspan.http.spans import NO_LOG, SPAN_ID, Place, Spans
from midspan.ingest import logs
from midspan.ingest.changes import read_changes
from midspan.ingest.values import read_text
from midspan.search import reading
from midspan.store.store import Store

ROWS_MAX = 500
ROWS_BYTES_MAX = 16 << 20
IDS = ("unique_id", "id")
"""Fields by which a row may name its span; the first that is sent counts."""


class ChangeBody(msgspec.Struct, kw_only=True):
    """What to change of a span. Fields that are not sent stay as they are; null takes away what was there."""

    note: Annotated[str | None, Meta(description="A remark.")] = None
    is_pinned: Annotated[bool | None, Meta(description="Pinned, to find it again.")] = None
    positive_feedback: Annotated[bool | None, Meta(description="True is good, false is bad, null is neither.")] = None
    metadata: Annotated[
        dict[str, Any] | None,
        Meta(description="Keys that are put over those that the span has; the others stay. No value is null."),
    ] = None
    custom_identifier: Annotated[str | int | None, Meta(description="Your own identifier.")] = None
    blurred: Annotated[bool | None, Meta(description="Whether the content is hidden from view.")] = None


class ChangeRow(ChangeBody, kw_only=True):
    """What to change of the span that `unique_id`, or `id`, names."""

    unique_id: Annotated[str, Meta(description="The span's `id`.")]


class ChangesBody(msgspec.Struct):
    """A list of changes, each of one span."""

    logs: Annotated[list[ChangeRow], Meta(min_length=1, max_length=ROWS_MAX)]


class Changed(msgspec.Struct):
    """What became of the rows."""

    success_count: int
    error_count: int
    errors: list[RowError]
    ids: list[str]
    """Ids of the changed spans, in the order of the rows."""


class _Row(NamedTuple):
    id: str
    changes: mark.Changes


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The handlers of these routes, and what they need."""

    store: Store
    spans: Spans
    bodies: Bodies
    span_bytes_max: int

    async def change(self, request: Request, principal: Principal) -> Response:
        """Change one span, and answer with it as it is then."""
        span_id = questions.path_id(request).lower()
        questions.check_environment(request.query_params, principal)
        async with self.bodies.read(request, questions.BODY_BYTES_MAX) as body:
            changes = read_changes(logs.members(body), reading.FIELDS)
        place = (await self.spans.places(principal, [span_id])).get(span_id)
        if place is None:
            raise NotFound(NO_LOG)
        await self.store.mark(principal.tenant, [self._mark(place, changes)])
        found = await self.spans.whole(principal, span_id)
        if found is None:  # somebody has deleted it meanwhile
            raise NotFound(NO_LOG)
        return Json(found)

    async def change_many(self, request: Request, principal: Principal) -> Response:
        """Change many spans, each row for itself."""
        questions.check_environment(request.query_params, principal)
        async with self.bodies.read(request, ROWS_BYTES_MAX) as body:
            read = await asyncio.to_thread(_rows, body) if len(body) >= LARGE_BYTES else _rows(body)
        places = await self.spans.places(principal, [row.id for row in read if isinstance(row, _Row)])
        marks: list[Mark] = []
        errors: list[RowError] = []
        for index, row in enumerate(read):
            try:
                if isinstance(row, Fault):
                    raise row
                if row.id not in places:
                    raise NotFound(NO_LOG)
                marks.append(self._mark(places[row.id], row.changes))
            except Fault as fault:
                errors.append(RowError(index, reason(fault)))
        await self.store.mark(principal.tenant, marks)
        answer = Changed(len(marks), len(errors), errors, [each.id for each in marks])
        return Json(msgspec.json.encode(answer)) if marks else _none_changed(answer)

    def _mark(self, place: Place, changes: mark.Changes) -> Mark:
        """The changes as the store takes them. Raises `TooLarge` where the span's metadata would grow over the limit
        of a span: it is merged, so that many small changes make a large one.
        """
        if changes.metadata is not UNSET:
            place.metadata_bytes += len(msgspec.json.encode(changes.metadata))
            if place.metadata_bytes > self.span_bytes_max:
                raise TooLarge(f"The span's metadata would be over {self.span_bytes_max} bytes.")
        return Mark(id=place.id, key_time=place.place, **msgspec.structs.asdict(changes))


def _rows(body: bytes) -> list[_Row | Fault]:
    """Each row, or what is wrong with it. Raises `BadRequest` for a body without rows, or with too many."""
    found = logs.rows(body, ("logs",), array=False)
    if not 0 < len(found) <= ROWS_MAX:
        raise BadRequest(f"logs holds {len(found)} rows; send from 1 to {ROWS_MAX} at a time.")
    return [_row(each.raw) for each in found]


def _row(raw: bytes) -> _Row | Fault:
    try:
        members = logs.members(raw)
        named = [members.pop(name) for name in IDS if name in members]
        span_id = read_text(named[0]) if named else None
        if not span_id:
            return BadRequest("unique_id is required: the id of the span to change.")
        return _Row(span_id.lower(), read_changes(members, reading.FIELDS))
    except BadRequest as fault:
        fault.detail = fault.detail.replace("The body", "The row", 1)
        return fault
    except Fault as fault:
        return fault
    except ValueError as error:
        return BadRequest(f"unique_id {error}.")


def _none_changed(answer: Changed) -> Response:
    """The answer that tells what is wrong with each row, and the members that every refusal has."""
    fault = BadRequest(f"None of the {answer.error_count} spans is changed; `errors` says why.")
    refusal: Mapping[str, Any] = msgspec.json.decode(fault.body())
    errors: Sequence[Any] = msgspec.to_builtins(answer.errors)
    members = {**msgspec.to_builtins(answer), **refusal, "errors": errors}
    return Response(msgspec.json.encode(members), fault.status, fault.headers, JSON)


EXAMPLE = {"is_pinned": True, "positive_feedback": False, "note": "Refund refused.", "metadata": {"reviewed_by": "ada"}}
_WHAT = (
    "What is added stays when the span is sent again. When it is answered, every read shows it, filters and sums too. "
    "Any other field of a span is refused with 400 `immutable_field`."
)


def operations(handlers: Changes) -> list[Operation]:
    """The routes that change spans."""
    return [
        Operation(
            method="PATCH",
            path="/api/request-logs/{id}/",
            name="updateSpan",
            handler=handlers.change,
            right="ingest",
            tag="Changing",
            summary="Change a span",
            help=f"Sets what people add to a span: pins, feedback, notes, metadata. {_WHAT}",
            bare=True,
            parameters=(SPAN_ID, parameters.ENVIRONMENT),
            body=ChangeBody,
            body_example=EXAMPLE,
            answers={200: Answer("The whole span as it is now.", reading.ReadSpan)},
        ),
        Operation(
            method="PATCH",
            path="/api/request-logs/batch-update/",
            name="updateSpans",
            handler=handlers.change_many,
            right="ingest",
            tag="Changing",
            summary=f"Change up to {ROWS_MAX} spans",
            help=f"Each row stands for itself: one that is refused keeps no other from being changed. {_WHAT}",
            bare=True,
            parameters=(parameters.ENVIRONMENT,),
            body=ChangesBody,
            body_example={"logs": [{"unique_id": SPAN_ID.example, **EXAMPLE}]},
            answers={
                200: Answer("What became of the rows; at least one span was changed.", Changed),
                400: Answer(
                    "No row was good, with the members of the good answer; or the list cannot be read.", ErrorBody
                ),
            },
        ),
    ]
