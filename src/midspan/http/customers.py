"""The routes of customers: whoever spans name, with what people say of them."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.customers import Customers as Profiles
from midspan.domain.principal import Principal
from midspan.domain.profile import Profile
from midspan.errors import NotFound
from midspan.http import filters, parameters, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.profiles import ProfileBody, read_changes
from midspan.http.sums import NAMES, FilterBody, now
from midspan.search import customers
from midspan.search.budgets import budget_period
from midspan.search.customers import CUSTOMERS, Customer, CustomerPage, Said
from midspan.search.moments import moment
from midspan.search.rollups import Found
from midspan.store.store import Store

MONTH_DAYS = 30


class ReadCustomer(msgspec.Struct, kw_only=True):
    """A customer as clients read it. Money is USD, durations are seconds, times are in UTC."""

    id: str
    """32 hex, made of organization, environment and `customer_identifier`."""
    customer_identifier: str
    unique_organization_id: str
    environment: str
    name: str | None
    email: str | None
    first_seen: str
    """The `timestamp` of its first span in the window."""
    last_active_timeframe: str
    """The `timestamp` of its last span in the window."""
    active_days: int
    """Days, in UTC, on which it has spans."""
    number_of_requests: int
    """Its spans."""
    total_requests: int
    """The same as `number_of_requests`."""
    error_count: int
    total_tokens: int
    tokens: int
    """The same as `total_tokens`."""
    total_prompt_tokens: int
    total_completion_tokens: int
    total_cost: Decimal
    cost: Decimal
    """The same as `total_cost`."""
    average_latency: float | None
    average_ttft: float | None
    average_monthly_cost: float
    """What it cost in 30 days, on average from its first span to its last; who is younger than that, what it cost."""
    period_budget: Decimal | None
    budget_duration: Literal["daily", "weekly", "monthly", "yearly"] | None
    total_budget: Decimal | None


class CustomerDetails(ReadCustomer, kw_only=True):
    """One customer, with its profile and what it used in the present period of its budget."""

    organization_name: str
    metadata: dict[str, Any]
    period_start: str | None
    """When the period begins: as set, else the day, week (from Monday), month or year of `budget_duration`, in UTC."""
    period_end: str | None
    total_period_usage: Decimal | None
    """What its spans in the period cost; null without a period."""
    markup_percentage: Decimal | None
    """Kept for reports of one's own; no figure here has it in it."""
    updated_at: str | None
    """When somebody last changed the profile."""


class CustomersPage(msgspec.Struct):
    """A page of customers."""

    count: int
    """All matches, not only this page's."""
    next: str | None
    previous: str | None
    results: list[ReadCustomer]


_encoder = msgspec.json.Encoder(decimal_format="number")


