"""The routes that price stored spans anew."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.domain.price import Override
from midspan.domain.principal import Principal
from midspan.errors import BadRequest, Conflict
from midspan.http import filters, parameters, questions
from midspan.http.answers import ErrorBody
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.repricing import RepricedExample, Repricing
from midspan.http.spans import FilterBody
from midspan.ingest.repricing import COMPUTED
from midspan.search.fields import SPANS
from midspan.search.moments import moment
from midspan.search.priced import Priced
from midspan.search.written import write_query
from midspan.store.segment import Tenant
from midspan.store.store import Store

DRY_SECONDS = 20.0
"""How long a dry run keeps whoever asked for it waiting; after that it goes on without them."""


class RepriceState(msgspec.Struct, kw_only=True):
    """The last re-pricing of the environment, or the dry run of one that was not answered at once."""

    state: Literal["none", "running", "done", "partial"]
    """`partial`: it was cut, by an end of the server or by what `detail` says. Asking for it again does the rest."""
    dry_run: bool = False
    """It changes nothing; the rest says what would be."""
    environment: str
    start_time: str | None = None
    end_time: str | None = None
    query: str = ""
    """What the spans are filtered by, in the query language."""
    spans: int = 0
    """With a cost that Midspan computed, in that window and filter."""
    examined: int = 0
    """How many of them it has looked at."""
    changed: int = 0
    cost_before: Decimal = Decimal(0)
    """USD, of those that changed."""
    cost_after: Decimal = Decimal(0)
    examples: list[RepricedExample] = []
    """One for each model: those that change most."""
    progress: Annotated[float, Meta(ge=0, le=1)] = 0.0
    started_at: str | None = None
    ended_at: str | None = None
    detail: str | None = None
    """Why it is `partial`, where that is known."""


class RepriceBody(FilterBody):
    """Which spans: all of the window where nothing is said."""

    start_time: Annotated[str | None, Meta(description="As the parameter.")] = None
    end_time: Annotated[str | None, Meta(description="As the parameter.")] = None
    dry_run: Annotated[bool, Meta(description="Change nothing, and say what would change.")] = False


class _Job(msgspec.Struct):
    state: RepriceState
    work: Repricing


_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(RepriceState)


@dataclass(frozen=True, kw_only=True)
class Reprices:
    """The handlers of these routes, and what they need."""

    store: Store
    control: Control
    bodies: Bodies
    _jobs: dict[Tenant, _Job] = field(default_factory=dict)
    """The last one of each environment since the start, running or not."""

    async def show(self, _request: Request, principal: Principal) -> Response:
        """How far the last one is, or how it ended."""
        return _shown(await self._state(principal))

    async def begin(self, request: Request, principal: Principal) -> Response:
        """Begin one, unless one runs."""
        body, given = await questions.read_asked(self.bodies, request, principal, NAMES)
        selected = await filters.asked(request, body, SPANS, NAMES)
        started = time.time_ns() // 1000
        window = questions.read_window(given, started)
        dry_run = _flag(given, "dry_run")
        overrides = await asyncio.to_thread(self._overrides, principal.organization_id)
        tenant = principal.tenant
        if tenant in self._jobs and self._jobs[tenant].work.is_running:
            raise Conflict(
                "The spans of this environment are being priced anew; GET the same address says how far that is.",
                code="repricing_runs",
            )
        state = RepriceState(
            state="running",
            dry_run=dry_run,
            environment=principal.environment,
            start_time=moment(window.start),
            end_time=None if window.end is None else moment(window.end),
            query=write_query(selected),
            started_at=moment(started),
        )
        priced = Priced(start=window.start, end=window.end, filter=selected, sources=COMPUTED)
        before = self._jobs.get(tenant)
        job = self._jobs[tenant] = _Job(state, Repricing(self.store, tenant, priced, overrides, dry_run=dry_run))
        try:
            await self._note(tenant, job)
        except BaseException:
            self._put_back(tenant, job, before)
            raise
        job.work.start(lambda: self._end(tenant, job))
        if dry_run:
            await job.work.wait(DRY_SECONDS)
            if not job.work.is_running:
                # Who asked knows how it ended; others are told of the one before.
                self._put_back(tenant, job, before)
                if job.work.fault is not None:
                    raise job.work.fault
                return _shown(_state(job))
        return _shown(_state(job), 202)

    def _put_back(self, tenant: Tenant, job: _Job, before: _Job | None) -> None:
        if self._jobs.get(tenant) is job:
            del self._jobs[tenant]
            if before is not None:
                self._jobs[tenant] = before

    def _overrides(self, organization_id: str) -> tuple[Override, ...]:
        """As they are now. What arrives from now on is priced by the same, also where another process set them."""
        self.control.prices.forget()
        return tuple(self.control.prices.overrides(organization_id))

    async def _state(self, principal: Principal) -> RepriceState:
        if (job := self._jobs.get(principal.tenant)) is not None:
            state = _state(job)
            # Who hears that it has ended may begin another one.
            return msgspec.structs.replace(state, state="running") if job.work.is_running else state
        stored = await asyncio.to_thread(self.control.repricings.find, principal.tenant)
        if stored is None:
            return RepriceState(state="none", environment=principal.environment)
        state = _decoder.decode(stored)
        if state.state == "running":  # an earlier process did not come to its end
            state.state = "partial"
        return state

    async def _note(self, tenant: Tenant, job: _Job) -> None:
        """Write down how it goes, so that the next process knows. A dry run leaves nothing that it could."""
        if not job.state.dry_run:
            await asyncio.to_thread(self.control.repricings.store, tenant, _encoder.encode(_state(job)))

    async def _end(self, tenant: Tenant, job: _Job) -> None:
        job.state.ended_at = moment(time.time_ns() // 1000)
        job.state.state = "done" if job.work.is_whole else "partial"
        await self._note(tenant, job)


def _state(job: _Job) -> RepriceState:
    work = job.work
    return msgspec.structs.replace(
        job.state,
        spans=max(work.spans, work.examined),
        examined=work.examined,
        changed=work.changed,
        cost_before=work.cost_before,
        cost_after=work.cost_after,
        examples=work.examples,
        progress=round(work.progress, 4),
        detail=work.fault.detail if work.fault else None,
    )


def _shown(state: RepriceState, status: int = 200) -> Response:
    return Json(_encoder.encode(state), status)


def _flag(parameters_: Mapping[str, str], name: str) -> bool:
    text = parameters_.get(name, "").lower()
    if text not in ("", "true", "false"):
        raise BadRequest(f"{name} is true or false.")
    return text == "true"


PARAMETERS = (
    *parameters.WINDOW,
    *parameters.ENVIRONMENTS,
    *filters.PARAMETERS,
    Parameter("dry_run", "query", bool, "Change nothing, and say what would change.", True),
)
NAMES = frozenset(parameter.name for parameter in PARAMETERS) - {"query", "filters"}
EXAMPLE = {"start_time": "-30d", "query": "model:my-model", "dry_run": True}


def operations(handlers: Reprices) -> list[Operation]:
    """The routes that price stored spans anew."""
    return [
        Operation(
            method="GET",
            path="/api/prices/reprice/",
            name="retrieveReprice",
            handler=handlers.show,
            right="read",
            tag="Prices",
            summary="Get the state of the re-pricing",
            help="How far the environment's last re-pricing is, or how it ended.",
            answers={200: Answer("The last one, or `none`.", RepriceState)},
        ),
        Operation(
            method="POST",
            path="/api/prices/reprice/",
            name="reprice",
            handler=handlers.begin,
            right="admin",
            tag="Prices",
            summary="Price stored spans anew",
            help="Computes the cost of the spans in the window and filter with the prices of now, each on its own "
            "date, in the background. A cost or a unit price that was sent with a span stays, and a span that costs "
            "what it did is not touched. Without `start_time`, only the last hour. To ask for it again is safe: what "
            f"is priced already is passed over. A dry run is answered within {DRY_SECONDS:.0f} seconds, or goes on as "
            "any other.",
            parameters=PARAMETERS,
            body=RepriceBody,
            body_required=False,
            body_example=EXAMPLE,
            answers={
                200: Answer("What would change; only where `dry_run` is true.", RepriceState),
                202: Answer("It runs; `GET` tells how far it is.", RepriceState),
                409: Answer("One runs already.", ErrorBody),
            },
        ),
    ]
