"""Members as their administrators see them: listed, changed, removed. They come by an invitation (`invitations.py`)."""

import re
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from midspan.control import organizations, passwords
from midspan.control.database import Database, now_us
from midspan.control.tables import identities, invitations, preferences, sessions, views
from midspan.control.tables import members as table
from midspan.domain.member import ROLES, Member
from midspan.errors import Conflict, Invalid, NotFound, Unauthorized

EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
WRONG = "The email or the password is wrong."
COLUMNS = (*(table.c[name] for name in Member.__struct_fields__ if name != "has_password"), table.c.password_hash)


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Who is to become a member. `password_hash` "" is for whom no password lets in."""

    email: str
    name: str
    role: str
    password_hash: str


class Members:
    def __init__(self, database: Database, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` is called after every change made here, so that this process need not wait to hear of it."""
        self._database = database
        self._changed = changed

    def entries(self, organization: str | None = None) -> list[Member]:
        """Every member, of one organization (id or name) or of all, oldest first. Raises `NotFound`."""
        with self._database.read() as connection:
            condition: sa.ColumnElement[bool] = sa.true()
            if organization is not None:
                condition = table.c.organization_id == organizations.find(connection, organization).id
            return select(connection, condition)

    def find(self, name: str) -> Member:
        """A member of any organization by email or id. Raises `NotFound`."""
        with self._database.read() as connection:
            return named(connection, name)

    def are_none(self) -> bool:
        """Whether nobody can sign in yet."""
        with self._database.read() as connection:
            return connection.execute(sa.select(table.c.id).limit(1)).one_or_none() is None

    def sign_in(self, email: str, password: str) -> Member:
        """Who has this email and password. Raises `Unauthorized` with one sentence whichever of the two is wrong,
        after the same work.
        """
        with self._database.read() as connection:
            query = sa.select(*COLUMNS).where(table.c.email_folded == folded(email))
            row = connection.execute(query).one_or_none()
        stored = "" if row is None else row.password_hash
        if not passwords.is_right(stored, password) or row is None:
            raise Unauthorized(WRONG, code="wrong_credentials")
        if passwords.is_outdated(stored):
            fresh = passwords.hashed(password)
            with self._database.write() as connection:
                same = sa.and_(table.c.id == row.id, table.c.password_hash == stored)
                connection.execute(table.update().where(same).values(password_hash=fresh))
        return _member(row)

    def change(self, organization_id: str, member_id: str, **changes: str) -> Member:
        """Set `name` or `role`. Raises `Invalid`, `NotFound`, and `Conflict` where nobody would be admin any more."""
        if "name" in changes:
            changes["name"] = organizations.checked_name(changes["name"])
        with self._database.change() as connection:
            member = one(connection, organization_id, member_id)
            if changes.get("role", "admin") != "admin":
                _keep_an_admin(connection, member)
            if changes:
                connection.execute(table.update().where(table.c.id == member.id).values(changes))
            member = one(connection, organization_id, member_id)
        self._changed()
        return member

    def remove(self, organization_id: str, member_id: str) -> Member:
        """Take a member out, with sessions, preferences and private views; shared views stay. Raises as `change`."""
        with self._database.change() as connection:
            member = one(connection, organization_id, member_id)
            _keep_an_admin(connection, member)
            own = sa.and_(views.c.owner_id == member.id, views.c.is_shared.is_(False))
            connection.execute(views.delete().where(own))
            connection.execute(preferences.delete().where(preferences.c.owner_id == member.id))
            connection.execute(sessions.delete().where(sessions.c.member_id == member.id))
            connection.execute(identities.delete().where(identities.c.member_id == member.id))
            connection.execute(invitations.delete().where(invitations.c.member_id == member.id))
            connection.execute(table.delete().where(table.c.id == member.id))
        self._changed()
        return member

    def set_password(self, member: Member, current: str, password: str) -> None:
        """Put another password in place of the current one. Raises `Invalid` with every fault at once."""
        with self._database.read() as connection:
            stored = connection.scalar(sa.select(table.c.password_hash).where(table.c.id == member.id))
        faults = {}
        if not passwords.is_right(stored or "", current):
            faults["current_password"] = ["This is not the present password."]
        if said := passwords.faults(password, member.email):
            faults["password"] = said
        if faults:
            raise Invalid(" ".join(said[0] for said in faults.values()), errors=faults)
        fresh = passwords.hashed(password)
        with self._database.write() as connection:
            same = sa.and_(table.c.id == member.id, table.c.password_hash == stored)
            if connection.execute(table.update().where(same).values(password_hash=fresh)).rowcount == 0:
                raise Conflict("The password was changed meanwhile.", code="password_changed")


def insert(connection: sa.Connection, organization_id: str, newcomer: Newcomer) -> Member:
    """Store a member inside a `change`. The fields are good. Raises `Conflict` where the email has an account."""
    member_id = uuid.uuid4().hex
    values = {
        "id": member_id,
        "organization_id": organization_id,
        "email": newcomer.email,
        "email_folded": folded(newcomer.email),
        "name": newcomer.name,
        "password_hash": newcomer.password_hash,
        "role": newcomer.role,
        "created_at": now_us(),
    }
    try:
        connection.execute(table.insert().values(values))
    except IntegrityError:
        raise taken(newcomer.email) from None
    return one(connection, organization_id, member_id)


def one(connection: sa.Connection, organization_id: str, member_id: str) -> Member:
    """A member of an organization. Raises `NotFound`, for another organization's too."""
    found = select(connection, sa.and_(table.c.organization_id == organization_id, table.c.id == member_id))
    if not found:
        raise NotFound("There is no such member.")
    return found[0]


def named(connection: sa.Connection, name: str) -> Member:
    """A member of any organization by email or id. Raises `NotFound`."""
    found = select(connection, sa.or_(table.c.email_folded == folded(name), table.c.id == name))
    if not found:
        raise NotFound(f"There is no member {name}. `midspan members list` shows them.")
    return found[0]


def select(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Member]:
    """The members that the condition takes, oldest first."""
    query = sa.select(*COLUMNS).where(condition).order_by(table.c.created_at, table.c.id)
    return [_member(row) for row in connection.execute(query)]


def folded(email: str) -> str:
    """The email in the form in which accounts are told apart."""
    return unicodedata.normalize("NFKC", email.strip()).casefold()


def email_faults(email: str) -> list[str]:
    """What is wrong with an email, in sentences for the field."""
    good = len(email) <= 320 and email.isprintable() and EMAIL.fullmatch(email)
    return [] if good else ["An email looks like ada@example.com."]


def role_faults(role: str) -> list[str]:
    """What is wrong with a role."""
    return [] if role in ROLES else [f"A role is one of {', '.join(ROLES)}."]


def taken(email: str) -> Conflict:
    """The refusal of a second account for one email."""
    return Conflict(f"{email} has an account already.", code="email_taken")


def _member(row: sa.Row[Any]) -> Member:
    fields = {name: value for name, value in row._mapping.items() if name in Member.__struct_fields__}
    return Member(**fields, has_password=bool(row.password_hash))


def _keep_an_admin(connection: sa.Connection, member: Member) -> None:
    others = sa.and_(
        table.c.organization_id == member.organization_id, table.c.role == "admin", table.c.id != member.id
    )
    if member.role == "admin" and not select(connection, others):
        raise Conflict(
            "An organization keeps at least one admin. Make somebody else an admin first.", code="last_admin"
        )
