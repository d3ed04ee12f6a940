"""The routes of the demo: an environment full of believable traffic, filled by one request and removed by another."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.control.database import now_us
from midspan.demo.people import BUDGETS, CUSTOMERS
from midspan.demo.plan import plan
from midspan.demo.traffic import KEY_PREFIX, first
from midspan.domain.principal import Principal
from midspan.domain.timestamps import EARLIEST
from midspan.errors import Conflict
from midspan.http import forms, questions
from midspan.http.answers import ErrorBody
from midspan.http.bodies import Bodies
from midspan.http.deletions import Deletions
from midspan.http.endpoint import Json
from midspan.http.filling import Filling
from midspan.http.ingest import Ingest
from midspan.http.operation import Answer, Operation
from midspan.http.scores import Turns
from midspan.http.sessions import INVALID
from midspan.ingest.ids import pair_id
from midspan.ingest.intake import Intake
from midspan.ingest.price import PriceBook
from midspan.search import queries
from midspan.search.queries import Page
from midspan.search.tree import Filter, Not, Test

ENVIRONMENT = "demo"
SEED = 2026
SPANS = 30_000
SPANS_MIN, SPANS_MAX = 500, 60_000

OURS = Test("organization_key_id", "startswith", (KEY_PREFIX,))
"""What the demo stored, and nobody else: no other key has such an id."""


class DemoState(msgspec.Struct):
    """The demo of the organization."""

    state: Literal["absent", "filling", "ready", "partial", "removing"]
    """`partial`: it was cut while it was filled; filling it again begins anew."""
    environment: Annotated[str, Meta(examples=[ENVIRONMENT])]
    spans: int
    """Stored now."""
    expected: int
    """About how many there will be; the same as `spans` when nothing is being filled."""
    progress: Annotated[float, Meta(ge=0, le=1)]
    detail: str | None
    """Why it is `partial`, where that is known."""


class DemoBody(msgspec.Struct):
    """How much of it there is to be."""

    spans: Annotated[int, Meta(ge=SPANS_MIN, le=SPANS_MAX)] = SPANS
    """About how many spans."""


@dataclass(frozen=True, kw_only=True)
class Demo:
    """The handlers of these routes, and what they need."""

    ingest: Ingest
    span_bytes_max: int
    control: Control
    deletions: Deletions
    bodies: Bodies
    _fillings: dict[str, Filling] = field(default_factory=dict)
    """By organization; the last one's, running or not."""
    _removing: set[str] = field(default_factory=set)
    _turns: Turns = field(default_factory=Turns)
    """One change at a time for each organization."""

    async def show(self, request: Request, principal: Principal) -> Response:
        """How the demo is."""
        return _shown(await self._state(_inside(principal)))

    async def fill(self, request: Request, principal: Principal) -> Response:
        """Fill it, unless it is filled or being filled."""
        body = forms.read(await questions.read_object(self.bodies, request), DemoBody)
        inside = _inside(principal)
        organization = principal.organization_id
        async with self._turns.of(organization):
            state = await self._state(inside)
            if state.state in ("filling", "ready"):
                return _shown(state, 202)
            if await self._count(inside, Not(OURS)):
                raise Conflict(
                    f"The environment {ENVIRONMENT} holds spans of your own, which the demo would stand among. "
                    "Delete them, or do without the demo.",
                    code="environment_in_use",
                )
            if state.state == "partial":
                await self._delete(inside)
            await asyncio.to_thread(self._prepare, inside)
            made = await asyncio.to_thread(plan, SEED, now_us(), body.spans)
            # An intake of its own: it is used in a thread.
            intake = Intake(PriceBook().apply, self.span_bytes_max)
            filling = self._fillings[organization] = Filling(made, inside, self.ingest, intake)
            filling.start()
            return _shown(await self._state(inside), 202)

    async def remove(self, request: Request, principal: Principal) -> Response:
        """Remove all of it."""
        inside = _inside(principal)
        organization = principal.organization_id
        async with self._turns.of(organization):
            if (filling := self._fillings.get(organization)) is not None:
                await filling.stop()
            self._removing.add(organization)
            try:
                await self._delete(inside)
                if not await self._count(inside, Not(OURS)):
                    await asyncio.to_thread(self._forget, inside)
            finally:
                self._removing.discard(organization)
            return _shown(await self._state(inside))

    async def _state(self, inside: Principal) -> DemoState:
        organization = inside.organization_id
        filling = self._fillings.get(organization)
        if filling is not None and filling.is_running:
            expected = max(filling.expected, filling.spans)
            return DemoState("filling", ENVIRONMENT, filling.spans, expected, round(filling.progress, 4), None)
        spans = await self._count(inside, OURS)
        if organization in self._removing:
            return DemoState("removing", ENVIRONMENT, spans, spans, 0, None)
        if not spans:
            return DemoState("absent", ENVIRONMENT, 0, 0, 0, None)
        last = pair_id(*inside.tenant, *first(SEED))
        if await self.deletions.spans.places(inside, [last]):
            return DemoState("ready", ENVIRONMENT, spans, spans, 1, None)
        return DemoState("partial", ENVIRONMENT, spans, spans, 0, filling.fault or None if filling else None)

    async def _count(self, inside: Principal, which: Filter) -> int:
        page = Page(start=EARLIEST, end=None, sort="id", size=1, filter=which)
        answer = await self.ingest.store.query(inside.tenant, *queries.count_spans(page))
        count: int = msgspec.json.decode(answer)["count"]
        return count

    def _prepare(self, inside: Principal) -> None:
        """The environment, and budgets of some of the customers."""
        if ENVIRONMENT not in self.control.environments.names(inside.organization_id):
            self.control.environments.create(inside.organization_id, ENVIRONMENT)
        for customer in CUSTOMERS:
            if customer.weight > 6 and customer.tier in BUDGETS:
                budget = {"period_budget": BUDGETS[customer.tier], "budget_duration": "monthly"}
                self.control.customers.change(inside.tenant, customer.identifier, budget)

    def _forget(self, inside: Principal) -> None:
        self.control.customers.forget(inside.tenant)
        self.control.environments.remove(inside.organization_id, ENVIRONMENT)

    async def _delete(self, inside: Principal) -> None:
        await self.deletions.delete_selected(inside, OURS, None, None)


