"""The outermost layer: which host is meant, which route, and the headers that every answer carries."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from midspan.errors import BadRequest, NotFound
from midspan.http.endpoint import refusal
from midspan.settings import Settings

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (
        b"content-security-policy",
        (
            b"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            b"connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        ),
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
NO_STORE = (b"cache-control", b"no-store")
API = ("/api", "/request-logs", "/v1/", "/v2/", "/traces/ingest", "/clickhouse/", "/integrations/", "/openai/")
"""How the API's addresses begin. No answer of theirs is kept on the way."""

KNOWN_MAX = 1000
"""Host headers remembered as good."""

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


async def nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    """The API's refusal for an address that is nobody's."""
    request = Request(scope)
    await refusal(NotFound(f"There is nothing at {request.url.path[:200]}. /docs/api lists what there is."))(
        scope, receive, send
    )


class Frame:
    """The whole server as one ASGI app.

    Routes without a path parameter are found by one look-up; the others by the router. `hosts` are the names accepted
    in the Host header besides loopback's; None accepts any. `nowhere` answers where no route does. `public_url` is the
    setting: requests that came by its host find it in their scope, under the same name.
    """

    def __init__(
        self,
        routes: Iterable[BaseRoute],
        hosts: frozenset[str] | None,
        nowhere: ASGIApp = nothing_here,
        public_url: str = "",
    ) -> None:
        self._fixed: dict[str, ASGIApp] = {}
        others = []
        for route in routes:
            if isinstance(route, Route) and "{" not in route.path and route.methods is None:
                self._fixed[route.path] = route.app
            else:
                others.append(route)
        self._router = Router(others, redirect_slashes=False, default=nowhere)
        self._hosts = hosts
        self._known: set[bytes] = set()
        self._public_url = public_url.rstrip("/")
        self._public_host = urlsplit(public_url).netloc.lower().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        is_api = path.startswith(API)

        async def framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], *SECURITY_HEADERS]
                if is_api:
                    headers.append(NO_STORE)
                message["headers"] = headers
            await send(message)

        if self._hosts is not None and not self._is_known(scope):
            fault = BadRequest(
                "The Host header names no host of this server. Name it in the setting allowed_hosts.",
                code="unknown_host",
            )
            await refusal(fault)(scope, receive, framed)
            return
        if self._public_host and _host(scope).lower() == self._public_host:
            scope["public_url"] = self._public_url
        app = self._fixed.get(path, self._router)
        await app(scope, receive, framed)

    def _is_known(self, scope: Scope) -> bool:
        """Whether the Host header names this server. A page that rebinds a name of its own does not pass."""
        assert self._hosts is not None
        raw = _host(scope)
        if raw in self._known:
            return True
        given = raw.decode("latin-1")
        host = given.rpartition("]")[0].lstrip("[") if given.startswith("[") else given.partition(":")[0]
        host = host.lower()
        if host not in LOOPBACK_NAMES and host not in self._hosts and not _is_loopback(host):
            return False
        if len(self._known) < KNOWN_MAX:
            self._known.add(raw)
        return True


def hosts(settings: Settings) -> frozenset[str] | None:
    """Names accepted in the Host header; None for any."""
    names = frozenset(name.strip().lower() for name in settings.allowed_hosts.split(",")) - {""}
    if "*" in names or (not settings.is_loopback and not names):
        return None
    public = urlsplit(settings.public_url).hostname
    return names | {settings.host.lower()} | ({public} if public else set())


def _host(scope: Scope) -> bytes:
    return next((value for name, value in scope["headers"] if name == b"host"), b"")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
