"""What surrounds the API: health, metrics, documentation, headers of every answer, the Host, encoded bodies."""

import gzip
import json
import re
import zlib
from collections.abc import Callable
from typing import Any

import pytest
import zstandard

from tests.environments import ROOT
from tests.server import Server, Starter
from tests.speaking import CHAT, CREATE, LIST, create, declared, filled, raw, refused

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
POLICY = {"default-src 'self'", "script-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"}
PUBLIC = [
    "/health/live",
    "/health/ready",
    "/metrics",
    "/docs",
    "/llms.txt",
    "/openapi.json",
    "/docs/nothing",
    "/nothing",
]


def test_every_answer_has_the_security_headers(server: Server) -> None:
    """On every route, with and without a key, good or refused."""
    paths = sorted({filled(operation.path) for operation in declared()}) + PUBLIC + ["/api/nothing", "/request-logs"]
    stranger = server.client_of(None)
    for client, method in ((server.client, "POST"), (server.client, "PUT"), (stranger, "GET")):
        for path in paths:
            answer = client.request(method, path)
            case = f"{method} {path} {answer.status_code}"
            assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS, case
            assert set(answer.headers["content-security-policy"].split("; ")) >= POLICY, case
            assert answer.headers.get_list("server") == [], case
            assert "access-control-allow-origin" not in answer.headers, case
            if path.startswith(("/api", "/request-logs")):
                assert answer.headers["cache-control"] == "no-store", case


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8400", "127.0.0.1.evil.example", "", "127.0.0.2x", "[::2]"]
)
def test_a_foreign_host_is_refused(server: Server, host: str) -> None:
    """A page that rebinds its own name to this machine reaches nothing, documentation and health included."""
    for path in (LIST, "/health/live", "/docs", "/"):
        refused(server.client.get(path, headers={"Host": host}), 400, "unknown_host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "[::1]:8400", "127.0.0.1:1"])
def test_names_of_this_machine_are_taken(server: Server, host: str) -> None:
    """Loopback's names pass, with any port."""
    assert server.client.get(LIST, headers={"Host": host}).status_code == 200


def test_allowed_hosts_are_taken(start_server: Starter) -> None:
    """Names of the setting pass too, in any case, and that of the public address; others still do not."""
    names = {"allowed_hosts": "midspan.example, other.example", "public_url": "https://Public.example:444/midspan"}
    server = start_server(settings=names)
    assert server.client.get("/health/live", headers={"Host": "public.example"}).status_code == 200
    assert server.client.get("/health/live", headers={"Host": "Midspan.Example:443"}).status_code == 200
    refused(server.client.get("/health/live", headers={"Host": "example"}), 400, "unknown_host")


def test_foreign_origins_get_no_permission(server: Server) -> None:
    """CORS is off: neither a preflight nor a simple request from elsewhere is told that it may read."""
    origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for answer in (server.client.options(CREATE, headers=origin), server.client.get(LIST, headers=origin)):
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_health(server: Server) -> None:
    """Live and ready answer 200 without a key, and name what was checked."""
    stranger = server.client_of(None)
    assert stranger.get("/health/live").json()["status"] == "ok"
    assert stranger.get("/health/ready").json() == {"status": "ok", "checks": {"journal": "ok", "engine": "ok"}}


def test_metrics_are_the_documented_ones(server: Server) -> None:
    """`/metrics` is Prometheus' text; the documentation names each metric and no other."""
    create(server.client)
    answer = server.client_of(None).get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    given = set(re.findall(r"^# TYPE (\w+) (?:counter|gauge|histogram)$", answer.text, flags=re.MULTILINE))
    given = {name for name in given if not name.endswith("_created")}
    documented = set(re.findall(r"`(midspan_\w+)", (ROOT / "docs" / "operating.md").read_text()))
    assert given
    assert {name.removesuffix("_total") for name in documented} >= {name.removesuffix("_total") for name in given}
    assert {name.removesuffix("_total") for name in documented} <= {name.removesuffix("_total") for name in given}


def test_metrics_count_what_happens(server: Server) -> None:
    """Requests by operation and status, spans by method, faults by code."""
    before = [
        server.metric("midspan_requests_total", operation="createSpan", status="201"),
        server.metric("midspan_spans_total", method="batch"),
        server.metric("midspan_faults_total", code="invalid"),
        server.metric("midspan_spans_refused_total"),
    ]
    create(server.client)
    server.client.post("/api/request-logs/bulk/", json={"logs": [CHAT, CHAT, 7]})
    server.client.post(CREATE, json={})
    after = [
        server.metric("midspan_requests_total", operation="createSpan", status="201"),
        server.metric("midspan_spans_total", method="batch"),
        server.metric("midspan_faults_total", code="invalid"),
        server.metric("midspan_spans_refused_total"),
    ]
    assert [now - then for then, now in zip(before, after, strict=True)] == [1, 2, 1, 1]


def test_documentation_is_served(server: Server) -> None:
    """Every page of the index opens as HTML, Markdown and index; nothing is loaded from elsewhere."""
    stranger = server.client_of(None)
    index = stranger.get("/llms.txt").text
    links = re.findall(r"\((/docs/[^)]*)\.md\)", index)
    assert {"/docs/create-span", "/docs/quickstart", "/docs/settings"} <= set(links)
    for link in links:
        page = stranger.get(link)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert not re.findall(
            r'(?:src|href)="(?:https?:)?//(?!127)[^"]*"[^>]*(?:rel="stylesheet"|></script>)', page.text
        )
        assert stranger.get(f"{link}.md").headers["content-type"].startswith("text/markdown")
        assert stranger.get(f"{link}/llms.txt").headers["content-type"].startswith("text/plain")
    assert stranger.get("/docs").status_code == 200
    assert stranger.get("/openapi.json").json()["openapi"].startswith("3.")


# Encoded bodies

BODY = json.dumps({**CHAT, "metadata": {"many": "bytes " * 2000}}).encode()


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def _without_size(data: bytes) -> bytes:
    packer = zstandard.ZstdCompressor().compressobj()
    return packer.compress(data) + packer.flush()


ENCODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "none": ("", lambda data: data),
    "identity": ("identity", lambda data: data),
    "gzip": ("gzip", gzip.compress),
    "GZIP": ("GZIP", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "gzip members": ("gzip", lambda data: gzip.compress(data[:700]) + gzip.compress(data[700:])),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", _raw_deflate),
    "zstd": ("zstd", zstandard.ZstdCompressor().compress),
    "zstd without size": ("zstd", _without_size),
    "zstd frames": ("zstd", lambda data: _without_size(data[:700]) + _without_size(data[700:])),
}


@pytest.mark.parametrize("chunked", [False, True], ids=["whole", "chunked"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encoded_bodies(server: Server, encoding: str, chunked: bool) -> None:
    """gzip, deflate and zstd, in every form that clients send, in one piece or in chunks."""
    name, pack = ENCODINGS[encoding]
    packed = pack(BODY)
    content: Any = iter([packed[at : at + 1000] for at in range(0, len(packed), 1000)]) if chunked else packed
    answer = server.client.post(CREATE, content=content, headers={"Content-Encoding": name} if name else {})
    assert answer.status_code == 201, answer.text
    assert answer.json()["metadata"] == {"many": "bytes " * 2000}


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "rot13", "gzip;q=1"])
def test_unknown_encodings_are_415(server: Server, encoding: str) -> None:
    """415 names what is taken."""
    answer = server.client.post(CREATE, content=b"x", headers={"Content-Encoding": encoding})
    refused(answer, 415, "unsupported_encoding")
    assert answer.headers["accept-encoding"] == "gzip, deflate, zstd"


def test_expect_100_continue(server: Server) -> None:
    """A client that waits for leave to send its body gets it."""
    head = (
        f"POST {CREATE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n"
        "Expect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    answer = raw(server, head.encode() + BODY)
    assert b"201 Created" in answer
