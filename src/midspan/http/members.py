"""The routes of members and of the invitations by which they come."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from starlette.requests import Request
from starlette.responses import Response

from midspan.control.control import Control
from midspan.control.invitations import INVITED_SECONDS, INVITED_SECONDS_MAX, Invitation, link
from midspan.domain.member import Member, Role
from midspan.domain.principal import Principal
from midspan.errors import NotFound
from midspan.http import forms, questions
from midspan.http.answers import ErrorBody
from midspan.http.bodies import Bodies
from midspan.http.endpoint import Json
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.sessions import INVALID, Text
from midspan.search.moments import moment


class ReadMember(msgspec.Struct, kw_only=True):
    """A member of the organization."""

    id: str
    email: str
    name: str
    role: Role
    has_password: bool
    """False for who signs in at the identity provider only."""
    created_at: str
    last_seen_at: str | None


class MemberList(msgspec.Struct):
    """Every member, oldest first."""

    results: list[ReadMember]


class MemberBody(msgspec.Struct):
    """What of a member can be changed; what is not sent stays."""

    name: Text | UnsetType = UNSET
    role: Role | UnsetType = UNSET


class InvitationBody(msgspec.Struct):
    """Who is invited."""

    role: Role
    email: Text = ""
    """Empty: whoever has the link says who they are."""
    expires_in: Annotated[int, Meta(ge=60, le=INVITED_SECONDS_MAX)] = INVITED_SECONDS
    """Seconds that the link is good for; a week by default."""


class ReadInvitation(msgspec.Struct, kw_only=True):
    """An open invitation."""

    id: str
    kind: str
    """`invitation`, `reset` of a member's password, or `welcome` of the first admin."""
    email: str | None
    role: Role
    created_at: str
    expires_at: str


class NewInvitation(ReadInvitation, kw_only=True):
    """An invitation that was just made."""

    link: str
    """The address to hand over. It works once, and is shown this once."""


class InvitationList(msgspec.Struct):
    """Every open invitation, oldest first."""

    results: list[ReadInvitation]


@dataclass(frozen=True, kw_only=True)
class Members:
    """The handlers of these routes, and what they need."""

    control: Control
    bodies: Bodies
    public_url: str

    async def list_members(self, request: Request, principal: Principal) -> Response:
        """Every member of the organization."""
        found = await asyncio.to_thread(self.control.members.entries, principal.organization_id)
        return Json(msgspec.json.encode(MemberList([_member(member) for member in found])))

    async def change(self, request: Request, principal: Principal) -> Response:
        """Change a member's name or role."""
        body = forms.read(await questions.read_object(self.bodies, request), MemberBody)
        changes = forms.sent(body)
        member = await asyncio.to_thread(
            lambda: self.control.members.change(principal.organization_id, questions.path_id(request), **changes)
        )
        return Json(msgspec.json.encode(_member(member)))

    async def remove(self, request: Request, principal: Principal) -> Response:
        """Take a member out."""
        await asyncio.to_thread(self.control.members.remove, principal.organization_id, questions.path_id(request))
        return Response(status_code=204)

    async def reset(self, request: Request, principal: Principal) -> Response:
        """A link by which a member sets a new password."""
        member_id = questions.path_id(request)
        members = await asyncio.to_thread(self.control.members.entries, principal.organization_id)
        if not any(member.id == member_id for member in members):
            raise NotFound("There is no such member.")
        return self._made(request, *await asyncio.to_thread(self.control.invitations.reset, member_id))

    async def list_invitations(self, request: Request, principal: Principal) -> Response:
        """Every open invitation of the organization."""
        found = await asyncio.to_thread(self.control.invitations.entries, principal.organization_id)
        results = [ReadInvitation(**_invitation(one)) for one in found]
        return Json(msgspec.json.encode(InvitationList(results)))

    async def invite(self, request: Request, principal: Principal) -> Response:
        """Make a link for a new member."""
        body = forms.read(await questions.read_object(self.bodies, request), InvitationBody)
        made = await asyncio.to_thread(
            lambda: self.control.invitations.create(
                body.role, body.email, seconds=body.expires_in, organization=principal.organization_id
            )
        )
        return self._made(request, *made)

    async def revoke(self, request: Request, principal: Principal) -> Response:
        """Close a link."""
        await asyncio.to_thread(self.control.invitations.revoke, principal.organization_id, questions.path_id(request))
        return Response(status_code=204)

    def _made(self, request: Request, invitation: Invitation, token: str) -> Response:
        base = self.public_url or str(request.url.replace(path="", query=""))
        made = NewInvitation(**_invitation(invitation), link=link(base, token))
        return Json(msgspec.json.encode(made), 201)


