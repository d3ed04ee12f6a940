"""API keys as their administrators see them: made, listed, limited, revoked. The secret itself is never stored.

A secret is `msp_<environment>_<43 url-safe base64 characters of 32 random bytes>`. `principals.py` opens doors with it.
"""

import hashlib
import math
import re
import secrets
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from midspan.control import environments, organizations
from midspan.control.database import Database, now_us
from midspan.control.tables import api_keys
from midspan.control.tables import organizations as organizations_table
from midspan.domain.principal import RIGHTS
from midspan.errors import Invalid, NotFound

RATE_MAX = 1e9


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of a key. Times are microseconds since 1970."""

    id: str
    organization_id: str
    organization_name: str
    environment: str
    name: str
    prefix: str
    rights: tuple[str, ...]
    requests_per_second: float | None
    spans_per_second: float | None
    created_at: int
    expires_at: int | None
    last_used_at: int | None
    revoked_at: int | None

    def state(self, now: int) -> str:
        """active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and now >= self.expires_at else "active"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A key to be made. None leaves a rate without limit and a key without end."""

    name: str
    environment: str = "prod"
    rights: Iterable[str] = RIGHTS
    expires_at: int | None = None
    requests_per_second: float | None = None
    spans_per_second: float | None = None


class Keys:
    def __init__(self, database: Database, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` is called after every change made here, so that this process need not wait to hear of it."""
        self._database = database
        self._changed = changed

    def create(self, wish: Wish, organization: str | None = None) -> tuple[Key, str]:
        """Make a key for the organization of that id or name (None: the first one, made when there is none).

        The second value is the secret, which nobody can read again. Raises `Invalid` with every fault at once, and
        `NotFound` for the organization.
        """
        secret = new_secret(wish.environment)
        with self._database.change() as connection:
            key = insert(connection, organizations.find(connection, organization), wish, secret)
        self._changed()
        return key, secret

    def entries(self, organization: str | None = None) -> list[Key]:
        """Every key, of one organization or of all, oldest first."""
        with self._database.read() as connection:
            condition: sa.ColumnElement[bool] = sa.true()
            if organization is not None:
                condition = api_keys.c.organization_id == organizations.find(connection, organization).id
            return _select(connection, condition)

    def revoke(self, named: str) -> Key:
        """Close a key for good; once revoked, its first revocation stands. `named` as in `find`."""
        with self._database.change() as connection:
            key = find(connection, named)
            if key.revoked_at is None:
                key = _update(connection, key, {"revoked_at": now_us()})
        self._changed()
        return key

    def limit(self, named: str, **rates: float | None) -> Key:
        """Set `requests_per_second` or `spans_per_second`; None lifts the limit, what is not named stays."""
        _refuse(_rate_faults(rates))
        with self._database.change() as connection:
            key = _update(connection, find(connection, named), dict(rates))
        self._changed()
        return key

    def change(self, organization_id: str, key_id: str, changes: Mapping[str, Any], environment: str = "") -> Key:
        """Set `name`, `rights`, `expires_at` or a rate of an organization's key, of this environment alone where one
        is given. Raises `Invalid` with every fault at once, and `NotFound`.
        """
        values = dict(changes)
        faults = _rate_faults({name: rate for name, rate in values.items() if name.endswith("_per_second")})
        if "name" in values:
            values["name"] = organizations.checked_name(values["name"])
        if "rights" in values:
            faults |= _right_faults(values["rights"])
            values["rights"] = _joined(values["rights"])
        _refuse(faults | _expiry_faults(values.get("expires_at"), now_us()))
        with self._database.change() as connection:
            key = one(connection, organization_id, key_id, environment)
            if values:
                connection.execute(api_keys.update().where(api_keys.c.id == key.id).values(values))
            key = one(connection, organization_id, key_id, environment)
        self._changed()
        return key

    def close(self, organization_id: str, key_id: str, environment: str = "") -> None:
        """Revoke an organization's key, by its id alone; its first revocation stands. Raises `NotFound`."""
        with self._database.change() as connection:
            key = one(connection, organization_id, key_id, environment)
            if key.revoked_at is None:
                _update(connection, key, {"revoked_at": now_us()})
        self._changed()


def one(connection: sa.Connection, organization_id: str, key_id: str, environment: str = "") -> Key:
    """An organization's key by its id, of this environment alone where one is given. Raises `NotFound`."""
    condition = sa.and_(api_keys.c.id == key_id, api_keys.c.organization_id == organization_id)
    if environment:
        condition &= api_keys.c.environment == environment
    if not (found := _select(connection, condition)):
        raise NotFound("There is no such key.")
    return found[0]


