"""A damaged journal: what was acknowledged and can be read is there once, the rest is told and blocks nobody."""

import json
import shutil
from pathlib import Path

from tests.faults import launch
from tests.faults.ledger import read_all
from tests.faults.load import BATCH, CREATE, Sending, span, wait_until
from tests.faults.report import findings
from tests.server import Server, Starter

SLOW = {"segment_age_ms": 60_000}


def killed_with(start_server: Starter, *slots: str) -> tuple[Server, Path, list[bytes]]:
    """A server that was killed with these spans in its journal, the segment, and its lines."""
    server = start_server(settings=SLOW)
    for slot in slots:
        Sending(CREATE, [span(slot)]).post(server.client).raise_for_status()
    server.kill()
    (path,) = (server.data / "journal").glob("*.ndjson")
    return server, path, [line for line in path.read_bytes().split(b"\n") if line]


def listed(server: Server) -> dict[str, dict[str, object]]:
    """slot → span; those that are kept as text under the id's beginning."""
    found = list(read_all(server.client, include_fields="input"))
    by_slot = {str(each["custom_identifier"] or each["id"]): each for each in found}
    assert len(by_slot) == len(found)
    return by_slot


def write(path: Path, lines: list[bytes]) -> None:
    path.write_bytes(b"".join(line + b"\n\n" for line in lines))


def test_a_torn_end_goes(start_server: Starter) -> None:
    """Half a line, zeros, a line with a hole at the end of a segment are no rows; an empty segment is none."""
    server, path, lines = killed_with(start_server, "a", "b", "c")
    tails = (b'{"organization_id":"', bytes(3000), b'{"a":' + bytes(50) + b"1}\n\n")
    for number, (line, tail) in enumerate(zip(lines, tails, strict=True), int(path.stem)):
        path.with_name(f"{number:08d}.ndjson").write_bytes(line + b"\n\n" + tail)
    path.with_name(f"{number + 1:08d}.ndjson").touch()
    server.start()

    assert set(listed(server)) == {"a", "b", "c"}
    assert list((server.data / "journal").glob("*.ndjson")) == []
    assert server.log.count("bytes that do not count; cut off") == 3
    assert server.metric("midspan_rows_rejected_total") == 0


def changed(line: bytes, **fields: object) -> bytes:
    return json.dumps({**json.loads(line), **fields}).encode()


def poison(path: Path, lines: list[bytes]) -> dict[str, str]:
    """Make rows of the segment bad at its start, in its middle and at its end, and add two later segments.

    Returns id → what is wrong, for the bad rows that say whose they are.
    """
    bad = {1: ("cost", "a lot"), 4: ("metadata", [1, 2]), 5: ("latency", {"s": 1}), 8: ("prompt_tokens", "many")}
    poisoned = [changed(line, **dict([bad[at]])) if at in bad else line for at, line in enumerate(lines[:9])]
    write(path, [b"garbage in front", *poisoned[:4], b'{"id":', *poisoned[4:], b"[1, 2, 3]"])
    write(path.with_name(f"{int(path.stem) + 1:08d}.ndjson"), [lines[9]])
    write(path.with_name(f"{int(path.stem) + 2:08d}.ndjson"), [changed(lines[10], key_time="never"), lines[11]])
    return {json.loads(lines[at])["id"]: name for at, (name, _) in bad.items()}


def test_refused_rows_block_nobody(start_server: Starter, tmp_path: Path) -> None:
    """Good rows are stored once; bad ones come back as text with a warning; each has a copy; later segments follow."""
    server, path, lines = killed_with(start_server, *(f"s{number:02d}" for number in range(12)))
    bad = poison(path, lines)
    copy = shutil.copytree(server.data, tmp_path / "copy", symlinks=True, ignore=shutil.ignore_patterns("*.sock"))
    server.start()
    found = listed(server)

    good = {f"s{number:02d}" for number in (0, 2, 3, 6, 7, 9, 11)}
    assert set(found) == good | set(bad)
    for id_, name in bad.items():
        assert str(found[id_]["warnings"]).startswith("The engine refused this row")
        assert f'"{name}"' in str(found[id_]["input"])
        assert server.client.get(f"/api/request-logs/{id_}/").json()["id"] == id_
    copies = [json.loads(path.read_text()) for path in (server.data / "rejected").iterdir()]
    assert len(copies) == 8
    assert all(each["reason"] and each["row"] for each in copies)
    assert server.metric("midspan_rows_rejected_total") == 8
    finding = findings(server)["rejected rows"]
    assert (finding.status, finding.detail.startswith("8 rows were refused")) == ("warning", True)
    Sending(BATCH, [span("new")]).post(server.client).raise_for_status()
    assert set(listed(server)) == good | set(bad) | {"new"}

    # Without the search for bad rows the same journal blocks every reader.
    server.stop()
    blocked = start_server(
        copy, wait=False, settings={"read_wait_seconds": 0.5}, prefix=launch.prefix(launch.every_row_is_taken)
    )
    wait_until(lambda: blocked.log.count("was not taken") > 2)
    refused = blocked.client.get("/api/request-logs/list/")
    assert (refused.status_code, refused.json()["code"]) == (503, "not_caught_up")