def _member(member: Member) -> ReadMember:
    return ReadMember(
        id=member.id,
        email=member.email,
        name=member.name,
        role=member.role,
        has_password=member.has_password,
        created_at=moment(member.created_at),
        last_seen_at=None if member.last_seen_at is None else moment(member.last_seen_at),
    )


def _invitation(one: Invitation) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind,
        "email": one.email or None,
        "role": one.role,
        "created_at": moment(one.created_at),
        "expires_at": moment(one.expires_at),
    }


TAG = "Members"
_ID = Parameter("id", "path", str, "The member's `id`.", "0198f3c2a1b27c3e8d4f5a6b7c8d9e0f")
_INVITATION_ID = Parameter("id", "path", str, "The invitation's `id`.", _ID.example)
_LAST = Answer("Nobody would be admin any more.", ErrorBody)


def operations(handlers: Members) -> list[Operation]:
    """The routes of members and invitations."""
    return [*_members(handlers), *_invitations(handlers)]


def _members(handlers: Members) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path="/api/members/",
            name="listMembers",
            handler=handlers.list_members,
            right="read",
            people=True,
            tag=TAG,
            summary="List members",
            help="Everybody who may sign in to the organization.",
            answers={200: Answer("The members.", MemberList)},
        ),
        Operation(
            method="PATCH",
            path="/api/members/{id}/",
            name="updateMember",
            handler=handlers.change,
            right="admin",
            people=True,
            tag=TAG,
            summary="Change a member",
            help="Sets the name, the role or both; a role holds from the member's next request on.",
            parameters=(_ID,),
            body=MemberBody,
            body_example={"role": "viewer"},
            answers={200: Answer("The member.", ReadMember), 409: _LAST, 422: INVALID},
        ),
        Operation(
            method="DELETE",
            path="/api/members/{id}/",
            name="removeMember",
            handler=handlers.remove,
            right="admin",
            people=True,
            tag=TAG,
            summary="Remove a member",
            help="Ends the member's sessions at once; preferences and private views go, shared views stay.",
            parameters=(_ID,),
            answers={204: Answer("The member is gone."), 409: _LAST},
        ),
        Operation(
            method="POST",
            path="/api/members/{id}/reset/",
            name="resetMember",
            handler=handlers.reset,
            right="admin",
            people=True,
            tag=TAG,
            summary="Let a member set a new password",
            help="Makes a link that is good for a day; an older one of the member ends. The present password and the "
            "sessions hold until the link is used.",
            parameters=(_ID,),
            answers={201: Answer("The link.", NewInvitation)},
        ),
    ]


def _invitations(handlers: Members) -> list[Operation]:
    return [
        Operation(
            method="GET",
            path="/api/invitations/",
            name="listInvitations",
            handler=handlers.list_invitations,
            right="admin",
            people=True,
            tag=TAG,
            summary="List invitations",
            help="Those that are open; a link that was used or has expired is not there any more.",
            answers={200: Answer("The invitations.", InvitationList)},
        ),
        Operation(
            method="POST",
            path="/api/invitations/",
            name="createInvitation",
            handler=handlers.invite,
            right="admin",
            people=True,
            tag=TAG,
            summary="Invite somebody",
            help="Makes a link that works once; hand it over yourself, no mail is sent.",
            body=InvitationBody,
            body_example={"role": "member", "email": "grace@example.com"},
            answers={
                201: Answer("The invitation with its link, which is shown this once.", NewInvitation),
                409: Answer("The email has an account already, or too many invitations are open.", ErrorBody),
                422: INVALID,
            },
        ),
        Operation(
            method="DELETE",
            path="/api/invitations/{id}/",
            name="revokeInvitation",
            handler=handlers.revoke,
            right="admin",
            people=True,
            tag=TAG,
            summary="Revoke an invitation",
            help="The link opens nothing any more.",
            parameters=(_INVITATION_ID,),
            answers={204: Answer("It is revoked.")},
        ),
    ]
