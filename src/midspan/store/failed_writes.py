"""Writes of the engine that failed: the damage is found and undone.

chDB does not say when `write` fails: where ClickHouse raises an error, its build leaves the loop and drops what is in
the buffer. On a full disk an insert then succeeds with a part whose files are too short, and so does a merge, and the
whole parts that it was made of are removed. But each such write is counted. So:

* While the count stands still everything is whole, inserts and merges alike. Nothing has to be read to know it.
* When it has moved, each table is detached and attached. Loading holds the size of every file against what its part
  says, sets a damaged part aside, and takes the parts of a damaged merge again, which `engine.xml` has the engine keep
  for a minute; what is damaged from an insert is in the journal. This needs no free space, where `DROP PART` needs a
  MiB.
"""

import logging
from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

log = logging.getLogger("midspan.engine")

_COUNT = "SELECT sum(value) AS n FROM system.events WHERE event = 'WriteBufferFromFileDescriptorWriteFailed'"
_TABLES = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'"
_AWAY = "SELECT table AS name FROM system.detached_tables WHERE database = currentDatabase()"
_PARTS = (
    "SELECT table, partition_id, min_block_number AS low, max_block_number AS high, level, rows, active "
    "FROM system.parts WHERE database = currentDatabase()"
)
_ASIDE = (
    "SELECT table, name, partition_id, min_block_number AS low, max_block_number AS high, level "
    "FROM system.detached_parts WHERE database = currentDatabase()"
)

_BROKEN = (
    "SELECT DISTINCT table, name FROM system.projection_parts "
    "WHERE database = currentDatabase() AND active AND is_broken"
)

_CACHES = ("MARK", "INDEX MARK", "PRIMARY INDEX", "UNCOMPRESSED", "INDEX UNCOMPRESSED", "QUERY CONDITION")
"""Caches that know a part by its name. A part set aside leaves its name to the next part of the same blocks."""

Row = dict[str, Any]
_row = msgspec.json.Decoder(Row)


class FailedWrites:
    """What failed writes did to the tables. Its caller sees to it that nothing else runs while `undo` does."""

    _undone: ClassVar[int] = 0
    """The count that has been dealt with. It is the process's, as the engine's own count is."""

    def __init__(self, run: Callable[[str], bytes]) -> None:
        """`run` takes a statement and raises `EngineError`."""
        self._run = run

    def suspected(self) -> bool:
        """Whether a write has failed that was not dealt with."""
        return self._count() != FailedWrites._undone

    def was_set_aside(self) -> bool:
        """Whether parts lie aside. Their tokens are known to the engine, and their rows are not in it."""
        return bool(self._rows(_ASIDE))

    def keep(self) -> None:
        """Have nothing removed until `undo` is through, however long that has to wait. Raises `EngineError`."""
        self._run("SYSTEM STOP CLEANUP")

    def undo(self) -> None:
        """Set damaged parts aside and have the whole ones back. Raises `EngineError`; then it is to be called again."""
        count = self._count()  # before: what fails from here on is dealt with the next time
        parts, aside = self._rows(_PARTS), self._rows(_ASIDE)
        for table in self._rows(_TABLES):
            self._run(f"DETACH TABLE {table['name']} SYNC")
        for table in self._rows(_AWAY):
            self._run(f"ATTACH TABLE {table['name']}")
        for cache in _CACHES:
            self._run(f"SYSTEM DROP {cache} CACHE")
        self._run("SYSTEM START CLEANUP")
        self._discard(parts, [row for row in self._rows(_ASIDE) if row not in aside])
        log.warning("%d writes of the engine failed; its tables were loaded again", count - FailedWrites._undone)
        FailedWrites._undone = count

    def restore(self) -> None:
        """Have projections made anew that were found broken, in the background. Raises `EngineError`.

        The engine does not fsync them with their part: a power cut may leave a whole part with a projection cut short.
        Loading finds that, and the part's rows are read in its place.
        """
        for row in self._rows(_BROKEN):
            log.warning("%s of %s is broken and is made anew", row["name"], row["table"])
            self._run(f"ALTER TABLE {row['table']} MATERIALIZE PROJECTION {row['name']} SETTINGS mutations_sync = 0")

    def _discard(self, before: list[Row], aside: list[Row]) -> None:
        """Remove what was set aside just now and stands elsewhere; anything else is told, and left to `doctor`."""
        now = self._rows(_PARTS) if aside else []
        for row in aside:
            had = sum(part["rows"] for part in before if _place(part) == _place(row))
            has = sum(part["rows"] for part in now if part["active"] and _shares_blocks(part, row))
            if row["low"] == row["high"] or has >= had > 0:
                self._run(
                    f"ALTER TABLE {row['table']} DROP DETACHED PART '{row['name']}' SETTINGS allow_drop_detached = 1"
                )
            else:
                log.error("%s of %s is damaged, and the parts that it was made of are gone", row["name"], row["table"])

    def _count(self) -> int:
        return int(self._rows(_COUNT)[0]["n"])

    def _rows(self, sql: str) -> list[Row]:
        return _row.decode_lines(self._run(sql))


def _place(part: Row) -> tuple[object, ...]:
    return part["table"], part["partition_id"], part["low"], part["high"], part["level"]


def _shares_blocks(part: Row, other: Row) -> bool:
    """Whether the rows of both come from the same inserts: a merge may have begun in the meantime."""
    same = (part["table"], part["partition_id"]) == (other["table"], other["partition_id"])
    return same and bool(part["low"] <= other["high"] and other["low"] <= part["high"])
