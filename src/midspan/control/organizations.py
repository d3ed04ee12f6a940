"""Organizations: the tenants. Every key, price and span belongs to one."""

import uuid

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from midspan.control.database import Database, now_us
from midspan.control.tables import organizations
from midspan.errors import Invalid, NotFound

FIRST = "Default"
"""The name of the organization that is made when there is none."""


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    """32 hex."""
    name: str
    created_at: int
    """Microseconds since 1970."""


class Organizations:
    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self) -> list[Organization]:
        """Every organization, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(organizations).order_by(*_ORDER)).all()
        return [Organization(**row._mapping) for row in rows]

    def create(self, name: str) -> Organization:
        """Raises `Invalid` for a name that is empty, longer than 200 characters, unprintable or taken."""
        name = checked_name(name)
        try:
            with self._database.change() as connection:
                return insert(connection, name)
        except IntegrityError:
            raise Invalid(f"There is an organization named {name} already.", errors={"name": ["taken"]}) from None


_ORDER = (organizations.c.created_at, organizations.c.id)


def insert(connection: sa.Connection, name: str) -> Organization:
    organization = Organization(id=uuid.uuid4().hex, name=name, created_at=now_us())
    connection.execute(organizations.insert().values(msgspec.structs.asdict(organization)))
    return organization


def first(connection: sa.Connection) -> Organization:
    """The oldest organization; made here when there is none, so only inside a write."""
    row = connection.execute(sa.select(organizations).order_by(*_ORDER).limit(1)).one_or_none()
    return insert(connection, FIRST) if row is None else Organization(**row._mapping)


def find(connection: sa.Connection, named: str | None) -> Organization:
    """The organization of that id or name, or the first one for None. Raises `NotFound`."""
    if named is None:
        return first(connection)
    match = sa.or_(organizations.c.id == named, organizations.c.name == named)
    # An id wins over another organization that took it for its name.
    order = sa.case((organizations.c.id == named, 0), else_=1)
    row = connection.execute(sa.select(organizations).where(match).order_by(order).limit(1)).one_or_none()
    if row is None:
        raise NotFound(f"There is no organization {named}. `midspan organizations list` shows them.")
    return Organization(**row._mapping)


def checked_name(name: str) -> str:
    """The name as it is stored. Raises `Invalid`."""
    name = name.strip()
    if not name or len(name) > 200 or not name.isprintable():
        message = "A name has 1 to 200 printable characters."
        raise Invalid(message, errors={"name": [message]})
    return name
