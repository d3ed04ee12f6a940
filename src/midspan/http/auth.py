"""Who asks: the bearer key of a request, or the session of who has signed in, and what they may do."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import msgspec

from midspan.control.control import Control
from midspan.domain.principal import ENVIRONMENTS, Principal
from midspan.errors import Forbidden, Unauthorized
from midspan.http.cookies import Cookies
from midspan.http.origins import Origins

MISSING = "No API key. Send one as `Authorization: Bearer <key>`; `midspan keys create` makes one."
MALFORMED = "The Authorization header cannot be read. Send one as `Authorization: Bearer <key>`."

HEADER = "Midspan-Environment"
PARAMETER = "midspan_environment"
"""Where people say which environment they mean: in the header or, for what sets no headers, in the address."""


class Authentication:
    """Answers who asks. `required` false lets requests without a key in, as `Principals.anonymous` says; a key that
    is sent must be good all the same.
    """

    def __init__(
        self, control: Control, *, required: bool = True, cookies: Cookies | None = None, origins: Origins | None = None
    ) -> None:
        """Raises `NotFound` where `required` is false and there is no organization yet: bootstrap first."""
        self._control = control
        self._cookies = cookies or Cookies("")
        self._origins = origins or Origins("")
        self._anonymous = None if required else control.principals.anonymous()

    async def authenticate(self, scope: Mapping[str, Any], *, basic: bool = False) -> Principal:
        """The principal of an ASGI scope. Raises `Unauthorized` (401), `Forbidden` (403) for another environment than
        it may see and for another site's page, and `Unavailable` (503) when nobody can say.

        With `basic` a key is taken as the password of Basic authentication, too. Where there is an Authorization
        header, no cookie is looked at.
        """
        secret = bearer(scope, basic=basic)
        if secret is not None:
            principal = await self._control.principal(secret)
            _chosen(scope, (principal.environment,), principal.environment)
            return principal
        if self._anonymous is not None:
            self._origins.check(scope)
            return await self._in_environment(self._anonymous, scope)
        token = self._cookies.read(scope)
        if token is None:
            raise Unauthorized(MISSING)
        session = await self._control.session(token)
        self._origins.check(scope)
        return session.principal(_chosen(scope, session.environments, ENVIRONMENTS[0]))

    async def _in_environment(self, anonymous: Principal, scope: Mapping[str, Any]) -> Principal:
        if not _asked(scope):
            return anonymous
        names = await self._control.environment_names(anonymous.organization_id)
        return msgspec.structs.replace(anonymous, environment=_chosen(scope, names, anonymous.environment))


def _chosen(scope: Mapping[str, Any], allowed: Sequence[str], default: str) -> str:
    """The environment that a request asks for, or the default. Raises `Forbidden`: never ignored."""
    asked = _asked(scope)
    if not asked:
        return default
    if len(asked) > 1 or not asked <= set(allowed):
        raise Forbidden(
            f"The request may choose the environment {' or '.join(allowed)}, one of them; "
            f"not {', '.join(sorted(asked))[:60]!r}.",
            code="environment_not_allowed",
        )
    return asked.pop()


def _asked(scope: Mapping[str, Any]) -> set[str]:
    """Every environment that a request names."""
    asked = {value.decode("latin-1") for name, value in scope["headers"] if name == b"midspan-environment"}
    query = scope.get("query_string", b"")
    if PARAMETER.encode() in query:
        asked |= set(parse_qs(query.decode("latin-1")).get(PARAMETER, ()))
    return asked - {""}


def bearer(scope: Mapping[str, Any], *, basic: bool = False) -> bytes | None:
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
    scheme = parts[0].lower() if len(parts) == 2 else b""
    if scheme == b"basic" and basic:
        return _password(parts[1])
    if scheme != b"bearer":
        raise Unauthorized(MALFORMED)
    secret: bytes = parts[1]
    return secret


def _password(credentials: bytes) -> bytes:
    """The password of Basic authentication. The user's name may be any."""
    try:
        _, colon, password = base64.b64decode(credentials, validate=True).partition(b":")
    except ValueError:
        raise Unauthorized(MALFORMED) from None
    if not colon:
        raise Unauthorized(MALFORMED)
    return password


def require(principal: Principal, right: str) -> None:
    """Raises `Forbidden` (403), which names the right that the key or the member lacks."""
    if right in principal.rights:
        return
    has = ", ".join(sorted(principal.rights)) or "none"
    if principal.member_id:
        raise Forbidden(
            f"Your role lacks the right `{right}`, which this request needs; its rights: {has}. "
            "An admin of the organization can change your role."
        )
    raise Forbidden(
        f"This API key lacks the right `{right}`, which this request needs; its rights: {has}. "
        f"`midspan keys create --rights {right}` makes a key with it."
    )
