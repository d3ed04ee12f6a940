"""A segment: one file of the journal, `NNNNNNNN.ndjson`, and what is left of it after a crash."""

import contextlib
import logging
import os
import threading
import time
from pathlib import Path
from typing import Annotated

import msgspec

log = logging.getLogger("midspan.journal")

LINES_MAX = 1 << 24
"""Lines a segment may hold: version = number * LINES_MAX + line."""

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
        self.drained = threading.Event()

    def holds(self, tenant: Tenant) -> bool:
        return self.tenants is None or tenant in self.tenants

    @classmethod
    def recover(cls, path: Path) -> "Segment | None":
        """A segment that an earlier process left: its torn end is cut off. None when nothing is left of it."""
        content = path.read_bytes()
        whole = _whole_lines(content)
        if len(whole) != len(content):
            log.warning("%s ends in %d bytes of a torn write; cut off", path.name, len(content) - len(whole))
            with path.open("r+b") as file:
                file.truncate(len(whole))
                os.fsync(file.fileno())
        if not whole:
            path.unlink()
            return None
        segment = cls(path, int(path.stem))
        segment.tenants = None
        segment.size = len(whole)
        for line in whole.split(b"\n")[:-1]:
            segment.rows += 1
            # What is damaged the engine refuses, and the drain sets it aside.
            with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                keys = _keys.decode(line)
                if keys.has_client_ids:
                    segment.keys.append((keys.id, keys.key_time))
        return segment


def segment_files(directory: Path) -> list[Path]:
    """The segments in a directory, oldest first."""
    return sorted((path for path in directory.glob("*.ndjson") if path.stem.isdecimal()), key=lambda p: int(p.stem))


class _Keys(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    key_time: int
    has_client_ids: bool = False


_keys = msgspec.json.Decoder(_Keys)
_json = msgspec.json.Decoder(msgspec.Raw)


def _whole_lines(content: bytes) -> bytes:
    """The content without lines at its end that were never written whole (a torn write, or zeros after a power cut)."""
    end = content.rfind(b"\n") + 1
    while end:
        start = content.rfind(b"\n", 0, end - 1) + 1
        try:
            _json.decode(content[start : end - 1])
        except (msgspec.DecodeError, RecursionError):
            end = start
        else:
            break
    return content[:end]
