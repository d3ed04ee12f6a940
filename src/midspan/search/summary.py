"""The summary: what the spans of a window that pass a filter come to, and what evaluators say of them."""

from decimal import Decimal
from typing import Any, Final

import msgspec

from midspan.search.measures import MEASURES, selected, values
from midspan.search.predicates import OWNER, Query
from midspan.search.scope import Scope

_MEASURES: Final = {
    "number_of_requests": "count",
    "total_cost": "sum_cost",
    "total_tokens": "sum_total_request_tokens",
    "total_prompt_tokens": "sum_prompt_tokens",
    "total_completion_tokens": "sum_completion_tokens",
    "avg_latency": "avg_latency",
    "avg_tps": "avg_tokens_per_second",
    "avg_ttft": "avg_time_to_first_token",
    "error_count": "error_count",
}
"""Key of the answer → measure."""


_EVALUATOR: Final = "if(scores.evaluator_id != '', scores.evaluator_id, scores.evaluator_slug)"


class ScoreSummary(msgspec.Struct, kw_only=True):
    """What one evaluator says of the spans."""

    evaluator_id: str
    evaluator_slug: str
    evaluator_name: str
    """Its slug, else its id: evaluators have no other name here."""
    score_value_type: str
    """The type of its scores: numerical, boolean, categorical, text or json; that of the newest, where they differ."""
    score_count: int
    avg_score: float | None
    """Of the numerical scores; null when there is none."""
    true_count: int
    false_count: int


class Summary(msgspec.Struct, kw_only=True):
    """Sums over the spans. An average is 0 where no span has the number: clients take no null here."""

    number_of_requests: int
    total_cost: Decimal
    total_tokens: int
    total_prompt_tokens: int
    total_completion_tokens: int
    avg_latency: float
    avg_tps: float
    avg_ttft: float
    error_count: int
    scores: dict[str, ScoreSummary]
    """By the evaluator's id, else its slug."""


def sums(scope: Scope) -> Query:
    """The sums over the spans, one row."""
    where, parameters = scope.where()
    return (
        f"SELECT {selected([MEASURES[name] for name in _MEASURES.values()])} FROM spans @final WHERE {where}",
        parameters,
    )


def scores(scope: Scope) -> Query:
    """A row for each evaluator of the spans, as `ScoreSummary`."""
    where, parameters = scope.where()
    sql = (
        "SELECT any(scores.evaluator_id) AS evaluator_id, "
        "argMaxIf(scores.evaluator_slug, (created_at, id), scores.evaluator_slug != '') AS evaluator_slug, "
        "if(evaluator_slug != '', evaluator_slug, evaluator_id) AS evaluator_name, "
        "argMax(type, (created_at, id)) AS score_value_type, count() AS score_count, "
        "avg(numerical_value) AS avg_score, countIf(boolean_value = true) AS true_count, "
        f"countIf(boolean_value = false) AS false_count FROM scores FINAL WHERE {OWNER} AND is_deleted = 0 "
        f"AND log_id IN (SELECT id FROM spans @final WHERE {where}) "
        f"GROUP BY {_EVALUATOR} ORDER BY {_EVALUATOR}"
    )
    return sql, parameters


def read(sums_line: bytes, score_lines: bytes) -> dict[str, Any]:
    """The summary as JSON takes it."""
    row = msgspec.json.decode(sums_line)
    found = values([MEASURES[name] for name in _MEASURES.values()], row)
    given = {key: found[name] for key, name in _MEASURES.items()}
    for key in ("avg_latency", "avg_tps", "avg_ttft"):
        given[key] = given[key] or 0.0
    evaluators = msgspec.json.decode(b"[" + b",".join(score_lines.splitlines()) + b"]", type=list[ScoreSummary])
    by_id = {score.evaluator_id or score.evaluator_slug: score for score in evaluators}
    return {**given, "scores": by_id}
