"""The writing routes: a body in, durable spans, an answer. What the rows mean is decided in `ingest/`.

A request keeps the event loop a few milliseconds at a time at most: long lists are read row by row, with room for
other requests in between, and each row is brought into the journal's form as it is read.
"""

import asyncio
import time
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.domain.principal import Principal
from midspan.domain.span import Span
from midspan.errors import BadRequest, Fault, UnsupportedMedia
from midspan.http.bodies import Bodies
from midspan.http.endpoint import JSON, Json
from midspan.http.limits import Limits
from midspan.http.metrics import Metrics
from midspan.http.otlp_answers import short
from midspan.ingest.context import Context
from midspan.ingest.intake import Intake
from midspan.ingest.logs import rows
from midspan.search import reading
from midspan.store.answers import Answers, Claim, Stored
from midspan.store.rows import Row, row
from midspan.store.store import Store

BULK_ROWS_MAX = 500
BATCH_ROWS_MAX = 5000
SLICE_SECONDS = 0.005
"""How long a list may keep the event loop before other requests have their turn."""

LARGE_BYTES = 1 << 20
"""A body or span of this size is read in a thread: it may be made of a million pieces, and take seconds."""


class Piece(Protocol):
    """One span of a request, not looked into yet."""

    @property
    def size(self) -> int:
        """Bytes."""


P = TypeVar("P", bound=Piece)

WARNINGS_MAX = 100
"""How many repaired rows an answer names. Each span says in `warnings` what was repaired in it."""

KEY_LENGTH_MAX = 255
MESSAGE = b',"message":"log successful"}'


class RowError(msgspec.Struct):
    """A row that was refused alone."""

    index: int
    error: str


class RowWarning(msgspec.Struct):
    """A row that was stored with repairs, and what they are."""

    index: int
    warning: str


class BulkAnswer(msgspec.Struct):
    success_count: int
    error_count: int
    errors: list[RowError]
    ids: list[str]
    """Ids of the stored rows, in order."""
    warnings: list[RowWarning] | msgspec.UnsetType = msgspec.UNSET
    """The first rows that were repaired; not there where none was."""


class BatchResult(msgspec.Struct, omit_defaults=True):
    """One row's result: an id where it is stored, an error where it was refused."""

    id: str | msgspec.UnsetType = msgspec.UNSET
    status: str = msgspec.field(default_factory=str)
    error: str | msgspec.UnsetType = msgspec.UNSET
    warning: str | msgspec.UnsetType = msgspec.UNSET


class BatchAnswer(msgspec.Struct):
    results: list[BatchResult]


class IngestAnswer(msgspec.Struct):
    """One body that satisfies all the documented shapes of the trace-ingest routes."""

    status: str
    success: bool
    message: str
    ingested_spans: int
    ingested_count: int
    created_traces: int
    trace_ids: list[str]
    errors: list[RowError]
    warnings: list[RowWarning] | msgspec.UnsetType = msgspec.UNSET
    """The first rows that were repaired; not there where none was."""


class CreatedSpan(reading.ReadSpan):
    """The stored span, and the word that old clients wait for."""

    message: Annotated[str, msgspec.Meta(examples=["log successful"])] = "log successful"


@dataclass
class Outcome:
    """What became of a request's rows."""

    ids: list[str | None] = field(default_factory=list)
    """One for each row, in order; None where it was refused."""
    errors: list[RowError] = field(default_factory=list)
    warnings: list[RowWarning] = field(default_factory=list)
    trace_ids: dict[str, None] = field(default_factory=dict)
    kept: list[Row] = field(default_factory=list)
    last: Span | None = None
    """The newest span, not brought into the journal's form yet: the request's answer may still go on it."""

    def add(self, span: Span, index: int, repairs: list[str]) -> None:
        if repairs and len(self.warnings) < WARNINGS_MAX:
            self.warnings.append(RowWarning(index, short(" ".join(dict.fromkeys(repairs)))))
        if self.last is not None:
            self.kept.append(row(self.last))
        self.last = span
        self.ids.append(span.id)
        self.trace_ids[span.trace_unique_id] = None

    def refuse(self, index: int, reason: str) -> None:
        self.ids.append(None)
        self.errors.append(RowError(index, reason))


@dataclass(frozen=True)
class ListRoute:
    """How one of the routes that take many rows reads its body and words its answer."""

    kind: str
    names: tuple[str, ...]
    array: bool
    rows_max: int | None
    log_method: str
    status: int
    answer: Callable[[Outcome], Any]


