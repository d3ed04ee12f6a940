"""The present period of a customer's budget."""

from typing import Final
from zoneinfo import ZoneInfo

from midspan.domain.profile import Profile
from midspan.search.buckets import DAY, floor, later

_UTC: Final = ZoneInfo("UTC")
_INTERVALS: Final = {"daily": "1d", "weekly": "1w", "monthly": "1M", "yearly": "1y"}
"""Duration of a budget → interval."""


def budget_period(profile: Profile, present: int) -> tuple[int, int] | None:
    """Start and end (exclusive) of the period around `present`, in µs since 1970; None where there is none.

    As set, where both are. A budget that is renewed has periods one after the other from its start; without a start
    they are the days, weeks from Monday, months or years of UTC.
    """
    start, end = profile.period_start, profile.period_end
    interval = _INTERVALS.get(profile.budget_duration)
    if start is not None and end is not None:
        return start, end
    if interval is None:
        return None
    if end is not None:
        return later(end, interval, -1, _UTC), end
    if start is None:
        first = floor(present, interval, _UTC)
        return first, later(first, interval, 1, _UTC)
    # Counted from the start each time: the 31st stays the 31st after a shorter month.
    count = max(0, (present - start) // _LONGEST[interval])
    while later(start, interval, count + 1, _UTC) <= present:
        count += 1
    return later(start, interval, count, _UTC), later(start, interval, count + 1, _UTC)


_LONGEST: Final = {"1d": DAY, "1w": 7 * DAY, "1M": 31 * DAY, "1y": 366 * DAY}
