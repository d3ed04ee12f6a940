"""The control data's database: a SQLite file beside the spans, opened safely by several processes at once.

Nothing above this module knows that it is SQLite; `read`, `write` and `change` are the only doors.
"""

import os
import pkgutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from midspan.control.migrations import versions
from midspan.control.tables import state
from midspan.errors import Misconfigured, Unavailable

FILE = "control.db"
BUSY_SECONDS = 5.0
"""How long one process waits for another's write before it gives up."""

NEWEST = max(module.name for module in pkgutil.iter_modules(versions.__path__))[1:5]
"""The schema's number, `0001` of `r0001_control.py`."""


def now_us() -> int:
    """Microseconds since 1970, the unit of every time in the control data."""
    return time.time_ns() // 1000


class Database:
    """An engine whose schema is the newest.

    Thread-safe. Raises `Misconfigured` when the file cannot be made, opened, read or brought up to date, and
    `Unavailable` from `read`, `write` and `change` when it cannot be used now.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE
        try:
            _create(self.path)
        except OSError as error:
            raise Misconfigured(f"{self.path} cannot be created: {error.strerror}.") from error
        self.engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(self.path)),
            connect_args={"isolation_level": None, "timeout": BUSY_SECONDS, "check_same_thread": False},
            hide_parameters=True,
        )
        sa.event.listen(self.engine, "connect", _prepare)
        sa.event.listen(self.engine, "begin", _begin)
        try:
            with self.read() as connection:
                is_newest = _version(connection) == NEWEST
            if not is_newest:
                with self.write() as connection:
                    _migrate(connection, self.path)
        except Unavailable as error:
            self.close()
            raise Misconfigured(f"{self.path} cannot be opened: {error.__cause__ or error}.") from error
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One snapshot of the control data. Never waits for a writer."""
        with self._transaction(immediate=False) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """All or nothing, one writer at a time over all processes; on disk when it returns."""
        with self._transaction(immediate=True) as connection:
            yield connection

    @contextmanager
    def change(self) -> Iterator[sa.Connection]:
        """`write` that other processes are told of: what they remember of the control data is read again."""
        with self.write() as connection:
            connection.execute(state.update().values(revision=state.c.revision + 1))
            yield connection

    def revision(self) -> int:
        """Grows with every `change`, whichever process made it."""
        with self.read() as connection:
            revision: int = connection.execute(sa.select(state.c.revision)).scalar_one()
        return revision

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _transaction(self, *, immediate: bool) -> Iterator[sa.Connection]:
        try:
            with self.engine.connect() as connection:
                connection.execution_options(immediate=immediate)
                with connection.begin():
                    yield connection
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise Unavailable("The control data cannot be used now.", retry_after=1) from error.orig


def _create(path: Path) -> None:
    """Make the directory and an empty file that only their owner can read, as durable as what they will hold."""
    if path.exists():
        return
    made = not path.parent.exists()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        # SQLite gives its -wal and -shm files the mode of this one.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return
    for directory in (path.parent, path.parent.parent) if made else (path.parent,):
        handle = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            # Two processes that switch a new file to WAL at once: SQLite refuses one of them without waiting.
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: sa.Connection) -> None:
    # The driver itself is in autocommit mode: it would begin late, and a writer could then meet a stale snapshot.
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _version(connection: sa.Connection) -> str | None:
    """The number of the last step taken; None before the first."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    return version


def _migrate(connection: sa.Connection, path: Path) -> None:
    version = _version(connection)
    if version is not None and version > NEWEST:
        raise Misconfigured(
            f"{path} was written by a newer Midspan (its schema is {version}, this one's {NEWEST}). "
            "Start that version, or restore a backup."
        )
    # Late: it takes half a second to load, and is wanted once in the life of a file.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "midspan.control:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
