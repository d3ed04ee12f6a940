"""Measures over time and groups: the question read from its body, the answer laid out for a chart."""

import asyncio
import difflib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from midspan.domain.principal import Principal
from midspan.errors import BadRequest
from midspan.http import filters, parameters, questions
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation
from midspan.http.questions import Window
from midspan.http.sums import WINDOW, last_moment, now, read_buckets
from midspan.search import hours, metrics
from midspan.search.buckets import SPANS_OF_TIME, Previous, previous, read_zone
from midspan.search.fields import SPANS
from midspan.search.measures import MEASURES, Measure, find_measure
from midspan.search.metrics import Question, Ranked, Sums, Table
from midspan.search.moments import moment
from midspan.search.scope import FEW_VALUED, Scope, group_field
from midspan.search.tree import Filter
from midspan.store.store import Store

MEASURES_MAX = 20
GROUPS_MAX = 3
LIMIT_MAX = 1000
POINTS_MAX = 20_000
"""The most points in an answer: buckets times groups."""
ROWS_MAX = 10_000
"""Rows of groups that are looked at before there is a rank."""

EXAMPLE = {
    "measures": ["sum_cost", "count", "error_rate", "p95_latency"],
    "group_by": ["customer_identifier"],
    "interval": "1d",
    "time_zone": "Europe/Berlin",
    "limit": 5,
    "filters": {"log_type": {"operator": "", "value": ["chat"]}},
    "compare": "previous_period",
}


class MetricsBody(msgspec.Struct, forbid_unknown_fields=True):
    """A question about sums."""

    measures: Annotated[list[str], Meta(min_length=1, max_length=MEASURES_MAX)]
    """Names of measures: `count`, `error_rate`, `sum_cost`, `p95_latency` … `GET /api/metrics/measures/` lists them."""
    group_by: Annotated[list[str], Meta(max_length=GROUPS_MAX)] = []
    """Fields of spans, `metadata.<key>` and `properties.<path>` too."""
    interval: str = "auto"
    """The length of a bucket of time. `auto` chooses by the window, `none` asks for sums over all of it alone."""
    time_zone: str = "UTC"
    """The IANA name of the time zone in which days, weeks (from Monday) and months begin."""
    start_time: str | int | None = None
    """Earliest `timestamp`, inclusive: a time, or `-7d`, which is before now. An hour before `end_time` (or now) by
    default. Also in the URL.
    """
    end_time: str | int | None = None
    """Latest `timestamp`, inclusive. No bound by default. Also in the URL."""
    limit: Annotated[int, Meta(ge=1, le=LIMIT_MAX)] = 10
    """How many groups to show; all others are summed as one, `is_other`."""
    sort_by: str | None = None
    """The measure that ranks groups, with `-` before it for descending; by default the first measure, descending."""
    compare: Literal["previous_period"] | None = None
    """Answer the period before as well."""
    approximate: bool = False
    """Let quantiles be beside the exact ones by up to 1 %, where that is quicker. Counts and sums are always exact."""
    filters: Any = None
    """Which spans, as in a list."""
    operator: str = "AND"
    query: str | None = None
    """Which spans, in the text language."""
    environment: str | None = None
    is_test: bool | None = None
    all_envs: bool | None = None


class MeasureColumn(msgspec.Struct):
    """A measure of the answer."""

    name: str
    kind: Literal["integer", "number", "money"]
    unit: str
    help: str
    is_additive: bool
    """The values of groups and buckets add up to the total."""


class GroupColumn(msgspec.Struct):
    """A field that the answer is grouped by."""

    name: str
    kind: str
    help: str


class SeriesAnswer(msgspec.Struct):
    """One group."""

    group: dict[str, Any]
    """Field → value; null where the spans do not have it."""
    is_other: bool
    """All groups that are not shown, summed from their spans."""
    totals: dict[str, float | None]
    values: dict[str, list[float | None]]
    """Measure → its value in each bucket."""


class Period(msgspec.Struct, kw_only=True):
    """A window and what was found in it."""

    start_time: str
    end_time: str | None
    buckets: list[str]
    """When each bucket begins, in UTC. The last one reaches to the end of the window and includes it."""
    totals: dict[str, float | None]
    """Measure → its value over all spans. Sums are 0, averages and quantiles null, where there is nothing."""
    values: dict[str, list[float | None]]
    """Measure → its value in each bucket."""
    series: list[SeriesAnswer]
    """The groups, the first in rank first, "other" last."""