def _bulk_answer(outcome: Outcome) -> BulkAnswer:
    ids = [id_ for id_ in outcome.ids if id_ is not None]
    return BulkAnswer(len(ids), len(outcome.errors), outcome.errors, ids, outcome.warnings or msgspec.UNSET)


def _batch_answer(outcome: Outcome) -> BatchAnswer:
    reasons = {error.index: error.error for error in outcome.errors}
    repairs = {warning.index: warning.warning for warning in outcome.warnings}
    return BatchAnswer([
        BatchResult(status="success", id=id_, warning=repairs.get(index, msgspec.UNSET))
        if id_ is not None else BatchResult(status="error", error=reasons[index])
        for index, id_ in enumerate(outcome.ids)
    ])  # fmt: skip


def _ingest_answer(outcome: Outcome) -> IngestAnswer:
    count = len(outcome.ids) - len(outcome.errors)
    traces = list(outcome.trace_ids)
    message = f"{count} spans stored, {len(outcome.errors)} refused"
    status = "ok" if count else "error"
    warnings = outcome.warnings or msgspec.UNSET
    return IngestAnswer(status, bool(count), message, count, count, len(traces), traces, outcome.errors, warnings)


BULK = ListRoute("bulk", ("logs",), False, BULK_ROWS_MAX, "batch", 201, _bulk_answer)
BATCH = ListRoute("batch", ("logs",), False, BATCH_ROWS_MAX, "batch", 201, _batch_answer)
INGEST = ListRoute("ingest", ("data", "logs"), True, None, "tracing_integration", 200, _ingest_answer)


@dataclass(frozen=True, kw_only=True)
class Ingest:
    """The handlers of the writing routes, and what they need."""

    store: Store
    answers: Answers
    intake: Intake
    control: Control
    bodies: Bodies
    limits: Limits
    metrics: Metrics

    async def create(self, request: Request, principal: Principal) -> Response:
        """One span, strictly."""
        return await self._create(request, principal, b"")

    async def create_alias(self, request: Request, principal: Principal) -> Response:
        """The same, with the word that old clients wait for."""
        return await self._create(request, principal, MESSAGE)

    async def bulk(self, request: Request, principal: Principal) -> Response:
        """Up to 500 rows, each for itself."""
        return await self._many(request, principal, BULK)

    async def batch(self, request: Request, principal: Principal) -> Response:
        """Up to 5,000 rows, results in order."""
        return await self._many(request, principal, BATCH)

    async def ingest(self, request: Request, principal: Principal) -> Response:
        """An array of spans, or an object that holds one."""
        return await self._many(request, principal, INGEST)

    async def _create(self, request: Request, principal: Principal, ending: bytes) -> Response:
        _require_json(request)
        async with self.bodies.read(request) as body:
            self.limits.take(principal, spans=1)
            context = self.context(principal, "logging_api")
            claim = await self._claim(request, principal, "create", body, context.received_at)
            if isinstance(claim, Stored):
                return Json(_ended(claim.body.encode(), ending), claim.status)
            stored = False
            try:
                if len(body) < LARGE_BYTES:
                    span = self.intake.create(body, context)
                else:
                    span = await asyncio.to_thread(self.intake.create, body, context)
                answer = reading.encode(span, reading.Names(principal.organization_name, principal.key_name or None))
                if claim is not None:
                    claim.mark(span, 201, answer)
                await self.keep(principal, context.log_method, [row(span)], len(body))
                stored = True
            finally:
                if claim is not None:
                    self.answers.release(claim, stored=stored)
        return Json(_ended(answer, ending), 201)

    async def _many(self, request: Request, principal: Principal, route: ListRoute) -> Response:
        _require_json(request)
        async with self.bodies.read(request) as body:
            return await self.take(request, principal, body, route)

    async def take(self, request: Request, principal: Principal, body: bytes, route: ListRoute) -> Response:
        """Answer a request whose body, of many rows, is read already."""
        context = self.context(principal, route.log_method)
        claim = await self._claim(request, principal, route.kind, body, context.received_at)
        if isinstance(claim, Stored):
            return Json(claim.body.encode(), claim.status)
        stored = False
        try:
            outcome, fault = await self._read_rows(body, principal, context, route)
            if fault is not None:
                return _refused(route.answer(outcome), fault)
            answer = msgspec.json.encode(route.answer(outcome))
            assert outcome.last is not None
            if claim is not None:
                claim.mark(outcome.last, route.status, answer)
            outcome.kept.append(row(outcome.last))
            await self.keep(principal, context.log_method, outcome.kept, len(body))
            stored = True
        finally:
            if claim is not None:
                self.answers.release(claim, stored=stored)
        return Json(answer, route.status)

    async def _read_rows(
        self, body: bytes, principal: Principal, context: Context, route: ListRoute
    ) -> tuple[Outcome, Fault | None]:
        """Read every row; a fault where the request as a whole is refused."""
        outcome = Outcome()
        try:
            if len(body) < LARGE_BYTES:
                found = rows(body, route.names, route.array)
            else:
                found = await asyncio.to_thread(rows, body, route.names, route.array)
        except BadRequest as fault:
            return outcome, fault
        if not found:
            return outcome, BadRequest("The list of spans is empty; send at least one.")
        if route.rows_max is not None and len(found) > route.rows_max:
            return outcome, BadRequest(
                f"The list holds {len(found)} spans and this route takes {route.rows_max} at most; split it."
            )
        async for each, span in self.spans(found, self.intake.row, principal, context):
            if isinstance(span, Fault):
                outcome.refuse(each.index, reason(span))
            else:
                outcome.add(span, each.index, each.repairs)
        if outcome.last is None:
            return outcome, BadRequest(f"None of the {len(outcome.ids)} spans can be stored; `errors` says why.")
        return outcome, None

    async def spans(
        self, found: list[P], read: Callable[[P, Context], Span], principal: Principal, context: Context
    ) -> AsyncIterator[tuple[P, Span | Fault]]:
        """What a request is made of, each with its span or with why it is refused. `found` is used up.

        Raises `TooMany` before the first of them.
        """
        self.limits.take(principal, spans=len(found))
        refused = 0
        pause = time.monotonic() + SLICE_SECONDS
        found.reverse()
        while found:
            piece = found.pop()
            span: Span | Fault
            try:
                span = read(piece, context) if piece.size < LARGE_BYTES else await to_thread(read, piece, context)
            except Fault as fault:
                span = fault
                refused += 1
            yield piece, span
            if time.monotonic() > pause:
                await asyncio.sleep(0)
                pause = time.monotonic() + SLICE_SECONDS
        self.metrics.count_refused(refused)

    def context(self, principal: Principal, log_method: str) -> Context:
        """What a request says of every span in it."""
        return Context(
            organization_id=principal.organization_id,
            environment=principal.environment,
            key_id=principal.key_id,
            received_at=time.time_ns() // 1000,
            log_method=log_method,
            overrides=self.control.prices.overrides(principal.organization_id),
        )

    async def _claim(
        self, request: Request, principal: Principal, kind: str, body: bytes, now: int
    ) -> Claim | Stored | None:
        sent = dict(request.scope["headers"]).get(b"idempotency-key")
        if sent is None:
            return None
        key = sent.decode("latin-1")
        if not key or len(key) > KEY_LENGTH_MAX:
            raise BadRequest(f"Idempotency-Key takes 1 to {KEY_LENGTH_MAX} characters.")
        return await self.answers.claim(principal.tenant, key, kind, body, now)

    async def keep(self, principal: Principal, method: str, kept: list[Row], body_bytes: int) -> None:
        """Store the rows of a request: durable when this returns."""
        started = time.perf_counter()
        await self.store.append(principal.tenant, kept)
        self.metrics.count_stored(method, len(kept), body_bytes, time.perf_counter() - started)


