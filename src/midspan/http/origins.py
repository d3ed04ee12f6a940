"""Where a request of a browser comes from: pages of other sites may not write with the cookies of ours."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from midspan.errors import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
PORTS = {"http": 80, "https": 443}


class Origins:
    """`public_url` is the setting: where people reach the server, "" where it is not said."""

    def __init__(self, public_url: str) -> None:
        self._public = _place(public_url) if public_url else None

    def check(self, scope: Mapping[str, Any]) -> None:
        """Raises `Forbidden` for a request that may change something and was sent by another site's page.

        Browsers say so in `Sec-Fetch-Site`, older ones and those on plain HTTP in `Origin`. What says neither is no
        browser, and nobody lends it a cookie.
        """
        if scope.get("method") in SAFE:
            return
        found = {name: value for name, value in scope["headers"] if name in (b"sec-fetch-site", b"origin", b"host")}
        site, origin = found.get(b"sec-fetch-site"), found.get(b"origin")
        if site is not None:
            is_own = site in (b"same-origin", b"none")
        else:
            is_own = origin is None or self._is_own(origin.decode("latin-1"), found.get(b"host", b"").decode("latin-1"))
        if not is_own:
            raise Forbidden(
                "This request comes from a page of another site, which may not change anything here. "
                "Programs send an API key as `Authorization: Bearer <key>`.",
                code="cross_site",
            )

    def _is_own(self, origin: str, host: str) -> bool:
        place = _place(origin)
        if place is None:
            return False
        # Which scheme reaches us, a proxy decides; the same host by another scheme is nobody else's.
        return place == self._public or place == _place(f"{origin.partition('://')[0]}://{host}")


def _place(url: str) -> tuple[str, int] | None:
    """Host and port of an address."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.hostname, port) if parts.hostname else None
