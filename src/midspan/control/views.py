"""Saved views: the state of a page under a name, a member's own or the organization's."""

import uuid
from typing import Any

import msgspec
import sqlalchemy as sa

from midspan.control import organizations
from midspan.control.database import Database, now_us
from midspan.control.tables import members
from midspan.control.tables import views as table
from midspan.errors import Conflict, NotFound

OWN_MAX = 500
"""Views that one owner may keep."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A saved view. Times are microseconds since 1970."""

    id: str
    owner_id: str
    """A member's id, or "" for nobody's: made where authentication is off."""
    owner_name: str | None
    """None where there is no such member any more."""
    name: str
    page: str
    state: str
    is_shared: bool
    created_at: int
    updated_at: int


class Views:
    """Every question is of one organization and one who asks: others' private views are not there for them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, organization_id: str, owner_id: str) -> list[View]:
        """What this owner sees: own and shared views, by name."""
        with self._database.read() as connection:
            return _select(connection, _seen(organization_id, owner_id))

    def create(self, organization_id: str, owner_id: str, fields: dict[str, Any]) -> View:
        """Save a view. Raises `Invalid` for its name, and `Conflict` where the owner has too many."""
        now = now_us()
        row = {"id": uuid.uuid4().hex, "organization_id": organization_id, "owner_id": owner_id, "created_at": now}
        row |= _checked(fields) | {"updated_at": now}
        own = sa.and_(table.c.organization_id == organization_id, table.c.owner_id == owner_id)
        with self._database.write() as connection:
            count = connection.scalar(sa.select(sa.func.count()).select_from(table).where(own)) or 0
            if count >= OWN_MAX:
                raise Conflict(f"You keep {OWN_MAX} views already. Delete one first.", code="too_many_views")
            connection.execute(table.insert().values(row))
            return _select(connection, table.c.id == row["id"])[0]

    def find(self, organization_id: str, owner_id: str, view_id: str) -> View:
        """A view that this owner sees. Raises `NotFound`."""
        with self._database.read() as connection:
            return _one(connection, organization_id, owner_id, view_id)

    def change(self, organization_id: str, owner_id: str, view_id: str, fields: dict[str, Any]) -> View:
        """Set fields of a view that this owner sees. Raises `Invalid` for its name, and `NotFound`."""
        values = _checked(fields) | {"updated_at": now_us()}
        with self._database.write() as connection:
            view = _one(connection, organization_id, owner_id, view_id)
            connection.execute(table.update().where(table.c.id == view.id).values(values))
            return _select(connection, table.c.id == view.id)[0]

    def delete(self, organization_id: str, owner_id: str, view_id: str) -> None:
        """Raises `NotFound`."""
        with self._database.write() as connection:
            view = _one(connection, organization_id, owner_id, view_id)
            connection.execute(table.delete().where(table.c.id == view.id))


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    return fields | ({"name": organizations.checked_name(fields["name"])} if "name" in fields else {})


def _one(connection: sa.Connection, organization_id: str, owner_id: str, view_id: str) -> View:
    if not (found := _select(connection, sa.and_(_seen(organization_id, owner_id), table.c.id == view_id))):
        raise NotFound("There is no such view.")
    return found[0]


def _seen(organization_id: str, owner_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.organization_id == organization_id, sa.or_(table.c.is_shared, table.c.owner_id == owner_id))


def _select(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[View]:
    columns = [table.c[name] for name in View.__struct_fields__ if name != "owner_name"]
    query = (
        sa.select(*columns, members.c.name.label("owner_name"))
        .outerjoin(members, members.c.id == table.c.owner_id)
        .where(condition)
        .order_by(table.c.name, table.c.created_at, table.c.id)
    )
    return [View(**row._mapping) for row in connection.execute(query)]
