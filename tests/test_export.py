"""Exports and imports, by HTTP and by the command, through real servers."""

import csv
import io
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet  # type: ignore[import-untyped]
import pytest

from midspan.cli.export import Records
from midspan.search.exported import FIELDS, Choice, from_row
from midspan.search.formats import Csv, JsonLines, from_parquet
from tests.server import MIDSPAN, Server, Starter
from tests.speaking import CREATE, create, listed, new_key, refused, tenant

EXPORT = "/api/request-logs/export/"
IMPORT = "/api/request-logs/import/"
MOVED = {"organization_id", "environment", "id"}
"""What an import into another environment changes."""


def rows_of(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line, parse_float=Decimal) for line in answer.text.split("\n") if line]


def command(client: httpx.Client, *arguments: object, code: int = 0) -> subprocess.CompletedProcess[bytes]:
    """A finished `midspan` command that speaks to a client's server with its key."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MIDSPAN_")}
    key = client.headers["authorization"].removeprefix("Bearer ")
    done = subprocess.run(
        [str(MIDSPAN), *map(str, arguments)],
        env={**inherited, "MIDSPAN_URL": str(client.base_url), "MIDSPAN_API_KEY": key},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == code, done.stderr.decode()
    return done


@pytest.fixture(scope="module")
def ours(server: Server) -> httpx.Client:
    """A tenant with spans that are hard to carry."""
    client = tenant(server)
    texts = ["=1+1\r\n,\"'", "\0\x1b[31m", "\U0001d518 ü \u2028 \ufeff", "x" * 5_000_000, "plain"]
    for number, text in enumerate(texts * 2):
        create(
            client,
            input=text if number < 5 else f"{number} {text[:50]}",
            output={"role": "assistant", "content": text[:100]},
            latency=number / 2,
            cost="0.000000000001" if number % 2 else None,
            prompt_tokens=number,
            metadata={"_hidden": "kept", "text": text[:20]},
            properties={"big": 123456789012345678901234567890, "small": 1.50, "none": None},
            full_request={"messages": [{"role": "user", "content": text[:50]}], "seed": 9007199254740993},
            **({"trace_unique_id": f"trace {number}", "span_unique_id": text[:20]} if number % 3 else {}),
        )
    return client


@pytest.fixture(scope="module")
def exported(ours: httpx.Client) -> list[dict[str, Any]]:
    return rows_of(ours.get(EXPORT))


def test_an_export_is_everything_once_in_a_steady_order(ours: httpx.Client, exported: list[dict[str, Any]]) -> None:
    """Every stored field of every span, payloads and hidden metadata whole, the same each time."""
    assert len(exported) == 10
    assert list(exported[0]) == list(FIELDS)
    assert exported[3]["input"] == "x" * 5_000_000
    assert exported[0]["metadata"]["_hidden"] == "kept"
    assert exported[1]["cost"] == Decimal("1E-12")
    assert exported[0]["properties"]["big"] == 123456789012345678901234567890
    assert ours.get(EXPORT).text == ours.post(EXPORT, json={}).text
    assert ours.head(EXPORT).content == b""


def test_the_three_formats_say_the_same(ours: httpx.Client, exported: list[dict[str, Any]], tmp_path: Path) -> None:
    """Parquet's rows are those of JSON Lines; a CSV reader finds the same texts, nested values as JSON."""
    (tmp_path / "a.parquet").write_bytes(ours.get(EXPORT, params={"format": "parquet"}).content)
    lines = [line for page in from_parquet(str(tmp_path / "a.parquet")) for line in page]
    assert [json.loads(line, parse_float=Decimal) for line in lines] == exported
    table = pyarrow.parquet.read_table(tmp_path / "a.parquet")
    assert str(table.schema.field("cost").type) == "decimal128(38, 12)"
    assert str(table.schema.field("timestamp").type) == "timestamp[us, tz=UTC]"

    text = ours.get(EXPORT, params={"format": "csv"}).content.decode()
    csv.field_size_limit(1 << 30)
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["input"] for row in read] == [row["input"] for row in exported]
    assert [json.loads(row["metadata"]) for row in read] == [row["metadata"] for row in exported]
    assert {row["cost"] for row in read[1::2]} == {"0.000000000001"}
    assert text.count("\r\n") >= 11


