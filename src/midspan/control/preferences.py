"""Preferences: how a member likes the UI, as one JSON object for each."""

import sqlalchemy as sa

from midspan.control.database import Database, now_us
from midspan.control.tables import preferences as table


class Preferences:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, organization_id: str, owner_id: str) -> bytes:
        """The object's JSON as it was stored last; an empty one before that."""
        query = sa.select(table.c.value).where(*_of(organization_id, owner_id))
        with self._database.read() as connection:
            text: str | None = connection.scalar(query)
        return b"{}" if text is None else text.encode()

    def store(self, organization_id: str, owner_id: str, value: bytes) -> None:
        """Put an object in the place of what there was; on disk when it returns."""
        row = {
            "organization_id": organization_id,
            "owner_id": owner_id,
            "value": value.decode(),
            "updated_at": now_us(),
        }
        with self._database.write() as connection:
            connection.execute(table.delete().where(*_of(organization_id, owner_id)))
            connection.execute(table.insert().values(row))


def _of(organization_id: str, owner_id: str) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.organization_id == organization_id, table.c.owner_id == owner_id
