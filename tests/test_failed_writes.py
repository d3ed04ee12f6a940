"""midspan.store.failed_writes: a write that the engine does not hear of fails, and no row is lost or unreadable.

A limit on the size of files stands for the full disk: `write` fails in the same way, at a byte that the test chooses.
"""

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from midspan.domain.span import Span
from midspan.store import engine as module
from midspan.store import rows
from midspan.store.drain import TEND_SECONDS
from midspan.store.engine import LOST_WRITE, NO_SPACE, ChdbEngine, EngineError
from midspan.store.failed_writes import FailedWrites
from midspan.store.migrate import migrate

ROWS = 300
TEXT = 1000
TABLES = ("spans", "span_keys", "answers")
LIMITS = [0, 10, 100, 1000, 4096, 20_000]
"""From every file of a part too short to its largest one."""


def opened(directory: Path) -> ChdbEngine:
    directory.mkdir(exist_ok=True)
    engine = ChdbEngine(directory, memory=512 << 20, readers=2, query_seconds=10)
    migrate(engine)
    return engine


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChdbEngine]:
    """One engine for this module: a process can open one directory at a time."""
    engine = opened(tmp_path_factory.mktemp("engine") / "data")
    yield engine
    engine.close()


@pytest.fixture
def clean(engine: ChdbEngine) -> ChdbEngine:
    """The engine without rows."""
    for table in TABLES:
        engine.command(f"TRUNCATE TABLE {table}")
    return engine


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """Writes beyond so many bytes of a file fail, in the whole process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def segment(path: Path, first: int = 0) -> Path:
    """A segment of spans that compress badly; the last one answers a key."""
    spans = [
        Span(
            organization_id="o",
            environment="prod",
            key_time=1_700_000_000_000_000 + number,
            timestamp=1_700_000_000_000_000 + number,
            received_at=time.time_ns() // 1000,
            id=f"{number:032x}",
            input=" ".join(str(hash((number, place))) for place in range(TEXT // 20)),
            idempotency_key=f"{number:032x}" if number == first + ROWS - 1 else "",
        )
        for number in range(first, first + ROWS)
    ]
    path.write_bytes(b"".join(rows.line(span) + b"%d}\n" % (at + 1) for at, span in enumerate(spans, first)))
    return path


def found(engine: ChdbEngine) -> tuple[int, int, int]:
    """Spans with a text, ids and answers, as reads see them."""
    return (
        number(engine, "SELECT countIf(input != '') AS n FROM spans FINAL WHERE timestamp > '2001-01-01'"),
        number(engine, "SELECT uniqExact(id) AS n FROM span_keys"),
        number(engine, "SELECT count() AS n FROM answers FINAL"),
    )


def number(engine: ChdbEngine, sql: str) -> int:
    value: int = json.loads(engine.query(sql))["n"]
    return value


def damaged(engine: ChdbEngine) -> list[Any]:
    """Parts that do not pass the engine's own check, and parts set aside."""
    checked = [json.loads(line) for t in TABLES for line in engine.inspect(f"CHECK TABLE {t}").splitlines()]
    aside = engine.inspect("SELECT table, name FROM system.detached_parts").splitlines()
    return [part for part in checked if not part["is_passed"]] + aside


@pytest.mark.parametrize("limit", LIMITS)
def test_an_insert_that_lost_a_write_is_no_insert(clean: ChdbEngine, tmp_path: Path, limit: int) -> None:
    """It raises an error that passes; what was there is read; the same token is then taken, once."""
    clean.insert(segment(tmp_path / "first"), f"first {limit}")
    path = segment(tmp_path / "second", ROWS)
    with files_at_most(limit), pytest.raises(EngineError) as failed:
        clean.insert(path, f"second {limit}")
    assert failed.value.code == LOST_WRITE
    assert found(clean)[0] == ROWS

    for _ in range(2):
        clean.insert(path, f"second {limit}")
    assert found(clean) == (2 * ROWS, 2 * ROWS, 2)
    assert number(clean, "SELECT count() AS n FROM spans") == 2 * ROWS
    assert damaged(clean) == []


@pytest.mark.parametrize("limit", LIMITS)
def test_a_merge_that_lost_a_write_is_undone(clean: ChdbEngine, tmp_path: Path, limit: int) -> None:
    """Reads go on, with every row, and so does the next merge."""
    for place in range(3):
        clean.insert(segment(tmp_path / "s", place * ROWS), f"{place} {limit}")
    with files_at_most(limit):
        for table in TABLES:
            clean.command(f"OPTIMIZE TABLE {table} FINAL")

    assert found(clean) == (3 * ROWS, 3 * ROWS, 3)
    clean.tend()
    assert damaged(clean) == []
    for table in TABLES:
        clean.command(f"OPTIMIZE TABLE {table} FINAL")
    assert found(clean) == (3 * ROWS, 3 * ROWS, 3)
    assert damaged(clean) == []


