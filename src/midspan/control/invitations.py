"""Invitations: links that open an account once. The first admin's, a new member's, and who lost the password's."""

import hashlib
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import msgspec
import sqlalchemy as sa

from midspan.control import members, organizations, passwords
from midspan.control.database import Database, now_us
from midspan.control.members import Newcomer
from midspan.control.tables import invitations as table
from midspan.control.tables import members as members_table
from midspan.control.tables import organizations as organizations_table
from midspan.control.tables import sessions
from midspan.domain.member import Member, Role
from midspan.errors import Conflict, Invalid, NotFound

Kind = Literal["welcome", "invitation", "reset"]
DAY = 86_400
INVITED_SECONDS = 7 * DAY
INVITED_SECONDS_MAX = 90 * DAY
RESET_SECONDS = DAY
WELCOME_SECONDS = DAY
OPEN_MAX = 1000
"""Invitations of one organization that are open at once."""


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of an invitation. Times are microseconds since 1970."""

    id: str
    kind: Kind
    organization_id: str
    organization_name: str
    email: str
    """Whom it is for; "" is for whoever has the link."""
    role: Role
    member_id: str | None
    """Whose password a reset sets."""
    created_at: int
    expires_at: int


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """What somebody who follows a link says of themselves. A reset asks for the password alone."""

    email: str
    name: str
    password: str


class Invitations:
    def __init__(self, database: Database, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` is called after every change made here, so that this process need not wait to hear of it."""
        self._database = database
        self._changed = changed

    def create(
        self, role: str, email: str = "", *, seconds: int = INVITED_SECONDS, organization: str | None = None
    ) -> tuple[Invitation, str]:
        """Invite somebody to the organization of that id or name (None: the first one, made when there is none).

        The second value is the token of the link, which nobody can read again. Raises `Invalid` with every fault at
        once, `NotFound` for the organization, and `Conflict` where the email has an account.
        """
        email = email.strip()
        faults = {"role": members.role_faults(role), "email": members.email_faults(email) if email else []}
        if not 60 <= seconds <= INVITED_SECONDS_MAX:
            faults["expires_in"] = [f"An invitation is good for 60 seconds to {INVITED_SECONDS_MAX // DAY} days."]
        _refuse(faults)
        with self._database.change() as connection:
            owner = organizations.find(connection, organization).id
            if email and members.select(connection, members_table.c.email_folded == members.folded(email)):
                raise members.taken(email)
            _sweep(connection)
            if len(_select(connection, table.c.organization_id == owner)) >= OPEN_MAX:
                raise Conflict("Too many invitations are open. Revoke some first.", code="too_many_invitations")
            return _insert(connection, owner, "invitation", role, seconds, email=email)

    def welcome(self) -> str | None:
        """The token of a link for the first admin; every older one ends. None where there is an admin."""
        with self._database.write() as connection:
            if members.select(connection, members_table.c.role == "admin"):
                return None
            connection.execute(table.delete().where(table.c.kind == "welcome"))
            owner = organizations.first(connection).id
            return _insert(connection, owner, "welcome", "admin", WELCOME_SECONDS)[1]

    def reset(self, named: str) -> tuple[Invitation, str]:
        """A link by which the member of that email or id sets a new password; an older one ends. Raises `NotFound`."""
        with self._database.write() as connection:
            member = members.named(connection, named)
            connection.execute(table.delete().where(table.c.member_id == member.id))
            return _insert(
                connection,
                member.organization_id,
                "reset",
                member.role,
                RESET_SECONDS,
                email=member.email,
                member_id=member.id,
            )

    def entries(self, organization_id: str) -> list[Invitation]:
        """The invitations of an organization that are open, oldest first."""
        condition = sa.and_(table.c.organization_id == organization_id, table.c.expires_at > now_us())
        with self._database.read() as connection:
            return _select(connection, condition)

    def revoke(self, organization_id: str, invitation_id: str) -> None:
        """Close a link. Raises `NotFound`."""
        same = sa.and_(table.c.organization_id == organization_id, table.c.id == invitation_id)
        with self._database.write() as connection:
            if connection.execute(table.delete().where(same)).rowcount == 0:
                raise NotFound("There is no such invitation; it may have been used.")

    def find(self, token: str) -> Invitation:
        """The invitation of a link. Raises `NotFound` for one that was used, revoked, has expired or never was."""
        with self._database.read() as connection:
            return _find(connection, token)

    def accept(self, token: str, given: Acceptance) -> Member:
        """Make the account, or set the password, and use the link up. A reset ends the member's sessions.

        Raises `NotFound` as `find`, `Invalid` with every fault at once, and `Conflict` where the email has an account.
        """
        invitation = self.find(token)
        newcomer = _newcomer(invitation, given)
        with self._database.change() as connection:
            invitation = _find(connection, token)
            spend(connection, invitation)
            if invitation.member_id is None:
                member = members.insert(connection, invitation.organization_id, newcomer)
            else:
                member = members.one(connection, invitation.organization_id, invitation.member_id)
                same = members_table.c.id == member.id
                connection.execute(members_table.update().where(same).values(password_hash=newcomer.password_hash))
                connection.execute(sessions.delete().where(sessions.c.member_id == member.id))
        self._changed()
        return member


