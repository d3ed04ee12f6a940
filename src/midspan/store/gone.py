"""Listed versions that are stored nowhere any more: they are found, and leave the table `superseded`.

Merges remove old rows from `spans`, and with a list that only grew every read would look for what is not there. A
version may leave when no read can meet its row again, so each way back is closed first:

* Parts that are on disk and not active come back when a damaged merge is undone (`failed_writes.py`), and queries that
  began earlier read them to the end. So it is looked twice: first whether an active part holds the row; once more when
  every part is gone that was not active then. Where tables were loaded again in between, it is begun anew.
* A segment whose file is still there may be taken once more, and would insert the row. Its versions stay.

A thread looks; the drain's thread takes off the list what it has found, between two segments.
"""

import contextlib
import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from midspan.store.engine import Engine, EngineError, inspected
from midspan.store.home import fsync_directory
from midspan.store.segment import LINES_MAX, segment_files
from midspan.store.superseded import Superseded

log = logging.getLogger("midspan.gone")

LISTED_MAX: Final = 500_000
"""The most versions that are looked for at a time; the next time goes on behind them."""

WORTH: Final = 64
"""The list is written anew for every so-many-th of it that may leave, and for no less."""

PAUSE_SECONDS = 300.0
"""The least time between two times."""

PAUSE_SHARE = 200
"""Nor is more than one second in so many spent on looking."""

PAUSES_MAX: Final = 48
"""The pause doubles while nothing may leave, up to so many of them, or until the list has doubled."""

GROWN_MIN: Final = 10_000

CHECK_SECONDS = 10.0
"""How often it is asked whether the parts are gone. The engine keeps them for a minute (`engine.xml`)."""

PATIENCE_SECONDS: Final = 3600.0
"""After so long it is begun anew: a part of the same name may have come back for good."""

Versions = npt.NDArray[np.uint64]

_PARTS = "FROM system.parts WHERE database = currentDatabase() AND table = 'spans' AND"
_MARK = "/* looks for what is gone */"


@dataclass(frozen=True)
class Found:
    """What a look found. `last` is the highest version that was looked for, 0 for the end of the list."""

    versions: Versions
    """Listed, in no active part, and of no segment that may come again; in order."""
    parts: tuple[str, ...]
    """Parts that were there and not active."""
    era: str
    """The engine's."""
    last: int


