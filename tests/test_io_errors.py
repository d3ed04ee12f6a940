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
    "everything": [
        FSYNC,
        "write:error=ENOSPC:when=5+7",
        "openat:error=EMFILE:when=3+4",
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
    assert fsynced_after_a_failure(calls(tmp_path / "strace")) == []
    server.prefix = []
    assert ledger.check(server.start()) == []


def fsynced_after_a_failure(made: list[tuple[str, str, bool]]) -> list[tuple[str, str]]:
    """Writes and fsyncs of a file that an fsync has failed on before."""
    gone: set[str] = set()
    again = []
    for call, name, failed in made:
        if name in gone and call in ("write", "fdatasync", "fsync"):
            again.append((call, name))
        if failed and call in ("fdatasync", "fsync"):
            gone.add(name)
    assert gone, "no fsync failed"
    return again


def test_the_engines_fsync_may_fail(start_server: Starter, tmp_path: Path) -> None:
    """Where the engine's own fsyncs fail its insert is tried again, and no row is blamed: each is kept, once."""
    server = start_server(settings={"segment_age_ms": 20})
    server.stop()
    server.prefix = [
        "strace", "--follow-forks", "--seccomp-bpf", "--output=/dev/null", "--trace=fdatasync",
        "--inject=fdatasync:error=EIO:when=30",  # once in each thread: the engine has many
    ]  # fmt: skip
    server.start()
    ledger = Ledger(tmp_path / "ledger")
    (writer,) = writers(server, ledger, 1, 1)

    def write_until_it_fails() -> bool:
        assert writer.send(Sending(CREATE, [span(f"s-{len(ledger)}")]))
        return server.metric("midspan_engine_insert_failures_total") > 1

    wait_until(write_until_it_fails)
    wait_until(lambda: server.metric("midspan_journal_pending_bytes") == 0)
    assert server.metric("midspan_rows_rejected_total") == 0
    assert ledger.check(server) == []
    server.kill()
    server.prefix = []
    assert ledger.check(server.start()) == []


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
