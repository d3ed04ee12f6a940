"""The routes of scores: what evaluators and people say of spans, one score of each for a span."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Hashable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import Meta, Raw
from starlette.requests import Request
from starlette.responses import Response

from midspan.domain.principal import Principal
from midspan.domain.score import SCORE_TYPES, Score
from midspan.errors import BadRequest, Conflict, NotFound
from midspan.http import parameters, questions
from midspan.http.answers import ErrorBody
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.spans import NO_LOG, SPAN_ID, Spans
from midspan.ingest import logs
from midspan.ingest.ids import new_id
from midspan.ingest.score import changed, read_new
from midspan.search import reading, scores
from midspan.search.scores import ReadScore, Wanted
from midspan.store.store import Store

TAKEN = "A score already exists for this evaluator in this log."
NO_SCORE = "Score not found"
FIXED = frozenset(ReadScore.__struct_fields__)


class ScoreValues(msgspec.Struct, kw_only=True):
    """What a score says. Fields that are not sent stay as they are; null takes away what was there."""

    numerical_value: Annotated[float | None, Meta(description="A number, on the evaluator's own scale.")] = None
    boolean_value: Annotated[bool | None, Meta(description="Yes or no.")] = None
    categorical_value: Annotated[list[str] | None, Meta(description="The chosen categories.")] = None
    string_value: Annotated[str | None, Meta(description="A judgement in words.")] = None
    json_value: Annotated[Any, Meta(description="A judgement of any other shape.")] = None
    is_passed: Annotated[bool | None, Meta(description="Whether the span passes, by the evaluator's own measure.")] = (
        None
    )
    cost: Annotated[float, Meta(ge=0)] | None = None
    """What the judgement cost, in USD."""
    dataset_id: Annotated[str | None, Meta(description="The data set that it was made for.")] = None


class NewLogScore(ScoreValues, kw_only=True):
    """A score of the span in the address. At least one value is sent, and `evaluator_id` or `evaluator_slug`."""

    evaluator_id: Annotated[str | None, Meta(description="Who says it; the slug where it is not sent.")] = None
    evaluator_slug: Annotated[str | None, Meta(description="The evaluator's name for people.")] = None


class NewScore(NewLogScore, kw_only=True):
    """A score of any span. At least one value is sent, and `evaluator_id` or `evaluator_slug`."""

    log_id: Annotated[str, Meta(description="The span's `id`.")]


class ScorePage(msgspec.Struct):
    """A page of scores."""

    count: int
    """All matches, not only this page's."""
    next: str | None
    previous: str | None
    results: list[ReadScore]


