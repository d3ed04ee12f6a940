"""Times as clients write them → microseconds since 1970 in UTC.

RFC 3339 with any offset (no zone means UTC; a space or `t` for T, a comma for the point, any number of fraction
digits, a date alone), or an epoch number whose unit follows from its magnitude. What the engine's DateTime64(6)
cannot hold is refused, because it would wrap.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY_ONE: Final = date(1970, 1, 1).toordinal()

EARLIEST: Final = (datetime(1900, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND
LATEST: Final = (datetime(2300, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND - 1

_RFC3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?"
    r" ?(?:([Zz]|UTC)|([+-])(\d\d)(?::?(\d\d))?)?)?",
    re.ASCII,
)
_NUMBER: Final = re.compile(r"-?\d{1,40}(?:\.\d*)?(?:[eE][+-]?\d{1,3})?", re.ASCII)

_UNITS: Final = ((Decimal("1e11"), 1_000_000), (Decimal("1e14"), 1_000), (Decimal("1e17"), 1))
"""(magnitude below which a number is in this unit, microseconds in the unit); beyond the last: nanoseconds."""


def read_timestamp(text: str) -> int:
    """Microseconds since 1970. Finer digits are cut. Raises ValueError with the end of a sentence about the field."""
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return _in_range(_epoch(Decimal(text)))
    if match := _RFC3339.fullmatch(text):
        return _in_range(_calendar(match))
    raise ValueError("must be an ISO 8601 time such as 2026-01-31T12:00:00Z, or an epoch number")


def micros(moment: datetime) -> int:
    """Microseconds since 1970 of a moment; one without a zone is in UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return _in_range((moment - _EPOCH) // _MICROSECOND)


def _in_range(time: int) -> int:
    if not EARLIEST <= time <= LATEST:
        raise ValueError("must lie between the years 1900 and 2299")
    return time


def _epoch(number: Decimal) -> int:
    size = abs(number)
    for limit, unit in _UNITS:
        if size < limit:
            return int((number * unit).to_integral_value("ROUND_FLOOR"))
    # The smallest time out of range is already beyond 1e19 ns: nothing larger needs to be written out.
    return int((number / 1000).to_integral_value("ROUND_FLOOR")) if size < Decimal("1e25") else LATEST + 1


def _calendar(match: re.Match[str]) -> int:
    year, month, day, hour, minute, second, fraction, _, sign, zone_hours, zone_minutes = match.groups()
    try:
        days = date(int(year), int(month), int(day)).toordinal() - _DAY_ONE
    except ValueError:
        raise ValueError(f"names a day that no calendar has: {year}-{month}-{day}") from None
    hours, minutes, seconds = int(hour or 0), int(minute or 0), int(second or 0)
    offset_hours, offset_minutes = int(zone_hours or 0), int(zone_minutes or 0)
    # 60 is a leap second: the first moment of the next minute, as clocks without leap seconds have it.
    if hours > 23 or minutes > 59 or seconds > 60 or offset_hours > 23 or offset_minutes > 59:
        raise ValueError("names an hour, minute or second that no clock has")
    offset = (offset_hours * 60 + offset_minutes) * (-1 if sign == "-" else 1)
    total = ((days * 24 + hours) * 60 + minutes - offset) * 60 + seconds
    return total * 1_000_000 + int((fraction or "0")[:6].ljust(6, "0"))
