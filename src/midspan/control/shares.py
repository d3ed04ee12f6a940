"""Which traces anybody may read who has the link: a record for each, of one tenant."""

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from midspan.control.database import Database, now_us
from midspan.control.tables import shares as table

Tenant = tuple[str, str]
"""Organization id, environment."""

IDS_MAX = 500
"""Ids in one statement; engines limit how many values they take."""


class Share(NamedTuple):
    """Where a shared trace is."""

    organization_id: str
    environment: str

    @property
    def tenant(self) -> Tenant:
        return self.organization_id, self.environment


class Shares:
    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, organization_id: str, trace: str) -> Share | None:
        """The shared trace of that id, None where it is not shared. Of two environments' the one shared last."""
        query = (
            sa.select(table.c.organization_id, table.c.environment)
            .where(table.c.organization_id == organization_id, table.c.trace_unique_id == trace)
            .order_by(table.c.created_at.desc(), table.c.environment)
            .limit(1)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Share(*row)

    def has(self, tenant: Tenant, trace: str) -> bool:
        """Whether a tenant's trace is shared."""
        query = sa.select(table.c.trace_unique_id).where(*_of(tenant), table.c.trace_unique_id == trace)
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def shared(self, tenant: Tenant) -> frozenset[str]:
        """The ids of a tenant's shared traces."""
        with self._database.read() as connection:
            return frozenset(connection.scalars(sa.select(table.c.trace_unique_id).where(*_of(tenant))))

    def share(self, tenant: Tenant, trace: str) -> None:
        """Let anybody read the trace; on disk when it returns."""
        with self._database.write() as connection:
            connection.execute(table.delete().where(*_of(tenant), table.c.trace_unique_id == trace))
            connection.execute(
                table.insert().values(
                    organization_id=tenant[0], environment=tenant[1], trace_unique_id=trace, created_at=now_us()
                )
            )

    def withdraw(self, tenant: Tenant, traces: Iterable[str]) -> None:
        """Let nobody read the traces without a key any more; on disk when it returns."""
        ids = list(traces)
        with self._database.write() as connection:
            for start in range(0, len(ids), IDS_MAX):
                some = table.c.trace_unique_id.in_(ids[start : start + IDS_MAX])
                connection.execute(table.delete().where(*_of(tenant), some))


def _of(tenant: Tenant) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    return table.c.organization_id == tenant[0], table.c.environment == tenant[1]
