"""Sums over spans in the shapes that older clients know: the summary, and groups."""

import asyncio
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
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.questions import Window
from midspan.http.traces import current_filters
from midspan.search import groups, summary
from midspan.search.buckets import SPANS_OF_TIME, Buckets, buckets, read_interval, read_zone
from midspan.search.fields import SPANS
from midspan.search.groups import SORTS, Group, GroupPage
from midspan.search.scope import Scope, group_field
from midspan.search.summary import Summary
from midspan.store.store import Store

GROUPS = {
    "model": "model",
    "provider_id": "provider_id",
    "organization_key_id": "organization_key_id",
    "prompt_id": "prompt_id",
    "deployment_id": "deployment_id",
    "deployment_name": "deployment_name",
    "custom_identifier": "custom_identifier",
    "customer_identifier": "customer_identifier",
    "trace": "trace_unique_id",
    "thread": "thread_identifier",
}
"""Documented values of `group_by` → field. Other fields that spans can be grouped by go under their own names."""

NAMED = frozenset({"trace", "thread"})
"""What a span without it is no group of."""

WINDOW = frozenset({"start_time", "end_time", "environment", "is_test", "all_envs"})
NAMES = WINDOW | {"group_by", "sort_by", "date_group", "time_zone", "page", "page_size"}
"""Parameters that a body may hold, too."""


class FilterBody(msgspec.Struct):
    """The body of a question by POST."""

    filters: dict[str, Any] | None = None
    operator: str = "AND"
    query: str | None = None


class GroupsPage(msgspec.Struct):
    """A page of groups."""

    count: int
    """All groups, not only this page's."""
    next: str | None
    previous: str | None
    current_filters: dict[str, Any]
    """The `filters` of the body, as they came."""
    results: list[Group]


@dataclass(frozen=True, kw_only=True)
class Sums:
    """The handlers of sums, and what they need."""

    store: Store
    bodies: Bodies

    async def summary(self, request: Request, principal: Principal) -> Response:
        """What the spans come to."""
        _, _, scope = await self._asked(request, principal)
        tenant = principal.tenant
        sums, scores = await asyncio.gather(
            self.store.query(tenant, *summary.sums(scope)), self.store.query(tenant, *summary.scores(scope))
        )
        return Json(msgspec.json.encode(summary.read(sums, scores)))

    async def groups(self, request: Request, principal: Principal) -> Response:
        """A page of groups."""
        body, given, scope = await self._asked(request, principal)
        part = questions.read_part(given)
        name = given.get("group_by") or "model"
        until = last_moment(Window(scope.start, scope.end), now())
        page = GroupPage(
            scope=scope,
            field=group_field(GROUPS.get(name, name)),
            is_named=name in NAMED,
            sort=questions.read_sort(given, "-number_of_requests", SORTS),
            size=part.size,
            offset=part.offset,
            buckets=read_buckets(
                given.get("date_group") or "none", given.get("time_zone") or "UTC", scope.start, until
            ),
        )
        lines = await self.store.query(principal.tenant, *groups.list_groups(page))
        rows, count = groups.read_groups(page, lines)
        if count is None:
            counted = await self.store.query(principal.tenant, *groups.count_groups(page)) if page.offset else b""
            count = msgspec.json.decode(counted)["count"] if counted else 0
        questions.check_part(part, count)
        following, previous = questions.links(request, part, count)
        answer = {
            "count": count,
            "next": following,
            "previous": previous,
            "current_filters": current_filters(body),
            "results": rows,
        }
        return Json(msgspec.json.encode(answer))

    async def _asked(self, request: Request, principal: Principal) -> tuple[dict[str, Any], dict[str, str], Scope]:
        """The body, the parameters, and which spans."""
        body, given = await questions.read_asked(self.bodies, request, principal, NAMES)
        window = questions.read_window(given, now())
        tree = await filters.asked(request, body, SPANS, NAMES)
        return body, given, Scope(start=window.start, end=window.end, filter=tree)


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


def last_moment(window: Window, present: int) -> int:
    """Up to where a window has buckets: its end, or now."""
    return max(present, window.start) if window.end is None else window.end


def read_buckets(interval: object, zone: object, start: int, until: int) -> Buckets | None:
    """The buckets from `start` to `until`; None for the interval `none`. Raises `BadRequest`."""
    named = read_zone(zone)
    length = read_interval(interval, until - start)
    return None if length is None else buckets(start, until, length, named)


_FILTERED = "Spans are narrowed by `filters` in the body, by `query`, or by a field's name in the URL, as in a list."

_GROUP_PARAMETERS = (
    Parameter(
        "group_by",
        "query",
        str,
        f"What to group by: {', '.join(GROUPS)}; or another field of spans, as `metadata.<key>`, `properties.<path>`.",
        "model",
    ),
    parameters.sort_by(SORTS, "-number_of_requests"),
    Parameter(
        "date_group",
        "query",
        str,
        f"A row for each bucket of time, too: {', '.join(SPANS_OF_TIME)}, or auto. None by default.",
        "1d",
    ),
    Parameter("time_zone", "query", str, "The IANA time zone in which days, weeks and months begin.", "UTC"),
    *parameters.PAGING,
    *parameters.WINDOW,
    *parameters.ENVIRONMENTS,
    *filters.PARAMETERS,
)


def operations(sums: Sums) -> list[Operation]:
    """The routes of sums."""
    return [
        *(
            Operation(
                method=method,
                path="/api/request-logs/summary/",
                name=name,
                handler=sums.summary,
                right="read",
                tag="Sums",
                summary=title,
                help="Totals and averages of the spans in a window of time, and what evaluators say of them. Every "
                f"span counts once, as it is now. {_FILTERED}",
                bare=True,
                parameters=(*parameters.WINDOW, *parameters.ENVIRONMENTS, *filters.PARAMETERS),
                body=FilterBody if method == "POST" else None,
                body_required=False,
                body_example=_FILTER_EXAMPLE if method == "POST" else None,
                answers={200: Answer("The sums.", Summary)},
            )
            for method, name, title in (
                ("POST", "summarizeSpans", "Sum spans up"),
                ("GET", "summarizeSpansByGet", "Sum spans up by GET"),
            )
        ),
        *(
            Operation(
                method=method,
                path="/api/request-logs/groups/",
                name=name,
                handler=sums.groups,
                right="read",
                tag="Sums",
                summary=title,
                help="One row for each value of a field: how many spans, what they cost, how long they took, how many "
                "failed. Spans without the field are a group of their own, whose value is null; those outside of every "
                f"thread are left out of `thread`. {_FILTERED}",
                bare=True,
                parameters=_GROUP_PARAMETERS,
                body=FilterBody if method == "POST" else None,
                body_required=False,
                body_example=_FILTER_EXAMPLE if method == "POST" else None,
                answers={200: Answer("A page of groups.", GroupsPage)},
            )
            for method, name, title in (
                ("GET", "groupSpans", "Group spans"),
                ("POST", "groupSpansByPost", "Group spans by POST"),
            )
        ),
    ]


_FILTER_EXAMPLE = {"filters": {"status_code": {"operator": "not", "value": [200]}}}
