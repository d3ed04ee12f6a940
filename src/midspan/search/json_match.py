"""Tests of values inside JSON text in Python: `search/json_sql.py` says the same in SQL."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from midspan.search.scalar_match import ORDER, Passes, text_test
from midspan.search.tree import Value
from midspan.search.values import is_long, number_of


def json_test(operator: str, values: Sequence[Value]) -> Passes:
    """A test of a decoded JSON value."""
    if operator in ORDER:
        return _ordered(operator, values[0])
    if make := _OWN.get(operator):
        return make(values)
    return _text(operator, values)


def map_test(operator: str, values: Sequence[Value]) -> Passes:
    """A test of a whole object."""
    return (lambda value: not value) if operator == "empty" else _has_key(values)


def _equals(values: Sequence[Value]) -> Passes:
    texts = {value for value in values if isinstance(value, str)}
    texts |= {str(value) for value in values if is_long(value)}
    booleans = {value in (True, "true") for value in values if isinstance(value, bool) or value in ("true", "false")}
    numbers = {number for number in map(number_in, values) if number is not None}

    def passes(value: Any) -> bool:
        if isinstance(value, str):
            return value in texts
        if isinstance(value, bool):
            return value in booleans
        return isinstance(value, int | float) and value in numbers

    return passes


def _overlap(values: Sequence[Value]) -> Passes:
    equals = _equals(values)
    return lambda value: any(map(equals, value)) if isinstance(value, list) else equals(value)


def _contains(values: Sequence[Value]) -> Passes:
    equals, passes = _equals(values), _text("contains", values)
    return lambda value: any(map(equals, value)) if isinstance(value, list) else passes(value)


def _text(operator: str, values: Sequence[Value]) -> Passes:
    passes = text_test(operator, [value for value in values if isinstance(value, str)])
    return lambda value: isinstance(value, str) and passes(value)


def _empty(values: Sequence[Value]) -> Passes:
    del values
    return lambda value: value in ("", [], {})


def _has_key(values: Sequence[Value]) -> Passes:
    return lambda value: isinstance(value, dict) and any(key in value for key in values)


def _ordered(operator: str, bound: Value) -> Passes:
    compare, number = ORDER[operator], number_in(bound)
    if number is not None:
        return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and compare(value, number)
    if not isinstance(bound, str):
        return lambda value: False
    return lambda value: isinstance(value, str) and compare(value, bound)


def number_in(value: Value) -> int | float | None:
    """The number that a value is or writes."""
    if isinstance(value, bool):
        return None
    return number_of(value) if isinstance(value, str) else value


_OWN: Final[Mapping[str, Callable[[Sequence[Value]], Passes]]] = {
    "eq": _equals,
    "overlap": _overlap,
    "contains": _contains,
    "empty": _empty,
    "has_key": _has_key,
}
"""Operators that are not those of a text."""
