"""midspan.store.rows: the columns are the fields of Span, in the table, in a line and in memory."""

import re
from decimal import Decimal

import msgspec

from midspan.domain.score import Score
from midspan.domain.span import Span
from midspan.store import migrate, rows


def declared(table: str) -> list[tuple[str, str]]:
    """(column, type) of a table as the schema's files declare it."""
    text = "\n".join(text for _, text in migrate.files().values())
    found = re.search(rf"CREATE TABLE IF NOT EXISTS {table}\n\((.*?)\n\)\nENGINE", text, re.DOTALL)
    assert found is not None
    lines = [line.strip().rstrip(",") for line in found[1].splitlines()]
    declared = [line for line in lines if line and not line.startswith(("INDEX", "--"))]
    columns = [(name, kind) for name, _, kind in (line.partition(" ") for line in declared)]
    for name, kind, before in re.findall(
        rf"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS (\w+) (.*?) AFTER (\w+);", text
    ):
        columns.insert([each for each, _ in columns].index(before) + 1, (name, kind))
    return columns


def plain(kind: str) -> str:
    """A table's type without what is the table's alone: codec, dictionary, zone."""
    kind = kind.partition(" CODEC")[0].replace("Map(LowCardinality(String), String)", "Map(String, String)")
    return re.sub(r"LowCardinality\((\w+)\)", r"\1", kind)


def test_the_table_has_the_fields_of_a_span() -> None:
    """Names, order and types of the columns are those of Span, and a version; nothing is kept in two places."""
    columns = declared("spans")

    assert [name for name, _ in columns] == list(rows.COLUMNS)
    assert (*Span.__struct_fields__, "version") == rows.COLUMNS
    for name, kind in columns:
        expected = rows.LINE_TYPES[name]
        if name in rows.TIMES:
            expected = expected.replace("Int64", "DateTime64(6, 'UTC')")
        if name == "is_deleted":
            expected = "UInt8"
        assert plain(kind) == expected, name


def test_the_table_of_scores_has_the_fields_of_a_score() -> None:
    """Names and order of the columns are those of Score, and a version."""
    assert [name for name, _ in declared("scores")] == [*Score.__struct_fields__, "version"]


def test_a_line_lacks_its_version_alone() -> None:
    """The journal completes a line by appending a number and a brace; defaults are not written."""
    span = Span(organization_id="o", environment="prod", key_time=1, id="0" * 32, cost=Decimal("0.25"))

    line = rows.line(span) + b"7}"

    assert msgspec.json.decode(line) == {
        "organization_id": "o",
        "environment": "prod",
        "key_time": 1,
        "id": "0" * 32,
        "cost": "0.25",
        "version": 7,
    }
    assert rows.from_lines(line + b"\n") == [span]


def test_only_client_ids_make_a_key() -> None:
    """A span with an id of our own needs no look-up: it cannot have been sent before."""
    own = Span(organization_id="o", environment="prod", key_time=1, id="0" * 32)
    theirs = Span(organization_id="o", environment="prod", key_time=1, id="1" * 32, has_client_ids=True)

    assert rows.row(own).key is None
    assert rows.row(theirs).key == ("1" * 32, 1)
