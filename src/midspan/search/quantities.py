"""Quantities as people type them: `1.5k`, `500ms`, `$0.01`, `-7d`, `2026-01-31`.

Only the text language reads them, and the bounds of windows those that are relative to now. What is none of these is
left to the field.
"""

import re
from decimal import Decimal
from typing import Final, NamedTuple

from midspan.domain.timestamps import EARLIEST, read_timestamp
from midspan.search.catalogue import Field
from midspan.search.moments import moment

SECOND: Final = 1_000_000
DAY: Final = 86_400 * SECOND

_SCALES: Final = {"k": 1_000, "K": 1_000, "M": 1_000_000, "G": 1_000_000_000}
_SECONDS: Final = {
    "us": Decimal("1e-6"), "µs": Decimal("1e-6"), "ms": Decimal("1e-3"), "s": Decimal(1), "m": Decimal(60),
    "min": Decimal(60), "h": Decimal(3600), "d": Decimal(86_400),
}  # fmt: skip
_AGO: Final = {"s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": DAY, "w": 7 * DAY}

_NUMBER: Final = re.compile(r"\$?(-?\d{1,30}(?:\.\d{1,30})?|-?\.\d{1,30})([kKMG]?)", re.ASCII)
_DURATION: Final = re.compile(r"(\d{1,30}(?:\.\d{1,30})?|\.\d{1,30})(us|µs|ms|s|min|m|h|d)")
_RELATIVE: Final = re.compile(r"(?:now)?-(\d{1,9})([smhdw])", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Day(NamedTuple):
    """A whole day in UTC: from `start`, up to but without `end`, as times that a field reads."""

    start: str
    end: str


def read_quantity(field: Field, text: str, now: int) -> str | int | float | Day:
    """What the field is compared with, given what was typed. `now` is in microseconds since 1970."""
    if field.kind == "time":
        return _time(text, now)
    if field.kind not in ("integer", "float", "money"):
        return text
    if field.unit == "seconds" and (match := _DURATION.fullmatch(text)):
        return float(Decimal(match[1]) * _SECONDS[match[2]])
    if (match := _NUMBER.fullmatch(text)) and (match[2] or (text[0] == "$" and field.kind == "money")):
        number = Decimal(match[1]) * _SCALES.get(match[2], 1)
        return f"{number.normalize():f}"
    return text


def read_relative(text: str, now: int) -> int | None:
    """The time that `now`, `-7d` or `now-7d` means, in microseconds since 1970; None for what is none of these."""
    if text == "now":
        return now
    if match := _RELATIVE.fullmatch(text):
        return max(now - int(match[1]) * _AGO[match[2]], EARLIEST)
    return None


def _time(text: str, now: int) -> str | Day:
    word = text.lower()
    if word in ("today", "yesterday"):
        start = now // DAY * DAY - (DAY if word == "yesterday" else 0)
        return Day(moment(start), moment(start + DAY))
    if (when := read_relative(word, now)) is not None:
        return moment(when)
    if _DATE.fullmatch(text):
        try:
            start = read_timestamp(text)
        except ValueError:
            return text
        return Day(moment(start), moment(start + DAY)) if start < _LAST_DAY else text
    return text


_LAST_DAY: Final = read_timestamp("2299-12-31")
