"""Tests of values inside JSON text, of whole objects, and of scores, in SQL. `search/json_values.py` is its Python.

A value is taken as its JSON text (`raw`); the rest works on that short text. Whole numbers beyond 64 bits are texts of
digits here, because the engine's parser reads them so.
"""

from collections.abc import Sequence
from typing import Final

from midspan.search import scalar_sql
from midspan.search.scalar_sql import Bind, any_of, whole_bound
from midspan.search.tree import Value
from midspan.search.values import is_long, number_of

_INT256: Final = (-(1 << 255), (1 << 255) - 1)
_ORDER: Final = ("lt", "lte", "gt", "gte")


def raw(column: str, path: Sequence[str], bind: Bind) -> str:
    """The JSON text below the keys of `path` or else of the one key with dots; "" or null where there is none."""
    found = f"JSONExtractRaw({column}, {', '.join(bind(key) for key in path)})"
    if len(path) == 1:
        return found
    return f"if({found} IN ('', 'null'), JSONExtractRaw({column}, {bind('.'.join(path))}), {found})"


def json(operator: str, values: Sequence[Value], x: str, bind: Bind) -> str:
    """A test of a JSON value, given its text."""
    if operator == "empty":
        return f"{x} IN ('\"\"', '[]', '{{}}')"
    if operator == "has_key":
        return any_of([f"JSONHas({x}, {bind(value)})" for value in values])
    if operator in _ORDER:
        return _ordered(operator, values[0], x, bind)
    if operator == "eq":
        return _equals(values, x, bind)
    if operator in ("overlap", "contains"):
        element = _equals(values, "element", bind)
        own = _equals(values, x, bind) if operator == "overlap" else _contained(values, x, bind)
        return f"({own} OR arrayExists(element -> {element}, JSONExtractArrayRaw({x})))"
    return f"({_is_text(x)} AND {scalar_sql.text(operator, values, _text(x), bind)})"


def map_(operator: str, values: Sequence[Value], x: str, bind: Bind) -> str:
    """A test of a whole object: a Map column, or JSON text."""
    if operator == "empty":
        return f"empty({x})" if x == "metadata" else f"JSONLength({x}) = 0"
    has = "mapContains" if x == "metadata" else "JSONHas"
    return any_of([f"{has}({x}, {bind(value)})" for value in values])


def _is_text(x: str) -> str:
    return f"startsWith({x}, '\"')"


def _text(x: str) -> str:
    return f"JSONExtractString({x})"


def _contained(values: Sequence[Value], x: str, bind: Bind) -> str:
    texts = [value for value in values if isinstance(value, str)]
    return f"({_is_text(x)} AND {scalar_sql.text('contains', texts, _text(x), bind)})" if texts else "0"


def _equals(values: Sequence[Value], x: str, bind: Bind) -> str:
    """Texts equal texts, and what they write: `2` the number, `true` the boolean."""
    parts: list[str] = []
    texts = [value for value in values if isinstance(value, str)]
    texts += [str(value) for value in values if is_long(value)]
    if texts:
        parts.append(f"({_is_text(x)} AND {scalar_sql.text('eq', texts, _text(x), bind)})")
    words = {"true" if value else "false" for value in values if isinstance(value, bool)}
    words |= {value for value in values if value in ("true", "false") and isinstance(value, str)}
    parts += [f"{x} = '{word}'" for word in sorted(words)]
    numbers = [number for number in map(_number, values) if number is not None]
    parts += [_compared("eq", number, x, bind) for number in dict.fromkeys(numbers)]
    return any_of(parts)


def _ordered(operator: str, value: Value, x: str, bind: Bind) -> str:
    """Numbers, and texts that write one, are compared with numbers; other texts with texts."""
    number = _number(value)
    if number is not None:
        return _compared(operator, number, x, bind)
    if not isinstance(value, str):
        return "0"
    return f"({_is_text(x)} AND {scalar_sql.text(operator, [value], _text(x), bind)})"


def _number(value: Value) -> int | float | None:
    if isinstance(value, bool):
        return None
    return number_of(value) if isinstance(value, str) else value


def _compared(operator: str, number: float, x: str, bind: Bind) -> str:
    """Whole numbers are compared as such, with all their digits; others as floats."""
    whole = whole_bound(operator, number, _INT256)
    if isinstance(whole, bool):
        integers = "1" if whole else "0"
    else:
        integers = f"toInt256OrNull({x}) {scalar_sql.SIGNS[whole[0]]} {bind(str(whole[1]), 'Int256')}"
    floats = _float_compared(operator, number, x, bind)
    return f"ifNull(if(isNotNull(toInt256OrNull({x})), {integers}, {floats}), 0)"


def _float_compared(operator: str, number: float, x: str, bind: Bind) -> str:
    bound = float_bound(operator, number)
    if isinstance(bound, bool):
        return f"({x} != '' AND isNotNull(toFloat64OrNull({x})))" if bound else "0"
    return f"toFloat64OrNull({x}) {scalar_sql.SIGNS[bound[0]]} {bind(bound[1], 'Float64')}"


def float_bound(sign: str, number: float) -> tuple[str, float] | bool:
    """The same test of floats against a float; a whole number may lie between two of them."""
    try:
        near = float(number)
    except OverflowError:
        return sign != "eq" and (number > 0) == (sign in ("lt", "lte"))
    if near == number:
        return sign, near
    if sign == "eq":
        return False
    if sign in ("lt", "lte"):
        return ("lte" if near < number else "lt"), near
    return ("gt" if near < number else "gte"), near
