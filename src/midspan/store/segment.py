"""A segment: one file of the journal, `NNNNNNNN.ndjson`, and what is left of it after a crash.

Each commit ends with an empty line, which the engine skips. After a crash a commit is kept whole or not at all: half a
request would be doubled when its client sends it again under the same Idempotency-Key.

A write or fsync that fails may leave rows behind that were refused, or that went to another file. `NNNNNNNN.cut` beside
a segment says how many of its bytes count, where the file may be longer.
"""

import contextlib
import logging
import os
import threading
import time
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import msgspec

from midspan.store.home import fsync_directory, write_durably

log = logging.getLogger("midspan.journal")

LINES_MAX = 1 << 24
"""Versions of a segment: version = number * LINES_MAX + line."""

ANNOTATED = LINES_MAX // 2
"""A span that an annotation changes gets a version that is so much higher: above every line of the segment."""

KIND = b'{"kind":'
"""With this a line begins that is no span."""

CUT = ".cut"
"""Suffix of the file that says how much of a segment counts."""

WRITE_BYTES = 1 << 20
"""Lines are gathered up to this size for one write."""

Tenant = tuple[str, str]
"""(organization id, environment)."""


class Segment:
    """One file of the journal and what the drain must know of it."""

    def __init__(self, path: Path, number: int) -> None:
        self.path = path
        self.number = number
        self.rows = 0
        self.size = 0
        self.opened_at = time.monotonic()
        self.tenants: set[Tenant] | None = set()
        """Whose rows it holds; None after a restart: anybody's."""
        self.keys: list[tuple[str, int]] = []
        self._owners: list[tuple[int, Tenant]] = []
        """From which key on they are whose."""
        self.was_tried = False
        """Something of it may be in the engine already."""
        self.is_annotated = False
        """It holds lines of other kinds than spans, as `annotations.py` makes them."""
        self.drained = threading.Event()

    @property
    def versions(self) -> tuple[int, int]:
        """The first and last version that a row of it may have."""
        return self.number * LINES_MAX, (self.number + 1) * LINES_MAX - 1

    def owner(self, key: int) -> Tenant:
        """Whose the key at this place of `keys` is."""
        return self._owners[bisect_right(self._owners, key, key=lambda owner: owner[0]) - 1][1]

    def add_keys(self, tenant: Tenant, keys: Iterable[tuple[str, int]]) -> None:
        """Count spans with client ids as the tenant's."""
        if not self._owners or self._owners[-1][1] != tenant:
            self._owners.append((len(self.keys), tenant))
        self.keys.extend(keys)

    def holds(self, tenant: Tenant) -> bool:
        return self.tenants is None or tenant in self.tenants

    def remove(self) -> None:
        """Remove the file. One that cannot be removed is taken once more after a restart. Raises OSError."""
        self.path.unlink(missing_ok=True)
        self.path.with_suffix(CUT).unlink(missing_ok=True)

    @classmethod
    def recover(cls, path: Path) -> "Segment | None":
        """A segment that an earlier process left: its torn end is cut off. None when nothing is left of it."""
        content = path.read_bytes()
        whole = _whole_commits(content[: _cut(path)])
        if len(whole) != len(content):
            log.warning("%s ends in %d bytes that do not count; cut off", path.name, len(content) - len(whole))
            with path.open("r+b") as file:
                file.truncate(len(whole))
                os.fsync(file.fileno())
        segment = cls(path, int(path.stem))
        if not whole:
            segment.remove()
            return None
        segment.tenants = None
        segment.was_tried = True
        segment.is_annotated = b"\n" + KIND in b"\n" + whole
        segment.size = len(whole)
        for line in filter(None, whole.split(b"\n")):
            segment.rows += 1
            # What is damaged the engine refuses, and the drain sets it aside.
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                keys = _keys.decode(line)
                if keys.has_client_ids:
                    segment.add_keys((keys.organization_id, keys.environment), [(keys.id, keys.key_time)])
        return segment


class OpenSegment(Segment):
    """A segment that is being written. Raises OSError; a file that did is to be abandoned, never written again."""

    def __init__(self, directory: Path, number: int) -> None:
        super().__init__(directory / f"{number:08d}.ndjson", number)
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            fsync_directory(directory)
        except OSError:
            self.close()
            self.discard()
            raise

    def write(self, lines: Iterable[bytes]) -> tuple[int, int]:
        """Append one commit and make it durable. Returns the rows and bytes that the segment has then.

        Neither counts until `keep` says so: who reads the segment meanwhile sees what is acknowledged.
        """
        version = self.number * LINES_MAX + self.rows
        size = self.size
        pieces: list[bytes] = []
        gathered = 0
        for line in lines:
            pieces.append(line)
            pieces.append(b"%d}\n" % version)
            version += 1
            gathered += len(line)
            if gathered >= WRITE_BYTES:
                size += self._write(b"".join(pieces))
                pieces, gathered = [], 0
        pieces.append(b"\n")
        size += self._write(b"".join(pieces))
        os.fdatasync(self._file)
        return version - self.number * LINES_MAX, size

    def _write(self, content: bytes) -> int:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        return len(content)

    def keep(self, written: tuple[int, int], tenant: Tenant, keys: Iterable[tuple[str, int]]) -> None:
        """Count what was written as the tenant's."""
        self.rows, self.size = written
        self.add_keys(tenant, keys)
        assert self.tenants is not None
        self.tenants.add(tenant)

    def cut_back(self) -> None:
        """Cut the file back to what counts, and say beside it how much that is: either may fail."""
        self._note_size()
        with contextlib.suppress(OSError):
            os.ftruncate(self._file, self.size)

    def _note_size(self) -> None:
        with contextlib.suppress(OSError):
            write_durably(self.path.with_suffix(CUT), b"%d\n" % self.size)

    def close(self) -> None:
        """Close it, once: by a second time the descriptor may be that of a file of the engine."""
        with contextlib.suppress(OSError):  # everything in it is durable already
            os.close(self._file)

    def discard(self) -> None:
        """Remove a closed file in which nothing counts."""
        try:
            self.remove()
        except OSError:
            self._note_size()


def _cut(path: Path) -> int | None:
    """How many bytes of a segment count; None for all, also where it cannot be told: no row may be lost."""
    beside = path.with_suffix(CUT)
    try:
        return int(beside.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError:
        log.error("%s holds no number; all of %s is taken", beside.name, path.name)
        return None


def segment_files(directory: Path) -> list[Path]:
    """The segments in a directory, oldest first."""
    return sorted((path for path in directory.glob("*.ndjson") if path.stem.isdecimal()), key=lambda p: int(p.stem))


class _Keys(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    key_time: int
    organization_id: str = ""
    environment: str = ""
    has_client_ids: bool = False


_keys = msgspec.json.Decoder(_Keys)


def _whole_commits(content: bytes) -> bytes:
    """The content without a commit at its end that was never written whole: cut short, or zeros after a power cut."""
    end = _end_of_commit(content, len(content))
    while end:
        start = _end_of_commit(content, end - 1)
        if b"\0" not in content[start:end]:  # JSON holds none
            break
        end = start
    return content[:end]


def _end_of_commit(content: bytes, before: int) -> int:
    """Where the last commit ends that ends before; 0 for none."""
    found = content.rfind(b"\n\n", 0, before)
    return found + 2 if found >= 0 else 0
