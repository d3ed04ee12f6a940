"""An organization's own prices: `Override` rows, kept in the control data and remembered for every span priced."""

import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec
import sqlalchemy as sa

from midspan.control import organizations
from midspan.control.database import Database, now_us
from midspan.control.tables import organizations as organizations_table
from midspan.control.tables import price_overrides as table
from midspan.domain.price import Override
from midspan.errors import Invalid, NotFound

PRICES = tuple(name for name in Override.__struct_fields__ if name.endswith("_price"))
PRICE_MAX = Decimal(10) ** 9
REMEMBERED_MAX = 10_000


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An override as its administrators see it."""

    organization_id: str
    organization_name: str
    created_at: int
    """Microseconds since 1970."""
    override: Override


class Prices:
    def __init__(self, database: Database, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` is called after every change made here, so that this process need not wait to hear of it."""
        self._database = database
        self._changed = changed
        self._remembered: dict[str, tuple[Override, ...]] = {}
        self._generation = 0

    def overrides(self, organization_id: str) -> Sequence[Override]:
        """The organization's own prices, oldest first; from memory until `forget`. Raises `Unavailable`.

        Returns the same object until something changes, so that a caller may keep what it made of it by identity.
        """
        remembered = self._remembered.get(organization_id)
        if remembered is not None:
            return remembered
        generation = self._generation
        with self._database.read() as connection:
            entries = _select(connection, table.c.organization_id == organization_id)
        found = tuple(entry.override for entry in entries)
        # What was read before a change that has been heard of since is not to be remembered.
        if generation == self._generation:
            if len(self._remembered) >= REMEMBERED_MAX:
                self._remembered = {}
            self._remembered[organization_id] = found
        return found

    def forget(self) -> None:
        """Ask the control data again from now on."""
        self._generation += 1
        self._remembered = {}

    def entries(self, organization: str | None = None) -> list[Entry]:
        """The prices of one organization (id or name) or of all, oldest first. Raises `NotFound`."""
        with self._database.read() as connection:
            condition: sa.ColumnElement[bool] = sa.true()
            if organization is not None:
                condition = table.c.organization_id == organizations.find(connection, organization).id
            return _select(connection, condition)

    def set(self, override: Override, organization: str | None = None) -> Entry:
        """Store a price in place of one for the same model, provider and time; it gets an id of its own.

        Organization as in `Keys.create`. Raises `Invalid` with every fault at once, and `NotFound`.
        """
        _check(override)
        values = {name: getattr(override, name) for name in Override.__struct_fields__ if name != "id"}
        with self._database.change() as connection:
            owner = organizations.find(connection, organization).id
            same = sa.and_(
                table.c.organization_id == owner,
                table.c.model == override.model,
                table.c.provider == override.provider,
                table.c.valid_from.is_not_distinct_from(override.valid_from),
                table.c.valid_to.is_not_distinct_from(override.valid_to),
            )
            connection.execute(table.delete().where(same))
            row = {"id": uuid.uuid4().hex, "organization_id": owner, "created_at": now_us(), **values}
            connection.execute(table.insert().values(row))
            entry = _select(connection, table.c.id == row["id"])[0]
        self._changed()
        return entry

    def remove(self, id: str, organization: str | None = None) -> Entry:  # noqa: A002 - the column's name
        """Take a price away, of any organization or only of this one. Raises `NotFound`."""
        with self._database.change() as connection:
            condition = table.c.id == id
            if organization is not None:
                condition &= table.c.organization_id == organizations.find(connection, organization).id
            if not (found := _select(connection, condition)):
                raise NotFound(f"There is no price {id}. `midspan prices list` shows them.")
            connection.execute(table.delete().where(condition))
        self._changed()
        return found[0]


def _select(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Entry]:
    query = (
        sa.select(table, organizations_table.c.name.label("organization_name"))
        .join(organizations_table)
        .where(condition)
        .order_by(table.c.created_at, table.c.id)
    )
    return [
        Entry(
            organization_id=row.organization_id,
            organization_name=row.organization_name,
            created_at=row.created_at,
            override=Override(**{name: row._mapping[name] for name in Override.__struct_fields__}),
        )
        for row in connection.execute(query)
    ]


def _check(override: Override) -> None:
    faults: dict[str, list[str]] = {}
    if not override.model or len(override.model) > 255:
        faults["model"] = ["has 1 to 255 characters"]
    if len(override.provider) > 255:
        faults["provider"] = ["has at most 255 characters"]
    for name in PRICES:
        price: Decimal | None = getattr(override, name)
        if price is not None and not (price.is_finite() and 0 <= price <= PRICE_MAX):
            faults[name] = ["is an amount in USD for a million tokens, 0 or more"]
        elif price is not None and len(format(price, "f")) > 40:
            faults[name] = ["has at most 40 digits"]
    if override.valid_from is not None and override.valid_to is not None and override.valid_from >= override.valid_to:
        faults["valid_to"] = ["lies after valid_from"]
    if faults:
        raise Invalid("; ".join(f"{name} {said[0]}" for name, said in faults.items()) + ".", errors=faults)
