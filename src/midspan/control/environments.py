"""Environments: the parts of an organization that its spans and keys lie in. Each has `prod` and `test`."""

import re
from collections.abc import Callable

import msgspec
import sqlalchemy as sa

from midspan.control.database import Database, now_us
from midspan.control.tables import api_keys
from midspan.control.tables import environments as table
from midspan.domain.principal import ENVIRONMENTS
from midspan.errors import Conflict, Invalid

NAME = re.compile("[a-z][a-z0-9-]{0,15}")
OWN_MAX = 50
"""Environments that an organization may make."""


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    created_at: int | None
    """Microseconds since 1970; None for those that every organization has."""


class Environments:
    """Thread-safe. Names are remembered until `forget`."""

    def __init__(self, database: Database, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` is called after every change made here, so that this process need not wait to hear of it."""
        self._database = database
        self._changed = changed
        self._remembered: dict[str, tuple[str, ...]] = {}
        self._generation = 0

    def entries(self, organization_id: str) -> list[Environment]:
        """Those of an organization: `prod` and `test`, then its own, oldest first."""
        with self._database.read() as connection:
            return [
                *(Environment(name=name, created_at=None) for name in ENVIRONMENTS),
                *(Environment(name=row.name, created_at=row.created_at) for row in _own(connection, organization_id)),
            ]

    def names(self, organization_id: str) -> tuple[str, ...]:
        """The names alone, from memory where they are known. Raises `Unavailable`."""
        if (remembered := self._remembered.get(organization_id)) is not None:
            return remembered
        generation = self._generation
        with self._database.read() as connection:
            found = names(connection, organization_id)
        # What was read before a change that has been heard of since is not to be remembered.
        if generation == self._generation:
            self._remembered[organization_id] = found
        return found

    def forget(self) -> None:
        """Ask the control data again from now on."""
        self._generation += 1
        self._remembered = {}

    def create(self, organization_id: str, name: str) -> Environment:
        """Raises `Invalid` for a name that is none, and `Conflict` where it is taken or there are too many."""
        if not NAME.fullmatch(name):
            said = "A name has 1 to 16 of a-z, 0-9 and -, a letter first."
            raise Invalid(f"name: {said}", errors={"name": [said]})
        with self._database.change() as connection:
            taken = names(connection, organization_id)
            if name in taken:
                raise Conflict(f"There is an environment {name} already.", code="environment_taken")
            if len(taken) >= OWN_MAX + len(ENVIRONMENTS):
                raise Conflict(f"An organization makes at most {OWN_MAX} environments.", code="too_many_environments")
            made = Environment(name=name, created_at=now_us())
            row = {"organization_id": organization_id, "name": name, "created_at": made.created_at}
            connection.execute(table.insert().values(row))
        self._changed()
        return made

    def remove(self, organization_id: str, name: str) -> bool:
        """Forget an environment that the organization made; False, and it stays, where a key opens it or there is none.

        What lies in it is not looked at: see to that first.
        """
        same = sa.and_(table.c.organization_id == organization_id, table.c.name == name)
        opens = sa.and_(
            api_keys.c.organization_id == organization_id,
            api_keys.c.environment == name,
            api_keys.c.revoked_at.is_(None),
            sa.or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > now_us()),
        )
        with self._database.change() as connection:
            if connection.execute(sa.select(api_keys.c.id).where(opens).limit(1)).first() is not None:
                return False
            removed = connection.execute(table.delete().where(same)).rowcount
        self._changed()
        return bool(removed)


def names(connection: sa.Connection, organization_id: str) -> tuple[str, ...]:
    """Every environment's name."""
    return *ENVIRONMENTS, *(row.name for row in _own(connection, organization_id))


def _own(connection: sa.Connection, organization_id: str) -> list[sa.Row[tuple[str, int]]]:
    query = (
        sa.select(table.c.name, table.c.created_at)
        .where(table.c.organization_id == organization_id)
        .order_by(table.c.created_at, table.c.name)
    )
    return list(connection.execute(query))