def _require_json(request: Request) -> None:
    raw = dict(request.scope["headers"]).get(b"content-type", b"application/json")
    if raw == b"application/json":
        return
    given = raw.decode("latin-1")
    kind, _, options = given.partition(";")
    kind = kind.strip().lower()
    charset = options.lower().partition("charset=")[2].partition(";")[0].strip(' "')
    if (kind != JSON and not (kind.startswith("application/") and kind.endswith("+json"))) or charset not in (
        "",
        "utf-8",
        "utf8",
        "us-ascii",
    ):
        raise UnsupportedMedia(f"Content-Type {given[:80]!r} is not taken here; send {JSON} in UTF-8.")


def reason(fault: Fault) -> str:
    """A row's fault in one sentence, each field's own words included."""
    if not fault.errors:
        return fault.detail
    return " ".join(f"{name}: {' '.join(sentences)}" for name, sentences in fault.errors.items())


def _refused(answer: Any, fault: Fault) -> Response:
    """The route's own answer, which says that nothing was stored, and the members that every refusal has."""
    members = {**msgspec.to_builtins(answer), **msgspec.json.decode(fault.body())}
    if isinstance(answer, BulkAnswer | IngestAnswer):
        members["errors"] = msgspec.to_builtins(answer.errors)
    return Response(msgspec.json.encode(members), fault.status, fault.headers, JSON)


def _ended(body: bytes, ending: bytes) -> bytes:
    return body[:-1] + ending if ending else body
