"""Applies the numbered files of `schema/` to an engine, each once, in order.

Every statement is written so that it can run again (`IF NOT EXISTS`), and a file is noted as applied after its last
statement. A start that is interrupted in the middle therefore runs the same file again and loses nothing.
"""

import re
from importlib import resources

import msgspec

from midspan.errors import Misconfigured
from midspan.store.engine import Engine

_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_files (number UInt32, name String, applied_at DateTime64(6, 'UTC') DEFAULT now64(6))
ENGINE = ReplacingMergeTree ORDER BY number
SETTINGS
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
"""


def files() -> dict[int, tuple[str, str]]:
    """number → (file name, SQL text), in order."""
    found = {}
    for entry in resources.files("midspan.store").joinpath("schema").iterdir():
        if match := re.fullmatch(r"(\d{4})_\w+\.sql", entry.name):
            found[int(match[1])] = (entry.name, entry.read_text())
    return dict(sorted(found.items()))


def statements(text: str) -> list[str]:
    """The statements of one file. A statement ends with a semicolon at the end of a line."""
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("--"))
    return [part.strip() for part in re.split(r";\s*(?:\n|$)", code) if part.strip()]


def migrate(engine: Engine) -> list[str]:
    """Bring the schema up to date and return the names of the files applied.

    Raises `Misconfigured` when the store was written by a newer Midspan.
    """
    engine.command(_LEDGER)
    lines = engine.query("SELECT number FROM schema_files FORMAT JSONEachRow").splitlines()
    applied = {msgspec.json.decode(line, type=dict[str, int])["number"] for line in lines}
    known = files()
    if newer := applied - known.keys():
        raise Misconfigured(
            f"the store has schema {max(newer)} and this Midspan knows up to {max(known)}. Start the newer version."
        )
    done = []
    for number, (name, text) in known.items():
        if number not in applied:
            for statement in statements(text):
                engine.command(statement)
            engine.command(f"INSERT INTO schema_files (number, name) VALUES ({number}, '{name}')")
            done.append(name)
    return done
