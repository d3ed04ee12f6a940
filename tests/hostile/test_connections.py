"""Senders that are slow, silent or gone, and requests that are no HTTP."""

import json
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from tests.server import Server
from tests.speaking import CHAT, CREATE, LIST, create, raw, refused, retrieve

BODY = json.dumps({**CHAT, "custom_identifier": "slow"}).encode()


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits one second for the next piece of a body."""
    with Server(tmp_path_factory.mktemp("impatient") / "data", settings={"body_timeout_seconds": 1}) as running:
        running.start()
        yield running
        assert running.stop() == 0, running.log
        assert "Traceback" not in running.log, running.log


def head(server: Server, *, path: str = CREATE, length: int | None = None, extra: str = "") -> bytes:
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
        f"Content-Type: application/json\r\n{framing}\r\n{extra}\r\n"
    ).encode()


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=15)


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_sender_that_falls_silent_is_told_so(impatient: Server) -> None:
    """Nothing for longer than the limit in mid-body: 400 that says so, the line is closed, nothing is stored."""
    before = impatient.client.get(LIST).json()["count"]
    for framing in (head(impatient, length=len(BODY)) + BODY[:20], head(impatient) + b"14\r\n" + BODY[:20] + b"\r\n"):
        started = time.monotonic()
        answer = raw(impatient, framing)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b'"code":"body_timeout"' in answer
        assert 0.9 < time.monotonic() - started < 4
    assert impatient.client.get(LIST).json()["count"] == before


def test_a_slow_sender_is_waited_for(impatient: Server) -> None:
    """A body that comes in drops, each within the limit, is read to its end."""
    with connect(impatient) as sender:
        sender.sendall(head(impatient, length=len(BODY), extra="Connection: close\r\n"))
        for at in range(0, len(BODY), 30):
            sender.sendall(BODY[at : at + 30])
            time.sleep(0.4)  # the drops are the test
        assert sender.recv(65536).startswith(b"HTTP/1.1 201 ")


def test_200_silent_senders_hold_nobody_up(impatient: Server) -> None:
    """While 200 connections say nothing more, others are answered as ever; then the silent ones are gone."""
    silent = [connect(impatient) for _ in range(200)]
    for number, sender in enumerate(silent):
        sender.sendall((head(impatient, length=1000) + b"{")[: 40 if number % 2 else None])
    for _ in range(20):
        started = time.monotonic()
        create(impatient.client)
        assert time.monotonic() - started < 1
    for sender in silent[::2]:
        assert sender.recv(65536).startswith(b"HTTP/1.1 400 ")
    for sender in silent:
        sender.close()
    until(lambda: impatient.metric("midspan_inflight_bytes") == 0)


@pytest.mark.parametrize("sent", [0, 1, 20, len(BODY) - 1])
@pytest.mark.parametrize("chunked", [False, True])
def test_gone_in_mid_body(server: Server, sent: int, chunked: bool) -> None:
    """A sender that goes before its body is whole has stored nothing, and left nothing behind."""
    before = server.client.get(LIST).json()["count"]
    with connect(server) as sender:
        if chunked:
            piece = b"%x\r\n%s\r\n" % (sent, BODY[:sent]) if sent else b""
            sender.sendall(head(server) + piece)
        else:
            sender.sendall(head(server, length=len(BODY)) + BODY[:sent])
    until(lambda: server.metric("midspan_inflight_bytes") == 0)
    assert server.client.get(LIST).json()["count"] == before


def test_gone_after_the_body_is_stored_once(server: Server) -> None:
    """A sender that does not wait for its answer has stored its span; with ids, sending again stores no second one."""
    for number in range(5):
        ids = {"trace_unique_id": "gone", "span_unique_id": f"s{number}"}
        body = json.dumps({**CHAT, **ids, "custom_identifier": "gone"}).encode()
        with connect(server) as sender:
            sender.sendall(head(server, length=len(body)) + body)
        again = server.client.post(CREATE, content=body)
        assert again.status_code == 201
        assert retrieve(server.client, again.json()["id"])["span_unique_id"] == f"s{number}"
    rows = server.client.get(LIST, params={"page_size": 1000}).json()["results"]
    assert sorted(row["span_unique_id"] for row in rows if row["trace_unique_id"] == "gone") == [
        f"s{number}" for number in range(5)
    ]


MALFORMED = {
    "two lengths": "Content-Length: 5\r\nContent-Length: 6",
    "length and chunked": "Content-Length: 5\r\nTransfer-Encoding: chunked",
    "chunked and length": "Transfer-Encoding: chunked\r\nContent-Length: 5",
    "plus": "Content-Length: +5",
    "minus": "Content-Length: -5",
    "hex": "Content-Length: 0x5",
    "words": "Content-Length: five",
    "list": "Content-Length: 5, 5",
    "huge": "Content-Length: " + "9" * 40,
    "space before colon": "Content-Length : 5",
    "fold": "Content-Length:\r\n 5",
    "chunked, identity": "Transfer-Encoding: chunked, identity",
    "xchunked": "Transfer-Encoding: xchunked",
    "identity": "Transfer-Encoding: identity",
    "nul": "X-A: a\x00b\r\nContent-Length: 5",
    "no name": ": x\r\nContent-Length: 5",
    "bare cr": "X-A: a\rb\r\nContent-Length: 5",
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_framing(server: Server, kind: str) -> None:
    """What proxies and servers read differently is refused, and what follows it is not taken for a second request."""
    smuggled = f"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Smuggled: {kind}\r\n\r\n"
    request = (
        f"POST {CREATE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
        f"Content-Type: application/json\r\n{MALFORMED[kind]}\r\n\r\n0\r\n\r\n{smuggled}"
    )
    answer = raw(server, request.encode("latin-1"), half_close=True, seconds=5)
    assert b"HTTP/1.1 5" not in answer
    assert b"201 Created" not in answer
    assert b'"status":"ok"' not in answer or answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") <= 2


@pytest.mark.parametrize("size", ["0x5", "-1", "fffffffffffffffff", "5;ext", "g", ""])
def test_malformed_chunks(server: Server, size: str) -> None:
    """A chunk whose size cannot be read ends the request, never the server."""
    answer = raw(server, head(server) + size.encode() + b"\r\nhello\r\n0\r\n\r\n", half_close=True, seconds=5)
    assert b"HTTP/1.1 5" not in answer
    assert b"201 Created" not in answer
    assert create(server.client)["id"]


@pytest.mark.parametrize(
    "request_",
    [
        b"",
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 100,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET http://other.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n",
        b"get / HTTP/1.1\r\n\r\n",
        b"A" * 70000,
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=range(11),
)
def test_what_is_no_http(server: Server, request_: bytes) -> None:
    """Bytes that are no request are refused or dropped; the server goes on."""
    answer = raw(server, request_, half_close=True, seconds=5)
    assert b"HTTP/1.1 5" not in answer
    assert b"HTTP/1.1 2" not in answer
    assert create(server.client)["id"]


@pytest.mark.parametrize(("count", "size"), [(1, 60_000), (1, 1 << 20), (1000, 10), (100, 5000), (1, 100 << 20)])
def test_large_headers(server: Server, count: int, size: int) -> None:
    """Many or long headers are taken or refused, and cost neither a failure nor memory for long."""
    lines = "".join(f"X-H{number}: {'h' * size}\r\n" for number in range(count))
    request = f"GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n".encode()
    try:
        answer = raw(server, request, seconds=20)
    except (BrokenPipeError, ConnectionResetError):
        answer = b""
    allowed = count <= 200 and count * size < 65_000
    assert answer.startswith(b"HTTP/1.1 200 " if allowed else b"HTTP/1.1 431 ") or (answer == b"" and not allowed)
    assert create(server.client)["id"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/request-logs/%2F/",
        "/api/request-logs/a%2Fb/",
        "/api/request-logs/..%2f..%2fetc%2fpasswd/",
        "/api/../etc/passwd",
        "/api/request-logs/%00/",
        "/api/request-logs/a%00b/",
        "/api/request-logs/%ff/",
        "/api/request-logs/%252F/",
        "/api/request-logs/..\\..\\x/",
        "/api/request-logs/%5c/",
        "/docs/%2e%2e/%2e%2e/settings.py",
        "/docs/..%2f..%2fapp.py",
        "/docs/static/%2e%2e/%2e%2e/app.py",
        "/docs/static/../../app.py",
        "/docs/%00",
        "/api/request-logs/%",
        "/api/request-logs/%zz",
        "/api/request-logs/%E2%80%AE/",
        "/api/request-logs/'/",
        "/api/request-logs/%27%20OR%201=1/",
        "/api/request-logs/{id}/",
        "/api/request-logs/:id/",
        "/api/request-logs/" + "a" * 5000 + "/",
        "/api/request-logs/;/",
        "/api/request-logs/*/",
    ],
)
def test_odd_paths(server: Server, path: str) -> None:
    """Encoded slashes, zeros, dots and templates in a path name nothing: 404 or 400, whoever asks."""
    for key in (f"Authorization: Bearer {server.key}\r\n", ""):
        request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{key}Connection: close\r\n\r\n"
        status = int(raw(server, request.encode("latin-1")).split(b" ", 2)[1])
        assert status in ((400, 404) if key else (400, 401, 404)), path


def test_odd_queries(server: Server) -> None:
    """Zeros, bad escapes and very many parameters in a query are 400 or ignored, never a failure."""
    for query in (
        "id=%00",
        "page=%00",
        "sort_by=%FF",
        "start_time=%E2%80%AE",
        "cursor=%00%00",
        "cursor=" + "A" * 5000,
        "&&&===",
        "%00=%00",
        "environment=%00",
        "log_type=%00",
        "include_fields=%00",
        "page_size=%31%30",
        "a=" * 1000,
        "page=1&page=2",
        "page[]=1",
    ):
        for path in (LIST, f"{CREATE}_/"):
            answer = server.client.get(f"{path}?{query}")
            assert answer.status_code in (200, 400, 403, 404), (path, query, answer.text)
            if answer.status_code != 200:
                refused(answer, answer.status_code)
