"""Who uses what, and when: a month of visits with days, nights, weekends, one slow day and one expensive one."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final, NamedTuple

from midspan.demo.faults import Weather
from midspan.demo.people import CUSTOMERS, INCIDENT, Customer, anybody
from midspan.demo.trace import SECOND, Visit

DAYS: Final = 30
DAY: Final = 86_400 * SECOND
HOUR: Final = 3_600 * SECOND


class Share(NamedTuple):
    """An application's part of all spans, and about how many of them one visit makes."""

    part: float
    spans: float
    is_nightly: bool = False


SHARES: Final = {
    "support": Share(0.34, 13.5),
    "docs": Share(0.19, 10.2),
    "coding": Share(0.18, 175.0),
    "voice": Share(0.07, 13.2),
    "embed": Share(0.03, 19.7, is_nightly=True),
    "review": Share(0.015, 10.8, is_nightly=True),
    "studio": Share(0.05, 7.2),
    "sort": Share(0.03, 1.01),
}
INCIDENT_PARTS: Final = ((12.65, 0.007), (13.2, 0.08), (15.55, 0.012))
"""When the runs of the incident begin, in hours of yesterday, and their parts of all spans."""

_HOURS: Final = (2, 1, 1, 1, 2, 4, 9, 22, 48, 70, 78, 74, 58, 66, 74, 70, 60, 44, 30, 24, 18, 12, 7, 4)
"""How busy each hour of a shop's own day is."""
_OFFSETS: Final = {"us-east": -5, "us-west": -8, "eu-west": 1, "ap-northeast": 9, "ap-southeast": 8}
_WEEKDAYS: Final = (1.12, 1.18, 1.15, 1.08, 0.98, 0.46, 0.38)
_LENGTHS: Final = (50, 300)
"""Spans of a session of the coding agent."""
_LATELY: Final = (
    ("support", 4), ("docs", 7), ("sort", 9), ("voice", 13), ("support", 18), ("studio", 23), ("docs", 29),
    ("sort", 31), ("support", 36), ("voice", 44), ("docs", 51), ("support", 57),
)  # fmt: skip
"""Visits of the last hour, by how many minutes ago they began."""
_AGO: Final = (
    ("support", 5, 0), ("voice", 3, 0), ("docs", 2, 0), ("coding", 14, 60), ("coding", 48, 90), ("coding", 131, 140),
)  # fmt: skip
"""Visits that are going on now, by how many seconds ago they began, and of how many spans they would be."""


class Plan(NamedTuple):
    """A month's visits, the newest first, and how the providers were meanwhile."""

    seed: int
    now: int
    visits: list[Visit]
    weather: Weather
    spans: int
    """About how many there will be."""


def plan(seed: int, now: int, spans: int) -> Plan:
    """The month before `now` (microseconds since 1970), with about so many spans. The same arguments, the same plan."""
    dice = Random(f"{seed}/plan")  # noqa: S311 - it draws a picture, not a key
    today = now // DAY * DAY
    weather = _weather(today)
    drawn = [
        *_usual(dice, now, today, spans),
        *_incident(today, spans),
        *_lately(dice, now, spans),
        *_going_on(dice, now),
    ]
    # Somebody is at work in the bad hours, whatever the dice say.
    drawn += [
        Visit(0, weather.slow_from + hour * HOUR, "coding", CUSTOMERS[place], spans=max(spans // 300, 12))
        for place, hour in ((0, 2), (2, 5))
    ]
    drawn.sort(key=lambda visit: visit.at)
    before: Counter[str] = Counter()
    visits = []
    for number, visit in enumerate(drawn):
        visits.append(visit._replace(number=number, nth=before[visit.app]))
        before[visit.app] += 1
    expected = sum(weight(visit) for visit in visits)
    return Plan(seed, now, visits[::-1], weather, round(expected))


def weight(visit: Visit) -> float:
    """About how many spans a visit makes."""
    return visit.spans or SHARES[visit.app].spans if visit.app in SHARES else max(visit.spans, 1)


def _usual(dice: Random, now: int, today: int, spans: int) -> list[Visit]:
    visits = []
    for app, share in SHARES.items():
        length = _LENGTHS if app == "coding" else (0, 0)
        # Of a small demo the long sessions are short, too: one of them must not be all that a day costs.
        scale = min(1.0, spans / 10_000) if app == "coding" else 1.0
        daily = spans * share.part / (share.spans * scale) / DAYS / (sum(_WEEKDAYS) / 7)
        for age in range(DAYS + 1):
            day = today - age * DAY
            growth = 1.16 - 0.32 * age / DAYS
            # The first day and the last are parts of one.
            wanted = daily * _WEEKDAYS[_date(day).weekday()] * growth * dice.lognormvariate(0, 0.09)
            for _ in range(int(wanted + dice.random())):
                customer = anybody(dice)
                at = day + _hour(dice, customer, share) + dice.randrange(HOUR)
                if now - DAYS * DAY <= at < now - 60 * SECOND:
                    visits.append(Visit(0, at, app, customer, spans=round(scale * dice.randint(*length))))
    return visits


def _hour(dice: Random, customer: Customer, share: Share) -> int:
    hour = dice.choices((1, 2, 3, 4), (3, 4, 2, 1))[0] if share.is_nightly else dice.choices(range(24), _HOURS)[0]
    return (hour - _OFFSETS[customer.region]) % 24 * HOUR


def _incident(today: int, spans: int) -> list[Visit]:
    yesterday = today - DAY
    return [
        Visit(0, yesterday + round(hour * HOUR), "incident", INCIDENT, spans=max(round(spans * part), 12))
        for hour, part in INCIDENT_PARTS
    ]


def _lately(dice: Random, now: int, spans: int) -> list[Visit]:
    """Something in the last hour, at night and on Sundays too: it is what a visitor sees first."""
    some = _LATELY[: max(spans // 1_000, 2)]
    return [Visit(0, now - minutes * 60 * SECOND, app, anybody(dice)) for app, minutes in some]


def _going_on(dice: Random, now: int) -> list[Visit]:
    """What has just begun, and batches that wait for their provider."""
    running = [Visit(0, now - seconds * SECOND, app, anybody(dice), spans=length) for app, seconds, length in _AGO]
    waiting = [Visit(0, now - minutes * 60 * SECOND, "queue", CUSTOMERS[place]) for place, minutes in ((1, 7), (3, 22))]
    return running + waiting


def _weather(today: int) -> Weather:
    """A provider is slow on a Wednesday, one to two weeks ago."""
    day = today - 6 * DAY
    while _date(day).weekday() != 2:
        day -= DAY
    return Weather(slow_from=day + 7 * HOUR, slow_until=day + 19 * HOUR)


def _date(at: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
