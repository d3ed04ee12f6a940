"""Who a secret stands for, answered from memory for every request, and from the control data the first time."""

import hashlib
import threading
import time
from typing import Any

import sqlalchemy as sa

from midspan.control.database import Database
from midspan.control.tables import api_keys, organizations
from midspan.domain.principal import RIGHTS, Principal
from midspan.errors import NotFound, Unauthorized

REFUSAL = "Your API key is invalid or expired. Check it, or make a new one with `midspan keys create`."
GOOD_MAX = 10_000
BAD_MAX = 10_000
BAD_SECONDS = 5.0
"""How long a secret that opens nothing is refused without a look."""
SECRET_MAX = 512


class Principals:
    """A cache in front of `api_keys`, emptied by `forget` whenever the control data has changed.

    Thread-safe: requests ask `known` on the event loop, and `find` on another thread where memory has no answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._generation = 0
        self._good: dict[bytes, Principal] = {}
        self._bad: dict[bytes, float] = {}
        self._used: dict[str, float] = {}

    def known(self, secret: bytes) -> Principal | None:
        """The principal, as far as memory knows; None: ask `find`. Raises `Unauthorized`. About a microsecond."""
        digest = hashlib.sha256(secret).digest()
        if (principal := self._good.get(digest)) is not None:
            return self._admitted(principal)
        until = self._bad.get(digest)
        if until is not None and time.monotonic() < until:
            raise Unauthorized(REFUSAL)
        return None

    def find(self, secret: bytes) -> Principal:
        """The principal of a good secret. Raises `Unauthorized` for one that is unknown, revoked or expired."""
        if (principal := self.known(secret)) is not None:
            return principal
        if len(secret) > SECRET_MAX:
            raise Unauthorized(REFUSAL)
        digest = hashlib.sha256(secret).digest()
        generation = self._generation
        found = self._look_up(digest.hex())
        with self._lock:
            # Read before a change that has been heard of since: true when asked, but not to be remembered.
            if generation == self._generation:
                self._remember(digest, found)
        if found is None:
            raise Unauthorized(REFUSAL)
        return self._admitted(found)

    def anonymous(self) -> Principal:
        """Who asks without a key where authentication is off: the first organization's `prod`, with all rights."""
        query = sa.select(organizations).order_by(organizations.c.created_at, organizations.c.id).limit(1)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFound("There is no organization yet.")
        return Principal(
            organization_id=row.id,
            organization_name=row.name,
            environment="prod",
            key_id="",
            key_name="",
            rights=frozenset(RIGHTS),
        )

    def forget(self) -> None:
        """Ask the control data again from now on."""
        with self._lock:
            self._generation += 1
            self._good.clear()
            self._bad.clear()

    def store_uses(self) -> None:
        """Write down when keys were last used, all at once."""
        used, self._used = self._used, {}
        uses = [{"key": key, "at": int(at * 1e6)} for key, at in list(used.items())]
        if not uses:
            return
        older = sa.or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at < sa.bindparam("at"))
        update = (
            api_keys.update().where(api_keys.c.id == sa.bindparam("key"), older).values(last_used_at=sa.bindparam("at"))
        )
        with self._database.write() as connection:
            connection.execute(update, uses)

    def _admitted(self, principal: Principal) -> Principal:
        now = time.time()
        if principal.expires_at is not None and now * 1e6 >= principal.expires_at:
            raise Unauthorized(REFUSAL)
        self._used[principal.key_id] = now
        return principal

    def _look_up(self, hashed: str) -> Principal | None:
        query = (
            sa.select(api_keys, organizations.c.name.label("organization_name"))
            .join(organizations)
            .where(api_keys.c.hash == hashed, api_keys.c.revoked_at.is_(None))
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        return Principal(
            organization_id=row.organization_id,
            organization_name=row.organization_name,
            environment=row.environment,
            key_id=row.id,
            key_name=row.name,
            rights=frozenset(row.rights.split(",")),
            requests_per_second=row.requests_per_second,
            spans_per_second=row.spans_per_second,
            expires_at=row.expires_at,
        )

    def _remember(self, digest: bytes, found: Principal | None) -> None:
        if found is None:
            _make_room(self._bad, BAD_MAX)
            self._bad[digest] = time.monotonic() + BAD_SECONDS
        else:
            _make_room(self._good, GOOD_MAX)
            self._good[digest] = found


def _make_room(entries: dict[bytes, Any], most: int) -> None:
    while len(entries) >= most:
        del entries[next(iter(entries))]
