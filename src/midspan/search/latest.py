"""The last rows of a window, without looking at all of it.

What lists show first are the newest rows, and these lie in the last hours of a window of weeks. So a list by time that
need not say how many rows there are looks into the end of its window, and further back only where that has too few.
"""

from collections.abc import Iterator
from typing import Final

SORT: Final = "-timestamp"
"""The only order in which the end of the window comes first."""

_PARTS: Final = (1024, 32)
"""What part of the window is looked at first, and then. Both together cost a thirtieth of the whole."""

_SHORTEST: Final = 60_000_000
"""Windows of up to a minute are looked at whole."""


def starts(start: int, end: int) -> Iterator[int]:
    """From when on to look, one time after the other, the last one being `start`. All in µs since 1970."""
    if end - start > _SHORTEST:
        for part in _PARTS:
            yield end - (end - start) // part
    yield start
