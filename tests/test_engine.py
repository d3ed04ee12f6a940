"""midspan.store.engine: the real engine takes a segment once, keeps it durably, and lets readers only read."""

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from midspan.domain.span import Span
from midspan.store import rows
from midspan.store.engine import MEMORY_LIMIT, TIMEOUT, ChdbEngine, EngineError, Place, bind, memory_bytes
from midspan.store.migrate import migrate

MEMORY = 512 << 20
ID = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChdbEngine]:
    """One engine for this module: a process can open one directory at a time. Its name is as odd as names get."""
    directory = tmp_path_factory.mktemp("engine") / "o'dd {a,b} *[x]? 100% #1 & more=ü"
    directory.mkdir()
    engine = ChdbEngine(directory, memory=MEMORY, readers=2, query_seconds=1)
    migrate(engine)
    yield engine
    engine.close()


@pytest.fixture
def clean(engine: ChdbEngine) -> ChdbEngine:
    """The engine without rows. Tokens that were used stay used."""
    for table in ("spans", "span_keys", "answers"):
        engine.command(f"TRUNCATE TABLE {table}")
    return engine


def span(**fields: Any) -> Span:
    return Span(
        **{"organization_id": "o", "environment": "prod", "key_time": 1_700_000_000_000_000, "id": ID, **fields}
    )


def segment(path: Path, *lines: Span | bytes, version: int = 1) -> Path:
    """A segment file; bytes are a line as it stands."""
    content = [
        line if isinstance(line, bytes) else rows.line(line) + b"%d}" % (version + at) for at, line in enumerate(lines)
    ]
    path.write_bytes(b"\n\n".join(content) + b"\n\n")  # commits of one row each
    return path


def read(engine: ChdbEngine, final: str = "FINAL") -> list[Span]:
    return rows.from_lines(
        engine.query(f"SELECT {rows.selection(Span.__struct_fields__)} FROM spans {final} ORDER BY id")
    )


def count(engine: ChdbEngine, table: str = "spans") -> int:
    number: int = json.loads(engine.query(f"SELECT count() AS n FROM {table}"))["n"]
    return number


FULL = span(
    has_client_ids=True,
    timestamp=1_700_000_000_123_456,
    start_time=-5_000_000,
    latency=0.1,
    input="\x00\t\n\\'\"\u2028é😀" * 50,
    metadata={"a b": "c", "": "\n"},
    cost=Decimal("1E-12"),
    input_cost=Decimal("12345678901234567890.123456789012"),
    prompt_tokens=2**62,
    stream=True,
    positive_feedback=False,
    received_at=time.time_ns() // 1000,  # answers of old are not kept
    idempotency_key="k" * 32,
    body_hash="h",
    answer='{"status":201,"body":"{}"}',
)


def test_a_span_comes_back_as_it_went_in(clean: ChdbEngine, tmp_path: Path) -> None:
    """Every field of a full span and of an empty one is the same when it is read."""
    empty = span(id="1" * 32)
    clean.insert(segment(tmp_path / "segment", FULL, empty), "round")

    assert read(clean) == [FULL, empty]
    assert (count(clean, "span_keys"), count(clean, "answers")) == (2, 1)


def test_a_token_is_taken_once(clean: ChdbEngine, tmp_path: Path) -> None:
    """The same token again changes nothing. A token that is used twice for other rows would make those vanish."""
    for _ in range(3):
        clean.insert(segment(tmp_path / "segment", span()), "once")
    assert (count(clean), count(clean, "span_keys")) == (1, 1)

    clean.insert(segment(tmp_path / "segment", span(id="2" * 32)), "once")
    assert count(clean) == 1, "the token alone decides, which is why numbers must never come again"
    clean.insert(segment(tmp_path / "segment", span(id="2" * 32)), "twice")
    assert count(clean) == 2


