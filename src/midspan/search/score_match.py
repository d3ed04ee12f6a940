"""Tests of scores in Python: `search/score_sql.py` says the same in SQL."""

from collections.abc import Iterable, Sequence

from midspan.domain.score import Score
from midspan.search.json_match import json_test, number_in
from midspan.search.json_values import decoded
from midspan.search.scalar_match import ORDER, Passes, text_test
from midspan.search.tree import Value

Scores = Iterable[Score]
"""The scores of one span."""


def scores_of(scores: Scores, evaluator: str) -> list[Score] | None:
    """The scores that an evaluator, by id or slug, gave; None where there are none."""
    return [score for score in scores if evaluator in (score.evaluator_id, score.evaluator_slug)] or None


def score_test(operator: str, values: Sequence[Value]) -> Passes:
    """A test of the scores that one evaluator gave a span: one of them passes."""
    if operator == "empty":
        return lambda found: False
    tests = [_test(operator, value) for value in values]
    return lambda found: any(test(score) for score in found for test in tests)


def _test(operator: str, value: Value) -> Passes:
    if operator in ("eq", "overlap", "contains"):
        return _equals(value, text_test(operator, [value]))
    number = number_in(value)
    if operator in ORDER and number is not None:
        compare = ORDER[operator]
        return lambda score: score.numerical_value is not None and compare(score.numerical_value, number)
    if not isinstance(value, str):
        return lambda score: False
    passes = text_test(operator, [value])
    return lambda score: score.string_value != "" and passes(score.string_value)


def _categories(score: Score) -> list[object]:
    found = decoded(score.categorical_value)
    return found if isinstance(found, list) else []


def _equals(value: Value, passes: Passes) -> Passes:
    equals = json_test("eq", [value])
    is_text = isinstance(value, str)

    def test(score: Score) -> bool:
        text = score.string_value
        return (
            (is_text and text != "" and passes(text))
            or (is_text and value in _categories(score))
            or (score.numerical_value is not None and equals(score.numerical_value))
            or (score.boolean_value is not None and equals(score.boolean_value))
        )

    return test