def test_a_merge_of_a_damaged_merge_is_undone(clean: ChdbEngine, tmp_path: Path) -> None:
    """Where a merge could still read a damaged one, and was damaged too, the parts that both were made of come back."""
    for place in range(2):
        clean.insert(segment(tmp_path / "s", place * ROWS), f"nested {place}")
    clean.command("OPTIMIZE TABLE span_keys FINAL")
    (part,) = map(
        json.loads, clean.inspect("SELECT path FROM system.parts WHERE active AND table = 'span_keys'").split()
    )
    (Path(part["path"]) / "columns.txt").write_bytes(b"")
    with files_at_most(0):
        clean.command("OPTIMIZE TABLE span_keys FINAL")
    clean.tend()

    assert found(clean) == (2 * ROWS, 2 * ROWS, 2)
    assert damaged(clean) == []


def test_the_engine_keeps_what_merges_are_made_of(engine: ChdbEngine) -> None:
    """The settings that make a damaged merge good again are in force, whatever the path that they come from."""
    lines = engine.inspect("SELECT name, value FROM system.merge_tree_settings WHERE changed").splitlines()
    settings = {row["name"]: int(row["value"]) for row in map(json.loads, lines)}

    assert settings["old_parts_lifetime"] > 5 * TEND_SECONDS
    assert settings["max_suspicious_broken_parts_bytes"] > 1 << 40


def test_an_insert_waits_for_space(clean: ChdbEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where little of the disk is free an insert is not begun, and reads go on."""
    path = segment(tmp_path / "s")
    with monkeypatch.context() as patch:
        patch.setattr(module, "SPACE_BYTES", 1 << 60)
        with pytest.raises(EngineError) as refused:
            clean.insert(path, "waits")
    assert refused.value.code == NO_SPACE
    assert found(clean) == (0, 0, 0)

    clean.insert(path, "waits")
    assert found(clean) == (ROWS, ROWS, 1)


def test_a_table_is_not_changed_without_space(clean: ChdbEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its declaration would be lost. A start that finds every table made goes on."""
    monkeypatch.setattr(module, "SPACE_BYTES", 1 << 60)
    for sql in (
        "ALTER TABLE spans ADD COLUMN other String",
        "CREATE TABLE IF NOT EXISTS other (id String) ENGINE = MergeTree ORDER BY id",
        "CREATE MATERIALIZED VIEW other TO answers AS SELECT * FROM answers",
    ):
        with pytest.raises(EngineError) as refused:
            clean.command(sql)
        assert refused.value.code == NO_SPACE, sql

    assert migrate(clean) == []
    assert found(clean) == (0, 0, 0)


def test_what_cannot_be_undone_at_once_is_tried_again(
    clean: ChdbEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure half way, with tables away, is an error that passes; the next call has them back."""
    clean.insert(segment(tmp_path / "first"), "away")
    path = segment(tmp_path / "second", ROWS)
    undo = FailedWrites.undo

    def fail(self: FailedWrites) -> None:
        self._run("DETACH TABLE spans SYNC")
        monkeypatch.setattr(FailedWrites, "undo", undo)
        raise EngineError("Code: 27. Cannot parse")

    monkeypatch.setattr(FailedWrites, "undo", fail)
    with files_at_most(0), pytest.raises(EngineError) as failed:
        clean.insert(path, "away too")
    assert failed.value.code == LOST_WRITE
    assert not failed.value.is_of_the_data

    assert found(clean) == (ROWS, ROWS, 1)
    clean.insert(path, "away too")
    assert found(clean) == (2 * ROWS, 2 * ROWS, 2)


def test_an_error_that_no_write_caused_is_told_at_once(clean: ChdbEngine) -> None:
    """A query that is wrong stays wrong, and nothing is loaded again for it."""
    with pytest.raises(EngineError, match="UNKNOWN_IDENTIFIER"):
        clean.query("SELECT nothing FROM spans")


def test_a_part_set_aside_at_the_start_is_written_again(
    engine: ChdbEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a process died between a damaged insert and its repair, the next one takes the same segment again."""
    engine.close()
    path = segment(tmp_path / "s")
    dying = opened(tmp_path / "data")
    monkeypatch.setattr(FailedWrites, "suspected", lambda self: False)
    with files_at_most(1000):
        dying.insert(path, "token")
    dying.close()

    next_ = opened(tmp_path / "data")
    next_.insert(path, "token")
    assert found(next_) == (ROWS, ROWS, 1)
    next_.close()