def new_secret(environment: str) -> str:
    return f"msp_{environment}_{secrets.token_urlsafe(32)}"


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def shown(secret: str) -> str:
    """The part of a secret that may be seen: of ours the first 12 and the last 4 characters, of shorter ones less."""
    head, tail = min(12, len(secret) // 4), min(4, len(secret) // 8)
    return f"{secret[:head]}…{secret[len(secret) - tail :]}"


def insert(connection: sa.Connection, organization: organizations.Organization, wish: Wish, secret: str) -> Key:
    """Store one key inside a `change`. Raises `Invalid`."""
    now = now_us()
    name = organizations.checked_name(wish.name)
    rights = tuple(wish.rights)
    _refuse(_faults(wish, rights, now, environments.names(connection, organization.id)))
    key_id = uuid.uuid4().hex
    values = {
        "id": key_id,
        "organization_id": organization.id,
        "environment": wish.environment,
        "name": name,
        "prefix": shown(secret),
        "rights": _joined(rights),
        "requests_per_second": wish.requests_per_second,
        "spans_per_second": wish.spans_per_second,
        "created_at": now,
        "expires_at": wish.expires_at,
    }
    try:
        connection.execute(api_keys.insert().values(**values, hash=hashed(secret)))
    except IntegrityError:
        raise Invalid("There is such a key already.") from None
    return find(connection, key_id)


def find(connection: sa.Connection, named: str) -> Key:
    """The one key meant: by id, by the secret itself (a leaked one), by name, or by the first characters of its id.

    A name that a revoked key had does not stand in the way. Raises `NotFound`, and `Invalid` when several are meant.
    """
    conditions = [sa.or_(api_keys.c.id == named, api_keys.c.hash == hashed(named)), api_keys.c.name == named]
    if re.fullmatch("[0-9a-f]{6,31}", named):
        conditions.append(api_keys.c.id.startswith(named))
    for condition in conditions:
        found = _select(connection, condition)
        found = [key for key in found if key.revoked_at is None] or found
        if len(found) > 1:
            ids = ", ".join(key.id for key in found[:5])
            raise Invalid(f"{len(found)} keys are meant by {named}: {ids}. Give the id of one.")
        if found:
            return found[0]
    # Not repeated in the sentence: it may be a mistyped secret.
    raise NotFound("There is no such key. `midspan keys list` shows the ids and names.")


def _select(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Key]:
    columns = [api_keys.c[name] for name in Key.__struct_fields__ if name != "organization_name"]
    query = (
        sa.select(*columns, organizations_table.c.name.label("organization_name"))
        .join(organizations_table)
        .where(condition)
        .order_by(api_keys.c.created_at, api_keys.c.id)
    )
    return [
        Key(**{**row._mapping, "rights": tuple(row.rights.split(",")) if row.rights else ()})
        for row in connection.execute(query)
    ]


def _update(connection: sa.Connection, key: Key, values: dict[str, Any]) -> Key:
    if values:
        connection.execute(api_keys.update().where(api_keys.c.id == key.id).values(values))
    return msgspec.structs.replace(key, **values)


def _faults(wish: Wish, rights: tuple[str, ...], now: int, known: tuple[str, ...]) -> dict[str, list[str]]:
    faults = _rate_faults({"requests_per_second": wish.requests_per_second, "spans_per_second": wish.spans_per_second})
    if wish.environment not in known:
        faults["environment"] = [f"is one of {', '.join(known)}"]
    return faults | _right_faults(rights) | _expiry_faults(wish.expires_at, now)


def _right_faults(rights: Iterable[str]) -> dict[str, list[str]]:
    given = set(rights)
    return {} if given and given <= set(RIGHTS) else {"rights": [f"are one or more of {', '.join(RIGHTS)}"]}


def _expiry_faults(expires_at: int | None, now: int) -> dict[str, list[str]]:
    return {"expires_at": ["lies in the future"]} if expires_at is not None and expires_at <= now else {}


def _joined(rights: Iterable[str]) -> str:
    given = set(rights)
    return ",".join(right for right in RIGHTS if right in given)


def _rate_faults(rates: dict[str, float | None]) -> dict[str, list[str]]:
    return {
        name: [f"is more than 0 and at most {RATE_MAX:.0f}"]
        for name, rate in rates.items()
        if rate is not None and not (math.isfinite(rate) and 0 < rate <= RATE_MAX)
    }


def _refuse(faults: dict[str, list[str]]) -> None:
    if faults:
        sentence = "; ".join(f"{name} {' and '.join(said)}" for name, said in faults.items())
        raise Invalid(f"{sentence}.", errors=faults)
