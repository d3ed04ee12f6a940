"""Reads, writes and fsyncs that fail: a 2xx is for rows that are there, a file that failed is never fsynced again."""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.faults import launch
from tests.faults.ledger import Ledger
from tests.faults.load import CREATE, Sending, running, span, wait_acknowledged, wait_until, writers
from tests.server import Server, Starter

SEGMENTS = 400
"""More segments than a test makes; their names are told to strace beforehand."""

FSYNC = "fdatasync:error=EIO:when=3+4"
FAULTS = {
    "fsync": [FSYNC],
    "write": ["write:error=ENOSPC:when=3+5"],
    "open": ["openat:error=EMFILE:when=2+3"],
    "everything": [
        FSYNC,
        "write:error=EIO:when=5+7",
        "openat:error=ENOSPC:when=3+4",
        "ftruncate:error=EIO:when=1+2",
        "unlink:error=EROFS:when=1+2",
    ],
}

pytestmark = pytest.mark.debian("strace")


def strace(data: Path, log: Path, faults: Sequence[str]) -> list[str]:
    """Runs a server whose calls on the journal's segments fail as told; the log names every call and its file."""
    calls = "write,fdatasync,fsync,openat,ftruncate,close,unlink"
    paths = [f"--trace-path={data}/journal/{number:08d}.ndjson" for number in range(1, SEGMENTS)]
    # Threads count their own calls; the journal's thread is the only one that writes to segments this small.
    return [
        "strace", "--follow-forks", "--seccomp-bpf", "--decode-fds=path", f"--output={log}", f"--trace={calls}",
        *(f"--inject={fault}" for fault in faults), *paths,
    ]  # fmt: skip


def server_failing(start_server: Starter, tmp_path: Path, faults: Sequence[str], *protections_off: str) -> Server:
    data = tmp_path / "data"
    prefix = [*strace(data, tmp_path / "strace", faults), *protections_off]
    return start_server(data, prefix=prefix, settings={"segment_age_ms": 50})


def calls(log: Path) -> list[tuple[str, str, bool]]:
    """(call, file, whether it failed) in order."""
    pattern = re.compile(r"^\d+ +(\w+)\(.*?(\d{8}\.ndjson).*? = (-?\d+)", re.MULTILINE)
    return [(call, name, result == "-1") for call, name, result in pattern.findall(log.read_text())]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_2xx_is_for_rows_that_are_there(start_server: Starter, tmp_path: Path, fault: str) -> None:
    """Whatever call fails, the process lives, nothing acknowledged is lost, and what was refused is served later."""
    server = server_failing(start_server, tmp_path, FAULTS[fault])
    ledger = Ledger(tmp_path / "ledger")
    crew = writers(server, ledger, 3, 1)
    with running(crew):
        wait_until(lambda: len([call for call in calls(tmp_path / "strace") if call[2]]) > 4)
        wait_acknowledged(ledger, 100)
    assert {code for writer in crew for code in writer.refused} <= {"journal_failed"}
    wait_until(lambda: server.metric("midspan_journal_pending_bytes") == 0, 20)
    assert server.metric("midspan_journal_failures_total") > 0

    server.kill()
    server.prefix = []
    assert ledger.check(server.start()) == []


def test_an_fsync_is_not_tried_again(start_server: Starter, tmp_path: Path) -> None:
    """After an fsync failed on a file, nothing is written to it and it is not fsynced again."""
    server = server_failing(start_server, tmp_path, [FSYNC])
    ledger = Ledger(tmp_path / "ledger")
    with running(writers(server, ledger, 2, 1)):
        wait_acknowledged(ledger, 100)
    server.stop()

    gone: set[str] = set()
    for call, name, failed in calls(tmp_path / "strace"):
        assert not (name in gone and call in ("write", "fdatasync", "fsync")), (call, name)
        if failed and call == "fdatasync":
            gone.add(name)
    assert len(gone) > 2


def test_a_journal_that_lies_is_seen(start_server: Starter, tmp_path: Path) -> None:
    """A journal that says 201 although its writes failed is caught by the same check."""
    liar = launch.prefix(launch.success_whatever_happens)
    server = server_failing(start_server, tmp_path, ["write:error=EIO:when=3+1"], *liar)
    ledger = Ledger(tmp_path / "ledger")
    (writer,) = writers(server, ledger, 1, 1)
    for number in range(10):
        writer.send(Sending(CREATE, [span(f"lie-{number}")]))
    assert len(ledger) == 10
    server.kill()
    server.prefix = []

    assert any(problem.startswith("lost") for problem in ledger.check(server.start()))


def test_strace_knows_its_flags() -> None:
    """The tool that these tests rely on injects faults by path."""
    done = subprocess.run(["strace", "--help"], capture_output=True, text=True, check=True)

    assert "--inject" in done.stdout
    assert "--trace-path" in done.stdout
