"""midspan.domain.timestamps: every way of writing a time, and what is refused."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from midspan.domain.timestamps import EARLIEST, LATEST, read_timestamp
from midspan.ingest.values import read_time

NOON = 1_769_860_800_000_000
"""2026-01-31T12:00:00Z."""


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31T12:00:00z", NOON),
        ("2026-01-31t12:00:00z", NOON),
        ("2026-01-31T12:00:00", NOON),
        ("2026-01-31 12:00:00", NOON),
        ("2026-01-31 12:00:00 UTC", NOON),
        ("2026-01-31T12:00", NOON),
        ("2026-01-31T12:00:00+00:00", NOON),
        ("2026-01-31T12:00:00-00:00", NOON),
        ("2026-01-31T17:30:00+05:30", NOON),
        ("2026-01-31T17:30:00+0530", NOON),
        ("2026-01-31T04:00:00-08", NOON),
        ("  2026-01-31T12:00:00Z ", NOON),
        ("2026-01-31", NOON - 12 * 3_600_000_000),
        ("2026-01-31T12:00:00.5Z", NOON + 500_000),
        ("2026-01-31T12:00:00,5Z", NOON + 500_000),
        ("2026-01-31T12:00:00.123Z", NOON + 123_000),
        ("2026-01-31T12:00:00.123456Z", NOON + 123_456),
        ("2026-01-31T12:00:00.123456789Z", NOON + 123_456),
        ("2026-01-31T12:00:00.9999999Z", NOON + 999_999),
        ("2026-01-31T12:00:00.123456789012345Z", NOON + 123_456),
        ("2026-01-31T11:59:60Z", NOON),
        ("1769860800", NOON),
        ("1769860800.25", NOON + 250_000),
        ("1769860800000", NOON),
        ("1769860800000.5", NOON + 500),
        ("1769860800000000", NOON),
        ("1769860800000000000", NOON),
        ("1769860800000000999", NOON),
        ("1.7698608e9", NOON),
        ("0", 0),
        ("-1", -1_000_000),
        ("1969-12-31T23:59:59Z", -1_000_000),
        ("1900-01-01T00:00:00Z", EARLIEST),
        ("2106-02-07T06:28:16Z", 4_294_967_296_000_000),
        ("2262-04-12T00:00:00Z", 9_223_372_800_000_000),
        ("2299-12-31T23:59:59.999999Z", LATEST),
    ],
)
def test_time_is_read(text: str, micros: int) -> None:
    """A time means the same moment however it is written, as a text and, where it is one, as a number."""
    assert read_timestamp(text) == micros
    assert read_time(Raw(b'"%s"' % text.encode())) == micros
    if text[0] in "-0123456789" and "-" not in text[1:] and ":" not in text:
        assert read_time(Raw(text.encode())) == micros


@pytest.mark.parametrize(
    "text",
    [
        "yesterday", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z",
        "2026-01-31T12:00:61Z", "2026-01-31T12:00:00+25:00", "2026-1-31", "0001-01-01T00:00:00Z",
        "1899-12-31T23:59:59.999999Z", "2300-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1900-01-01T00:00:00+01:00",
        "2299-12-31T23:59:59-01:00", "1e999", "9" * 40, "9" * 400, "-99999999999", "NaN", "Infinity", "\uff11\uff17",
        "2026-01-31T12:00:00Z trailing", "2026-01-31T12:00:00Z\n2026", "12:00:00", "--5", "0x10", "1_0",
    ],
)  # fmt: skip
def test_time_is_refused(text: str) -> None:
    """What names no moment, or one that the engine would wrap, is refused with a sentence."""
    with pytest.raises(ValueError, match=r"^(must|names)"):
        read_timestamp(text)
    with pytest.raises(ValueError, match=r"^(must|names)"):
        read_time(Raw(msgspec.json.encode(text)))


@pytest.mark.parametrize("json", ["{}", "[]", "true", "false"])
def test_time_of_another_type_is_refused(json: str) -> None:
    """A time is a text or a number."""
    with pytest.raises(ValueError, match="must be a time, not"):
        read_time(Raw(json.encode()))


@pytest.mark.parametrize("json", ["null", '""'])
def test_time_not_sent(json: str) -> None:
    """Null and the empty text are no time."""
    assert read_time(Raw(json.encode())) is None


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2299, 12, 30)),
    st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_iso_round_trip(moment: datetime, zone: timezone) -> None:
    """Any moment written as ISO 8601 in any zone comes back to the microsecond."""
    there = moment.replace(tzinfo=zone)
    micros = (there - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert read_timestamp(there.isoformat()) == micros
    assert read_time(Raw(f'"{there.isoformat()}"'.encode())) == micros


@given(st.integers(10**11 * 1000, LATEST))
def test_epoch_round_trip(micros: int) -> None:
    """A moment given in nanoseconds, microseconds or seconds is the same moment."""
    assert read_timestamp(f"{micros}000") == micros
    assert read_timestamp(str(micros)) == micros
    assert read_timestamp(f"{micros // 1_000_000}.{micros % 1_000_000:06d}") == micros


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever the text, the answer is a moment in range or a ValueError."""
    try:
        micros = read_timestamp(text)
    except ValueError:
        return
    assert EARLIEST <= micros <= LATEST
