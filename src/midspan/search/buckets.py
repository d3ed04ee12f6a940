"""Buckets of time in a named time zone: where each begins, worked out here and handed to the engine as numbers.

An hour is an hour, so the day on which clocks are set back has 25. From six hours upwards buckets follow the wall
clock: days begin at the zone's midnight and may have 23 or 25 hours, weeks begin on Monday.
"""

import difflib
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from midspan.errors import BadRequest

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

SPANS_OF_TIME: Final = {
    "1s": SECOND, "10s": 10 * SECOND, "1m": MINUTE, "5m": 5 * MINUTE, "15m": 15 * MINUTE, "30m": 30 * MINUTE,
    "1h": HOUR, "6h": 6 * HOUR, "12h": 12 * HOUR, "1d": DAY, "1w": 7 * DAY, "1M": 31 * DAY, "1y": 366 * DAY,
}  # fmt: skip
"""Interval → its greatest length in µs, leaving the hour of a clock set back aside."""

BUCKETS_AUTO: Final = 200
"""`auto` takes the shortest interval that makes no more buckets than this."""
BUCKETS_MAX: Final = 2000

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_WALL_EPOCH: Final = datetime(1970, 1, 1)
_EARLIEST: Final = datetime(1, 1, 2)
_LATEST: Final = datetime(9998, 1, 1)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def read_zone(name: object) -> ZoneInfo:
    """The time zone of an IANA name. Raises `BadRequest` with the nearest known name."""
    if isinstance(name, str) and name in _names():
        return ZoneInfo(name)
    near = difflib.get_close_matches(str(name)[:60], sorted(_names()), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else "Send a name such as 'Europe/Berlin'."
    raise BadRequest(f"time_zone {str(name)[:60]!r} is no IANA time zone. {hint}", code="bad_interval")


def read_interval(name: object, length: int) -> str | None:
    """The interval for a window of `length` µs; None for `none`. Raises `BadRequest`."""
    if name == "none":
        return None
    if name == "auto":
        return next((each for each, size in SPANS_OF_TIME.items() if length <= size * BUCKETS_AUTO), "1y")
    if not isinstance(name, str) or name not in SPANS_OF_TIME:
        known = ("auto", "none", *SPANS_OF_TIME)
        near = difflib.get_close_matches(str(name)[:20], known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise BadRequest(f"interval is one of {', '.join(known)}; not {str(name)[:60]!r}.{hint}", code="bad_interval")
    return name


@dataclass(frozen=True)
class Buckets:
    """The buckets of a window; times are microseconds since 1970.

    A time belongs to the last bucket that does not begin after it. So the last one holds the window's end, which is
    inclusive, and where there is no end also the spans of clocks that run ahead.
    """

    interval: str
    edges: tuple[int, ...]
    """Where each begins. The first may begin before the window does."""

    @property
    def parameter(self) -> str:
        """The edges as the value of a bound parameter of the type Array(Int64)."""
        return f"[{','.join(map(str, self.edges))}]"

    def of(self, time: int) -> int:
        """The index of the bucket that a time of the window belongs to."""
        return max(0, bisect_right(self.edges, time) - 1)


def buckets(start: int, end: int, interval: str, zone: ZoneInfo, most: int = BUCKETS_MAX) -> Buckets:
    """The buckets from `start` to `end`. Raises `BadRequest` when there are more than `most`."""
    edges = [floor(start, interval, zone)]
    while (edge := _next(edges[-1], interval, zone)) < end:
        edges.append(edge)
        if len(edges) > most:
            longer = read_interval("auto", end - start)
            raise BadRequest(
                f"interval {interval} makes more than {most} buckets of this window; "
                f"send {longer} or auto, or a shorter window.",
                code="bad_interval",
            )
    return Buckets(interval, tuple(edges))


@dataclass(frozen=True)
class Previous:
    """The window of the same length right before, and its buckets, which stand beside those of the window itself."""

    start: int
    end: int
    """Inclusive, and always before the window's start."""
    buckets: Buckets | None


def previous(start: int, end: int, found: Buckets | None, zone: ZoneInfo) -> Previous:
    """The period before a window.

    A window that begins on a bucket of a calendar interval goes back by as many days, weeks, months: the 1st to the
    25th of a month is compared with the 1st to the 25th of the one before. Any other goes back by its own length.
    """
    if found is not None and SPANS_OF_TIME[found.interval] >= DAY and found.edges[0] == start:
        count = len(found.edges)

        def back(time: int) -> int:
            return later(time, found.interval, -count, zone)
    else:
        by_wall_clock = found is not None and SPANS_OF_TIME[found.interval] >= DAY
        read = (_wall(end, zone) - _wall(start, zone)) // timedelta(microseconds=1)
        length = _whole(read if by_wall_clock else end - start)

        def back(time: int) -> int:
            if by_wall_clock:
                return _utc(_wall(time, zone) - timedelta(microseconds=length), zone)
            return time - length

    edges = tuple(map(back, found.edges)) if found is not None else ()
    earlier = Buckets(found.interval, edges) if found is not None else None
    return Previous(back(start), min(back(end), start - 1), earlier)


def _whole(length: int) -> int:
    """A window up to the last microsecond or second of its day is meant to be whole."""
    if (length + 1) % SECOND == 0:
        length += 1
    if (length + SECOND) % MINUTE == 0:
        length += SECOND
    return max(length, 1)


def later(time: int, interval: str, count: int, zone: ZoneInfo) -> int:
    """The time `count` intervals later by the wall clock; the last day of a month stays its last at most."""
    return _utc(_stepped(_wall(time, zone), interval, count), zone)


def floor(time: int, interval: str, zone: ZoneInfo) -> int:
    """When the bucket of a time begins."""
    size = SPANS_OF_TIME[interval]
    if size <= HOUR:
        offset = _offset(time, zone)
        return (time + offset) // size * size - offset
    edge = _utc(_wall_floor(_wall(time, zone), interval), zone)
    # A midnight that comes twice: the day begins with the first.
    return edge if edge <= time else _utc(_stepped(_wall_floor(_wall(time, zone), interval), interval, -1), zone)


def _next(edge: int, interval: str, zone: ZoneInfo) -> int:
    size = SPANS_OF_TIME[interval]
    if size <= HOUR:
        offset = _offset(edge + size, zone)
        # Zones whose clocks change by half an hour: round up to the next hour of theirs.
        return -((-(edge + size) - offset) // size) * size - offset
    wall = _stepped(_wall_floor(_wall(edge, zone), interval), interval, 1)
    while (following := _utc(wall, zone)) <= edge:  # a day that the zone skipped has no length
        wall = _stepped(wall, interval, 1)
    return following


def _wall_floor(wall: datetime, interval: str) -> datetime:
    day = wall.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    match interval:
        case "6h" | "12h":
            hours = int(interval[:-1])
            return day.replace(hour=wall.hour // hours * hours)
        case "1w":
            return day - timedelta(days=day.weekday())
        case "1M":
            return day.replace(day=1)
        case "1y":
            return day.replace(month=1, day=1)
    return day


def _stepped(wall: datetime, interval: str, count: int) -> datetime:
    """The wall clock `count` intervals on; the last day of a month stays its last at most."""
    if interval in ("1M", "1y"):
        months = wall.year * 12 + wall.month - 1 + count * (12 if interval == "1y" else 1)
        first = wall.replace(year=months // 12, month=months % 12 + 1, day=1)
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return first.replace(day=min(wall.day, last.day))
    return wall + count * timedelta(microseconds=SPANS_OF_TIME[interval])


def _wall(time: int, zone: ZoneInfo) -> datetime:
    """The wall clock's reading at a time."""
    return (_EPOCH + timedelta(microseconds=time)).astimezone(zone).replace(tzinfo=None)


def _offset(time: int, zone: ZoneInfo) -> int:
    """How far the wall clock is ahead of UTC."""
    there = (_EPOCH + timedelta(microseconds=time)).astimezone(zone).utcoffset()
    assert there is not None
    return there // timedelta(microseconds=1)


def _utc(wall: datetime, zone: ZoneInfo) -> int:
    """The time at which the wall clock reads so: the first of two, and the moment of the jump for one left out."""
    wall = max(_EARLIEST, min(wall, _LATEST))
    offset = wall.replace(tzinfo=zone, fold=0).utcoffset()
    assert offset is not None
    return (wall - _WALL_EPOCH) // timedelta(microseconds=1) - offset // timedelta(microseconds=1)
