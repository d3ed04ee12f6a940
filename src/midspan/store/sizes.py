"""How much there is: rows, parts and bytes of the engine's tables, and the disk below them."""

import os
from typing import NamedTuple

import msgspec

from midspan.store.engine import Engine
from midspan.store.home import Home


class TableSize(msgspec.Struct, frozen=True):
    """One table, as it lies on disk now: versions that were superseded count until a merge drops them."""

    name: str
    rows: int
    parts: int
    bytes: int


class Disk(NamedTuple):
    """The file system of the data directory, in bytes."""

    free: int
    size: int


_decoder = msgspec.json.Decoder(TableSize)


def tables(engine: Engine) -> list[TableSize]:
    """Every table that holds anything, by name. Raises `EngineError`."""
    lines = engine.inspect(
        "SELECT table AS name, sum(rows) AS rows, count() AS parts, sum(bytes_on_disk) AS bytes FROM system.parts "
        "WHERE active AND database = currentDatabase() GROUP BY table ORDER BY table"
    )
    return _decoder.decode_lines(lines)


def disk(home: Home) -> Disk:
    """What is free of how much."""
    found = os.statvfs(home.root)
    return Disk(found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize)
