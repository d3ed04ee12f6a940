"""A power cut, for real: all there is then is a copy of the disk as it was, without what had not been synced."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import launch
from tests.faults.disk import PowerDisk
from tests.faults.ledger import Ledger
from tests.faults.load import new_seed, running, wait_acknowledged, wait_until, writers
from tests.faults.report import failures
from tests.server import Server, Starter

WRITERS = 4
SMALL = {"disk_free_bytes_min": 1 << 20}

pytestmark = [pytest.mark.root(loop=True), pytest.mark.debian("mkfs.ext4", "mount")]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[PowerDisk]:
    with PowerDisk(tmp_path) as disk:
        yield disk


def drain(server: Server) -> None:
    """Have the engine take everything, and the journal's files removed for good: a probe fsyncs beside them."""
    server.client.get("/api/request-logs/list/").raise_for_status()
    wait_until(lambda: server.metric("midspan_journal_pending_bytes") == 0)
    assert list((server.data / "journal").glob("*.ndjson")) == []
    server.client.get("/health/ready").raise_for_status()


@pytest.mark.timeout(240)
def test_a_power_cut_loses_nothing(start_server: Starter, disk: PowerDisk, tmp_path: Path) -> None:
    """Cut in the middle of load, at the very first start, with parts just drained and merging: all is there, once."""
    seed = new_seed()
    chance = random.Random(seed)
    server = start_server.prepare(disk.root / "data", settings=SMALL)
    ledger = Ledger(tmp_path / "ledger")
    crew = writers(server, ledger, WRITERS, seed)
    for age in (60_000, 20, 300):
        server.settings["segment_age_ms"] = age
        server.start()
        with running(crew):
            wait_acknowledged(ledger, chance.randint(100, 400))
            disk.cut(server)

    drained = ledger.snapshot()
    server.start()
    assert ledger.check(server, drained) == []
    drain(server)
    with running(crew):
        wait_acknowledged(ledger, 50)
        disk.cut(server)  # the engine's parts are all there is of the older spans

    assert ledger.check(server.start()) == []
    wait_until(lambda: failures(server) == [])  # what the engine does not fsync is made anew


def test_without_fsync_a_power_cut_loses_spans(start_server: Starter, disk: PowerDisk, tmp_path: Path) -> None:
    """The same cut shows the loss when the journal only says that it has synced."""
    server = start_server(disk.root / "data", settings=SMALL | {"segment_age_ms": 60_000})
    server.stop()
    server.prefix = launch.prefix(launch.no_fsync)
    server.start()
    ledger = Ledger(tmp_path / "ledger")
    with running(writers(server, ledger, WRITERS, 1)):
        wait_acknowledged(ledger, 50)
        disk.cut(server)
    server.prefix = []

    assert any(problem.startswith("lost") for problem in ledger.check(server.start()))


def test_without_the_engines_fsync_a_power_cut_loses_spans(
    start_server: Starter, disk: PowerDisk, tmp_path: Path
) -> None:
    """The same cut shows the loss when the engine has the rows, the journal's file is gone, and no part was synced."""
    server = start_server(disk.root / "data", settings=SMALL, prefix=launch.prefix(launch.engine_without_fsync))
    ledger = Ledger(tmp_path / "ledger")
    with running(writers(server, ledger, WRITERS, 1)):
        wait_acknowledged(ledger, 50)
    drain(server)
    disk.cut(server)
    server.prefix = []

    assert any(problem.startswith("lost") for problem in ledger.check(server.start()))
