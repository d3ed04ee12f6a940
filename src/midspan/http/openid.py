"""The routes of signing in at an identity provider: off to it, and back from it."""

import asyncio
import hmac
import logging
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from midspan.control.identities import Admission
from midspan.domain.principal import Principal
from midspan.errors import Forbidden, NotFound
from midspan.http.answers import ErrorBody
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.provider import Provider, ProviderError, Request
from midspan.http.sessions import TAG, Sessions

log = logging.getLogger("midspan.http")

COOKIE = "midspan_openid"
PATH = "/api/openid/"
PENDING_SECONDS = 600
"""How long somebody may take at the provider."""
PENDING_MAX = 10_000
NEXT = re.compile(r"/(?![/\\])[!-~]{0,2000}")
"""An address of our own: what begins with two slashes leads to another host."""


class Pending(NamedTuple):
    """Somebody who is at the provider."""

    request: Request
    browser: str
    """What their browser was given to prove that it is the one that went there."""
    next: str
    until: float


@dataclass(frozen=True, kw_only=True)
class OpenId:
    """The handlers of these routes, and what they need. `provider` is None where none is configured."""

    sessions: Sessions
    provider: Provider | None
    admission: Admission
    public_url: str
    _pending: dict[str, Pending] = field(default_factory=dict)

    async def login(self, request: HttpRequest, principal: Principal) -> Response:
        """Send somebody to the provider. `principal` is nobody."""
        provider = self._configured()
        try:
            asked = await provider.request(self._callback)
        except ProviderError as error:
            log.warning("the identity provider cannot be asked: %s", error)
            return self._refused("provider_failed")
        wanted = request.query_params.get("next", "")
        after = wanted if NEXT.fullmatch(wanted) else "/"
        while len(self._pending) >= PENDING_MAX:
            del self._pending[next(iter(self._pending))]
        browser = secrets.token_urlsafe(32)
        self._pending[asked.state] = Pending(asked, browser, after, time.monotonic() + PENDING_SECONDS)
        return _redirect(asked.url, self._cookie(request, browser, PENDING_SECONDS))

    async def callback(self, request: HttpRequest, principal: Principal) -> Response:
        """Take back who was at the provider, and sign them in. `principal` is nobody."""
        provider = self._configured()
        given = request.query_params
        pending = self._pending.pop(given.get("state", ""), None)
        browser = request.cookies.get(COOKIE, "")
        if (
            pending is None
            or time.monotonic() > pending.until
            or not hmac.compare_digest(pending.browser.encode(), browser.encode())
        ):
            return self._refused("expired")
        if given.get("error") or not given.get("code"):
            return self._refused("denied" if given.get("error") == "access_denied" else "provider_failed")
        try:
            identity = await provider.identity(pending.request, given["code"], self._callback)
            control = self.sessions.control
            member = await asyncio.to_thread(control.identities.member, identity, self.admission)
        except ProviderError as error:
            log.warning("the identity provider's answer is not believed: %s", error)
            return self._refused("provider_failed")
        except Forbidden as fault:
            return self._refused(fault.code)
        token = await asyncio.to_thread(control.sessions.start, member)
        response = _redirect(self.public_url + pending.next, self.sessions.cookie(request, token))
        response.headers.append("Set-Cookie", self._cookie(request, "", 0)["Set-Cookie"])
        return response

    @property
    def _callback(self) -> str:
        return f"{self.public_url}{PATH}callback/"

    def _configured(self) -> Provider:
        if self.provider is None:
            raise NotFound("No identity provider is configured: the setting openid_issuer names one.")
        return self.provider

    def _cookie(self, request: HttpRequest, value: str, seconds: int) -> dict[str, str]:
        # Lax: the provider's page leads back here.
        path = f"{urlsplit(self.public_url).path}{PATH}"
        secure = "; Secure" if self.sessions.cookies.is_secure(request.scope) else ""
        return {"Set-Cookie": f"{COOKIE}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"}

    def _refused(self, code: str) -> Response:
        return _redirect(f"{self.public_url}/sign-in?{urlencode({'openid_error': code})}", {})


def _redirect(url: str, headers: dict[str, str]) -> Response:
    return Response(status_code=303, headers={"Location": url, **headers})


_OFF = Answer("No identity provider is configured.", ErrorBody)
_STATE = Parameter("state", "query", str, "What the provider was sent, back from it.")


def operations(handlers: OpenId) -> list[Operation]:
    """The routes of OpenID Connect."""
    return [
        Operation(
            method="GET",
            path=f"{PATH}login/",
            name="startOpenIdLogin",
            handler=handlers.login,
            right="",
            tag=TAG,
            summary="Sign in at the identity provider",
            help="For browsers: leads to the provider that the settings `openid_…` name, and from there back.",
            parameters=(Parameter("next", "query", str, "Where to go then, on this server.", "/traces"),),
            answers={303: Answer("To the provider.", headers=("Location", "Set-Cookie")), 404: _OFF},
        ),
        Operation(
            method="GET",
            path=f"{PATH}callback/",
            name="finishOpenIdLogin",
            handler=handlers.callback,
            right="",
            tag=TAG,
            summary="Come back from the identity provider",
            help="For browsers: signs in and leads on, or leads to `/sign-in?openid_error=…` with what went wrong: "
            "`denied`, `expired`, `provider_failed`, `email_unverified` or `not_invited`.",
            parameters=(
                _STATE,
                Parameter("code", "query", str, "What the provider gives for its tokens."),
                Parameter("error", "query", str, "What the provider refused for."),
            ),
            answers={303: Answer("On, or back to signing in.", headers=("Location", "Set-Cookie")), 404: _OFF},
        ),
    ]