def test_filters_window_fields_and_bad_questions(ours: httpx.Client, exported: list[dict[str, Any]]) -> None:
    """Both languages and the window narrow an export; a mistake is a 400 before the first byte."""
    asked = {"query": "latency:>2", "fields": "id,prompt_messages,scores,latency"}
    found = rows_of(ours.get(EXPORT, params=asked))
    assert [row["id"] for row in found] == [row["id"] for row in exported if row["latency"] > 2]
    assert list(found[0]) == ["id", "prompt_messages", "scores", "latency"]
    filters = {"latency": {"operator": "gt", "value": [2]}}
    assert rows_of(ours.post(EXPORT, json={"filters": filters, "fields": asked["fields"]})) == found
    assert rows_of(ours.get(EXPORT, params={"end_time": "2001-01-01"})) == []
    assert len(rows_of(ours.get(EXPORT, params={"start_time": exported[5]["timestamp"]}))) == 5
    for wrong in ({"format": "xml"}, {"fields": "nope"}, {"query": "latency:>x"}, {"cursor": "f" * 32}, {"limit": "0"}):
        refused(ours.get(EXPORT, params=wrong), 400)
    refused(ours.get(EXPORT, params={"start_time": "2026-01-02", "end_time": "2026-01-01"}), 400)


def test_formulas_can_be_made_inert(ours: httpx.Client) -> None:
    """A text that a spreadsheet would run stays as it is unless it is asked to be inert; numbers are left alone."""
    plain = ours.get(EXPORT, params={"format": "csv", "fields": "input", "limit": 1}).text
    inert = ours.get(EXPORT, params={"format": "csv", "fields": "input", "limit": 1, "inert": "true"}).text
    assert plain.startswith('input\r\n"=1+1')
    assert inert.startswith("input\r\n\"'=1+1")


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_cursor_goes_on_after_the_last_row(ours: httpx.Client, form: str) -> None:
    """Pieces of an export, each begun with the id of the last row, are the whole; Parquet comes in whole files."""
    whole = ours.get(EXPORT, params={"format": form, "fields": "id,latency"}).content
    pieces, cursor = b"", ""
    while True:
        asked: dict[str, str | int] = {"format": form, "fields": "id,latency", "limit": 3}
        if cursor:
            asked["cursor"] = cursor
        piece = ours.get(EXPORT, params=asked).content
        if not piece:
            break
        records = Records(form)
        records.feed((b"" if not pieces or form == "jsonl" else b"id,latency\r\n") + piece)
        pieces, cursor = pieces + piece, records.cursor
    assert pieces == whole


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_a_stopped_export_is_gone_on_with(ours: httpx.Client, tmp_path: Path, form: str) -> None:
    """Cut anywhere, in the middle of a record too, `--resume` makes the file that it would have been."""
    whole, part = tmp_path / "whole", tmp_path / "cut.part"
    command(ours, "export", "--format", form, "--output", whole)
    kind = "jsonl" if form == "parquet" else form
    content = ours.get(EXPORT, params={"format": kind}).content
    part.write_bytes(content[: content.index(b"x" * 1000) + 500])
    said = {"query": "", "format": kind, "fields": "", "inert": "", "as": form}
    part.with_name("cut.part.json").write_text(json.dumps({"said": said, "query": {}}))
    other = command(ours, "export", "status:failed", "--format", form, "--output", tmp_path / "cut", "--resume", code=2)
    assert b"another filter" in other.stderr
    command(ours, "export", "--format", form, "--output", tmp_path / "cut", "--resume")
    assert (tmp_path / "cut").read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut", "whole"]


