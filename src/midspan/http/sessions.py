"""The routes of sessions: who is signed in, signing in and out, one's own password."""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from midspan import __version__
from midspan.control.control import Control
from midspan.control.sessions import Session
from midspan.domain.member import ROLES, Member, Role
from midspan.domain.principal import RIGHTS, Principal
from midspan.errors import Conflict, Unauthorized
from midspan.http import forms, questions
from midspan.http.answers import ErrorBody
from midspan.http.attempts import Attempts
from midspan.http.auth import bearer
from midspan.http.bodies import Bodies
from midspan.http.cookies import Cookies
from midspan.http.endpoint import JSON
from midspan.http.operation import Answer, Operation
from midspan.http.origins import Origins
from midspan.search.moments import moment

log = logging.getLogger("midspan.http")

Text = Annotated[str, Meta(max_length=1000)]


class SessionMember(msgspec.Struct):
    """Who is signed in."""

    id: str
    email: str
    name: str
    role: Role
    has_password: bool


class SessionOrganization(msgspec.Struct):
    """The organization that is seen."""

    id: str
    name: str


class OpenIdProvider(msgspec.Struct):
    """The identity provider at which people may sign in, at `/api/openid/login/`."""

    name: str


class ReadSession(msgspec.Struct, kw_only=True):
    """Who is asking, and what they may see. Without anybody signed in it says how to."""

    authenticated: bool
    """Somebody is signed in, or nobody need be."""
    authentication: Literal["on", "off"]
    """"off" where the server lets everybody in as an admin."""
    needs_setup: bool
    """There is no member yet: the link that the server printed at its start makes the first one."""
    member: SessionMember | None
    organization: SessionOrganization | None
    environments: list[str]
    """Those that the header `Midspan-Environment` may name."""
    rights: list[str]
    expires_at: str | None
    """When the session ends, used or not."""
    openid: OpenIdProvider | None
    version: str


class SignInBody(msgspec.Struct):
    """Who signs in."""

    email: Text
    password: Text


class PasswordBody(msgspec.Struct):
    """A new password, with the present one."""

    current_password: Text
    password: Text


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """The handlers of these routes, and what they need."""

    control: Control
    bodies: Bodies
    cookies: Cookies
    origins: Origins
    required: bool
    """Whether anybody need sign in at all."""
    openid: OpenIdProvider | None = None
    attempts: Attempts = field(default_factory=Attempts)

    async def retrieve(self, request: Request, principal: Principal) -> Response:
        """Who is signed in, by the cookie alone. `principal` is nobody, as on every route here but the last two."""
        token = self.cookies.read(request.scope) if bearer(request.scope, basic=True) is None else None
        session = None
        if token is not None and self.required:
            try:
                session = await self.control.session(token)
            except Unauthorized:
                session = None
        return _shown(await self.describe(session))

    async def sign_in(self, request: Request, principal: Principal) -> Response:
        """Begin a session."""
        self.origins.check(request.scope)
        given = forms.read(await questions.read_object(self.bodies, request), SignInBody)
        address = request.client.host if request.client else ""
        email = given.email.strip().casefold()
        self.attempts.take(address, email)
        try:
            member = await self.control.with_passwords(
                lambda: self.control.members.sign_in(given.email, given.password)
            )
        except Unauthorized:
            # Not the email: people type their password there.
            log.warning("somebody at %s failed to sign in", address)
            raise
        self.attempts.forgive(address, email)
        return await self.begin(request, member)

    async def begin(self, request: Request, member: Member) -> Response:
        """The answer that signs a member in."""
        token = await asyncio.to_thread(self.control.sessions.start, member)
        session = await self.control.session(token.encode())
        return _shown(await self.describe(session), self.cookie(request, token))

    def cookie(self, request: Request, token: str) -> dict[str, str]:
        """The header that hands a session's token over."""
        return self.cookies.given(request.scope, token, int(self.control.sessions.lifetime.most))

    async def sign_out(self, request: Request, principal: Principal) -> Response:
        """End the session of the cookie, where there is one."""
        self.origins.check(request.scope)
        if (token := self.cookies.read(request.scope)) is not None:
            await asyncio.to_thread(self.control.sessions.end, token)
        return Response(status_code=204, headers=self.cookies.taken(request.scope))

    async def sign_out_everywhere(self, request: Request, principal: Principal) -> Response:
        """End every session of the member who asks."""
        await asyncio.to_thread(self.control.sessions.end_all, _signed_in(principal))
        return Response(status_code=204, headers=self.cookies.taken(request.scope))

    async def change_password(self, request: Request, principal: Principal) -> Response:
        """Set another password, and end the member's other sessions."""
        given = forms.read(await questions.read_object(self.bodies, request), PasswordBody)
        _signed_in(principal)
        token = self.cookies.read(request.scope) or b""
        member = (await self.control.session(token)).member
        address = request.client.host if request.client else ""
        self.attempts.take(address, member.id)
        await self.control.with_passwords(
            lambda: self.control.members.set_password(member, given.current_password, given.password)
        )
        self.attempts.forgive(address, member.id)
        await asyncio.to_thread(self.control.sessions.end_all, member.id, token)
        return Response(status_code=204)

    async def describe(self, session: Session | None) -> ReadSession:
        """What the UI is told at its start. A stranger is told of no organization."""
        found = ReadSession(
            authenticated=session is not None or not self.required,
            authentication="on" if self.required else "off",
            needs_setup=False,
            member=None,
            organization=None,
            environments=[],
            rights=[],
            expires_at=None,
            openid=self.openid,
            version=__version__,
        )
        if session is not None:
            member = session.member
            found.member = SessionMember(member.id, member.email, member.name, member.role, member.has_password)
            found.organization = SessionOrganization(member.organization_id, session.organization_name)
            found.environments = list(session.environments)
            found.rights = list(ROLES[member.role])
            found.expires_at = moment(session.created_at + int(self.control.sessions.lifetime.most * 1e6))
        elif self.required:
            found.needs_setup = await asyncio.to_thread(self.control.members.are_none)
        else:
            owner = await asyncio.to_thread(self.control.principals.anonymous)
            found.organization = SessionOrganization(owner.organization_id, owner.organization_name)
            found.environments = list(await self.control.environment_names(owner.organization_id))
            found.rights = list(RIGHTS)
        return found