@dataclass(frozen=True, kw_only=True)
class Customers:
    """The handlers of the routes of customers, and what they need."""

    store: Store
    profiles: Profiles
    bodies: Bodies

    async def list_customers(self, request: Request, principal: Principal) -> Response:
        """A page of customers."""
        body, asked = await questions.read_asked(self.bodies, request, principal, NAMES)
        part = questions.read_part(asked)
        start, end = questions.read_bounds(asked)
        page = CustomerPage(
            start=start,
            end=end,
            sort=questions.read_sort(asked, "-first_seen", CUSTOMERS.sorts),
            size=part.size,
            offset=part.offset,
            filter=await filters.asked(request, body, CUSTOMERS, NAMES),
        )
        found, count = await self._found(principal, page)
        if not found and page.offset:
            known = await self._known(principal, page)
            counted = await self.store.query(principal.tenant, *customers.count_customers(page, known))
            count = msgspec.json.decode(counted)["count"]
        questions.check_part(part, count)
        following, previous = questions.links(request, part, count)
        profiles = await self._profiles(principal, [customer.customer_identifier for customer in found])
        rows = [_row(customer, profiles[customer.customer_identifier], principal) for customer in found]
        answer = CustomersPage(
            count=count, next=following, previous=previous, results=[ReadCustomer(**row) for row in rows]
        )
        return Json(_encoder.encode(answer))

    async def retrieve(self, request: Request, principal: Principal) -> Response:
        """One customer."""
        questions.check_environment(request.query_params, principal)
        return Json(_encoder.encode(await self._details(_identifier(request), principal)))

    async def update(self, request: Request, principal: Principal) -> Response:
        """Set fields of a customer's profile."""
        questions.check_environment(request.query_params, principal)
        changes = read_changes(await questions.read_object(self.bodies, request))
        customer = _identifier(request)
        await self._details(customer, principal)
        if changes:
            await run_in_threadpool(self.profiles.change, principal.tenant, customer, changes)
        return Json(_encoder.encode(await self._details(customer, principal)))

    async def delete(self, request: Request, principal: Principal) -> Response:
        """Forget a customer's profile, and the customer until a span names it again."""
        questions.check_environment(request.query_params, principal)
        customer = _identifier(request)
        stored = await run_in_threadpool(self.profiles.profiles, principal.tenant, [customer])
        if not any(profile.deleted_at is None for profile in stored.values()):
            await self._one(customer, principal)
        await run_in_threadpool(self.profiles.delete, principal.tenant, customer)
        return Response(status_code=204)

    async def _found(self, principal: Principal, page: CustomerPage) -> tuple[list[Customer], int]:
        """The page's customers in order, and how many match in all; 0 where the page lies beyond the last."""
        known = await self._known(principal, page)
        lines = await self.store.query(principal.tenant, *customers.find_customers(page, known))
        found = _found.decode_lines(lines)
        if not found:
            return [], 0
        ids = [each.key for each in found]
        lines = await self.store.query(principal.tenant, *customers.read_customers(page, ids))
        read = {each.customer_identifier: each for each in _customer.decode_lines(lines)}
        return [read[each] for each in ids if each in read], found[0].matches

    async def _known(self, principal: Principal, page: CustomerPage) -> customers.Known:
        read = self.profiles.names if page.needs_names else self.profiles.deleted
        return await run_in_threadpool(read, principal.tenant)

    async def _one(self, customer: str, principal: Principal) -> Customer:
        found, _ = await self._found(principal, CustomerPage(only=customer, size=1))
        if not found:
            raise NotFound("There is no such customer.")
        return found[0]

    async def _profiles(self, principal: Principal, ids: Sequence[str]) -> dict[str, Profile]:
        """The profiles as people set them, and where they did not, as spans have them."""
        if not ids:
            return {}
        stored, lines = await asyncio.gather(
            run_in_threadpool(self.profiles.profiles, principal.tenant, ids),
            self.store.query(principal.tenant, *customers.profiles(ids)),
        )
        said = {each.customer_identifier: each for each in map(_said.decode, lines.splitlines())}
        return {
            each: stored.get(each, Profile()).over(customers.read_said(said[each]) if each in said else Profile())
            for each in ids
        }

    async def _details(self, customer: str, principal: Principal) -> CustomerDetails:
        found = await self._one(customer, principal)
        profile = (await self._profiles(principal, [customer]))[customer]
        period = budget_period(profile, now())
        used = None
        if period is not None:
            line = await self.store.query(principal.tenant, *customers.usage(customer, *period))
            used = Decimal(msgspec.json.decode(line)["cost"])
        start, end = period or (None, None)
        return CustomerDetails(
            **_row(found, profile, principal),
            organization_name=principal.organization_name,
            metadata=profile.metadata or {},
            period_start=None if start is None else moment(start),
            period_end=None if end is None else moment(end),
            total_period_usage=used,
            markup_percentage=profile.markup_percentage,
            updated_at=None if profile.updated_at is None else moment(profile.updated_at),
        )


_found = msgspec.json.Decoder(Found)
_customer = msgspec.json.Decoder(Customer)
_said = msgspec.json.Decoder(Said)


def _identifier(request: Request) -> str:
    """The customer in the path; `_` takes it from `?customer_identifier=` or `?id=`."""
    return questions.path_id(request, "customer_identifier") or request.query_params.get("id", "")


def _row(customer: Customer, profile: Profile, principal: Principal) -> dict[str, Any]:
    """What lists and details have in common."""
    cost = _plain(customer.total_cost)
    return {
        "id": customer_id(principal.tenant, customer.customer_identifier),
        "customer_identifier": customer.customer_identifier,
        "unique_organization_id": principal.organization_id,
        "environment": principal.environment,
        "name": profile.name or None,
        "email": profile.email or None,
        "first_seen": moment(customer.first_seen),
        "last_active_timeframe": moment(customer.last_active_timeframe),
        "active_days": customer.active_days,
        "number_of_requests": customer.number_of_requests,
        "total_requests": customer.number_of_requests,
        "error_count": customer.error_count,
        "total_tokens": customer.total_tokens,
        "tokens": customer.total_tokens,
        "total_prompt_tokens": customer.total_prompt_tokens,
        "total_completion_tokens": customer.total_completion_tokens,
        "total_cost": cost,
        "cost": cost,
        "average_latency": customer.average_latency,
        "average_ttft": customer.average_ttft,
        "average_monthly_cost": _monthly(customer),
        "period_budget": profile.period_budget,
        "budget_duration": profile.budget_duration or None,
        "total_budget": profile.total_budget,
    }


