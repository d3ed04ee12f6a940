"""The control data as one thing: opened once by each process, and watched for what other processes change."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from midspan.control import keys, organizations
from midspan.control.customers import Customers
from midspan.control.database import Database, now_us
from midspan.control.environments import Environments
from midspan.control.identities import Identities
from midspan.control.invitations import Invitations
from midspan.control.keys import Keys, Wish
from midspan.control.members import Members
from midspan.control.organizations import Organizations
from midspan.control.preferences import Preferences
from midspan.control.prices import Prices
from midspan.control.principals import Principals
from midspan.control.repricings import Repricings
from midspan.control.sessions import DEFAULT, Lifetime, Session, Sessions
from midspan.control.shares import Shares
from midspan.control.tables import api_keys, state
from midspan.control.views import Views
from midspan.domain.principal import ENVIRONMENTS, Principal
from midspan.errors import Fault, Unavailable
from midspan.settings import Settings

T = TypeVar("T")

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""A key revoked by another process opens nothing after this time and the poll itself: within a second."""
HASHING_MAX = 40
"""Passwords that wait to be hashed: what two threads do in a second or two."""
USES_SECONDS = 60.0
"""How often it is written down when keys and sessions were last used."""


class Control:
    """Raises `Misconfigured` when the control data cannot be opened. `close` it."""

    def __init__(self, data_dir: Path, lifetime: Lifetime = DEFAULT) -> None:
        """`lifetime` is that of sessions."""
        self.database = Database(data_dir)
        self.organizations = Organizations(self.database)
        self.keys = Keys(self.database, self.forget)
        self.principals = Principals(self.database)
        self.prices = Prices(self.database, self.forget)
        self.customers = Customers(self.database)
        self.shares = Shares(self.database)
        self.environments = Environments(self.database, self.forget)
        self.members = Members(self.database, self.forget)
        self.sessions = Sessions(self.database, lifetime, self.forget)
        self.invitations = Invitations(self.database, self.forget)
        self.identities = Identities(self.database)
        self.views = Views(self.database)
        self.preferences = Preferences(self.database)
        self.repricings = Repricings(self.database)
        self._revision = self.database.revision()
        self._uses_stored = time.monotonic()
        # Threads of their own: a flood of unknown keys must not delay the watch, nor anybody's files.
        self._look_ups = ThreadPoolExecutor(2, "midspan-keys")
        self._watcher = ThreadPoolExecutor(1, "midspan-control")
        # Two at once at most: the hash of a password takes 46 MiB and a core.
        self._hashing = 0
        self._passwords = ThreadPoolExecutor(2, "midspan-passwords")

    async def principal(self, secret: bytes) -> Principal:
        """Who the secret stands for. Raises `Unauthorized`, and `Unavailable` when nobody can say."""
        if (principal := self.principals.known(secret)) is not None:
            return principal
        return await asyncio.get_running_loop().run_in_executor(self._look_ups, self.principals.find, secret)

    async def session(self, token: bytes) -> Session:
        """The session of a token. Raises `Unauthorized`, and `Unavailable` when nobody can say."""
        if (session := self.sessions.known(token)) is not None:
            return session
        return await asyncio.get_running_loop().run_in_executor(self._look_ups, self.sessions.find, token)

    async def environment_names(self, organization_id: str) -> tuple[str, ...]:
        """An organization's environments. Raises `Unavailable`."""
        return await asyncio.get_running_loop().run_in_executor(
            self._look_ups, self.environments.names, organization_id
        )

    async def with_passwords(self, work: Callable[[], T]) -> T:
        """Do what hashes passwords beside the loop. Raises as it does, and `Unavailable` when too many wait for it."""
        if self._hashing >= HASHING_MAX:
            raise Unavailable("Too many are signing in at once.", retry_after=2)
        self._hashing += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._passwords, work)
        finally:
            self._hashing -= 1

    def bootstrap(self, settings: Settings) -> list[tuple[str, str]]:
        """At the first start, make the first organization and a key with all rights for each environment.

        Returns (environment, secret) for each key made; later starts make nothing. One transaction: a start that is
        killed half-way leaves nothing, and the next one is the first.
        """
        given = {"prod": settings.bootstrap_api_key, "test": settings.bootstrap_test_api_key}
        made: list[tuple[str, str]] = []
        with self.database.change() as connection:
            if connection.execute(sa.select(state.c.bootstrapped_at)).scalar_one() is not None:
                _warn_of_unused(connection, given)
                return []
            organization = organizations.first(connection)
            for environment in ENVIRONMENTS:
                secret = given[environment] or keys.new_secret(environment)
                wish = Wish(name=f"bootstrap {environment}", environment=environment)
                keys.insert(connection, organization, wish, secret)
                made.append((environment, secret))
            connection.execute(state.update().values(bootstrapped_at=now_us()))
        self.forget()
        return made

    async def watch(self) -> None:
        """Hear of changes that other processes make, until cancelled. Run it for as long as requests are answered."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await loop.run_in_executor(self._watcher, self.poll)

    def poll(self) -> None:
        """One look at the revision, and once a minute the note of which keys were used."""
        try:
            if (revision := self.database.revision()) != self._revision:
                self.forget()
                self._revision = revision
            if time.monotonic() - self._uses_stored >= USES_SECONDS:
                self._uses_stored = time.monotonic()
                self.principals.store_uses()
                self.sessions.store_uses()
        except Fault as fault:
            # Nobody can say now whether a remembered key has been revoked: let every request ask.
            self.forget()
            log.warning("the control data cannot be watched: %s", fault.__cause__ or fault)

    def forget(self) -> None:
        """Read keys, sessions, environments and prices again when they are next asked for."""
        self.principals.forget()
        self.sessions.forget()
        self.environments.forget()
        self.prices.forget()

    def close(self) -> None:
        """Write down what is left to write, and let go of the file."""
        self._look_ups.shutdown()
        self._watcher.shutdown()
        self._passwords.shutdown()
        try:
            self.principals.store_uses()
            self.sessions.store_uses()
        except Fault as fault:
            log.warning("the last uses of keys and sessions were not written down: %s", fault.__cause__ or fault)
        self.database.close()


def _warn_of_unused(connection: sa.Connection, given: dict[str, str]) -> None:
    for environment, secret in given.items():
        known = sa.select(api_keys.c.id).where(api_keys.c.hash == keys.hashed(secret))
        if secret and connection.execute(known).one_or_none() is None:
            log.warning(
                "the bootstrap key for %s is not used: this data directory was started before. "
                "`midspan keys create` makes further keys.",
                environment,
            )
