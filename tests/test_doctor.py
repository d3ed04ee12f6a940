"""midspan.store.doctor, as the command runs it: what is well, and what is not, with and without a server."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from midspan.store import doctor
from midspan.store.home import Home
from tests.faults.load import BATCH, Sending, span
from tests.faults.report import findings
from tests.server import MIDSPAN, Server, Starter

WHOLE = {
    "directory", "disk", "journal", "journal numbers", "rejected rows", "control data", "schema",
    "damaged parts", "tables", "lost spans",
    *(f"checksums of {table}" for table in doctor.TABLES),
}  # fmt: skip


def report(data: Path) -> tuple[int, dict[str, dict[str, str]]]:
    """The command's exit code, and what it found, by what it looked at."""
    done = run(data, "--json")
    assert "Traceback" not in done.stderr
    return done.returncode, {finding["what"]: finding for finding in json.loads(done.stdout)}


def run(data: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(MIDSPAN), "doctor", "--data-dir", str(data), *arguments], capture_output=True, text=True, check=False
    )


def broken(found: dict[str, dict[str, str]]) -> set[str]:
    return {what for what, finding in found.items() if finding["status"] == "failed"}


def parts(data: Path, table: str) -> list[Path]:
    """The parts of a table, largest first."""
    found = (data / "engine" / "data" / "default" / table).resolve().glob("*/data.bin")
    return sorted((path.parent for path in found if "detached" not in path.parts), key=lambda p: -size(p / "data.bin"))


def size(path: Path) -> int:
    return path.stat().st_size


def fill(server: Server) -> None:
    """Three parts with ten spans each."""
    for number in range(3):
        Sending(BATCH, [span(f"{number}-{place}") for place in range(10)]).post(server.client).raise_for_status()
        server.client.get("/api/request-logs/list/").raise_for_status()


def test_a_whole_store_is_well(start_server: Starter) -> None:
    """With a server and without one every check passes, code 0, and looking changes nothing."""
    server = start_server()
    fill(server)
    running = run(server.data)
    assert (running.returncode, running.stderr) == (0, "")
    assert {line.split(":")[0].split(maxsplit=1)[1] for line in running.stdout.splitlines()} == WHOLE
    assert "ok       checksums of spans: all parts are whole\n" in running.stdout

    server.stop()
    before = {path: path.read_bytes() for path in (server.data / "journal").iterdir()}
    code, found = report(server.data)
    assert (code, broken(found), set(found)) == (0, set(), WHOLE)
    assert "spans: 30 rows" in found["tables"]["detail"]
    assert {path: path.read_bytes() for path in (server.data / "journal").iterdir()} == before


def test_damage_is_found(start_server: Starter) -> None:
    """A part cut short, a bit that flipped, lost numbers and a row set aside are each told, with code 1."""
    server = start_server()
    fill(server)
    server.stop()
    cut = parts(server.data, "spans")[0] / "data.bin"
    cut.write_bytes(cut.read_bytes()[:-100])
    flipped = parts(server.data, "span_keys")[0] / "data.bin"
    content = bytearray(flipped.read_bytes())
    content[len(content) // 2] ^= 4
    flipped.write_bytes(content)
    (server.data / "journal" / "next").write_text("?")
    (server.data / "rejected" / "00000001-0.json").write_text("{}")

    code, found = report(server.data)

    assert code == 1
    assert broken(found) == {"damaged parts", "lost spans", "checksums of span_keys", "journal numbers"}
    assert "spans: 1 parts" in found["damaged parts"]["detail"]
    assert "restore it from a backup" in found["journal numbers"]["detail"]
    assert found["rejected rows"]["status"] == "warning"
    assert "1 rows were refused" in found["rejected rows"]["detail"]
    (server.data / "journal" / "next").write_text("999\n")
    assert findings(server.start())["damaged parts"].status == "failed", "a server on it says so as well"
    assert "damaged parts: set aside by the engine, their rows are not answered: spans: 1 parts" in server.log

    # Where the engine refuses its own files the report goes on, and the server does not start on them.
    server.stop()
    (server.data / "engine" / "data" / "default" / "spans").resolve().joinpath("format_version.txt").write_text("")
    code, found = report(server.data)
    assert (code, broken(found)) == (1, {"engine"})
    assert "does not open" in found["engine"]["detail"]
    server.start(wait=False)
    assert server.wait(20) == 2
    assert "midspan: the engine does not open" in server.log
    assert "Traceback" not in server.log


def test_what_is_gone_is_found(start_server: Starter) -> None:
    """A part of which not even its directory is left is told with its spans; what replaced or deleted a span is not."""
    server = start_server()
    fill(server)
    for _ in range(2):
        again = {"model": "gpt-4o", "trace_unique_id": "again", "span_unique_id": "again"}
        server.client.post("/api/request-logs/", json=again).raise_for_status()
    (first, *_) = server.client.get("/api/request-logs/list/").json()["results"]
    server.client.delete(f"/api/request-logs/{first['id']}/").raise_for_status()
    assert server.client.get("/api/request-logs/list/").json()["count"] == 30
    assert findings(server)["lost spans"].status == doctor.OK
    server.stop()
    assert report(server.data)[1]["lost spans"]["status"] == doctor.OK
    gone = parts(server.data, "spans")
    for part in gone:
        shutil.rmtree(part)
    _, found = report(server.data)
    assert broken(found) == {"lost spans"}
    assert found["lost spans"]["detail"].startswith("31 spans were stored and are in no part")


@pytest.mark.parametrize("content", [None, b"", b"no database at all", "cut"])
def test_damaged_control_data_is_found(start_server: Starter, content: bytes | str | None) -> None:
    """Without organizations and keys no span can be asked for: what is missing or damaged there is told."""
    server = start_server()
    fill(server)
    server.stop()
    file = server.data / "control.db"
    whole = file.read_bytes()
    file.unlink() if content is None else file.write_bytes(whole[:6000] if isinstance(content, str) else content)
    code, found = report(server.data)
    assert (code, broken(found)) == (1, {"control data"})
    assert "restore it from a backup" in found["control data"]["detail"]


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    """No directory is a sentence and code 2."""
    missing = run(tmp_path / "nothing")

    assert missing.returncode == 2
    assert "there is no data directory" in missing.stderr


@pytest.mark.parametrize(("mode", "status"), [(0o700, doctor.OK), (0o750, doctor.WARNING), (0o755, doctor.WARNING)])
def test_a_directory_that_others_read_is_a_warning(tmp_path: Path, mode: int, status: str) -> None:
    """Prompts are nobody else's business."""
    with Home(tmp_path / "data") as home:
        home.root.chmod(mode)
        found = {finding.what: finding for finding in doctor.examine_files(home)}

    assert found["directory"].status == status


def test_segments_beyond_the_numbers_are_told(tmp_path: Path) -> None:
    """A file with a number that was never reserved means that the numbers went back."""
    with Home(tmp_path / "data") as home:
        (home.journal / "next").write_text("65\n")
        for number in (64, 65):
            (home.journal / f"{number:08d}.ndjson").write_text("{}\n")
        found = {finding.what: finding for finding in doctor.examine_files(home)}

    assert found["journal"].detail.startswith("2 segments, 6 bytes")
    assert found["journal numbers"].status == doctor.FAILED
    assert "00000065.ndjson" in found["journal numbers"].detail
    assert "00000064" not in found["journal numbers"].detail
