"""midspan.store.migrate on a store that an earlier Midspan filled: all that it holds is read, and counted once."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from midspan.store import migrate
from midspan.store.engine import ChdbEngine

COLUMNS = "organization_id, environment, key_time, id, has_client_ids, trace_unique_id, version"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[ChdbEngine]:
    """An engine without tables."""
    engine = ChdbEngine(tmp_path, memory=512 << 20, readers=1, query_seconds=10)
    yield engine
    engine.close()


def told(engine: ChdbEngine, sql: str) -> list[Any]:
    return [list(json.loads(line).values()) for line in engine.query(sql).splitlines()]


def test_a_store_with_spans_is_brought_up_to_date(engine: ChdbEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Spans of the first two files' time get their newest version, their trace's times and what supersedes what."""
    every = migrate.files()
    monkeypatch.setattr(migrate, "files", lambda: {number: every[number] for number in (1, 2)})
    migrate.migrate(engine)
    for times, version in (((1, 2, 3), 10), ((1, 3), 20), ((3,), 30)):
        rows = [f"('o', 'prod', {at}, '{at}', true, '{'t' if at % 2 else ''}', {version + at})" for at in times]
        engine.command(f"INSERT INTO spans ({COLUMNS}) VALUES {', '.join(rows)}")
    monkeypatch.undo()

    for _ in range(2):  # a start that was interrupted runs the file again
        engine.command("TRUNCATE TABLE schema_files")
        migrate.migrate(engine)
        keys = told(engine, "SELECT id, toUnixTimestamp(key_time), version FROM span_keys FINAL ORDER BY id")
        assert keys == [["1", 1, 21], ["2", 2, 12], ["3", 3, 33]]
        superseded = told(engine, "SELECT organization_id, environment, version FROM superseded FINAL ORDER BY ALL")
        assert superseded == [["o", "prod", version] for version in (11, 13, 23)]
        traces = "SELECT trace_unique_id, toUnixTimestamp(first_key_time), toUnixTimestamp(last_key_time)"
        assert told(engine, f"{traces} FROM trace_times FINAL") == [["t", 1, 3]]
        plain = "SELECT version, is_pinned, blurred FROM spans WHERE version NOT IN (SELECT version FROM superseded)"
        assert told(engine, f"{plain} ORDER BY id") == [[21, False, False], [12, False, False], [33, False, False]]

    engine.command(f"INSERT INTO spans ({COLUMNS}) VALUES ('o', 'prod', 9, '9', true, 't', 99)")
    assert told(engine, "SELECT version FROM span_keys WHERE id = '9'") == [[99]]
    assert told(engine, "SELECT toUnixTimestamp(max(last_key_time)) FROM trace_times") == [[9]]
