"""How often somebody may try to sign in: for each address with each email, for each address, for each email."""

import ipaddress
import math
import time

from midspan.errors import TooMany
from midspan.http.limits import Buckets

PERIOD_SECONDS = 60.0


class Attempts:
    """Not thread-safe: the event loop's own.

    Good attempts are given back. One email is tried from many addresses, too: its own bound is wide, so that nobody
    keeps its owner out with a few requests.
    """

    def __init__(self) -> None:
        self._kinds = tuple((Buckets("attempts", PERIOD_SECONDS), most / PERIOD_SECONDS) for most in (5.0, 30.0, 50.0))

    def take(self, address: str, email: str, now: float | None = None) -> None:
        """Count an attempt. Raises `TooMany` with the whole seconds until the next one."""
        now = time.monotonic() if now is None else now
        asked = list(zip(self._kinds, _keys(address, email), strict=True))
        wait = max(buckets.wait(key, rate, 1, now) for (buckets, rate), key in asked)
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            raise TooMany(f"Too many attempts to sign in. Try again in {seconds} s.", retry_after=seconds)
        for (buckets, rate), key in asked:
            buckets.take(key, rate, 1, now)

    def forgive(self, address: str, email: str) -> None:
        """Give an attempt back: it was good."""
        now = time.monotonic()
        for (buckets, rate), key in zip(self._kinds, _keys(address, email), strict=True):
            buckets.take(key, rate, -1, now)


def _keys(address: str, email: str) -> tuple[str, str, str]:
    network = _network(address)
    return f"{network} {email}", network, email


def _network(address: str) -> str:
    """Who an address belongs to: of IPv6, everybody has 2^64 of them."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
