"""Tests of scores in SQL: which spans an evaluator's scores select."""

from collections.abc import Sequence
from typing import Final

from midspan.search import scalar_sql
from midspan.search.json_sql import float_bound
from midspan.search.predicates import OWNER
from midspan.search.scalar_sql import SIGNS, Bind, any_of
from midspan.search.tree import Value
from midspan.search.values import number_of

_CATEGORIES: Final = "JSONExtract(categorical_value, 'Array(String)')"


def scored(key: str, bind: Bind, test: str = "") -> str:
    """The spans that the evaluator, by id or slug, gave a score that passes the test."""
    place = bind(key)
    also = f" AND {test}" if test else ""
    return (
        f"id IN (SELECT log_id FROM scores FINAL WHERE {OWNER} "
        f"AND (evaluator_id = {place} OR evaluator_slug = {place}){also})"
    )


def score(operator: str, values: Sequence[Value], bind: Bind) -> str:
    """A test of one score. A text that writes a number or a boolean is compared with those too."""
    parts: list[str] = []
    ordered = operator in ("lt", "lte", "gt", "gte")
    equal = operator in ("eq", "overlap", "contains")
    for value in values:
        number = number_of(value) if isinstance(value, str) else None if isinstance(value, bool) else value
        if number is not None and (ordered or equal):
            parts.append(_number("eq" if equal else operator, number, bind))
        if isinstance(value, str) and not (ordered and number is not None):
            parts.append(f"(string_value != '' AND {scalar_sql.text(operator, [value], 'string_value', bind)})")
            if equal:
                parts.append(f"has({_CATEGORIES}, {bind(value)})")
        if equal and (isinstance(value, bool) or value in ("true", "false")):
            parts.append(f"ifNull(boolean_value = {'true' if value in (True, 'true') else 'false'}, 0)")
    return any_of(parts)


def _number(operator: str, number: float, bind: Bind) -> str:
    bound = float_bound(operator, number)
    if isinstance(bound, bool):
        return "isNotNull(numerical_value)" if bound else "0"
    # Plus nothing, which makes 0 of -0: see scalar_sql.float_.
    return f"ifNull((numerical_value + 0) {SIGNS[bound[0]]} {bind(bound[1] + 0.0, 'Float64')}, 0)"
