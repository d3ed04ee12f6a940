"""The named questions about scores, and a score as clients read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from midspan.domain.score import Score
from midspan.search.moments import moment
from midspan.search.predicates import OWNER, Query, within

TYPES = ("numerical", "boolean", "categorical", "text", "json")
SORTS = ("created_at", "numerical_value")

_TIMES = ("created_at", "key_time")
_SELECTION = ", ".join(
    f"toUnixTimestamp64Micro({name}) AS {name}" if name in _TIMES else name for name in Score.__struct_fields__
)
_decoder = msgspec.json.Decoder(Score)


class ReadScore(msgspec.Struct):
    """What one evaluator says of one span. At least one of the values is set."""

    id: Annotated[str, Meta(description="32 hexadecimal digits, made by the server.")]
    log_id: Annotated[str, Meta(description="The span's `id`.")]
    evaluator_id: Annotated[str, Meta(description="Who says it; the slug where no id was sent.")]
    evaluator_slug: Annotated[str | None, Meta(description="The evaluator's name for people.")]
    evaluator_name: Annotated[str, Meta(description="Its slug, else its id: evaluators have no other name here.")]
    created_at: Annotated[str, Meta(description="When the score was first sent.")]
    environment: Annotated[str, Meta(description="Environment of the key that sent it, and of the span.")]
    type: Annotated[
        str,
        Meta(
            description="Which value is set: the first of them, in this order.", extra_json_schema={"enum": list(TYPES)}
        ),
    ]
    score_value_type: Annotated[str, Meta(description="The same as `type`.")]
    numerical_value: Annotated[float | None, Meta(description="A number, on the evaluator's own scale.")]
    boolean_value: Annotated[bool | None, Meta(description="Yes or no.")]
    categorical_value: Annotated[list[str] | None, Meta(description="The chosen categories.")]
    string_value: Annotated[str | None, Meta(description="A judgement in words.")]
    json_value: Annotated[msgspec.Raw | None, Meta(description="A judgement of any other shape.", extra={"json": Any})]
    is_passed: Annotated[bool | None, Meta(description="Whether the span passes, by the evaluator's own measure.")]
    cost: Annotated[Decimal | None, Meta(description="What the judgement cost, in USD.")]
    dataset_id: Annotated[str | None, Meta(description="The data set that it was made for.")]


def read(score: Score) -> ReadScore:
    """The score in its read shape."""
    return ReadScore(
        id=score.id,
        log_id=score.log_id,
        evaluator_id=score.evaluator_id,
        evaluator_slug=score.evaluator_slug or None,
        evaluator_name=score.evaluator_slug or score.evaluator_id,
        created_at=moment(score.created_at),
        environment=score.environment,
        type=score.type,
        score_value_type=score.type,
        numerical_value=score.numerical_value,
        boolean_value=score.boolean_value,
        categorical_value=msgspec.json.decode(score.categorical_value, type=list[str])
        if score.categorical_value
        else None,
        string_value=score.string_value or None,
        json_value=msgspec.Raw(score.json_value.encode()) if score.json_value else None,
        is_passed=score.is_passed,
        cost=None if score.cost is None else score.cost.normalize(),
        dataset_id=score.dataset_id or None,
    )


def from_lines(lines: bytes) -> list[Score]:
    """Scores from the engine's answer to one of the questions below."""
    return [_decoder.decode(line) for line in lines.splitlines()]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which scores a list shows. Texts that are "" and values that are None ask for nothing."""

    log_id: str = ""
    evaluator_id: str = ""
    evaluator_slug: str = ""
    dataset_id: str = ""
    type: str = ""
    is_passed: bool | None = None
    start: int | None = None
    end: int | None = None
    """Both of `created_at`, inclusive, in microseconds."""
    sort: str = "-created_at"
    size: int = 50
    offset: int = 0


def list_scores(wanted: Wanted) -> Query:
    """The page's scores, in order; those without the number that they are sorted by come below every number."""
    where, parameters = _where(wanted)
    name = wanted.sort.removeprefix("-")
    key = "scores.created_at" if name == "created_at" else f"ifNull(scores.{name}, -inf)"
    direction = "DESC" if wanted.sort.startswith("-") else "ASC"
    sql = (
        f"SELECT {_SELECTION} FROM scores FINAL WHERE {where} ORDER BY {key} {direction}, id {direction} "
        "LIMIT {limit:UInt32} OFFSET {offset:UInt64}"
    )
    return sql, {**parameters, "limit": wanted.size, "offset": wanted.offset}


def count_scores(wanted: Wanted) -> Query:
    """How many scores there are on all pages."""
    where, parameters = _where(wanted)
    return f"SELECT count() AS count FROM scores FINAL WHERE {where}", parameters


def one_score(score_id: str, log_id: str = "") -> Query:
    """The score of an id, of that span where one is named."""
    where, parameters = _where(Wanted(log_id=log_id))
    return f"SELECT {_SELECTION} FROM scores FINAL WHERE {where} AND id = {{id:String}}", {
        **parameters,
        "id": score_id,
    }


def scores_of(log_ids: Sequence[str]) -> Query:
    """Every score of some spans. Ids hold no comma."""
    sql = (
        f"SELECT {_SELECTION} FROM scores FINAL WHERE {OWNER} AND is_deleted = 0 "
        "AND log_id IN (SELECT arrayJoin(splitByChar(',', {ids:String})))"
    )
    return sql, {"ids": ",".join(log_ids)}


def _where(wanted: Wanted) -> Query:
    conditions = [OWNER, "is_deleted = 0"]
    parameters: dict[str, str | int] = {}
    for name in ("log_id", "evaluator_id", "evaluator_slug", "dataset_id", "type"):
        if value := getattr(wanted, name):
            conditions.append(f"{name} = {{{name}:String}}")
            parameters[name] = value
    if wanted.is_passed is not None:
        conditions.append(f"ifNull(is_passed = {'true' if wanted.is_passed else 'false'}, false)")
    window, bounds = within("scores.created_at", wanted.start, wanted.end)
    return " AND ".join((*conditions, *window)), parameters | bounds
