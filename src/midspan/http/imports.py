"""The import: rows that an export wrote become spans again, as they say, in the environment of the key."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Raw
from starlette.requests import Request
from starlette.responses import Response

from midspan.domain.principal import Principal
from midspan.domain.span import Span
from midspan.errors import BadRequest, Invalid
from midspan.http.answers import REFUSALS
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.limits import Limits
from midspan.http.operation import Answer, Operation
from midspan.ingest.ids import moved_id, pair_id
from midspan.search import export
from midspan.search.exported import ExportedSpan, from_row
from midspan.search.formats import JsonLines
from midspan.store.rows import Row, row
from midspan.store.segment import Tenant
from midspan.store.store import Store

ROWS_MAX = 5000
FAULTS_MAX = 100
"""Faults that one refusal names."""


class ImportBody(msgspec.Struct):
    """Rows of an export."""

    rows: Annotated[list[ExportedSpan], Meta(min_length=1, max_length=ROWS_MAX)]  # type: ignore[valid-type]


class ImportAnswer(msgspec.Struct):
    """What became of the rows."""

    stored: int
    """All of them."""


class _Envelope(msgspec.Struct):
    rows: list[Raw]


@dataclass(frozen=True, kw_only=True)
class Imports:
    """The handler of the import, and what it needs."""

    store: Store
    bodies: Bodies
    limits: Limits
    span_bytes_max: int

    async def import_rows(self, request: Request, principal: Principal) -> Response:
        """All rows, or none where one of them is at fault."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        async with self.bodies.read(request) as body:
            given = await asyncio.to_thread(_rows, body, kind)
            self.limits.take(principal, spans=len(given))
            spans = await asyncio.to_thread(self._read, given)
            del given
            here = await self._here(spans, principal.tenant)
            # Ids that the server gave are not expected to come again.
            self.store.known.add(list(here))
            rows = await asyncio.to_thread(_stored, spans, principal.tenant, here)
            await self.store.append(principal.tenant, rows)
        return Json(msgspec.json.encode(ImportAnswer(len(rows))), 201)

    async def _here(self, spans: list[Span], tenant: Tenant) -> frozenset[str]:
        """Those of the spans' ids that were given in this environment. An id stands for one span in the whole store."""
        ids = ",".join(f"'{span.id}'" for span in spans)  # hex digits
        lines = await self.store.query(tenant, *export.ids_here(f"[{ids}]"))
        return frozenset(msgspec.json.decode(line)["id"] for line in lines.splitlines())

    def _read(self, given: list[bytes]) -> list[Span]:
        spans: list[Span] = []
        faults: dict[str, list[str]] = {}
        for index, text in enumerate(given):
            try:
                spans.append(self._span(text))
            except ValueError as error:
                faults[f"rows[{index}]"] = [f"The row {_said(error)}."]
                if len(faults) == FAULTS_MAX:
                    break
        if faults:
            first = next(iter(faults))
            raise Invalid(
                f"{len(faults)} rows are not what an export writes, and nothing was stored; the first is {first}.",
                errors=faults,
            )
        return spans

    def _span(self, text: bytes) -> Span:
        if len(text) > 2 * self.span_bytes_max:  # a row repeats what is escaped
            raise ValueError(f"is over {2 * self.span_bytes_max} bytes")
        return from_row(text)


def _stored(spans: list[Span], tenant: Tenant, here: frozenset[str]) -> list[Row]:
    """The rows, under the tenant."""
    for span in spans:
        pair = span.trace_unique_id, span.span_unique_id
        if span.id == pair_id(span.organization_id, span.environment, *pair):
            # Its client named it, so it is to meet here what that client sends again.
            span.id = pair_id(*tenant, *pair)
        elif span.id not in here:
            span.id = moved_id(*tenant, span.id)
        span.organization_id, span.environment = tenant
    return [row(span) for span in spans]


def _said(error: ValueError) -> str:
    said = str(error).rstrip(".")
    return f"does not fit: {said}" if isinstance(error, msgspec.MsgspecError) else said


def _rows(body: bytes, kind: str) -> list[bytes]:
    """The text of each row. Raises `BadRequest`."""
    if kind == JsonLines.media_type:
        rows = [line for line in body.split(b"\n") if line.strip()]
    else:
        try:
            rows = [bytes(raw) for raw in msgspec.json.decode(body, type=_Envelope).rows]
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadRequest(
                'The body is not {"rows": […]}. Lines of an export are sent as application/x-ndjson.'
            ) from None
    if not 1 <= len(rows) <= ROWS_MAX:
        raise BadRequest(f"An import takes 1 to {ROWS_MAX} rows at a time, not {len(rows)}.")
    return rows


EXAMPLE: dict[str, Any] = {
    "id": "0198f3c2a1b27c3e8d4f5a6b7c8d9e0f",
    "timestamp": "2026-01-31T12:00:00.000000Z",
    "received_at": "2026-01-31T12:00:01.000000Z",
    "log_type": "chat",
    "status": "success",
    "model": "gpt-4o-mini",
    "input": "What is a span?",
    "cost": 0.00000495,
}


def operations(imports: Imports) -> list[Operation]:
    """The import."""
    return [
        Operation(
            method="POST",
            path="/api/request-logs/import/",
            name="importSpans",
            handler=imports.import_rows,
            right="admin",
            tag="Export and follow",
            summary="Import exported spans",
            help=f"Stores up to {ROWS_MAX} rows of an export as they are, costs and times included; only organization "
            "and environment become the key's, and an id that was given elsewhere becomes another, the same each time. "
            "A span that is there already is replaced, so the same rows again store nothing twice. Lines of an export "
            "can be sent as they are, as `application/x-ndjson`.",
            bare=True,
            body=ImportBody,
            body_example={"rows": [EXAMPLE]},
            answers={
                201: Answer("All rows are stored.", ImportAnswer),
                422: Answer("Rows at fault, by their index from 0; nothing was stored.", REFUSALS[422].type),
            },
        )
    ]