def test_rows_taken_twice_are_one_span(clean: ChdbEngine, tmp_path: Path) -> None:
    """Even without its token a segment that comes again adds nothing that a read would see."""
    for token in ("first", "second"):
        clean.insert(segment(tmp_path / "segment", FULL), token)

    assert len(read(clean, "")) == 2
    assert read(clean) == [FULL]


def test_the_newest_version_wins(clean: ChdbEngine, tmp_path: Path) -> None:
    """Whatever order segments come in, the span with the highest version is read; in one segment, the last line."""
    clean.insert(segment(tmp_path / "s", span(input="new"), span(input="newer"), version=50), "later")
    clean.insert(segment(tmp_path / "s", span(input="old"), version=7), "earlier")

    assert [each.input for each in read(clean)] == ["newer"]


def test_a_known_span_keeps_its_key_time(clean: ChdbEngine, tmp_path: Path) -> None:
    """The time that the engine has for an id goes over the line's, so that both stand in one place of the table."""
    first = span(has_client_ids=True)
    clean.insert(segment(tmp_path / "s", first), "k1")
    (tmp_path / "ids").write_text(f'{{"id":"{ID}"}}\n{{"id":"{"9" * 32}"}}\n')
    known = clean.places(tmp_path / "ids")
    assert known == {ID: Place(ID, "o", "prod", first.key_time, 1)}

    (tmp_path / "keys").write_text(json.dumps({"id": ID, "key_time": first.key_time}) + "\n")
    later = span(has_client_ids=True, key_time=1_600_000_000_000_000, input="again")
    clean.insert(segment(tmp_path / "s", later, span(id="3" * 32), version=9), "k2", tmp_path / "keys")

    found = read(clean)
    assert [(each.key_time, each.input) for each in found] == [(first.key_time, "again"), (first.key_time, "")]


def test_an_insert_that_stopped_half_way_is_completed(clean: ChdbEngine, tmp_path: Path) -> None:
    """Where the rows are in and the tables fed from them are not, the same token brings those in, and nothing twice."""
    create = json.loads(clean.inspect("SHOW CREATE TABLE span_keys_feed"))["statement"]
    path = segment(tmp_path / "s", FULL)
    clean.command("DROP TABLE span_keys_feed")
    clean.insert(path, "half")
    assert (count(clean), count(clean, "span_keys"), count(clean, "answers")) == (1, 0, 1)

    clean.command(create)
    clean.insert(path, "half")
    assert (count(clean), count(clean, "span_keys"), count(clean, "answers")) == (1, 1, 1)


@pytest.mark.parametrize(
    "change",
    [
        (b'"cost":"0.5"', b'"cost":"a lot"'),
        (b'"cost":"0.5"', b'"cost":{"usd":1}'),
        (b'"cost":"0.5"', b'"cost":1e60'),
        (b'"key_time":1700000000000000', b'"key_time":"yesterday"'),
        (b'"metadata":{"a":"b"}', b'"metadata":[1]'),
        (b'"metadata":{"a":"b"}', b'"metadata":"'),
        (b'"version":1}', b'"version":-1}x'),
        (b'"version":1}', b'"version":1'),
        (b'"latency":0.5', b'"latency":"0.5 s"'),
    ],
)
def test_a_bad_row_is_told_from_a_failing_engine(
    clean: ChdbEngine, tmp_path: Path, change: tuple[bytes, bytes]
) -> None:
    """What the table cannot take is the rows' fault, nothing of the segment is stored, and the next one is taken."""
    good = rows.line(span(cost=Decimal("0.5"), metadata={"a": "b"}, latency=0.5)) + b"1}"
    bad = good.replace(*change)
    assert bad != good
    with pytest.raises(EngineError) as refused:
        clean.insert(segment(tmp_path / "s", good, bad, good), f"bad {change}")
    assert refused.value.is_of_the_data, refused.value
    assert count(clean) == 0

    clean.insert(segment(tmp_path / "s", good), f"good {change}")
    assert count(clean) == 1


