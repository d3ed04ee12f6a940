"""Rates per key: a bucket of requests and one of spans for each key that has a limit."""

import math
import time

from midspan.domain.principal import Principal
from midspan.errors import TooMany

BUCKETS_MAX = 10_000


class Limits:
    """Not thread-safe: the event loop's own. Keys without limits cost nothing and leave nothing behind."""

    def __init__(self) -> None:
        self._requests = Buckets("requests")
        self._spans = Buckets("spans")

    def take(self, principal: Principal, requests: int = 0, spans: int = 0, now: float | None = None) -> None:
        """Count a request, spans, or both, against the key's rates; all of it or nothing.

        `now` is in seconds on any clock that does not run backwards. Raises `TooMany` with the whole seconds until
        the same call would pass.
        """
        if principal.requests_per_second is None and principal.spans_per_second is None:
            return
        if now is None:
            now = time.monotonic()
        asked = [
            (buckets, rate, amount)
            for buckets, rate, amount in (
                (self._requests, principal.requests_per_second, requests),
                (self._spans, principal.spans_per_second, spans),
            )
            if rate is not None and amount
        ]
        refused = [
            (wait, rate, buckets.unit)
            for buckets, rate, amount in asked
            if (wait := buckets.wait(principal.key_id, rate, amount, now)) > 0
        ]
        if refused:
            wait, rate, unit = max(refused)
            seconds = max(1, math.ceil(wait))
            raise TooMany(
                f"This API key may take {rate:g} {unit} a second. Try again in {seconds} s.", retry_after=seconds
            )
        for buckets, rate, amount in asked:
            buckets.take(principal.key_id, rate, amount, now)


class Buckets:
    """Token buckets by key, each as large as what comes in `seconds`, at least 1.

    An amount larger than the bucket passes when the bucket is full and leaves it in debt, so that the rate holds in
    the long run and a large batch is not refused for ever.
    """

    def __init__(self, unit: str, seconds: float = 1.0) -> None:
        self.unit = unit
        self._seconds = seconds
        # key -> (tokens, when), the one taken from last at the end. A key that is not there has a full bucket.
        self._levels: dict[str, tuple[float, float]] = {}

    def wait(self, key: str, rate: float, amount: int, now: float) -> float:
        """Seconds until the amount passes; 0: now."""
        size = max(1.0, rate * self._seconds)
        missing = min(amount, size) - self._level(key, rate, size, now)
        # A billionth: what floating point may lose on the way.
        return missing / rate if missing > 1e-9 else 0.0

    def take(self, key: str, rate: float, amount: int, now: float) -> None:
        """Take an amount out; a negative one is given back."""
        level = self._level(key, rate, max(1.0, rate * self._seconds), now)
        self._levels.pop(key, None)
        if len(self._levels) >= BUCKETS_MAX:
            del self._levels[next(iter(self._levels))]
        self._levels[key] = (level - amount, now)

    def _level(self, key: str, rate: float, size: float, now: float) -> float:
        found = self._levels.get(key)
        if found is None:
            return size
        tokens, when = found
        return min(size, tokens + max(0.0, now - when) * rate)
