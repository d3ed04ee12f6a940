"""How the last re-pricing of each environment went, as one JSON object."""

import sqlalchemy as sa

from midspan.control.database import Database, now_us
from midspan.control.tables import repricings as table

Tenant = tuple[str, str]
"""(organization id, environment)."""


class Repricings:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, tenant: Tenant) -> bytes | None:
        """The object's JSON as it was stored last; None before that."""
        with self._database.read() as connection:
            text: str | None = connection.scalar(sa.select(table.c.value).where(_of(tenant)))
        return None if text is None else text.encode()

    def store(self, tenant: Tenant, value: bytes) -> None:
        """Put an object in the place of what there was; on disk when it returns."""
        row = {
            "organization_id": tenant[0],
            "environment": tenant[1],
            "value": value.decode(),
            "updated_at": now_us(),
        }
        with self._database.write() as connection:
            connection.execute(table.delete().where(_of(tenant)))
            connection.execute(table.insert().values(row))


def _of(tenant: Tenant) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.organization_id == tenant[0], table.c.environment == tenant[1])
