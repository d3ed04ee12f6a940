"""The statement by which the engine takes a segment."""

import re
from pathlib import Path

import msgspec

from midspan.store import rows

ONE_BLOCK = (
    "max_threads = 1, max_insert_threads = 1, input_format_parallel_parsing = 0, max_block_size = 16777216, "
    "min_insert_block_size_rows = 16777216, min_insert_block_size_bytes = 0, "
    "max_partitions_per_insert_block = 0, input_format_skip_unknown_fields = 1, "
    "exclude_materialize_skip_indexes_on_insert = 'words'"
)
"""One block for the whole file: it is taken whole or not at all, and one token names it. Nobody who reads back what was
just written waits for the index of words: merges build it.
"""

VIEWS = "SELECT name, as_select FROM system.tables WHERE database = currentDatabase() AND engine = 'MaterializedView'"
"""Which views feed the tables beside `spans`."""


class _View(msgspec.Struct):
    name: str
    as_select: str


def of(segment: Path, token: str, known: Path | None, again: tuple[int, int] | None) -> str:
    """The INSERT of a segment under its token; `known` and `again` as `Engine.insert` has them."""
    sql = (
        f"INSERT INTO spans ({', '.join(rows.COLUMNS)}) SELECT {rows.insertion(known=known is not None)} "
        f"FROM {file_of(segment, rows.LINE_STRUCTURE)} AS line "
    )
    if known is not None:
        sql += f"LEFT ANY JOIN {file_of(known, rows.KNOWN_STRUCTURE)} AS known ON line.id = known.id "
    if again is not None:
        sql += f"WHERE line.version NOT IN (SELECT version FROM spans WHERE {_between(again)}) "
    return sql + (
        f"SETTINGS insert_deduplication_token = {_quoted(token)}, "
        f"deduplicate_blocks_in_dependent_materialized_views = 1, {ONE_BLOCK}"
    )


def feed(view: bytes, versions: tuple[int, int]) -> str:
    """The INSERT that does a view's work once more, for rows that an insert found stored and so did not give it.

    `view` is a line of `VIEWS`. The tables that views feed take the same row twice as one.
    """
    found = msgspec.json.decode(view, type=_View)
    some = f"FROM (SELECT * FROM spans WHERE {_between(versions)}) AS spans"
    select = re.sub(r"\bFROM (\w+\.)?spans\b", some, found.as_select)
    return f"INSERT INTO {found.name.removesuffix('_feed')} {select} SETTINGS insert_deduplicate = 0"


def file_of(path: Path, structure: str) -> str:
    """A file of ours as a table: NDJSON with columns of this structure."""
    # `file` reads globs: a path of ours holds none, a data directory might.
    literal = _quoted(re.sub(r"([*?{}\[\]])", r"\\\1", str(path)))
    return f"file({literal}, JSONEachRow, {_quoted(structure)})"


def _between(versions: tuple[int, int]) -> str:
    return f"version BETWEEN {versions[0]} AND {versions[1]}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
