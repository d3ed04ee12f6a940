"""Parts of the table `spans`, as a test has them removed or come back."""

import json
import time
from pathlib import Path
from typing import Any

from midspan.store.engine import ChdbEngine
from midspan.store.failed_writes import FailedWrites


def parts(engine: ChdbEngine, *, active: bool) -> list[dict[str, Any]]:
    """Name, path and blocks of those that are active, or of those that are not."""
    lines = engine.inspect(
        "SELECT name, path, min_block_number AS low, max_block_number AS high FROM system.parts "
        f"WHERE table = 'spans' AND (_state = 'Active') = {int(active)}"
    )
    return [json.loads(line) for line in lines.splitlines()]


def merge(engine: ChdbEngine, *tables: str) -> None:
    """Merge each partition of the tables, of `spans` where none is named, into one part."""
    for table in tables or ("spans",):
        several = (
            f"SELECT partition_id FROM system.parts WHERE table = '{table}' AND active GROUP BY 1 HAVING count() > 1"
        )
        engine.command(f"OPTIMIZE TABLE {table} FINAL")
        while engine.inspect(several):  # the engine was about to merge some of them by itself
            time.sleep(0.01)
            engine.command(f"OPTIMIZE TABLE {table} FINAL")


class Disk:
    """What lies on disk beside the active parts: it is kept, and nothing is lost by `undo`, until `clean`."""

    def __init__(self, engine: ChdbEngine) -> None:
        self._engine = engine
        self._whole: set[str] = set()
        self.keep_for(3600)

    def keep_for(self, seconds: int) -> None:
        """How long the engine keeps it by itself; what it is set to may be too short where a test is slow."""
        settings = f"old_parts_lifetime = {seconds}, merge_tree_clear_old_parts_interval_seconds = 0"
        self._engine.command(f"ALTER TABLE spans MODIFY SETTING {settings}")
        self._engine.command("SYSTEM START CLEANUP spans")  # at once, where it would sleep

    def clean(self) -> None:
        """Have it removed, as it is a minute or more after a merge."""
        self.keep_for(0)
        until = time.monotonic() + 60
        while parts(self._engine, active=False):
            assert time.monotonic() < until
            self._engine.command("SYSTEM START CLEANUP spans")
            time.sleep(0.01)
        self.keep_for(3600)
        self._whole = {part["name"] for part in parts(self._engine, active=True)}

    def undo(self) -> None:
        """Damage what was merged since then, and have the engine find it: the parts that it was made of are back."""
        for part in parts(self._engine, active=True):
            if part["low"] != part["high"] and part["name"] not in self._whole:
                (Path(part["path"]) / "columns.txt").write_bytes(b"")
        FailedWrites._undone -= 1  # as if a write had failed
        self._engine.tend()
