"""Identities: who somebody is at the identity provider, and which member that is here."""

from typing import NamedTuple

import sqlalchemy as sa

from midspan.control import invitations, members, organizations
from midspan.control.database import Database, now_us
from midspan.control.members import Newcomer
from midspan.control.tables import identities as table
from midspan.control.tables import members as members_table
from midspan.domain.member import Member, Role
from midspan.errors import Forbidden


class Identity(NamedTuple):
    """What the provider says of somebody. `issuer` and `subject` together never change and are never given anew."""

    issuer: str
    subject: str
    email: str
    """One that the provider vouches for; "" for none."""
    name: str


class Admission(NamedTuple):
    """Whose identity opens an account by itself: emails of these domains, with this role."""

    domains: frozenset[str]
    role: Role


class Identities:
    def __init__(self, database: Database) -> None:
        self._database = database

    def member(self, identity: Identity, admission: Admission) -> Member:
        """The member that somebody is, made where an invitation or the domain of the email admits them.

        An account of that email is theirs from then on. Raises `Forbidden` for whom nobody asked in.
        """
        with self._database.read() as connection:
            found = _find(connection, identity)
        if found is not None:
            return found
        with self._database.write() as connection:
            if (found := _find(connection, identity)) is not None:
                return found
            member = _of_email(connection, identity, admission)
            row = {"issuer": identity.issuer, "subject": identity.subject, "member_id": member.id}
            connection.execute(table.insert().values({**row, "created_at": now_us()}))
        return member


def _find(connection: sa.Connection, identity: Identity) -> Member | None:
    same = sa.and_(table.c.issuer == identity.issuer, table.c.subject == identity.subject)
    member_id = connection.scalar(sa.select(table.c.member_id).where(same))
    if member_id is None:
        return None
    return members.select(connection, members_table.c.id == member_id)[0]


def _of_email(connection: sa.Connection, identity: Identity, admission: Admission) -> Member:
    """The account of the identity's email, or a new one. Raises `Forbidden`."""
    email = identity.email
    if not email or members.email_faults(email):
        raise Forbidden("The identity provider vouches for no email of yours.", code="email_unverified")
    if known := members.select(connection, members_table.c.email_folded == members.folded(email)):
        return known[0]
    if (invitation := invitations.of_email(connection, email)) is not None:
        invitations.spend(connection, invitation)
        return members.insert(connection, invitation.organization_id, _newcomer(identity, invitation.role))
    if email.rpartition("@")[2].casefold() not in admission.domains:
        raise Forbidden("Nobody has invited you. Ask an admin of the organization to.", code="not_invited")
    return members.insert(connection, organizations.first(connection).id, _newcomer(identity, admission.role))


def _newcomer(identity: Identity, role: Role) -> Newcomer:
    name = "".join(filter(str.isprintable, identity.name)).strip()[:200].strip()
    return Newcomer(email=identity.email, name=name or identity.email[:200], role=role, password_hash="")
