"""Bodies that are too large, packed to burst, cut off or mislabelled; and what they cost the server."""

import asyncio
import gzip
import json
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard

from tests.server import Server, Starter
from tests.speaking import CHAT, CREATE, LIST, create, raw, refused

BULK = "/api/request-logs/bulk/"
LIMIT = 1 << 20
MIB = 1 << 20
ZEROS = 128 * MIB
PATIENCE = 10
"""Seconds that an answer may take beside what is tried here, on a machine that has other things to do, too."""

ROOM = 64 * MIB
"""For bodies at once where it is to be filled: a quarter of what there usually is."""

SIXTY_FOURTH = 3 * ROOM // 2 // 64


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes bodies of up to 1 MiB, so that going over is cheap to try."""
    settings = {"span_bytes_max": LIMIT // 2, "body_bytes_max": LIMIT, "inflight_bytes_max": 4 * LIMIT}
    with Server(tmp_path_factory.mktemp("small") / "data", settings=settings) as running:
        running.start()
        yield running
        assert running.stop() == 0, running.log
        assert "Traceback" not in running.log, running.log


def memory(server: Server) -> int:
    """Bytes of RAM that the process has now."""
    for line in Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


class Peak:
    """How far the server's memory rises while the context is open, and whether it keeps answering others."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.rise = 0
        self.slowest = 0.0

    def __enter__(self) -> "Peak":
        self._before = memory(self.server)
        self._client = self.server.client_of(self.server.test_key)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            self.rise = max(self.rise, memory(self.server) - self._before)
            started = time.monotonic()
            assert self._client.post(CREATE, json=CHAT).status_code == 201
            self.slowest = max(self.slowest, time.monotonic() - started)

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()


def post(server: Server, content: Any, encoding: str = "", path: str = BULK) -> httpx.Response:
    headers = {"Content-Encoding": encoding} if encoding else {}
    return server.client.post(path, content=content, headers={"Content-Type": "application/json", **headers})


