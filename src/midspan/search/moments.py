"""Times as clients read them."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> str:
    """`2026-01-31T12:00:00.000000Z` of microseconds since 1970."""
    second, fraction = divmod(microseconds, 1_000_000)
    return f"{_second(second)}.{fraction:06d}Z"


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    # A span's times lie close together, and so do a page's.
    return (_EPOCH + timedelta(seconds=second)).isoformat()[:19]
