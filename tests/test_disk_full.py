"""A full disk: writing is refused in time, reading goes on, and all is well again when there is space."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import launch
from tests.faults.disk import SmallDisk
from tests.faults.ledger import Ledger
from tests.faults.load import CREATE, Sending, Writer, new_seed, running, span, wait_acknowledged, wait_until, writers
from tests.faults.report import findings
from tests.server import Server, Starter

MEBIBYTES = 64
KEPT_FREE = 16 << 20
"""What the engine needs to work; below it writing is refused."""

TABLES = ("spans", "span_keys", "answers", "superseded", "trace_times", "marks", "scores")

pytestmark = [pytest.mark.root, pytest.mark.debian("mount")]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with SmallDisk(tmp_path, MEBIBYTES) as disk:
        yield disk


def refusals(crew: list[Writer]) -> set[str]:
    return {code for writer in crew for code in writer.refused}


def write(server: Server, name: str) -> tuple[int, float]:
    """Status and seconds of one large span."""
    began = time.monotonic()
    return Sending(CREATE, [span(name, note="x" * 100_000)]).post(server.client).status_code, time.monotonic() - began


def test_a_full_disk_refuses_writes_and_nothing_else(start_server: Starter, disk: SmallDisk, tmp_path: Path) -> None:
    """Refused within a second with Retry-After; what was acknowledged is read meanwhile; no restart is needed after."""
    server = start_server(disk.root / "data", settings={"disk_free_bytes_min": KEPT_FREE})
    ledger = Ledger(tmp_path / "ledger")
    crew = writers(server, ledger, 3, 1)
    with running(crew):
        wait_acknowledged(ledger, 200)
        filler = disk.fill(but=KEPT_FREE)
        wait_until(lambda: all(writer.refused for writer in crew), 10)

    assert refusals(crew) == {"disk_full"}
    assert max(writer.waited for writer in crew) < 1
    status, seconds = write(server, "refused")
    assert (status, seconds < 1) == (503, True)
    wait_until(lambda: server.metric("midspan_journal_pending_bytes") == 0, 10)
    assert ledger.check(server) == []

    filler.unlink()
    wait_until(lambda: write(server, "later")[0] == 201, 5)
    with running(crew):
        wait_acknowledged(ledger, 100)
    server.client.get("/health/ready").raise_for_status()
    server.kill()
    found = {problem for problem in ledger.check(server.start()) if not problem.startswith("unknown: later")}
    assert found == set()


def test_the_last_byte_gone_loses_nothing(start_server: Starter, disk: SmallDisk, tmp_path: Path) -> None:
    """Somebody else fills the disk to the last byte under load: no 2xx is lost, and it recovers by itself."""
    server = start_server(disk.root / "data", settings={"disk_free_bytes_min": 0, "read_wait_seconds": 0.5})
    ledger = Ledger(tmp_path / "ledger")
    crew = writers(server, ledger, 3, 2)
    with running(crew):
        wait_acknowledged(ledger, 100)
        filler = disk.fill()
        wait_until(lambda: all(writer.refused for writer in crew))
        assert server.client.get("/health/live").status_code == 200
        other = server.client_of(server.test_key).get("/api/request-logs/list/")
        assert other.status_code == 200, other.text
        filler.unlink()
        wait_acknowledged(ledger, 100)
    server.wait_ready(60)

    assert refusals(crew) <= {"disk_full", "journal_failed", "not_caught_up"}
    wait_until(lambda: server.metric("midspan_journal_pending_bytes") == 0)
    assert ledger.check(server) == []
    server.kill()
    assert ledger.check(server.start()) == []


def test_a_disk_that_fills_again_and_again_harms_no_part(
    start_server: Starter, disk: SmallDisk, tmp_path: Path
) -> None:
    """Wherever in an insert or a merge the disk is full, reads go on, and every part is whole in the end."""
    chance = random.Random(new_seed())
    server = start_server(
        disk.root / "data", settings={"disk_free_bytes_min": 0, "read_wait_seconds": 0.5, "segment_age_ms": 20}
    )
    ledger = Ledger(tmp_path / "ledger")
    crew = writers(server, ledger, 3, 4)
    other = server.client_of(server.test_key)
    mine = {"start_time": "2001-01-01T00:00:00Z"}
    with running(crew):
        for left in (0, *chance.sample((4 << 10, 200 << 10, 1 << 20, 5 << 20, 6 << 20), 2), 0):
            wait_acknowledged(ledger, 40)
            filler = disk.fill(but=left)
            time.sleep(0.2)
            assert other.get("/api/request-logs/list/", params=mine).status_code == 200
            answer = server.client.get("/api/request-logs/list/", params=mine)
            assert answer.status_code == 200 or answer.json()["code"] == "not_caught_up", answer.text
            filler.unlink()

    wait_until(lambda: server.metric("midspan_journal_pending_bytes") == 0)
    assert ledger.check(server) == []
    found = findings(server)
    assert {name: found[name].status for name in found if name.startswith("checksums")} == dict.fromkeys(
        (f"checksums of {table}" for table in TABLES), "ok"
    )
    server.kill()
    assert ledger.check(server.start()) == []


def test_a_start_on_a_full_disk_says_so(start_server: Starter, disk: SmallDisk, tmp_path: Path) -> None:
    """Where not even the lock can be written the command says why, with code 2, and starts when there is space."""
    server = start_server.prepare(disk.root / "data", settings={"disk_free_bytes_min": 0})
    server.log_path = tmp_path / "log"
    filler = disk.fill()
    server.start(wait=False)
    assert server.wait(20) == 2
    assert "cannot be used: No space left on device" in server.log
    assert len(server.log.splitlines()) == 1

    filler.unlink()
    server.start()


def test_a_journal_that_lies_is_seen(start_server: Starter, disk: SmallDisk, tmp_path: Path) -> None:
    """A journal that answers 201 whatever the disk says is caught by the same check."""
    faults = launch.prefix(launch.success_whatever_happens, launch.disk_is_never_full)
    server = start_server(disk.root / "data", prefix=faults, settings={"read_wait_seconds": 0.2})
    ledger = Ledger(tmp_path / "ledger")
    (writer,) = writers(server, ledger, 1, 3)
    filler = disk.fill()
    for number in range(20):
        writer.send(Sending(CREATE, [span(f"lie-{number}")]))
    assert len(ledger) == 20
    filler.unlink()
    server.kill()

    assert any(problem.startswith("lost") for problem in ledger.check(server.start()))