def test_every_table_is_durable_and_takes_a_token_once(engine: ChdbEngine) -> None:
    """Each table of ours has the fsync settings and the window in which tokens are known."""
    lines = engine.inspect(
        "SELECT name, engine_full FROM system.tables WHERE database = 'default' AND engine LIKE '%MergeTree'"
    )
    tables = {row["name"]: row["engine_full"] for row in map(json.loads, lines.splitlines())}

    once = {"spans", "span_keys", "answers", "trace_times"}
    # Here the same row again changes nothing, and another one under a token that was used must not be lost.
    again = {"superseded", "marks", "scores"}
    assert set(tables) == {*once, *again, "schema_files"}
    for name, made in tables.items():
        assert "fsync_after_insert = 1" in made, name
        assert "fsync_part_directory = 1" in made, name
        if name != "schema_files":
            assert "min_rows_to_fsync_after_merge = 1" in made, name
            assert "min_compressed_bytes_to_fsync_after_merge = 1" in made, name
            window = "10000" if name in once else "0"
            assert f"non_replicated_deduplication_window = {window}" in made, name


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO spans (id) VALUES ('x')",
        "DROP TABLE spans",
        "SET readonly = 0",
        "SELECT count() FROM spans SETTINGS readonly = 0",
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
        "SELECT * FROM remote('127.0.0.1:9', 'default', 'spans')",
    ],
)
def test_readers_only_read(engine: ChdbEngine, sql: str) -> None:
    """On a reader's handle nothing is changed, and no file or network is reached."""
    with pytest.raises(EngineError) as refused:
        engine.query(sql)
    assert refused.value.code in (164, 392, 497), refused.value  # READONLY, QUERY_IS_PROHIBITED, ACCESS_DENIED


def test_a_query_has_limits(engine: ChdbEngine) -> None:
    """Time and memory end a query, told apart; the engine goes on."""
    with pytest.raises(EngineError) as late:
        engine.query("SELECT max(sipHash64(number)) FROM numbers(1000000000000)")
    assert late.value.code == TIMEOUT
    with pytest.raises(EngineError) as large:
        engine.query("SELECT groupArray(randomString(1000)) FROM numbers(10000000)")
    assert large.value.code == MEMORY_LIMIT
    assert engine.query("SELECT 1 AS one") == b'{"one":1}\n'


@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("form", ["JSONEachRow", "JSONCompact", "Parquet"])
def test_a_query_that_fails_leaves_nothing_to_the_next(engine: ChdbEngine, form: str, guarded: bool) -> None:
    """Rows that were found before the failure are in no later answer, which may be another tenant's."""
    found_first = "SELECT number AS secret FROM numbers(900000) WHERE NOT throwIf(number = 890000)"
    with pytest.raises(EngineError):
        engine.query(found_first, form=form, guarded=guarded)
    for _ in range(2):  # each handle
        answer = engine.query("SELECT 1 AS one", form=form, guarded=guarded)
        assert len(answer) < 1000
        assert b"secret" not in answer


@pytest.mark.parametrize("text", ["", "'", "\\", "\\'", "a\tb\nc\rd\0e", "{x:String}", "\u2028é😀", "\\N", "\\n"])
def test_a_parameter_is_a_value_and_nothing_else(engine: ChdbEngine, text: str) -> None:
    """Whatever a text holds, it is bound as it is."""
    found = engine.query("SELECT {given:String} AS given, {number:Int64} AS number", {"given": text, "number": -7})

    assert msgspec.json.decode(found) == {"given": text, "number": -7}
    assert bind(7) == "7"


def test_memory_is_a_part_of_the_machine() -> None:
    """Without a setting the engine takes a quarter of the memory, between half a GiB and eight."""
    assert memory_bytes(123) == 123
    assert 512 << 20 <= memory_bytes(0) <= 8 << 30
