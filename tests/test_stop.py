"""How a server ends, and how a second one does not begin."""

import os
import signal
import socket
import tempfile
import time
from pathlib import Path

import pytest

from tests.faults import launch
from tests.faults.ledger import Ledger
from tests.faults.load import CREATE, Sending, Writer, running, span, wait_acknowledged, wait_until, writers
from tests.server import Server, Starter


def stop_under_load(server: Server, crew: list[Writer], number: int) -> float:
    """Send a signal to a server that is being written to. Returns how long it took to end, with code 0."""
    with running(crew):
        wait_acknowledged(crew[0].ledger, 100)
        began = time.monotonic()
        assert server.stop(number) == 0, server.log_tail
        return time.monotonic() - began


def test_stopping_loses_nothing(start_server: Starter, tmp_path: Path) -> None:
    """Told to stop under load, it answers what it has taken, drains the journal, leaves nothing behind, ends with 0."""
    server = start_server.prepare(settings={"segment_age_ms": 60_000})
    ledger = Ledger(tmp_path / "ledger")
    crew = writers(server, ledger, 4, 1)
    for number in (signal.SIGTERM, signal.SIGINT):
        server.start()
        assert stop_under_load(server, crew, number) < 10
        assert sorted(path.name for path in (server.data / "journal").iterdir()) == ["next"]
        assert not (server.data / "doctor.sock").exists()
        with pytest.raises(ProcessLookupError):
            os.killpg(server.pid, 0)  # nobody of its group is left
    assert "Traceback" not in server.log
    assert ledger.check(server.start()) == []


def failing_server(start_server: Starter, tmp_path: Path) -> Server:
    """A server whose engine takes nothing, with a span in its journal."""
    (tmp_path / "faults").mkdir()
    (tmp_path / "faults" / "before").write_text("1000000 Code: 210. DB::NetException: the network failed")
    server = start_server(
        prefix=launch.prefix(launch.engine_obeys),
        environment={"FAULTS": str(tmp_path / "faults")},
        settings={"segment_age_ms": 10, "drain_seconds_max": 300},
    )
    assert Sending(CREATE, [span("a")]).post(server.client).status_code == 201
    wait_until(lambda: server.metric("midspan_engine_insert_failures_total") > 0)
    return server


def wait_listening(server: Server, starts: int) -> None:
    """Wait until the server has said that it listens, for the so-manieth time."""
    wait_until(lambda: server.log.count("listens on") == starts)


def test_a_second_interrupt_is_obeyed_at_once(start_server: Starter, tmp_path: Path) -> None:
    """While the first one waits for an engine that does not come back, a second one ends it; the rows stay safe."""
    server = failing_server(start_server, tmp_path)
    server.send(signal.SIGINT)
    time.sleep(0.3)  # it is to be seen waiting
    assert server.is_running
    began = time.monotonic()
    assert server.stop(signal.SIGINT) == 0
    assert time.monotonic() - began < 8
    assert "Traceback" not in server.log

    # The span is in the journal still, and that must not keep the next one from ending either.
    server.start(wait=False)
    wait_listening(server, 2)
    server.send(signal.SIGINT)
    time.sleep(0.3)
    assert server.stop(signal.SIGINT) == 0
    (tmp_path / "faults" / "before").unlink()
    assert server.start().client.get("/api/request-logs/list/").json()["count"] == 1


def test_a_signal_while_starting_is_obeyed(start_server: Starter) -> None:
    """From the moment it listens a server can be told to stop, also while nothing is answered yet."""
    server = start_server.prepare(is_bare=True)
    for starts, number in enumerate((signal.SIGTERM, signal.SIGINT), 1):
        server.start(wait=False)
        wait_listening(server, starts)
        assert server.stop(number) == 0


def refused(server: Server) -> str:
    """The one sentence with which a server ends at once."""
    before = len(server.log)
    server.start(wait=False)
    assert server.wait(20) == 2
    said = server.log[before:].strip()
    assert len(said.splitlines()) == 1, said
    return said


def test_a_second_server_is_refused(start_server: Starter, tmp_path: Path) -> None:
    """On a directory or port in use, an unusable directory or with a broken setting: a sentence, code 2, no harm."""
    first = start_server()
    same_directory = start_server.prepare(first.data)
    same_directory.log_path = tmp_path / "second.log"
    assert f"another Midspan (process {first.pid}) is using {first.data}" in refused(same_directory)

    same_port = start_server.prepare(settings={"port": first.port})
    assert f"cannot listen on 127.0.0.1 port {first.port}: Address already in use" in refused(same_port)
    (tmp_path / "file").write_text("")
    assert "cannot be used: File exists" in refused(start_server.prepare(tmp_path / "file"))
    assert "port lies between 0 and 65535" in refused(start_server.prepare(settings={"port": 65536}))
    assert Sending(CREATE, [span("a")]).post(first.client).status_code == 201
    assert first.client.get("/api/request-logs/list/").json()["count"] == 1
    assert first.stop() == 0


@pytest.mark.root
@pytest.mark.debian("setpriv")
def test_a_directory_of_somebody_else_is_refused(start_server: Starter, tmp_path: Path) -> None:
    """A user who may not write there is told so."""
    with tempfile.TemporaryDirectory() as directory:  # pytest's own directories let nobody else pass
        Path(directory).chmod(0o755)
        somebody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        server = start_server.prepare(Path(directory) / "data", prefix=somebody)
        server.log_path = tmp_path / "log"

        assert "cannot be used: Permission denied" in refused(server)


def test_an_open_connection_does_not_keep_it(start_server: Starter) -> None:
    """Idle clients, and one that has sent half a request, do not keep a server from ending in time."""
    server = start_server(settings={"drain_seconds_max": 1})
    with (
        socket.create_connection(("127.0.0.1", server.port)) as idle,
        socket.create_connection(("127.0.0.1", server.port)) as half,
    ):
        idle.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(1000).startswith(b"HTTP/1.1 200")
        half.sendall(
            b"POST /api/request-logs/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Authorization: Bearer " + server.key.encode() + b"\r\nContent-Length: 100\r\n\r\n{"
        )
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 10


def test_a_crash_ends_it_at_once(start_server: Starter, tmp_path: Path) -> None:
    """A crash of the engine leaves no half-dead server: it ends, says where it was, and the next one has every row."""
    server = start_server(settings={"segment_age_ms": 60_000})
    ledger = Ledger(tmp_path / "ledger")
    (writer,) = writers(server, ledger, 1, 1)
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGTRAP):
        assert writer.send(Sending(CREATE, [span(f"s-{number}")]))
        server.send(number)
        assert server.wait(10) == -number
        server.start()
    assert "Fatal Python error: Segmentation fault" in server.log
    assert "Fatal Python error: Aborted" in server.log
    assert ledger.check(server) == []