def look(engine: Engine, journal: Path, after: int = 0) -> Found:
    """Look for the listed versions above `after`. Raises `EngineError` or OSError."""
    era = engine.era
    engine.inspect("SYSTEM WAIT LOADING PARTS spans")  # those that are not active are found a while after a start
    coming = _segments(journal)
    listed = _versions(
        engine,
        "SELECT groupArray(version) AS versions FROM (SELECT version FROM superseded "
        f"WHERE version > {after} ORDER BY version LIMIT {LISTED_MAX})",
    )
    gone = _less(listed[~np.isin(listed // LINES_MAX, coming)], _stored(engine, listed))
    # After the question of what is stored: a part that was inactive by then is here, or its files are gone already.
    parts = inspected(engine, f"SELECT name {_PARTS} _state NOT IN ('Active', 'PreActive', 'Temporary')")
    last = int(listed[-1]) if len(listed) >= LISTED_MAX else 0
    return Found(gone, tuple(row["name"] for row in parts), era, last)


def are_removed(engine: Engine, found: Found) -> bool:
    """Whether none of the parts is there any more, be it that it became active. Raises `EngineError`."""
    names = ", ".join(f"'{name}'" for name in found.parts)
    # That `_state` is asked for has every part listed, one that is just being removed too.
    return not found.parts or not inspected(engine, f"SELECT name, _state {_PARTS} name IN ({names}) LIMIT 1")


def look_again(engine: Engine, found: Found) -> Versions | None:
    """The versions that may leave; None where it is to be begun anew. Raises `EngineError`.

    What the engine wrote until now is whole when this returns, or was undone and is another era.
    """
    engine.tend()
    gone = _less(found.versions, _stored(engine, found.versions))
    return gone if are_removed(engine, found) and engine.era == found.era else None


def _segments(journal: Path) -> Versions:
    """The numbers of segments that may be taken once more, be it after a power cut: others are gone for good."""
    numbers = [int(path.stem) for path in segment_files(journal)]
    fsync_directory(journal)
    return np.array(numbers, dtype=np.uint64)


def _stored(engine: Engine, versions: Versions) -> Versions:
    """Which of these versions, and of others that are listed, an active part holds."""
    if not len(versions):
        return versions
    between = f"version BETWEEN {versions[0]} AND {versions[-1]}"
    return _versions(
        engine,
        f"SELECT groupUniqArray(version) AS versions FROM spans {_MARK} WHERE {between} AND version IN "
        f"(SELECT version FROM superseded WHERE {between}) SETTINGS max_threads = 1, use_query_condition_cache = 0",
    )


def _less(versions: Versions, but: Versions) -> Versions:
    return np.setdiff1d(versions, but, assume_unique=True)


def _versions(engine: Engine, sql: str) -> Versions:
    return np.unique(np.array(inspected(engine, sql)[0]["versions"], dtype=np.uint64))


class Gone:
    """When it is looked, and what becomes of it. All but the looking is the drain's thread's."""

    def __init__(self, engine: Engine, superseded: Superseded, journal: Path) -> None:
        self._engine = engine
        self._superseded = superseded
        self._journal = journal
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._found: tuple[Versions, Found] | None = None
        self._after = 0
        self._seconds = 0.0
        self._pauses = 1
        self._ended = time.monotonic()
        self._left = 0
        """How many were listed when it was last looked."""

    def step(self) -> None:
        """Do what is due. Whatever fails is tried another time; the list is right all along."""
        try:
            self._step()
        except Exception as error:  # the thread that calls this goes on
            foreseen = isinstance(error, EngineError | OSError)
            log.warning("superseded versions stay listed: %s", str(error)[:300], exc_info=not foreseen)

    def _step(self) -> None:
        if self._thread is None:
            if self._is_due():
                self._thread = threading.Thread(target=self._look, name="gone", daemon=True)
                self._thread.start()
        elif not self._thread.is_alive():
            self._thread, self._ended = None, time.monotonic()
            self._pauses = min(2 * self._pauses, PAUSES_MAX)
            if self._take_off() or self._after:
                self._pauses = 1
            self._left = self._superseded.count

    def stop(self) -> None:
        """End a look that is going on: nothing may ask an engine that is being closed."""
        self._stopping.set()
        while self._thread is not None and self._thread.is_alive():
            with contextlib.suppress(EngineError):
                self._engine.inspect(f"KILL QUERY WHERE query LIKE 'SELECT%{_MARK}%'")
            self._thread.join(0.1)

    def _is_due(self) -> bool:
        count = self._superseded.count
        pause = max(PAUSE_SECONDS, PAUSE_SHARE * self._seconds)
        if count > 2 * self._left + GROWN_MIN:
            self._pauses = 1
        return count > 0 and time.monotonic() - self._ended >= pause * self._pauses

    def _look(self) -> None:
        try:
            self._found = self._both()
        except Exception as error:  # another time
            foreseen = isinstance(error, EngineError | OSError)
            log.warning("superseded versions were not looked for: %s", str(error)[:300], exc_info=not foreseen)

    def _both(self) -> tuple[Versions, Found] | None:
        began = time.monotonic()
        found = look(self._engine, self._journal, self._after)
        self._seconds = time.monotonic() - began
        self._after = found.last
        if not self._is_worth(found.versions):
            return None
        while not are_removed(self._engine, found):
            if self._stopping.wait(CHECK_SECONDS) or time.monotonic() - began > PATIENCE_SECONDS:
                return None
        began = time.monotonic()
        versions = look_again(self._engine, found)
        self._seconds += time.monotonic() - began
        return None if versions is None or self._stopping.is_set() else (versions, found)

    def _is_worth(self, versions: Versions) -> bool:
        return len(versions) > min(self._superseded.count, LISTED_MAX) // WORTH

    def _take_off(self) -> bool:
        """Take what was found off the list; whether there was anything."""
        confirmed, self._found = self._found, None
        if confirmed is None or confirmed[1].era != self._engine.era or not self._is_worth(confirmed[0]):
            return False
        path = self._journal / "superseded.gone"
        try:
            write_lines(path, confirmed[0])
            self._superseded.take_off(path)
        finally:
            path.unlink(missing_ok=True)
        log.info("%d superseded versions are stored nowhere any more, and listed no more", len(confirmed[0]))
        return True


def write_lines(path: Path, versions: Versions) -> None:
    """A file as `Superseded.take_off` has it."""
    path.write_bytes(b"".join(b'{"version":%d}\n' % version for version in versions.tolist()))
