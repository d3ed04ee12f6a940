"""The routes of one-time links: whom one is for, and following it to an account or a new password."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.invitations import Acceptance
from midspan.domain.member import Role
from midspan.domain.principal import Principal
from midspan.http import forms, questions
from midspan.http.answers import ErrorBody
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation
from midspan.http.sessions import CROSS_SITE, INVALID, TAG, ReadSession, Sessions, Text
from midspan.search.moments import moment

Token = Annotated[str, Meta(min_length=1, max_length=200)]


class LinkBody(msgspec.Struct):
    """The token of a link: what stands after `#` in its address."""

    token: Token


class WelcomeBody(LinkBody):
    """What somebody who follows a link says of themselves."""

    password: Text
    email: Text = ""
    """Needed where the link names nobody."""
    name: Text = ""
    """Needed for a new account."""


class ReadLink(msgspec.Struct, kw_only=True):
    """Whom a link is for."""

    kind: Literal["welcome", "invitation", "reset"]
    """`welcome` makes the first admin, `invitation` a member, `reset` sets the password of one."""
    organization: str
    email: str | None
    """Null: whoever follows the link says so."""
    role: Role
    expires_at: str


@dataclass(frozen=True, kw_only=True)
class Welcome:
    """The handlers of these routes, and what they need. Tokens come in bodies: no log of addresses has them."""

    sessions: Sessions

    async def look(self, request: Request, principal: Principal) -> Response:
        """Whom a link is for. `principal` is nobody."""
        body = forms.read(await questions.read_object(self.sessions.bodies, request), LinkBody)
        found = await asyncio.to_thread(self.sessions.control.invitations.find, body.token)
        link = ReadLink(
            kind=found.kind,
            organization=found.organization_name,
            email=found.email or None,
            role=found.role,
            expires_at=moment(found.expires_at),
        )
        return Json(msgspec.json.encode(link))

    async def follow(self, request: Request, principal: Principal) -> Response:
        """Use a link up: the account is made, or the password set, and its owner signed in."""
        sessions = self.sessions
        sessions.origins.check(request.scope)
        body = forms.read(await questions.read_object(sessions.bodies, request), WelcomeBody)
        # First of all, so that made-up tokens do not stand in the line of those whose passwords are hashed.
        await asyncio.to_thread(sessions.control.invitations.find, body.token)
        given = Acceptance(email=body.email, name=body.name, password=body.password)
        member = await sessions.control.with_passwords(lambda: sessions.control.invitations.accept(body.token, given))
        return await sessions.begin(request, member)


_TOKEN = "Zk3pTn0t4R3alT0k3nZk3pTn0t4R3alT0k3nZk3pTn0"  # noqa: S105 - an example
_ENDED = Answer("The link opens nothing: it was used, revoked or has expired.", ErrorBody)


def operations(handlers: Welcome) -> list[Operation]:
    """The routes of links."""
    return [
        Operation(
            method="POST",
            path="/api/welcome/",
            name="followLink",
            handler=handlers.follow,
            right="",
            tag=TAG,
            summary="Follow a one-time link",
            help="Makes the first admin, makes an invited member, or sets a new password, and signs in. The link is "
            "used up. A new password ends the member's other sessions.",
            body=WelcomeBody,
            body_example={
                "token": _TOKEN,
                "name": "Ada Lovelace",
                "email": "ada@example.com",
                "password": "four words make one",
            },
            answers={
                200: Answer("The session of who followed the link.", ReadSession, ("Set-Cookie",)),
                403: CROSS_SITE,
                404: _ENDED,
                409: Answer("The email has an account already.", ErrorBody),
                422: INVALID,
            },
        ),
        Operation(
            method="POST",
            path="/api/welcome/link/",
            name="retrieveLink",
            handler=handlers.look,
            right="",
            tag=TAG,
            summary="See whom a link is for",
            help="The token is what stands after `#` in the link.",
            body=LinkBody,
            body_example={"token": _TOKEN},
            answers={200: Answer("Whom it is for.", ReadLink), 404: _ENDED, 422: INVALID},
        ),
    ]