def _shown(session: ReadSession, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(session), 200, headers, JSON)


def _signed_in(principal: Principal) -> str:
    """The id of the member who asks. Raises `Conflict` where nobody need be one."""
    if not principal.member_id:
        raise Conflict("Nobody is signed in: authentication is off.", code="not_signed_in")
    return principal.member_id


TAG = "Signing in"
CROSS_SITE = Answer("The request comes from another site's page.", ErrorBody)
INVALID = Answer("Fields are invalid; every fault is named at once.", ErrorBody)
_NOBODY = Answer("Nobody is signed in: authentication is off.", ErrorBody)
_EXAMPLE = {"email": "ada@example.com", "password": "four words make one"}


def operations(handlers: Sessions) -> list[Operation]:
    """The routes of sessions."""
    return [*_one(handlers), *_own(handlers)]


def _one(handlers: Sessions) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path="/api/session/",
            name="retrieveSession",
            handler=handlers.retrieve,
            right="",
            tag=TAG,
            summary="See who is signed in",
            help="Answers 200 whoever asks: `authenticated` says whether the cookie opens anything.",
            answers={200: Answer("Who is signed in, or that nobody is.", ReadSession)},
        ),
        Operation(
            method="POST",
            path="/api/session/",
            name="signIn",
            handler=handlers.sign_in,
            right="",
            tag=TAG,
            summary="Sign in",
            help="Sets a cookie that is the member's session: `HttpOnly`, `SameSite=Strict`, `Secure` over HTTPS. "
            "Attempts are limited for each address and email.",
            body=SignInBody,
            body_example=_EXAMPLE,
            answers={
                200: Answer("The session.", ReadSession, ("Set-Cookie",)),
                401: Answer("The email or the password is wrong.", ErrorBody, ("WWW-Authenticate",)),
                403: CROSS_SITE,
                422: INVALID,
            },
        ),
        Operation(
            method="DELETE",
            path="/api/session/",
            name="signOut",
            handler=handlers.sign_out,
            right="",
            tag=TAG,
            summary="Sign out",
            help="Ends the session at once. 204 where there was none, too.",
            answers={204: Answer("Nobody is signed in any more.", headers=("Set-Cookie",)), 403: CROSS_SITE},
        ),
    ]


def _own(handlers: Sessions) -> list[Operation]:
    return [
        Operation(
            method="DELETE",
            path="/api/sessions/",
            name="signOutEverywhere",
            handler=handlers.sign_out_everywhere,
            right="read",
            people=True,
            tag=TAG,
            summary="Sign out everywhere",
            help="Ends every session of the member who asks, this one too.",
            answers={204: Answer("All are ended.", headers=("Set-Cookie",)), 409: _NOBODY},
        ),
        Operation(
            method="POST",
            path="/api/session/password/",
            name="changePassword",
            handler=handlers.change_password,
            right="read",
            people=True,
            tag=TAG,
            summary="Change one's password",
            help="Ends every other session of the member.",
            body=PasswordBody,
            body_example={"current_password": "four words make one", "password": "five words make it better"},
            answers={
                204: Answer("The password is changed."),
                409: Answer("Nobody is signed in, or the password was changed meanwhile.", ErrorBody),
                422: INVALID,
            },
        ),
    ]
