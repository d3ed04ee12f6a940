"""The values that clients compare with, brought to the kind of the field.

Both filter languages read values here. A kind's reader takes what JSON or a text gives and raises ValueError with what
it expects.
"""

import math
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, InvalidOperation
from typing import Final

from midspan.domain.timestamps import read_timestamp
from midspan.search.operators import Kind
from midspan.search.tree import Value

DIGITS_MAX: Final = 400
"""Longer numbers are refused: what they could be compared with ends long before."""

_EXACT: Final = Context(prec=2 * DIGITS_MAX)


def read_value(kind: Kind, given: object) -> Value:
    """The value as the kind keeps it: money as its decimal digits, a time as microseconds since 1970.

    Raises ValueError with what is expected.
    """
    if isinstance(given, str) and len(given) > DIGITS_MAX and kind not in _TEXT_KINDS:
        raise ValueError(EXPECTED[kind])
    try:
        return _READERS[kind](given)
    except (ValueError, ArithmeticError):
        raise ValueError(EXPECTED[kind]) from None


def number_of(text: str) -> int | float | None:
    """The number that a text writes, whole ones with all their digits; None for any other text."""
    if len(text) > DIGITS_MAX or not text.isascii() or "_" in text:
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def is_long(value: object) -> bool:
    """A whole number of more than 64 bits: inside JSON it is a text of digits, because the engine reads it so."""
    return isinstance(value, int) and not -(1 << 63) <= value < 1 << 64


def money_text(number: Decimal) -> str:
    """Decimal digits without an exponent or trailing zeros: equal amounts are equal texts."""
    return f"{_EXACT.plus(_EXACT.normalize(number)):f}"


def _text(given: object) -> Value:
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float):
        return str(given)
    if isinstance(given, str):
        given.encode()  # half of a surrogate pair is no character
        return given
    raise ValueError


def _number(given: object) -> Value:
    if isinstance(given, str):
        number = number_of(given.strip())
    elif isinstance(given, int | float) and not isinstance(given, bool):
        number = number_of(repr(given))
    else:
        number = None
    if number is None:
        raise ValueError
    return number


def _float(given: object) -> Value:
    return float(_number(given))


def _money(given: object) -> Value:
    number = _number(given)
    try:
        # A float's shortest digits are what the client wrote.
        exact = Decimal(given.strip() if isinstance(given, str) else repr(number))
    except InvalidOperation:
        raise ValueError from None
    if abs(exact.adjusted()) > 100:
        raise ValueError
    return money_text(exact)


def _time(given: object) -> Value:
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise ValueError
    return read_timestamp(given if isinstance(given, str) else repr(given))


def _boolean(given: object) -> Value:
    word = given.strip().lower() if isinstance(given, str) else given
    if word in ("true", "yes", "1") or word is True or (word == 1 and isinstance(word, int)):
        return True
    if word in ("false", "no", "0") or word is False or (word == 0 and isinstance(word, int)):
        return False
    raise ValueError


def _any(given: object) -> Value:
    """A value of a JSON kind keeps its type; texts that write a number or a boolean match those too."""
    if isinstance(given, bool):
        return given
    return _text(given) if isinstance(given, str) else _number(given)


EXPECTED: Final[Mapping[Kind, str]] = {
    "text": "a text",
    "integer": "a number such as 200",
    "float": "a number such as 0.5",
    "money": "an amount of USD such as 0.01",
    "time": "a time such as 2026-01-31T12:00:00Z between the years 1900 and 2299",
    "boolean": "true or false",
    "json": "a text, a number, or true or false",
    "score": "a text, a number, or true or false",
    "map": "the name of a key",
}
"""Kind → what a value of it looks like, for sentences."""

_TEXT_KINDS: Final = ("text", "json", "score", "map")

_READERS: Final[Mapping[Kind, Callable[[object], Value]]] = {
    "text": _text,
    "integer": _number,
    "float": _float,
    "money": _money,
    "time": _time,
    "boolean": _boolean,
    "json": _any,
    "score": _any,
    "map": _text,
}
