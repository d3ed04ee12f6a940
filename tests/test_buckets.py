"""Buckets of time in named time zones, and the period before."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from midspan.domain.timestamps import EARLIEST, LATEST, read_timestamp
from midspan.errors import BadRequest
from midspan.search.buckets import (
    BUCKETS_AUTO,
    DAY,
    HOUR,
    SPANS_OF_TIME,
    buckets,
    floor,
    later,
    previous,
    read_interval,
    read_zone,
)

BERLIN = ZoneInfo("Europe/Berlin")


def us(text: str) -> int:
    """Microseconds since 1970."""
    return read_timestamp(text)


def written(time: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=time)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize(
    ("day", "following", "hours"),
    [
        ("2026-03-28T23:00Z", "2026-03-29T22:00Z", 23),
        ("2026-10-24T22:00Z", "2026-10-25T23:00Z", 25),
        ("2026-06-01T22:00Z", "2026-06-02T22:00Z", 24),
    ],
)
def test_the_days_on_which_clocks_change_have_23_and_25_hours(day: str, following: str, hours: int) -> None:
    """A day goes from midnight to midnight of the zone; its hours are hours."""
    start, end = us(day), us(following)

    assert buckets(start, end, "1d", BERLIN).edges == (start,)
    assert buckets(start, end, "1h", BERLIN).edges == tuple(start + hour * HOUR for hour in range(hours))
    assert floor(end - 1, "1d", BERLIN) == start
    assert floor(end, "1d", BERLIN) == end


def test_weeks_begin_on_monday_months_on_the_first() -> None:
    """By the wall clock of the zone, whatever UTC says."""
    start, end = us("2026-03-25T12:00Z"), us("2026-04-02T12:00Z")

    assert [written(edge) for edge in buckets(start, end, "1w", BERLIN).edges] == [
        "2026-03-22T23:00:00Z",
        "2026-03-29T22:00:00Z",
    ]
    assert [written(edge) for edge in buckets(start, end, "1M", BERLIN).edges] == [
        "2026-02-28T23:00:00Z",
        "2026-03-31T22:00:00Z",
    ]


def test_zones_of_half_hours_and_skipped_days() -> None:
    """Hours of Kolkata begin at half past in UTC; the day that Samoa left out has no bucket."""
    assert written(floor(us("2026-01-01T00:10Z"), "1h", ZoneInfo("Asia/Kolkata"))) == "2025-12-31T23:30:00Z"
    days = buckets(us("2011-12-29T12:00Z"), us("2011-12-31T12:00Z"), "1d", ZoneInfo("Pacific/Apia")).edges
    assert [written(edge) for edge in days] == ["2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"]


def test_every_time_lies_in_the_bucket_that_begins_last_before_it() -> None:
    """In any zone, any year, any interval: a bucket begins no later than its times, and the next one after them."""
    zones, choice = sorted(available_timezones()), random.Random(5)
    for _ in range(3000):
        zone, interval = ZoneInfo(choice.choice(zones)), choice.choice(list(SPANS_OF_TIME))
        time = choice.randint(EARLIEST, LATEST)
        found = buckets(time, time + 3 * SPANS_OF_TIME[interval], interval, zone)
        assert found.edges[0] <= time < found.edges[1], (zone, interval, time)
        assert list(found.edges) == sorted(set(found.edges))
        assert len(found.edges) >= 3
        for edge in found.edges[1:]:
            assert floor(edge, interval, zone) == edge or SPANS_OF_TIME[interval] <= HOUR
        assert found.of(time) == 0
        assert found.of(found.edges[1]) == 1
        assert found.of(found.edges[-1] + DAY) == len(found.edges) - 1


@pytest.mark.parametrize(
    ("length", "interval"),
    [(0, "1s"), (HOUR, "1m"), (DAY, "15m"), (7 * DAY, "1h"), (30 * DAY, "6h"), (90 * DAY, "12h"), (366 * DAY, "1w")],
)
def test_auto_chooses_a_length_for_the_window(length: int, interval: str) -> None:
    """At most 200 buckets, and the shortest that make no more."""
    assert read_interval("auto", length) == interval
    assert len(buckets(0, length, interval, BERLIN).edges) <= BUCKETS_AUTO + 1


@pytest.mark.parametrize(
    ("start", "end", "interval", "before"),
    [
        # From the first bucket on: as many buckets back, by the calendar.
        ("2026-03-01", "2026-03-31T23:59:59.999999", "1M", ("2026-02-01T00:00:00Z", "2026-02-28T23:59:59Z")),
        ("2026-03-01", "2026-03-15", "1M", ("2026-02-01T00:00:00Z", "2026-02-15T00:00:00Z")),
        ("2026-03-02", "2026-03-09", "1d", ("2026-02-23T00:00:00Z", "2026-03-01T23:59:59Z")),
        # Any other: the length of the window back; a last second or microsecond counts as whole.
        ("2026-03-02T10:17", "2026-03-03T10:17", "1h", ("2026-03-01T10:17:00Z", "2026-03-02T10:16:59Z")),
        ("2026-03-02", "2026-03-02T23:59:59", "1h", ("2026-03-01T00:00:00Z", "2026-03-01T23:59:59Z")),
        ("2026-03-02", "2026-03-02T23:59:59.999999", None, ("2026-03-01T00:00:00Z", "2026-03-01T23:59:59Z")),
        ("2026-03-02", "2026-03-02", None, ("2026-03-01T23:59:59Z", "2026-03-01T23:59:59Z")),
    ],
)
def test_the_period_before(start: str, end: str, interval: str | None, before: tuple[str, str]) -> None:
    """It ends before the window begins, is as long, and has as many buckets."""
    zone = ZoneInfo("UTC")
    found = buckets(us(start), us(end), interval, zone) if interval else None
    period = previous(us(start), us(end), found, zone)

    assert (written(period.start), written(period.end)) == before
    assert period.end < us(start)
    if found is not None:
        assert period.buckets is not None
        assert len(period.buckets.edges) == len(found.edges)


def test_the_period_before_follows_the_wall_clock() -> None:
    """Seven days to a Monday noon are compared with those to the Monday noon before, over a change of clocks."""
    start, end = us("2026-03-23T11:00Z"), us("2026-03-30T10:00Z")  # noon in Berlin, both
    period = previous(start, end, buckets(start, end, "1d", BERLIN), BERLIN)

    assert written(period.start) == "2026-03-16T11:00:00Z"
    assert written(period.end) == "2026-03-23T10:59:59Z"


def test_months_are_counted_from_where_they_begin() -> None:
    """The 31st is the last day of a shorter month."""
    zone = ZoneInfo("UTC")
    assert written(later(us("2026-01-31"), "1M", 1, zone)) == "2026-02-28T00:00:00Z"
    assert written(later(us("2026-01-31"), "1M", 2, zone)) == "2026-03-31T00:00:00Z"
    assert written(later(us("2026-03-31"), "1M", -1, zone)) == "2026-02-28T00:00:00Z"


@pytest.mark.parametrize(
    "name", ["Europe/Berln", "../etc/passwd", "", None, 3, "/usr/share/zoneinfo/UTC", "é", "x" * 9999]
)
def test_what_is_no_time_zone_is_refused(name: object) -> None:
    """A name that no zone has is a 400, and nothing is opened for it."""
    with pytest.raises(BadRequest) as refused:
        read_zone(name)
    assert "time_zone" in refused.value.detail
    assert len(refused.value.detail) < 300


@pytest.mark.parametrize("name", ["2d", "1D", "", None, 3, "day", ["1d"]])
def test_what_is_no_interval_is_refused(name: object) -> None:
    """The 400 lists those that there are."""
    with pytest.raises(BadRequest, match="1s, 10s, 1m"):
        read_interval(name, DAY)


def test_too_many_buckets_are_refused_with_what_would_do() -> None:
    """The sentence names an interval that fits."""
    with pytest.raises(BadRequest, match="send 6h or auto"):
        buckets(0, 30 * DAY, "1s", BERLIN)