class MetricsAnswer(Period, kw_only=True):
    """What the spans come to."""

    interval: str | None
    time_zone: str
    measures: list[MeasureColumn]
    group_by: list[GroupColumn]
    group_count: int
    """How many groups there are, those in "other" too."""
    is_approximate: bool
    """Quantiles are up to 1 % beside the exact ones: it was allowed, and quicker."""
    previous: Period | UnsetType = UNSET
    """The period before: its buckets and groups stand at the same places."""


class MeasureList(msgspec.Struct):
    """Every measure."""

    measures: list[MeasureColumn]
    intervals: list[str]


@dataclass(frozen=True)
class _Found:
    shown: Ranked
    table: Table
    is_approximate: bool = False


@dataclass(frozen=True, kw_only=True)
class Measures:
    """The handlers of measures, and what they need."""

    store: Store
    bodies: Bodies

    async def query(self, request: Request, principal: Principal) -> Response:
        """Measures over time and groups."""
        body = await questions.read_object(self.bodies, request)
        asked = read_body(body)
        given = questions.read_parameters(request, body, WINDOW)
        questions.check_environment(given, principal)
        present = now()
        window = questions.read_window(given, present)
        until = last_moment(window, present)
        tree = await filters.asked(request, body, SPANS, WINDOW)
        question = _question(asked, window, until, tree)
        tenant = principal.tenant
        found = await self._sums(tenant, question, approximate=asked.approximate)
        if asked.compare is None:
            return Json(msgspec.json.encode(_answer(asked, question, found)))
        earlier = _before(question, previous(window.start, until, question.buckets, read_zone(asked.time_zone)))
        before = await self._sums(tenant, earlier, approximate=asked.approximate, shown=found.shown)
        metrics.side_by_side(question, found.table, before.table)
        answer = _answer(asked, question, found)
        answer["previous"] = _period(earlier, before.table, _names(asked))
        answer["is_approximate"] |= before.is_approximate
        return Json(msgspec.json.encode(answer))

    async def _sums(
        self, tenant: tuple[str, str], question: Question, *, approximate: bool, shown: Ranked | None = None
    ) -> _Found:
        """The sums, of the groups that are to be `shown` or of the first ones."""
        plan = hours.plan(question, approximate=approximate)
        if plan is not None and not self.store.reads_final(tenant):
            lines = await self.store.query(tenant, *hours.ask(plan))
            if (kept := await asyncio.to_thread(hours.read, plan, lines, shown)) is not None:
                return _Found(*kept, is_approximate=plan.is_approximate)
        if shown is None and question.groups:
            if all(field.name in FEW_VALUED for field in question.groups):
                # Few groups, as a rule: then all are shown, and the spans need not be read for their rank first.
                lines = await self.store.query(tenant, *metrics.ask(question, most=ROWS_MAX))
                table = metrics.read(question, lines)
                if len(table.series) <= question.limit and lines.count(b"\n") < ROWS_MAX:
                    return _Found(Ranked([series.keys for series in table.series], len(table.series)), table)
            shown = metrics.read_ranked(question, await self.store.query(tenant, *metrics.rank(question)))
        table = metrics.read(question, await self.store.query(tenant, *metrics.ask(question, shown)))
        return _Found(shown or Ranked([], 0), table)

    async def measures(self, request: Request, principal: Principal) -> Response:
        """Every measure."""
        questions.check_environment(request.query_params, principal)
        columns = [_column(measure) for measure in MEASURES.values()]
        return Json(msgspec.json.encode(MeasureList(columns, ["auto", "none", *SPANS_OF_TIME])))


_LISTS = ("measures", "group_by")


def read_body(body: Mapping[str, Any]) -> MetricsBody:
    """The question in a body. Raises `BadRequest` that names the field and the fix."""
    known = MetricsBody.__struct_fields__
    for name in body:
        if name not in known:
            near = difflib.get_close_matches(name[:60], known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known)}."
            raise BadRequest(f"The body has no field {name[:60]!r}. {hint}", code="bad_question")
    body = {name: [value] if name in _LISTS and isinstance(value, str) else value for name, value in body.items()}
    if body.get("compare") not in (None, "previous_period"):
        raise BadRequest("compare is 'previous_period', or left out.", code="bad_question")
    if body.get("measures") is None:
        raise BadRequest(
            'measures names what to sum, for example ["count", "sum_cost"]; GET /api/metrics/measures/ lists them.',
            code="bad_question",
        )
    try:
        return msgspec.convert({name: value for name, value in body.items() if value is not None}, MetricsBody)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$.")
        raise BadRequest(f"{place.rstrip('`') or 'body'}: {said}.", code="bad_question") from None