def _inside(principal: Principal) -> Principal:
    """The principal, in the demo's environment."""
    return msgspec.structs.replace(principal, environment=ENVIRONMENT)


def _shown(state: DemoState, status: int = 200) -> Response:
    return Json(msgspec.json.encode(state), status)


def operations(demo: Demo) -> list[Operation]:
    """The routes of the demo."""
    return [
        Operation(
            method="GET",
            path="/api/demo/",
            name="retrieveDemo",
            handler=demo.show,
            right="read",
            tag="Demo",
            summary="Get the state of the demo",
            help=f"Whether the environment `{ENVIRONMENT}` is filled, and how far it is while it is being filled.",
            answers={200: Answer("The demo.", DemoState)},
        ),
        Operation(
            method="POST",
            path="/api/demo/",
            name="fillDemo",
            handler=demo.fill,
            right="admin",
            tag="Demo",
            summary="Fill the demo",
            help=f"Makes the environment `{ENVIRONMENT}` and fills it with a month of believable traffic, in the "
            "background: support, search in documentation, coding, voice and nightly batches, with failures, a slow "
            "day and an expensive one. Nothing is sent anywhere. A demo that is there, or on its way, stays as it is.",
            body=DemoBody,
            body_required=False,
            body_example={"spans": SPANS_MIN},
            answers={
                202: Answer("It is on its way, or there already: `state` says which.", DemoState),
                409: Answer(f"The environment `{ENVIRONMENT}` holds spans of your own.", ErrorBody),
                422: INVALID,
            },
        ),
        Operation(
            method="DELETE",
            path="/api/demo/",
            name="removeDemo",
            handler=demo.remove,
            right="admin",
            tag="Demo",
            summary="Remove the demo",
            help="Deletes what the demo stored, with all that was added to it: when it is answered, no read shows it "
            "any more. The environment goes too, unless it holds keys or spans of your own, which stay.",
            answers={200: Answer("It is gone.", DemoState)},
        ),
    ]