def customer_id(tenant: tuple[str, str], customer: str) -> str:
    """The same for the same customer, and no other's."""
    return hashlib.sha256("\0".join((*tenant, customer)).encode()).hexdigest()[:32]


def _monthly(customer: Customer) -> float:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    first, last = (
        (epoch + timedelta(microseconds=time)).date() for time in (customer.first_seen, customer.last_active_timeframe)
    )
    return float(customer.total_cost * MONTH_DAYS / max(MONTH_DAYS, (last - first).days + 1))


def _plain(money: Decimal) -> Decimal:
    """Without zeros at its end."""
    return money.normalize() + 0


_ID = Parameter(
    "customer_identifier",
    "path",
    str,
    "The customer. `_` takes it from `?customer_identifier=` or `?id=` instead, for ids that hold a slash.",
    "user-42",
)

LIST_PARAMETERS = (
    *parameters.PAGING,
    parameters.sort_by(CUSTOMERS.sorts, "-first_seen"),
    Parameter(
        "start_time", "query", str, "Earliest `timestamp` of spans, inclusive. All time by default.", "2026-01-01"
    ),
    Parameter("end_time", "query", str, "Latest `timestamp` of spans, inclusive. No bound by default.", "2026-01-31"),
    *parameters.ENVIRONMENTS,
    *filters.PARAMETERS,
)
_EXAMPLE = {"filters": {"total_cost": {"operator": "gte", "value": [10]}}}
_PATH = "/api/users/{customer_identifier}/"


def operations(routes: Customers) -> list[Operation]:
    """The routes of customers."""
    return [*_lists(routes), *_one(routes)]


def _lists(routes: Customers) -> list[Operation]:
    return [
        *(
            Operation(
                method=method,
                path="/api/users/list/",
                name=name,
                handler=routes.list_customers,
                right="read",
                tag="Customers",
                summary=title,
                help="Whoever spans name as `customer_identifier`, with what their spans come to. Of all time, unless "
                "a window is given. `filters` in the body and `query` name fields of customers.",
                parameters=LIST_PARAMETERS,
                body=FilterBody if method == "POST" else None,
                body_required=False,
                body_example=_EXAMPLE if method == "POST" else None,
                answers={200: Answer("A page of customers.", CustomersPage)},
            )
            for method, name, title in (
                ("GET", "listCustomers", "List customers"),
                ("POST", "listCustomersByPost", "List customers by POST"),
            )
        ),
    ]


def _one(routes: Customers) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path=_PATH,
            name="retrieveCustomer",
            handler=routes.retrieve,
            right="read",
            tag="Customers",
            summary="Get a customer",
            help="What the customer's spans come to, its profile, and what it used of its budget.",
            parameters=(_ID, parameters.ENVIRONMENT),
            answers={200: Answer("The customer.", CustomerDetails)},
        ),
        Operation(
            method="PATCH",
            path=_PATH,
            name="updateCustomer",
            handler=routes.update,
            right="ingest",
            tag="Customers",
            summary="Set a customer's profile",
            help="Fields that are sent are set; null leaves a field to what spans say of the customer in "
            "`customer_params`, `customer_name` and `customer_email`.",
            parameters=(_ID, parameters.ENVIRONMENT),
            body=ProfileBody,
            body_example={"name": "Ada", "period_budget": 200, "budget_duration": "monthly"},
            answers={200: Answer("The customer.", CustomerDetails)},
        ),
        Operation(
            method="DELETE",
            path=_PATH,
            name="deleteCustomer",
            handler=routes.delete,
            right="admin",
            tag="Customers",
            summary="Delete a customer",
            help="The profile goes, and the customer is not there any more until a span that is received later names "
            "it. Its spans stay: delete them by a filter on `customer_identifier`.",
            parameters=(_ID, parameters.ENVIRONMENT),
            answers={204: Answer("It is gone.")},
        ),
    ]
