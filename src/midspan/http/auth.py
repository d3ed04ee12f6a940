"""Who asks: the bearer key of a request, and what its principal may do."""

from collections.abc import Mapping
from typing import Any

from midspan.control.control import Control
from midspan.domain.principal import Principal
from midspan.errors import Forbidden, Unauthorized

MISSING = "No API key. Send one as `Authorization: Bearer <key>`; `midspan keys create` makes one."
MALFORMED = "The Authorization header cannot be read. Send one as `Authorization: Bearer <key>`."


class Authentication:
    """Answers who asks. `required` false lets requests without a key in, as `Principals.anonymous` says; a key that
    is sent must be good all the same.
    """

    def __init__(self, control: Control, *, required: bool = True) -> None:
        """Raises `NotFound` where `required` is false and there is no organization yet: bootstrap first."""
        self._control = control
        self._anonymous = None if required else control.principals.anonymous()

    async def authenticate(self, scope: Mapping[str, Any]) -> Principal:
        """The principal of an ASGI scope. Raises `Unauthorized` (401), and `Unavailable` (503) when nobody can say."""
        secret = bearer(scope)
        if secret is not None:
            return await self._control.principal(secret)
        if self._anonymous is not None:
            return self._anonymous
        raise Unauthorized(MISSING)


def bearer(scope: Mapping[str, Any]) -> bytes | None:
    """The key that a request carries, None without one. Raises `Unauthorized` for any other authorization."""
    found = None
    for name, value in scope["headers"]:
        if name == b"authorization":
            # Two that differ: a proxy in front may have judged the other one.
            if found is not None and found != value:
                raise Unauthorized(MALFORMED)
            found = value
    if found is None:
        return None
    parts = found.split()
    if len(parts) != 2 or parts[0].lower() != b"bearer":
        raise Unauthorized(MALFORMED)
    secret: bytes = parts[1]
    return secret


def require(principal: Principal, right: str) -> None:
    """Raises `Forbidden` (403), which names the right that the key lacks."""
    if right not in principal.rights:
        has = ", ".join(sorted(principal.rights)) or "none"
        raise Forbidden(
            f"This API key lacks the right `{right}`, which this request needs; its rights: {has}. "
            f"`midspan keys create --rights {right}` makes a key with it."
        )