@pytest.mark.parametrize("path", [CREATE, BULK, "/api/request-logs/batch/create/", "/api/v1/traces/ingest"])
def test_a_length_over_the_limit_is_refused_unread(small: Server, path: str) -> None:
    """A Content-Length over the limit gets 413 before a byte of the body is sent, and the connection is closed."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {small.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {LIMIT + 1}\r\n\r\n"
    )
    answer = raw(small, head.encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"too_large"' in answer
    assert b"connection: close" in answer.lower()


def test_a_chunked_body_is_refused_as_soon_as_it_is_over(small: Server) -> None:
    """Without a length the answer comes when the limit is passed: of an endless body only a little more is taken."""
    head = (
        f"POST {BULK} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {small.key}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    assert raw(small, head.encode() + chunk * (LIMIT // 65536 + 1)).startswith(b"HTTP/1.1 413 ")


def test_exactly_the_limit_is_taken(small: Server) -> None:
    """A body of exactly the limit is read; a span of exactly its limit is stored; one byte more is 413."""
    body = b'{"logs":[{"log_type":"tool","input":"x"}]}'
    assert post(small, body + b" " * (LIMIT - len(body))).status_code == 201
    refused(post(small, body + b" " * (LIMIT - len(body) + 1)), 413, "too_large")
    span = b'{"model":"m","input":"' + b"x" * (LIMIT // 2 - 24) + b'"}'
    assert len(span) == LIMIT // 2
    assert post(small, span, path=CREATE).status_code == 201
    refused(post(small, span + b" ", path=CREATE), 413, "too_large")


def test_a_true_100_mb_body(server: Server) -> None:
    """With the default limits: 100 MiB of rows are stored, one byte more is 413, and others are answered meanwhile."""
    row = b'{"log_type":"tool","custom_identifier":"hundred","input":"' + b"x" * (MIB - 100) + b'"}'
    rows = b",".join([row] * 100)
    body = b'{"logs":[' + rows + b"]" + b" " * (100 * MIB - len(rows) - 11) + b"}"
    assert len(body) == 100 * MIB
    with Peak(server) as peak:
        answer = post(server, body)
        refused(post(server, body + b" "), 413, "too_large")
        refused(post(server, iter([body, b" "])), 413, "too_large")
    assert answer.json()["success_count"] == 100
    assert peak.rise < 900 * MIB
    assert peak.slowest < PATIENCE


def bomb(pack: Any) -> bytes:
    """Much of nothing, packed."""
    pieces = [pack.compress(b" " * MIB) for _ in range(ZEROS // MIB)]
    return b"".join([*pieces, pack.flush()])


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "gzip": ("gzip", lambda: bomb(zlib.compressobj(9, wbits=31))),
    "deflate": ("deflate", lambda: bomb(zlib.compressobj(9))),
    "raw deflate": ("deflate", lambda: bomb(zlib.compressobj(9, wbits=-15))),
    "zstd": ("zstd", lambda: bomb(zstandard.ZstdCompressor(level=3).compressobj())),
    "zstd of a known size": ("zstd", lambda: zstandard.ZstdCompressor().compress(b" " * (64 * MIB))),
    "gzip members": ("gzip", lambda: gzip.compress(b" " * 65536) * 4096),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_bombs(small: Server, kind: str) -> None:
    """A body that inflates without end is 413 as soon as it is over the limit, and costs little memory and time."""
    encoding, make = BOMBS[kind]
    packed = make()
    with Peak(small) as peak:
        started = time.monotonic()
        refused(post(small, packed, encoding), 413, "too_large")
        took = time.monotonic() - started
    assert took < PATIENCE
    assert peak.rise < 64 * MIB
    assert peak.slowest < PATIENCE


def test_empty_members_without_end(small: Server) -> None:
    """A million members of nothing are no body; they end in a refusal and hold nobody up."""
    with Peak(small) as peak:
        refused(post(small, gzip.compress(b"") * 40_000, "gzip"), 400)
    assert peak.slowest < PATIENCE


GOOD = json.dumps({"logs": [CHAT]}).encode()
PACKED = gzip.compress(GOOD)
BAD_ENCODINGS: list[tuple[str, bytes, str]] = [
    ("cut", PACKED[:-9], "gzip"),
    ("cut in the trailer", PACKED[:-4], "gzip"),
    ("header only", PACKED[:10], "gzip"),
    ("nothing", b"", "gzip"),
    ("one byte", b"\x1f", "gzip"),
    ("trailing bytes", PACKED + b"trailing", "gzip"),
    ("half a member more", PACKED + PACKED[:12], "gzip"),
    ("wrong sum", PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:], "gzip"),
    ("plain as gzip", GOOD, "gzip"),
    ("plain as deflate", GOOD, "deflate"),
    ("plain as zstd", GOOD, "zstd"),
    ("gzip as deflate", PACKED, "deflate"),
    ("gzip as zstd", PACKED, "zstd"),
    ("deflate as gzip", zlib.compress(GOOD), "gzip"),
    ("deflate cut", zlib.compress(GOOD)[:-5], "deflate"),
    ("deflate and more", zlib.compress(GOOD) + b"x", "deflate"),
    ("zstd cut", zstandard.ZstdCompressor().compress(GOOD)[:-3], "zstd"),
    ("zstd empty", b"", "zstd"),
    ("zstd and more", zstandard.ZstdCompressor().compress(GOOD) + b"more", "zstd"),
    ("zstd magic", b"\x28\xb5\x2f\xfd", "zstd"),
    ("nested gzip", gzip.compress(PACKED), "gzip"),
    ("gzip unnamed", PACKED, ""),
    ("bits", bytes(range(256)) * 4, "gzip"),
    ("zstd bits", bytes(range(256)) * 4, "zstd"),
]


@pytest.mark.parametrize(("content", "encoding"), [pytest.param(c, e, id=n) for n, c, e in BAD_ENCODINGS])
def test_broken_encodings(small: Server, content: bytes, encoding: str) -> None:
    """What is not whole, valid and of the encoding that it claims is 400, and stores nothing."""
    before = small.client.get(LIST).json()["count"]
    refused(post(small, content, encoding), 400)
    refused(post(small, content, encoding, CREATE), 400)
    assert small.client.get(LIST).json()["count"] == before


@pytest.mark.parametrize("keep", [0.0, 0.25, 0.5, 0.9, 0.999])
def test_bodies_cut_off(small: Server, keep: float) -> None:
    """A JSON body that ends too soon is refused by create; elsewhere its whole rows are kept, or it is 400."""
    body = json.dumps(
        {"logs": [{**CHAT, "custom_identifier": f"cut {keep} {number}"} for number in range(10)]}
    ).encode()
    answer = post(small, body[: int(len(body) * keep)])
    assert answer.status_code in (201, 400)
    span = json.dumps({**CHAT, "metadata": {"a": "b"}}).encode()
    refused(post(small, span[: int(len(span) * keep)], path=CREATE), 400)


def test_one_byte_a_chunk(small: Server) -> None:
    """100,000 chunks of one byte are a body like any other, and hold nobody up."""
    text = json.dumps({"model": "m", "input": "y" * 100_000}).encode()
    with Peak(small) as peak:
        answer = raw(
            small,
            f"POST {CREATE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {small.key}\r\nConnection: close\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
            + b"".join(b"1\r\n%c\r\n" % byte for byte in text)
            + b"0\r\n\r\n",
            seconds=30,
        )
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert peak.slowest < PATIENCE
    assert peak.rise < 64 * MIB


def test_64_large_bodies_at_once(start_server: Starter) -> None:
    """64 bodies that are together over the room for bodies: each is stored or told to come again, others are answered.

    Memory stays bounded, comes back, and no room is lost.
    """
    # A server of its own: what others had it answer before is not what is measured.
    limits = {"inflight_bytes_max": ROOM, "body_bytes_max": ROOM // 2, "span_bytes_max": ROOM // 4}
    server = start_server(settings=limits)
    body = (
        b'{"model":"m","log_type":"tool","custom_identifier":"sixty-four","input":"'
        + b"z" * (SIXTY_FOURTH - 100)
        + b'"}'
    )
    stored = 0

    async def flood() -> list[httpx.Response]:
        headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
        limits = httpx.Limits(max_connections=64)
        async with httpx.AsyncClient(timeout=90, limits=limits, headers=headers, trust_env=False) as client:
            return await asyncio.gather(*(client.post(server.url + CREATE, content=body) for _ in range(64)))

    with Peak(server) as peak:
        answers = asyncio.run(flood())
    for answer in answers:
        assert answer.status_code in (201, 503), answer.text[:300]
        if answer.status_code == 503:
            refused(answer, 503)
        else:
            stored += 1
            assert answer.json()["id"]
    assert stored > 0
    assert peak.rise < 1024 * MIB
    assert peak.slowest < 2 * PATIENCE
    assert create(server.client)["id"]
    assert server.metric("midspan_inflight_bytes") == 0
    deadline = time.monotonic() + 60
    while server.metric("midspan_journal_pending_bytes"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert memory(server) < 1536 * MIB