class Turns:
    """One at a time for each key; others of the same key wait in line."""

    def __init__(self) -> None:
        self._lines: dict[Hashable, tuple[asyncio.Lock, int]] = {}

    @contextlib.asynccontextmanager
    async def of(self, key: Hashable) -> AsyncIterator[None]:
        """The turn of whoever asks. It is left to the next one with the context."""
        lock, waiting = self._lines.get(key, (asyncio.Lock(), 0))
        self._lines[key] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            lock, waiting = self._lines.pop(key)
            if waiting > 1:
                self._lines[key] = lock, waiting - 1


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The handlers of these routes, and what they need."""

    store: Store
    spans: Spans
    bodies: Bodies
    _turns: Turns = field(default_factory=Turns)
    """One change at a time for each span: two evaluators of one name would both find its place free."""

    async def list_scores(self, request: Request, principal: Principal) -> Response:
        """A page of scores, of all spans or of the one in the address."""
        given = request.query_params
        questions.check_environment(given, principal)
        log_id = _log_id(request)
        if log_id and not await self.spans.places(principal, [log_id]):
            raise NotFound(NO_LOG)
        part = questions.read_part(given)
        start, end = questions.read_bounds(given)
        wanted = Wanted(
            log_id=log_id or given.get("log_id", "").lower(),
            evaluator_id=given.get("evaluator_id", ""),
            evaluator_slug=given.get("evaluator_slug", ""),
            dataset_id=given.get("dataset_id", ""),
            type=_choice(request, "type", SCORE_TYPES),
            is_passed={"true": True, "false": False, "": None}[_choice(request, "is_passed", ("true", "false"))],
            start=start,
            end=end,
            sort=questions.read_sort(given, "-created_at", scores.SORTS),
            size=part.size,
            offset=part.offset,
        )
        tenant = principal.tenant
        lines, counted = await asyncio.gather(
            self.store.query(tenant, *scores.list_scores(wanted)),
            self.store.query(tenant, *scores.count_scores(wanted)),
        )
        count: int = msgspec.json.decode(counted)["count"]
        questions.check_part(part, count)
        following, previous = questions.links(request, part, count)
        answer = ScorePage(count, following, previous, [scores.read(score) for score in scores.from_lines(lines)])
        return Json(reading.encode_page(answer))

    async def retrieve(self, request: Request, principal: Principal) -> Response:
        """One score."""
        questions.check_environment(request.query_params, principal)
        return _shown(await self._find(request, principal))

    async def create(self, request: Request, principal: Principal) -> Response:
        """Score a span."""
        questions.check_environment(request.query_params, principal)
        fields = read_new(await self._members(request), _log_id(request))
        log_id, tenant = fields["log_id"], principal.tenant
        async with self._turns.of((tenant, log_id)):
            place = (await self.spans.places(principal, [log_id])).get(log_id)
            if place is None:
                raise NotFound(NO_LOG)
            now = time.time_ns() // 1000
            score = Score(
                organization_id=principal.organization_id,
                environment=principal.environment,
                id=new_id(now),
                created_at=now,
                key_time=place.place,
                **fields,
            )
            others = scores.from_lines(await self.store.query(tenant, *scores.scores_of([log_id])))
            if any(_names(score) & _names(other) for other in others):
                raise Conflict(TAKEN)
            await self.store.score(tenant, [score])
        return _shown(score, 201)

    async def change(self, request: Request, principal: Principal) -> Response:
        """Change the values of a score."""
        questions.check_environment(request.query_params, principal)
        members = await self._members(request)
        async with self._held(request, principal) as score:
            after = changed(score, members, FIXED)
            if after != score:
                await self.store.score(principal.tenant, [after])
        return _shown(after)

    async def delete(self, request: Request, principal: Principal) -> Response:
        """Delete a score."""
        questions.check_environment(request.query_params, principal)
        async with self._held(request, principal) as score:
            await self.store.score(principal.tenant, [msgspec.structs.replace(score, is_deleted=1)])
        return Response(status_code=204)

    async def _members(self, request: Request) -> dict[str, Raw]:
        async with self.bodies.read(request, questions.BODY_BYTES_MAX) as body:
            return logs.members(body)

    @contextlib.asynccontextmanager
    async def _held(self, request: Request, principal: Principal) -> AsyncIterator[Score]:
        """The score in the address, which nobody else changes meanwhile."""
        score = await self._find(request, principal)
        async with self._turns.of((principal.tenant, score.log_id)):
            yield await self._find(request, principal)

    async def _find(self, request: Request, principal: Principal) -> Score:
        log_id = _log_id(request)
        score_id = questions.path_id(request, "score_id" if log_id else "id").lower()
        found = scores.from_lines(await self.store.query(principal.tenant, *scores.one_score(score_id, log_id)))
        if not found:
            raise NotFound(NO_SCORE)
        return found[0]


def _log_id(request: Request) -> str:
    """The span in the address; "" where the address is one of all spans. One that names none is refused."""
    if "log_id" not in request.path_params:
        return ""
    log_id = questions.path_id(request, "log_id").lower()
    if not log_id:
        raise NotFound(NO_LOG)
    return log_id


def _choice(request: Request, name: str, choices: tuple[str, ...]) -> str:
    text = request.query_params.get(name, "").lower()
    if text and text not in choices:
        raise BadRequest(f"{name} is one of {', '.join(choices)}; not {text[:60]!r}.")
    return text


def _names(score: Score) -> set[str]:
    """What filters find the score by: no two scores of a span share one."""
    return {score.evaluator_id, score.evaluator_slug} - {""}


def _shown(score: Score, status: int = 200) -> Response:
    return Json(reading.encode_page(scores.read(score)), status)


SCORE_ID = "0198f3c2b7d47a10b1c2d3e4f5061728"
EXAMPLE = {"evaluator_slug": "helpfulness", "numerical_value": 4.5, "string_value": "Answers what was asked."}
LIST_PARAMETERS = (
    *parameters.PAGING,
    parameters.sort_by(scores.SORTS, "-created_at"),
    Parameter("evaluator_id", "query", str, "Only scores of this evaluator.", "helpfulness"),
    Parameter("evaluator_slug", "query", str, "Only scores of the evaluator of this slug.", "helpfulness"),
    Parameter("type", "query", Literal[SCORE_TYPES], "Only scores of this type.", "numerical"),
    Parameter("is_passed", "query", Literal["true", "false"], "Only scores that say so.", "true"),
    Parameter("dataset_id", "query", str, "Only scores that were made for this data set."),
    Parameter("start_time", "query", str, "Earliest `created_at`, inclusive. No bound by default.", "2026-01-01"),
    Parameter("end_time", "query", str, "Latest `created_at`, inclusive. No bound by default."),
    *parameters.ENVIRONMENTS,
)
_OF_LOG = Parameter("log_id", "query", str, "Only scores of this span.", SPAN_ID.example)
_IN_LOG = Parameter("log_id", "path", str, "The span's `id`. `_` takes it from `?log_id=` instead.", SPAN_ID.example)
_ID = Parameter("id", "path", str, "The score's `id`.", SCORE_ID)
_ID_IN_LOG = Parameter("score_id", "path", str, "The score's `id`.", SCORE_ID)


class _Branch(NamedTuple):
    """Where scores have addresses: `above` are the parameters of all of them, `own` is that of one score."""

    path: str
    which: str
    span: str
    above: tuple[Parameter, ...]
    own: Parameter
    only: tuple[Parameter, ...]
    body: type
    example: dict[str, Any]


_BRANCHES = (
    _Branch("/api/scores/", "", "a span", (), _ID, (_OF_LOG,), NewScore, {"log_id": SPAN_ID.example, **EXAMPLE}),
    _Branch("/api/logs/{log_id}/scores/", "Log", "the span", (_IN_LOG,), _ID_IN_LOG, (), NewLogScore, EXAMPLE),
)


def operations(handlers: Scores) -> list[Operation]:
    """The routes of scores: those of all spans, and those of one."""
    return [operation for branch in _BRANCHES for operation in (*_all(handlers, branch), *_one(handlers, branch))]


def _all(handlers: Scores, branch: _Branch) -> list[Operation]:
    which, span = branch.which, branch.span
    return [
        Operation(
            method="GET",
            path=branch.path,
            name=f"list{which}Scores",
            handler=handlers.list_scores,
            right="read",
            tag="Scores",
            summary=f"List scores of {span}" if which else "List scores",
            help="The newest first. Filters on spans ask for scores as `scores.<evaluator>`.",
            aliases=() if which else ("/api/scores/list/",),
            parameters=(*branch.above, *branch.only, *LIST_PARAMETERS),
            answers={200: Answer("A page of scores.", ScorePage)},
        ),
        Operation(
            method="POST",
            path=branch.path,
            name=f"create{which}Score",
            handler=handlers.create,
            right="ingest",
            tag="Scores",
            summary=f"Score {span}",
            help="One score of each evaluator for a span: a second one is refused with 409, and a change is a PATCH. "
            "Values of several kinds may go together; `type` is that of the first.",
            parameters=(*branch.above, parameters.ENVIRONMENT),
            body=branch.body,
            body_example=branch.example,
            answers={
                201: Answer("The score.", ReadScore),
                404: Answer("There is no such span.", ErrorBody),
                409: Answer(TAKEN, ErrorBody),
            },
        ),
    ]


def _one(handlers: Scores, branch: _Branch) -> list[Operation]:
    path = f"{branch.path}{{{branch.own.name}}}/"
    asked = (*branch.above, branch.own, parameters.ENVIRONMENT)
    which, span = branch.which, branch.span
    return [
        Operation(
            method="GET",
            path=path,
            name=f"retrieve{which}Score",
            handler=handlers.retrieve,
            right="read",
            tag="Scores",
            summary=f"Get a score of {span}",
            help="One score.",
            parameters=asked,
            answers={200: Answer("The score.", ReadScore)},
        ),
        Operation(
            method="PATCH",
            path=path,
            name=f"update{which}Score",
            handler=handlers.change,
            right="ingest",
            tag="Scores",
            summary=f"Change a score of {span}",
            help="Sets the values that are sent; null takes one away. Its evaluator and its span stay as they are.",
            parameters=asked,
            body=ScoreValues,
            body_example={"numerical_value": 3, "is_passed": False},
            answers={200: Answer("The score as it is now.", ReadScore)},
        ),
        Operation(
            method="DELETE",
            path=path,
            name=f"delete{which}Score",
            handler=handlers.delete,
            right="admin",
            tag="Scores",
            summary=f"Delete a score of {span}",
            help="When it is answered, no read shows the score any more, and its evaluator may score the span anew.",
            parameters=asked,
            answers={204: Answer("It is gone.")},
        ),
    ]
