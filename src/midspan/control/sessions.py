"""Browser sessions: a random token for whoever has signed in, answered from memory for every request."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from midspan.control import environments, members
from midspan.control.database import Database, now_us
from midspan.control.tables import members as members_table
from midspan.control.tables import organizations
from midspan.control.tables import sessions as table
from midspan.domain.member import ROLES, Member
from midspan.domain.principal import Principal
from midspan.errors import Unauthorized

ENDED = "Your session has ended. Sign in again."
REMEMBERED_MAX = 10_000
TOKEN_MAX = 64
UNWRITTEN_SECONDS = 300
"""Uses may be this old before they are on disk: a session that looks idle there for no longer is not swept away."""


class Lifetime(NamedTuple):
    """How long a session may lie unused, and how long it lasts at most, in seconds."""

    idle: float = 7 * 86_400
    most: float = 30 * 86_400


DEFAULT = Lifetime()


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A good session. Times are microseconds since 1970."""

    digest: str
    """SHA-256 of its token in hex; what is stored of it."""
    member: Member
    organization_name: str
    environments: tuple[str, ...]
    created_at: int
    used_at: int

    def principal(self, environment: str) -> Principal:
        """The member in one of the organization's environments."""
        return Principal(
            organization_id=self.member.organization_id,
            organization_name=self.organization_name,
            environment=environment,
            key_id="",
            key_name="",
            rights=frozenset(ROLES[self.member.role]),
            member_id=self.member.id,
        )


class Sessions:
    """Thread-safe: requests ask `known` on the event loop, and `find` on another thread where memory has no answer."""

    def __init__(
        self, database: Database, lifetime: Lifetime = DEFAULT, changed: Callable[[], None] = lambda: None
    ) -> None:
        """`changed` is called after every change made here, so that this process need not wait to hear of it."""
        self.lifetime = lifetime
        self._database = database
        self._changed = changed
        self._lock = threading.Lock()
        self._generation = 0
        self._good: dict[str, Session] = {}
        self._used: dict[str, int] = {}
        """Digest → last use that is not on disk yet."""

    def start(self, member: Member) -> str:
        """A new session; returns its token, which nobody can read again. On disk when it returns."""
        token = secrets.token_urlsafe(32)
        now = now_us()
        with self._database.write() as connection:
            idle = table.c.used_at < now - int((self.lifetime.idle + UNWRITTEN_SECONDS) * 1e6)
            old = table.c.created_at < now - int(self.lifetime.most * 1e6)
            connection.execute(table.delete().where(sa.or_(idle, old)))
            row = {"hash": _digest(token.encode()), "member_id": member.id, "created_at": now, "used_at": now}
            connection.execute(table.insert().values(row))
            seen = members_table.update().where(members_table.c.id == member.id)
            connection.execute(seen.values(last_seen_at=now))
        return token

    def known(self, token: bytes) -> Session | None:
        """The session, as far as memory knows; None: ask `find`. Raises `Unauthorized`."""
        session = self._good.get(_digest(token))
        return None if session is None else self._admitted(session)

    def find(self, token: bytes) -> Session:
        """The session of a token. Raises `Unauthorized` for one that is unknown, ended or expired."""
        if len(token) > TOKEN_MAX:
            raise Unauthorized(ENDED, code="session_ended")
        if (session := self.known(token)) is not None:
            return session
        digest = _digest(token)
        generation = self._generation
        found = self._look_up(digest)
        if found is None:
            raise Unauthorized(ENDED, code="session_ended")
        with self._lock:
            # Read before a change that has been heard of since: true when asked, but not to be remembered.
            if generation == self._generation:
                while len(self._good) >= REMEMBERED_MAX:
                    del self._good[next(iter(self._good))]
                self._good[digest] = found
        return self._admitted(found)

    def end(self, token: bytes) -> None:
        """End a session; one that is none is ended already."""
        self._delete(table.c.hash == _digest(token))

    def end_all(self, member_id: str, but: bytes | None = None) -> None:
        """End every session of a member, but for the one of this token."""
        theirs = table.c.member_id == member_id
        self._delete(theirs if but is None else sa.and_(theirs, table.c.hash != _digest(but)))

    def forget(self) -> None:
        """Ask the control data again from now on."""
        with self._lock:
            self._generation += 1
            self._good.clear()

    def store_uses(self) -> None:
        """Write down when sessions were last used, all at once."""
        used = dict(self._used)
        if not used:
            return
        uses = [{"digest": digest, "at": at} for digest, at in used.items()]
        update = table.update().where(table.c.hash == sa.bindparam("digest")).values(used_at=sa.bindparam("at"))
        owner = sa.select(table.c.member_id).where(table.c.hash == sa.bindparam("digest")).scalar_subquery()
        seen = members_table.update().where(members_table.c.id == owner).values(last_seen_at=sa.bindparam("at"))
        with self._database.write() as connection:
            connection.execute(update, uses)
            connection.execute(seen, uses)
        with self._lock:
            for digest, at in used.items():
                if (session := self._good.get(digest)) is not None:
                    self._good[digest] = msgspec.structs.replace(session, used_at=at)
                if self._used.get(digest) == at:
                    del self._used[digest]

    def _delete(self, condition: sa.ColumnElement[bool]) -> None:
        with self._database.read() as connection:
            # A change has every process read all keys again: not for whoever makes a token up.
            if connection.execute(sa.select(table.c.hash).where(condition).limit(1)).first() is None:
                return
        with self._database.change() as connection:
            connection.execute(table.delete().where(condition))
        self._changed()

    def _admitted(self, session: Session) -> Session:
        now = time.time_ns() // 1000
        used = max(session.used_at, self._used.get(session.digest, 0))
        if now >= session.created_at + self.lifetime.most * 1e6 or now >= used + self.lifetime.idle * 1e6:
            raise Unauthorized(ENDED, code="session_ended")
        self._used[session.digest] = now
        return session

    def _look_up(self, digest: str) -> Session | None:
        query = (
            sa.select(table, organizations.c.name.label("organization_name"))
            .join(members_table, members_table.c.id == table.c.member_id)
            .join(organizations, organizations.c.id == members_table.c.organization_id)
            .where(table.c.hash == digest)
        )
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            (member,) = members.select(connection, members_table.c.id == row.member_id)
            names = environments.names(connection, member.organization_id)
        return Session(
            digest=digest,
            member=member,
            organization_name=row.organization_name,
            environments=names,
            created_at=row.created_at,
            used_at=row.used_at,
        )


def _digest(token: bytes) -> str:
    return hashlib.sha256(token).hexdigest()