def test_what_is_refused_leaves_no_file(ours: httpx.Client, tmp_path: Path) -> None:
    """A filter that the server refuses leaves nothing; of the two files of a cut export the missing one is named."""
    refused = command(ours, "export", "modle:x", "--output", tmp_path / "none", code=2)
    assert b"Did you mean 'model'?" in refused.stderr
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "cut.part").write_bytes(b"")
    alone = command(ours, "export", "--output", tmp_path / "cut", "--resume", code=2)
    assert b"cut.part.json to go on with" in alone.stderr


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_round_trip_is_exact(
    server: Server, ours: httpx.Client, exported: list[dict[str, Any]], tmp_path: Path, form: str
) -> None:
    """Exported, imported elsewhere, exported again, spans are equal in every field that names no tenant; twice too."""
    there = tenant(server)
    command(ours, "export", "--format", form, "--output", tmp_path / "file")
    for _ in range(2 if form == "jsonl" else 1):
        done = command(there, "import", tmp_path / "file")
        assert b": 10 spans" in done.stderr
    back = rows_of(there.get(EXPORT))
    assert [_moved(row) for row in back] == [_moved(row) for row in exported]
    assert not {row["id"] for row in back} & {row["id"] for row in exported}

    # What a client named is the same span when that client sends it again.
    create(there, trace_unique_id="trace 1", span_unique_id="\0\x1b[31m", input="again")
    assert len(rows_of(there.get(EXPORT))) == 10
    # Home again: nothing is new.
    command(ours, "import", tmp_path / "file")
    assert rows_of(ours.get(EXPORT)) == exported


def _moved(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in MOVED}


def test_an_id_of_others_is_not_taken_over(server: Server, ours: httpx.Client, exported: list[dict[str, Any]]) -> None:
    """Whatever id and organization a row claims, its span is the importer's own, and the other's stays as it is."""
    there = tenant(server)
    claimed = {**{name: exported[0][name] for name in ("id", "organization_id", "timestamp", "received_at")}}
    row = {**claimed, "start_time": "2001-01-01T00:00:00Z", "log_type": "chat", "status": "success", "input": "mine"}
    assert there.post(IMPORT, json={"rows": [row]}).json() == {"stored": 1}
    (mine,) = rows_of(there.get(EXPORT))
    assert mine["id"] != row["id"]
    assert mine["organization_id"] != row["organization_id"]
    assert rows_of(ours.get(EXPORT)) == exported


GOOD = {
    "id": "a" * 32, "timestamp": "2026-01-01T00:00:00Z", "received_at": "2026-01-01T00:00:00Z", "log_type": "chat",
    "status": "success",
}  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "A" * 32}, {"id": "'; DROP"}, {"timestamp": "2026-01-01"}, {"timestamp": None}, {"status": "error"},
        {"cost": "1e30"}, {"cost": "0.0000000000001"}, {"cost": "NaN"}, {"max_tokens": 1 << 63}, {"latency": "1"},
        {"metadata": {"a": 1}}, {"is_deleted": 1}, {"version": 5}, {"customer_identifier": "x" * 255},
        {"timestamp": "1800-01-01T00:00:00Z"}, {"cost_source": "mine"}, {"idempotency_key": "k"},
    ],
)  # fmt: skip
def test_a_row_that_no_export_writes_is_refused(server: Server, wrong: dict[str, Any]) -> None:
    """Nothing of the request is stored, and the row is named by its place."""
    client = server.client_of(server.test_key)
    before = rows_of(client.get(EXPORT))
    body = refused(client.post(IMPORT, json={"rows": [GOOD, {**GOOD, **wrong}]}), 422, "invalid")
    assert list(body["errors"]) == ["rows[1]"]
    assert rows_of(client.get(EXPORT)) == before


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"rows":[]}', b'{"rows":{}}', b"\xff", b"[" * 100_000])
def test_a_body_without_rows_is_refused(server: Server, body: bytes) -> None:
    """400, whatever it is; deep nesting too."""
    for kind in ("application/json", "application/x-ndjson"):
        answer = server.client.post(IMPORT, content=body, headers={"Content-Type": kind})
        assert answer.status_code in (400, 422), answer.text


