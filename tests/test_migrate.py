"""midspan.store.migrate: a schema is applied once, in order, and an interrupted start is made good by the next."""

import re
from collections.abc import Mapping

import pytest

from midspan.errors import Misconfigured
from midspan.store import migrate
from midspan.store.engine import EngineError, Place


class FakeEngine:
    """Remembers statements; fails at the statement that it is told."""

    era = ""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.applied: list[int] = []
        self.fails_at: int | None = None

    def command(self, sql: str, parameters: Mapping[str, str | int] | None = None) -> bytes:
        if self.fails_at == 0:
            raise EngineError("killed")
        if self.fails_at is not None:
            self.fails_at -= 1
        self.statements.append(sql)
        if noted := re.search(r"INSERT INTO schema_files .* VALUES \((\d+),", sql):
            self.applied.append(int(noted[1]))
        return b""

    def query(
        self,
        sql: str,
        parameters: Mapping[str, str | int] | None = None,
        form: str = "JSONEachRow",
        *,
        guarded: bool = False,
    ) -> bytes:
        return b"".join(b'{"number":%d}\n' % number for number in self.applied)

    def insert(self, *_: object) -> None:
        raise NotImplementedError

    def places(self, *_: object) -> dict[str, Place]:
        raise NotImplementedError

    def write(self, *_: object) -> None:
        raise NotImplementedError

    def inspect(self, sql: str) -> bytes:
        raise NotImplementedError

    def tend(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        pass


COUNT = sum(len(migrate.statements(text)) + 1 for _, text in migrate.files().values()) + 1
"""Statements of a first start: the ledger, those of the files, and a note for each file."""


def test_each_file_is_applied_once() -> None:
    """A first start applies every file in order; a second one nothing."""
    engine = FakeEngine()
    assert migrate.migrate(engine) == [name for name, _ in migrate.files().values()]
    assert len(engine.statements) == COUNT
    assert engine.applied == sorted(migrate.files())

    assert migrate.migrate(engine) == []


@pytest.mark.parametrize("at", range(COUNT))
def test_an_interrupted_start_is_made_good(at: int) -> None:
    """Killed before any of the statements, the next start runs the same file again, and no file is left out."""
    engine = FakeEngine()
    engine.fails_at = at
    with pytest.raises(EngineError):
        migrate.migrate(engine)
    engine.fails_at = None
    migrate.migrate(engine)

    assert engine.applied == sorted(migrate.files())
    wanted = [statement for _, text in migrate.files().values() for statement in migrate.statements(text)]
    assert [statement for statement in dict.fromkeys(engine.statements) if statement in wanted] == wanted


AGAIN = re.compile(
    r"CREATE (TABLE|MATERIALIZED VIEW) IF NOT EXISTS |ALTER TABLE \w+ (ADD \w+ IF NOT|MODIFY QUERY|MODIFY SETTING) "
    r"|ALTER TABLE \w+\s+MATERIALIZE "
    # Tables in which the same row twice is one row.
    r"|INSERT INTO (span_keys|superseded|trace_times)\s"
)


def test_every_statement_can_run_again() -> None:
    """A file may be applied in part and then once more."""
    for name, text in migrate.files().values():
        for statement in migrate.statements(text):
            assert AGAIN.match(statement), (name, statement)


def test_a_newer_store_is_not_touched() -> None:
    """A store with a schema that this version does not know is refused, with the way out."""
    engine = FakeEngine()
    engine.applied = [*migrate.files(), 9999]
    with pytest.raises(Misconfigured, match="schema 9999 and this Midspan knows up to"):
        migrate.migrate(engine)

    assert len(engine.statements) == 1


def test_statements_end_with_a_line() -> None:
    """Semicolons within a line and comments do not part statements."""
    text = "-- one; two\nCREATE a ';' b;\n\nCREATE c\n-- d;\n;\n"

    assert migrate.statements(text) == ["CREATE a ';' b", "CREATE c"]
