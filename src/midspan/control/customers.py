"""What people say of customers: a profile beside the spans, of one tenant in every question."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from midspan.control.database import Database, now_us
from midspan.control.tables import customers as table
from midspan.domain.profile import Profile

Tenant = tuple[str, str]
"""Organization id, environment."""

IDS_MAX = 500
"""Ids in one question; engines limit how many values they take."""


class Customers:
    def __init__(self, database: Database) -> None:
        self._database = database

    def profiles(self, tenant: Tenant, ids: Sequence[str]) -> dict[str, Profile]:
        """The profiles of these customers; who has none is left out."""
        found = {}
        with self._database.read() as connection:
            for start in range(0, len(ids), IDS_MAX):
                some = table.c.customer_identifier.in_(ids[start : start + IDS_MAX])
                for row in connection.execute(sa.select(table).where(_of(tenant), some)):
                    found[row.customer_identifier] = _profile(row)
        return found

    def names(self, tenant: Tenant) -> list[tuple[str, str, str, int]]:
        """Identifier, name, email, and when it was deleted (0: never), of all who have any of these."""
        there = sa.or_(table.c.name != "", table.c.email != "", table.c.deleted_at.is_not(None))
        return self._select(tenant, there)

    def deleted(self, tenant: Tenant) -> list[tuple[str, str, str, int]]:
        """The same of those alone that were deleted."""
        return self._select(tenant, table.c.deleted_at.is_not(None))

    def change(self, tenant: Tenant, customer: str, changes: Mapping[str, Any]) -> Profile:
        """Set fields of a profile, by their names; on disk when it returns."""
        with self._database.write() as connection:
            return _store(connection, tenant, customer, {**changes, "updated_at": now_us()})

    def delete(self, tenant: Tenant, customer: str) -> None:
        """Forget the profile, and remember that the customer was deleted now."""
        nothing = msgspec.structs.asdict(Profile())
        with self._database.write() as connection:
            _store(connection, tenant, customer, {**nothing, "deleted_at": now_us()})

    def forget(self, tenant: Tenant) -> None:
        """Forget all of a tenant's profiles, and who was deleted; on disk when it returns."""
        with self._database.write() as connection:
            connection.execute(table.delete().where(_of(tenant)))

    def _select(self, tenant: Tenant, condition: sa.ColumnElement[bool]) -> list[tuple[str, str, str, int]]:
        columns = (table.c.customer_identifier, table.c.name, table.c.email, sa.func.coalesce(table.c.deleted_at, 0))
        with self._database.read() as connection:
            rows = connection.execute(sa.select(*columns).where(_of(tenant), condition))
            return [tuple(row) for row in rows]


def _of(tenant: Tenant) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.organization_id == tenant[0], table.c.environment == tenant[1])


def _store(connection: sa.Connection, tenant: Tenant, customer: str, changes: Mapping[str, Any]) -> Profile:
    same = sa.and_(_of(tenant), table.c.customer_identifier == customer)
    row = connection.execute(sa.select(table).where(same)).one_or_none()
    before = _profile(row) if row is not None else Profile()
    profile = msgspec.structs.replace(before, **changes)
    values = msgspec.structs.asdict(profile)
    metadata = values.pop("metadata")
    values["customer_metadata"] = "" if metadata is None else msgspec.json.encode(metadata).decode()
    if row is None:
        owner = {"organization_id": tenant[0], "environment": tenant[1], "customer_identifier": customer}
        connection.execute(table.insert().values(**owner, **values))
    else:
        connection.execute(table.update().where(same).values(**values))
    return profile


def _profile(row: sa.Row[Any]) -> Profile:
    given = {name: row._mapping[name] for name in Profile.__struct_fields__ if name != "metadata"}
    text = row.customer_metadata
    return Profile(**given, metadata=msgspec.json.decode(text) if text else None)