def test_an_import_needs_the_right_admin(server: Server) -> None:
    """Who may write may not say when and at what cost."""
    client = server.client_of(new_key(server, "--rights", "ingest,read")["key"])
    refused(client.post(IMPORT, json={"rows": [GOOD]}), 403)


def test_memory_is_bounded_and_lists_go_on(start_server: Starter) -> None:
    """Exports of 250 MB grow the server by less, lists answer meanwhile; told to stop it ends at once, visibly cut."""
    server = start_server()
    payload = os.urandom(3 << 19).hex()
    for number in range(16):
        create(server.client, input=payload, output=payload[::-1][: number + 1])
    for form in ("jsonl", "parquet"):  # what is loaded once
        assert server.client.get(EXPORT, params={"format": form, "limit": 4}).status_code == 200
    listed(server.client, page_size=5)
    before = resident(server)
    high, slowest, done = before, 0.0, threading.Event()

    def watch() -> None:
        nonlocal high
        while not done.wait(0.02):
            high = max(high, resident(server))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for form in ("jsonl", "parquet", "jsonl", "jsonl"):
            size = 0
            with server.client.stream("GET", EXPORT, params={"format": form}) as answer:
                for piece in answer.iter_raw():
                    size += len(piece)
            assert size > 20 << 20
        sent = threading.Thread(target=lambda: server.client.get(EXPORT))
        sent.start()
        for _ in range(10):
            began = time.monotonic()
            assert len(listed(server.client, page_size=5)) == 5
            slowest = max(slowest, time.monotonic() - began)
        sent.join()
    finally:
        done.set()
        watcher.join()
    print(f"grew by {(high - before) >> 20} MiB; slowest list {slowest:.3f} s")  # noqa: T201
    assert high - before < 200 << 20
    assert slowest < 3

    with socket.create_connection(("127.0.0.1", server.port)) as slow:
        head = f"GET {EXPORT} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n\r\n"
        slow.sendall(head.encode())
        assert slow.recv(1000).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 5
        assert not _whole(slow)
    assert "Traceback" not in server.log


def resident(server: Server) -> int:
    """Bytes of memory of the server's process."""
    text = Path(f"/proc/{server.pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) << 10


def _whole(connection: socket.socket) -> bool:
    """Whether a chunked answer came to its end."""
    last = b""
    try:
        while piece := connection.recv(1 << 20):
            last = (last + piece)[-5:]
    except ConnectionResetError:
        return False
    return last == b"0\r\n\r\n"


def _span_lines(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield json.dumps({**GOOD, "id": f"{number:032x}", "input": f'a "{number}"\r\n, b'}).encode()


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_records_are_found_wherever_bytes_are_cut(form: str) -> None:
    """Fed in any pieces, the last whole record and its id are the same."""
    choice = Choice.read("input,id,note", "fields")
    writer = Csv(choice) if form == "csv" else JsonLines()
    rows = [{"input": span.input, "id": span.id, "note": None} for span in map(from_row, _span_lines(3))]
    content = writer.begin() + writer.page(rows)
    ends = [len(writer.begin() + writer.page(rows[:count])) for count in range(4)]
    for at in range(len(content) + 1):
        records = Records(form)
        records.feed(content[: at // 2])
        records.feed(content[at // 2 : at])
        count = max((number for number in range(4) if ends[number] <= at), default=0)
        assert records.count == count
        assert records.cursor == (f"{count - 1:032x}" if count else "")
        assert records.whole == (ends[count] if at >= ends[0] else 0)


def test_create_is_not_shadowed(server: Server) -> None:
    """The words of these routes are no ids: a span is still found beside them."""
    span = create(server.client)
    assert server.client.get(f"{CREATE}{span['id']}/").status_code == 200
    refused(server.client.put(EXPORT), 405)
    refused(server.client.get(IMPORT), 405)
