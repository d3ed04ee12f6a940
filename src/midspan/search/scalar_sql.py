"""Tests of texts, numbers, money, times and booleans in SQL.

Each function takes a positive operator, its values, the expression (there and not NULL) and the binder.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from math import ceil, floor
from typing import Final, TypeAlias

from midspan.search.patterns import engine_pattern
from midspan.search.tree import Value
from midspan.search.word_sql import contains_in_any_case, hinted, words_test
from midspan.search.words import COLUMNS, any_case, trigrams, word_pattern

Bind: TypeAlias = Callable[..., str]
"""Binder: value, type → its place in the text."""

SIGNS: Final = {"eq": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_INT64: Final = (-(1 << 63), (1 << 63) - 1)
_MONEY_LIMIT: Final = Decimal(10) ** 26
_MONEY_STEP: Final = Decimal("1e-12")
_EXACT: Final = Context(prec=200)


def any_of(parts: Sequence[str]) -> str:
    """One of the predicates holds."""
    if not parts:
        return "0"
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def text(operator: str, values: Sequence[Value], x: str, bind: Bind) -> str:
    """A test of a text."""
    given = [str(value) for value in values]
    if operator in ("eq", "overlap"):
        return _equals(x, [bind(value) for value in given])
    if operator == "empty":
        return f"{x} = ''"
    if operator in SIGNS:
        return f"{x} {SIGNS[operator]} {bind(given[0])}"
    return any_of([_TEXT[operator](x, value, bind) for value in given])


def integer(operator: str, values: Sequence[Value], x: str, bind: Bind) -> str:
    """A test of a whole number; bounds between whole numbers are brought to the next one."""
    return _numbers(operator, values, x, lambda sign, value: _integer(sign, value, bind))


def float_(operator: str, values: Sequence[Value], x: str, bind: Bind) -> str:
    """A test of a float, by value: -0 is 0."""
    # Plus nothing, which makes 0 of -0: IN compares bits, and the engine makes it of several equalities by itself.
    if operator in ("eq", "overlap"):
        x = f"({x} + 0)"
    return _numbers(operator, values, x, lambda sign, value: (sign, bind(float(value) + 0.0, "Float64")))


def money(operator: str, values: Sequence[Value], x: str, bind: Bind) -> str:
    """A test of an amount, exact in decimal; bounds finer than the column's twelve places are brought to the next."""
    return _numbers(operator, values, x, lambda sign, value: _money(sign, Decimal(str(value)), bind))


def time(operator: str, values: Sequence[Value], x: str, bind: Bind) -> str:
    """A test of a time in microseconds since 1970."""
    return _numbers(
        operator, values, x, lambda sign, value: (sign, f"fromUnixTimestamp64Micro({bind(value, 'Int64')}, 'UTC')")
    )


def boolean(operator: str, values: Sequence[Value], x: str, bind: Bind) -> str:
    """A test of a boolean."""
    del bind
    if operator == "empty":
        return ""
    return any_of([f"({x}) = {'true' if value else 'false'}" for value in dict.fromkeys(values)])


Bound: TypeAlias = tuple[str, str] | bool
"""Operator and the bound value's place in the text; or what the test comes to, whatever the column holds."""


def _numbers(operator: str, values: Sequence[Value], x: str, bound: Callable[[str, Value], Bound]) -> str:
    if operator == "empty":
        return ""
    sign = "eq" if operator == "overlap" else operator
    found = [bound(sign, value) for value in values]
    if True in found:
        return "1"
    pairs = [each for each in found if not isinstance(each, bool)]
    if sign == "eq" and len(pairs) > 1:
        return _equals(x, [place for _, place in pairs])
    return any_of([f"{x} {SIGNS[name]} {place}" for name, place in pairs])


def _equals(x: str, places: Sequence[str]) -> str:
    places = list(dict.fromkeys(places))
    return f"{x} = {places[0]}" if len(places) == 1 else f"{x} IN ({', '.join(places)})"


def _integer(sign: str, value: Value, bind: Bind) -> Bound:
    bounded = whole_bound(sign, value, _INT64)
    return bounded if isinstance(bounded, bool) else (bounded[0], bind(bounded[1], "Int64"))


def whole_bound(sign: str, value: Value, limits: tuple[int, int]) -> tuple[str, int] | bool:
    """The same test of whole numbers within `limits`, against a whole number within them."""
    assert not isinstance(value, str)
    whole = floor(value)
    if whole != value:
        if sign == "eq":
            return False
        # Between two whole numbers: below it is at most the lower one, above it is at least the upper one.
        sign, whole = ("lte", whole) if sign in ("lt", "lte") else ("gte", ceil(value))
    if limits[0] <= whole <= limits[1]:
        return sign, whole
    return sign != "eq" and (whole > 0) == (sign in ("lt", "lte"))


def _money(sign: str, value: Decimal, bind: Bind) -> Bound:
    if value.copy_abs() >= _MONEY_LIMIT:
        return sign != "eq" and (value > 0) == (sign in ("lt", "lte"))
    lower = value.quantize(_MONEY_STEP, ROUND_FLOOR, _EXACT)
    if lower != value:
        if sign == "eq":
            return False
        upper = value.quantize(_MONEY_STEP, ROUND_CEILING, _EXACT)
        sign, value = ("lte", lower) if sign in ("lt", "lte") else ("gte", upper)
    return sign, bind(f"{value:f}", "Decimal(38, 12)")


def _icontains(x: str, value: str, bind: Bind) -> str:
    if value.isascii():
        return contains_in_any_case(x, value, bind)
    return f"match({x}, {bind(any_case(value))})"


def _iexact(x: str, value: str, bind: Bind) -> str:
    if value.isascii():
        return f"lower({x}) = lower({bind(value)})"
    return f"match({x}, {bind(f'^(?:{any_case(value)})$')})"


def _full_text(x: str, value: str, bind: Bind) -> str:
    pattern = word_pattern(value)
    if pattern is None:
        return "1"
    found = words_test(x, value, pattern, bind)
    return hinted(found, value, bind) if x in COLUMNS else found


def _similar(x: str, value: str, bind: Bind) -> str:
    groups = trigrams(value)
    found = " + ".join(f"({_icontains(x, group, bind)})" for group in groups)
    return f"({found}) >= {-(-len(groups) // 2)}"


_TEXT: Final[Mapping[str, Callable[[str, str, Bind], str]]] = {
    "contains": lambda x, value, bind: f"position({x}, {bind(value)}) > 0",
    "icontains": _icontains,
    "iexact": _iexact,
    "startswith": lambda x, value, bind: f"startsWith({x}, {bind(value)})",
    "endswith": lambda x, value, bind: f"endsWith({x}, {bind(value)})",
    "regex": lambda x, value, bind: f"match({x}, {bind(engine_pattern(value))})",
    "full_text": _full_text,
    "trigram_word_similar": _similar,
}