def _question(asked: MetricsBody, window: Window, until: int, tree: Filter) -> Question:
    measures = list({measure.name: measure for measure in map(find_measure, asked.measures)}.values())
    groups = list({field.name: field for field in map(group_field, asked.group_by)}.values())
    sort = asked.sort_by or f"-{measures[0].name}"
    ranking = find_measure(sort.removeprefix("-"))
    if ranking not in measures:
        measures.append(ranking)
    found = read_buckets(asked.interval, asked.time_zone, window.start, until)
    rows = asked.limit + 2 if groups else 1
    count = len(found.edges) if found is not None else 1
    if rows * count > POINTS_MAX:
        raise BadRequest(
            f"{count} buckets for {asked.limit} groups are more than {POINTS_MAX} points. "
            f"Send a limit of at most {max(1, POINTS_MAX // count - 2)}, or a longer interval.",
            code="bad_question",
        )
    return Question(
        scope=Scope(start=window.start, end=window.end, filter=tree),
        measures=measures,
        groups=groups,
        buckets=found,
        sort=ranking,
        descending=sort.startswith("-"),
        limit=asked.limit,
    )


def _before(question: Question, period: Previous) -> Question:
    scope = Scope(start=period.start, end=period.end, filter=question.scope.filter)
    return replace(question, scope=scope, buckets=period.buckets)


def _names(asked: MetricsBody) -> list[str]:
    return list(dict.fromkeys(find_measure(name).name for name in asked.measures))


def _answer(asked: MetricsBody, question: Question, found: _Found) -> dict[str, Any]:
    names = _names(asked)
    return {
        "interval": question.buckets.interval if question.buckets is not None else None,
        "time_zone": asked.time_zone,
        "measures": [_column(MEASURES[name]) for name in names],
        "group_by": [GroupColumn(field.name, field.kind, field.help) for field in question.groups],
        "group_count": found.shown.count,
        "is_approximate": found.is_approximate,
        **_period(question, found.table, names),
    }


def _period(question: Question, table: Table, names: list[str]) -> dict[str, Any]:
    scope = question.scope
    return {
        "start_time": moment(scope.start),
        "end_time": None if scope.end is None else moment(scope.end),
        "buckets": [moment(edge) for edge in question.buckets.edges] if question.buckets is not None else [],
        "totals": {name: table.totals[name] for name in names},
        "values": _across(table.cells, names),
        "series": [
            {
                "group": metrics.group_values(question, series),
                "is_other": series.is_other,
                "totals": {name: series.totals[name] for name in names},
                "values": _across(series.cells, names),
            }
            for series in table.series
        ],
    }


def _across(cells: list[Sums], names: list[str]) -> dict[str, list[Any]]:
    return {name: [cell[name] for cell in cells] for name in names}


def _column(measure: Measure) -> MeasureColumn:
    return MeasureColumn(measure.name, measure.kind, measure.unit, measure.help, measure.is_additive)


def operations(measures: Measures) -> list[Operation]:
    """The routes of measures."""
    return [
        Operation(
            method="POST",
            path="/api/metrics/query/",
            name="queryMetrics",
            handler=measures.query,
            right="read",
            tag="Sums",
            summary="Ask for measures over time and groups",
            help="Counts, sums, averages, quantiles and distinct counts, by buckets of time in a named time zone and "
            "by up to three fields. Groups beyond `limit` are summed as one from their spans, so every number is "
            "exact; quantiles are too, unless `approximate` allows otherwise. Every span counts once, as it is now.",
            parameters=(*parameters.WINDOW, *parameters.ENVIRONMENTS),
            body=MetricsBody,
            body_example=EXAMPLE,
            answers={200: Answer("The sums.", MetricsAnswer)},
        ),
        Operation(
            method="GET",
            path="/api/metrics/measures/",
            name="listMeasures",
            handler=measures.measures,
            right="read",
            tag="Sums",
            summary="List measures",
            help="Every measure with its unit and what it means, and the lengths that buckets can have.",
            parameters=parameters.ENVIRONMENTS,
            answers={200: Answer("The measures.", MeasureList)},
        ),
    ]