def link(base: str, token: str) -> str:
    """The address of a one-time link. The token is behind `#`: browsers send it to nobody, and no log has it."""
    return f"{base.rstrip('/')}/welcome#{token}"


def spend(connection: sa.Connection, invitation: Invitation) -> None:
    """Close a link that is used. With an admin nobody needs the one any more that the server printed."""
    spent = table.c.id == invitation.id
    if invitation.role == "admin":
        spent |= table.c.kind == "welcome"
    connection.execute(table.delete().where(spent))


def of_email(connection: sa.Connection, email: str) -> Invitation | None:
    """An open invitation that names this email."""
    condition = sa.and_(table.c.kind == "invitation", table.c.email != "", table.c.expires_at > now_us())
    found = (one for one in _select(connection, condition) if members.folded(one.email) == members.folded(email))
    return next(found, None)


def _newcomer(invitation: Invitation, given: Acceptance) -> Newcomer:
    """Raises `Invalid`."""
    email = invitation.email or given.email.strip()
    faults = {"password": passwords.faults(given.password, email)}
    name = given.name.strip()
    if invitation.member_id is None:
        faults["email"] = members.email_faults(email)
        if not name or len(name) > 200 or not name.isprintable():
            faults["name"] = ["A name has 1 to 200 printable characters."]
        if invitation.email and given.email.strip() and members.folded(given.email) != members.folded(email):
            faults["email"] = [f"The invitation is for {invitation.email}."]
    _refuse(faults)
    return Newcomer(email=email, name=name, role=invitation.role, password_hash=passwords.hashed(given.password))


def _insert(  # noqa: PLR0913 - the columns
    connection: sa.Connection,
    organization_id: str,
    kind: Kind,
    role: str,
    seconds: int,
    *,
    email: str = "",
    member_id: str | None = None,
) -> tuple[Invitation, str]:
    token = secrets.token_urlsafe(32)
    now = now_us()
    values = {
        "id": uuid.uuid4().hex,
        "kind": kind,
        "organization_id": organization_id,
        "email": email,
        "role": role,
        "member_id": member_id,
        "created_at": now,
        "expires_at": now + seconds * 1_000_000,
    }
    connection.execute(table.insert().values(**values, hash=_digest(token)))
    return _select(connection, table.c.id == values["id"])[0], token


def _find(connection: sa.Connection, token: str) -> Invitation:
    condition = sa.and_(table.c.hash == _digest(token), table.c.expires_at > now_us())
    if not (found := _select(connection, condition)):
        raise NotFound(
            "This link opens nothing: it was used, revoked or has expired. Ask for a new one.", code="link_ended"
        )
    return found[0]


def _select(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Invitation]:
    columns = [table.c[name] for name in Invitation.__struct_fields__ if name != "organization_name"]
    query = (
        sa.select(*columns, organizations_table.c.name.label("organization_name"))
        .join(organizations_table)
        .where(condition)
        .order_by(table.c.created_at, table.c.id)
    )
    return [Invitation(**row._mapping) for row in connection.execute(query)]


def _sweep(connection: sa.Connection) -> None:
    connection.execute(table.delete().where(table.c.expires_at <= now_us()))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _refuse(faults: dict[str, list[str]]) -> None:
    found = {name: said for name, said in faults.items() if said}
    if found:
        raise Invalid(" ".join(said[0] for said in found.values()), errors=found)
