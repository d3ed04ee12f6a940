"""Kill -9 under mixed load: each acknowledged span is there once, and what clients send again is not there twice."""

import random
from pathlib import Path

import pytest

from tests.faults import launch
from tests.faults.ledger import Ledger
from tests.faults.load import CREATE, Sending, Writer, new_seed, running, span, wait_acknowledged, wait_until, writers
from tests.server import Server, Starter

CYCLES = 10
WRITERS = 6


def cycle(server: Server, crew: list[Writer], spans: int) -> None:
    """Kill -9 after so many spans, under load."""
    with running(crew):
        wait_acknowledged(crew[0].ledger, spans)
        server.kill()


@pytest.mark.timeout(300)
def test_kill_loses_nothing(start_server: Starter, tmp_path: Path) -> None:
    """Ten kills at random moments of singles, lists, spans sent again and repeated keys lose and double nothing, while
    versions that were superseded leave the list of what no read shows.
    """
    seed = new_seed()
    chance = random.Random(seed)
    server = start_server.prepare(is_bare=True, prefix=launch.prefix(launch.versions_leave_at_once))
    ledger = Ledger(tmp_path / "ledger")
    crew = writers(server, ledger, WRITERS, seed)
    for _ in range(CYCLES):
        server.settings["segment_age_ms"] = chance.choice([20, 200, 2000])
        server.start()
        cycle(server, crew, chance.randint(20, 120))

    server.start()
    with running(crew):
        wait_acknowledged(ledger, 120)  # what was not answered before the last kill comes again first
        wait_until(lambda: "listed no more" in server.log)

    assert ledger.check(server) == []
    assert not any(writer.unanswered for writer in crew)


def test_the_ledger_sees_loss(start_server: Starter, tmp_path: Path) -> None:
    """A server that answers before it writes is caught by the same check."""
    server = start_server(prefix=launch.prefix(launch.answers_before_writing))
    ledger = Ledger(tmp_path / "ledger")
    cycle(server, writers(server, ledger, WRITERS, 1), 50)
    server.prefix = []

    assert any(problem.startswith("lost") for problem in ledger.check(server.start()))


def test_the_ledger_sees_duplicates(start_server: Starter, tmp_path: Path) -> None:
    """A server that forgets idempotency keys and spans that it has seen is caught by the same check."""
    server = start_server(prefix=launch.prefix(launch.keys_are_forgotten, launch.spans_are_forgotten))
    ledger = Ledger(tmp_path / "ledger")
    (writer,) = writers(server, ledger, 1, 1)
    keyed = Sending(CREATE, [span("keyed")], key="k")
    again = [
        span("again", version, trace_unique_id="t", span_unique_id="s", timestamp=f"2026-01-0{version}T00:00:00Z")
        for version in (1, 2)
    ]
    for sending in (keyed, keyed, *(Sending(CREATE, [each]) for each in again)):
        writer.send(sending)
        server.client.get("/api/request-logs/list/")  # a segment of its own for each

    problems = ledger.check(server)
    assert "duplicate: keyed is there 2 times" in problems
    assert "duplicate: again is there 2 times" in problems
