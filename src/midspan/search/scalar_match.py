"""Tests of texts, numbers, money, times and booleans in Python: `search/scalar_sql.py` says the same in SQL."""

import operator as operators
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from midspan.search.patterns import compiled, compiled_trusted
from midspan.search.tree import Value
from midspan.search.words import any_case, trigrams, word_pattern

Passes: TypeAlias = Callable[[Any], bool]
"""A test of one value that is there."""

ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "lt": operators.lt,
    "lte": operators.le,
    "gt": operators.gt,
    "gte": operators.ge,
}


def text_test(operator: str, values: Sequence[Value]) -> Passes:
    """A test of a text."""
    given = [str(value) for value in values]
    if operator in ("eq", "overlap"):
        return frozenset(given).__contains__
    if operator == "empty":
        return lambda text: text == ""
    if operator in ORDER:
        return _ordered(operator, given[0])
    return any_of([_TEXT[operator](value) for value in given])


def number_test(operator: str, values: Sequence[Value]) -> Passes:
    """A test of a number or a time. Whole numbers and floats compare exactly."""
    if operator in ORDER:
        return _ordered(operator, values[0])
    return _among(operator, values)


def money_test(operator: str, values: Sequence[Value]) -> Passes:
    """A test of an amount, exact in decimal."""
    amounts = [Decimal(str(value)) for value in values]
    if operator in ORDER:
        return _ordered(operator, amounts[0])
    return _among(operator, amounts)


def boolean_test(operator: str, values: Sequence[Value]) -> Passes:
    """A test of a boolean."""
    return _among(operator, values)


def any_of(tests: Sequence[Passes]) -> Passes:
    """One of the tests passes."""
    return tests[0] if len(tests) == 1 else lambda value: any(test(value) for test in tests)


def _among(operator: str, values: Sequence[object]) -> Passes:
    return (lambda value: False) if operator == "empty" else frozenset(values).__contains__


def _ordered(operator: str, bound: Any) -> Passes:
    compare = ORDER[operator]
    return lambda value: compare(value, bound)


def _icontains(wanted: str) -> Passes:
    if not wanted.isascii():
        return _found(any_case(wanted))
    # Of bytes, because only those lower nothing but ASCII.
    lowered = wanted.lower().encode()
    return lambda text: lowered in text.encode().lower()


def _iexact(wanted: str) -> Passes:
    if not wanted.isascii():
        return _found(f"^(?:{any_case(wanted)})$")
    lowered = wanted.lower().encode()
    return lambda text: text.encode().lower() == lowered


def _found(pattern: str) -> Passes:
    search = compiled_trusted(pattern).search
    return lambda text: search(text.encode()) is not None


def _regex(wanted: str) -> Passes:
    search = compiled(wanted).search
    return lambda text: search(text.encode()) is not None


def _full_text(wanted: str) -> Passes:
    pattern = word_pattern(wanted)
    return (lambda text: True) if pattern is None else _found(pattern)


def _similar(wanted: str) -> Passes:
    tests = [_icontains(group) for group in trigrams(wanted)]
    least = -(-len(tests) // 2)
    return lambda text: sum(test(text) for test in tests) >= least


def _contains(wanted: str) -> Passes:
    return lambda text: wanted in text


def _startswith(wanted: str) -> Passes:
    return lambda text: text.startswith(wanted)


def _endswith(wanted: str) -> Passes:
    return lambda text: text.endswith(wanted)


_TEXT: Final[Mapping[str, Callable[[str], Passes]]] = {
    "contains": _contains,
    "icontains": _icontains,
    "iexact": _iexact,
    "startswith": _startswith,
    "endswith": _endswith,
    "regex": _regex,
    "full_text": _full_text,
    "trigram_word_similar": _similar,
}
