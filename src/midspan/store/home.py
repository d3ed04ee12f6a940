"""The data directory: who holds it, what it is called, and which segment numbers were given out.

lock            held by the one process that uses the directory; names it
store.json      the store's id, made once
control.db      organizations, keys, prices
engine/         the columnar engine's own
journal/        segments on their way to the engine; `next` is the first segment number never given out
rejected/       copies of rows that the engine refused, each with the reason
"""

import contextlib
import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Self

from midspan.errors import Misconfigured

NUMBERS_RESERVED = 64
"""Segment numbers set aside at a time, so that a new segment does not cost two more fsyncs."""


def fsync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file so that after a power cut it holds the old content or the new, whole."""
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    beside.rename(path)
    fsync_directory(path.parent)


def make_directory(path: Path) -> None:
    """Make a directory and its parents, each durably named in the one above."""
    if path.is_dir():
        return
    make_directory(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    with contextlib.suppress(PermissionError):  # a parent that may be written in but not read
        fsync_directory(path.parent)


class Home:
    """An open data directory. `close` lets the next process have it."""

    def __init__(self, root: Path) -> None:
        """Make the directory where there is none and take its lock. Raises `Misconfigured` with the fix."""
        self.root = root
        self.engine = root / "engine"
        self.journal = root / "journal"
        self.rejected = root / "rejected"
        self.socket = root / "doctor.sock"
        try:
            for directory in (root, self.engine, self.journal, self.rejected):
                make_directory(directory)
            self._lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _unusable(root, error) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._lock, 32).decode(errors="replace").strip() or "unknown"
            os.close(self._lock)
            raise Misconfigured(
                f"another Midspan (process {holder}) is using {root}. Stop it, or give another --data-dir."
            ) from None
        try:
            os.ftruncate(self._lock, 0)
            os.pwrite(self._lock, f"{os.getpid()}\n".encode(), 0)
            self.store_id = self._identify()
        except OSError as error:
            self.close()
            raise _unusable(root, error) from error
        except Misconfigured:
            self.close()
            raise

    def _identify(self) -> str:
        path = self.root / "store.json"
        try:
            store_id = json.loads(path.read_bytes())["store_id"]
        except FileNotFoundError:
            store_id = secrets.token_hex(8)
            write_durably(path, json.dumps({"store_id": store_id, "format": 1}).encode() + b"\n")
        except (ValueError, KeyError, TypeError):
            raise Misconfigured(f"{path} is damaged. Restore it from a backup; it names this store.") from None
        assert isinstance(store_id, str)
        return store_id

    def close(self) -> None:
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _unusable(root: Path, error: OSError) -> Misconfigured:
    return Misconfigured(
        f"the data directory {root} cannot be used: {error.strerror}. "
        "Give another with --data-dir, or make it writable."
    )


class Numbers:
    """Segment numbers, none of them ever given out twice.

    A reused number would be a reused deduplication token, and the engine would drop acknowledged rows in silence. So
    the first number never given out is kept in a file of its own, never read off the segments that happen to be there.
    """

    def __init__(self, directory: Path, at_least: int) -> None:
        """`at_least` is a number known to be free, from the segments and the engine: a guard if the file was lost."""
        self._path = directory / "next"
        try:
            stored = int(self._path.read_bytes())
        except FileNotFoundError:
            stored = 1
        except ValueError:
            raise Misconfigured(
                f"{self._path} is damaged. Restore it from a backup; it guards acknowledged rows."
            ) from None
        self._next = max(stored, at_least, 1)
        self._reserved = self._next

    def take(self) -> int:
        """The next number. Raises OSError when it cannot be made durable."""
        if self._next >= self._reserved:
            upto = self._next + NUMBERS_RESERVED
            write_durably(self._path, f"{upto}\n".encode())
            self._reserved = upto
        number = self._next
        self._next += 1
        return number
