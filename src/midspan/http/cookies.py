"""The cookie of a session: its name, what browsers may do with it, and finding it in a request."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

NAME = "midspan_session"


class Cookies:
    """`public_url` is the setting: where people reach the server, "" where it is not said."""

    def __init__(self, public_url: str) -> None:
        public = urlsplit(public_url)
        self._is_https = public.scheme == "https"
        self._path = public.path.rstrip("/") + "/"

    def read(self, scope: Mapping[str, Any]) -> bytes | None:
        """The token that a request carries, None without one."""
        wanted = self._name(scope).encode() + b"="
        for name, value in scope["headers"]:
            if name == b"cookie":
                for pair in value.split(b";"):
                    if pair.strip().startswith(wanted):
                        return bytes(pair.strip()[len(wanted) :]) or None
        return None

    def given(self, scope: Mapping[str, Any], token: str, seconds: int) -> dict[str, str]:
        """The header that hands a token over for so many seconds."""
        return self._header(scope, token, seconds)

    def taken(self, scope: Mapping[str, Any]) -> dict[str, str]:
        """The header that takes it away."""
        return self._header(scope, "", 0)

    def _header(self, scope: Mapping[str, Any], token: str, seconds: int) -> dict[str, str]:
        # Strict: the pages need no cookie to be opened, so links from elsewhere work all the same.
        flags = "; Secure" if self.is_secure(scope) else ""
        cookie = f"{self._name(scope)}={token}; Path={self._path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{flags}"
        return {"Set-Cookie": cookie}

    def is_secure(self, scope: Mapping[str, Any]) -> bool:
        """Whether the browser speaks HTTPS, to us or to a proxy. A client that lies binds its own cookie only."""
        if self._is_https or scope.get("scheme") == "https":
            return True
        for name, value in scope["headers"]:
            if name == b"x-forwarded-proto" and value.split(b",")[0].strip().lower() == b"https":
                return True
            if name == b"forwarded" and b"proto=https" in value.split(b",")[0].lower().replace(b'"', b""):
                return True
        return False

    def _name(self, scope: Mapping[str, Any]) -> str:
        # Browsers keep the cookies of all ports of a host in one place: two servers on one machine keep apart by name.
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        port = host.rpartition(b":")[2].decode("latin-1")
        name = f"{NAME}_{port}" if port.isascii() and port.isdigit() else NAME
        if not self.is_secure(scope):
            return name
        return f"__Host-{name}" if self._path == "/" else f"__Secure-{name}"
