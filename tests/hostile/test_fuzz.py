"""Chance: random bytes, mutated bodies, random members to every writing route; and what the log may hold."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from midspan.http.spans import LIST_PARAMETERS
from midspan.ingest.body import FIELDS
from tests.hostile.corpus import NAUGHTY
from tests.server import Server, Starter
from tests.speaking import CHAT, CREATE, LIST, addresses, declared, filled, refused, retrieve

WRITING = sorted({path for operation, path in addresses() if operation.tag == "Writing"})
TOKENS = [
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b'"',
    b"\\",
    b"null",
    b"true",
    b"NaN",
    b"-",
    b"0",
    b"1e9",
    b'"logs":[',
    b'"data":',
    b"{}",
    b'"input":',
    b'"model":"m"',
    b"\xff",
    b"\\ud800",
    b"\x00",
    b" ",
    b"\n",
    b'"a"',
    b"1e400",
    b'"metadata":{',
    b"\xef\xbb\xbf",
]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(NAUGHTY),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
GOOD = json.dumps({"logs": [CHAT, {**CHAT, "metadata": {"a": "b"}, "usage": {"prompt_tokens": 3}}]}).encode()


def chance(examples: int) -> hypothesis.settings:
    """Settings for that many examples, the same ones in every run."""
    checks = list(hypothesis.HealthCheck)
    return hypothesis.settings(
        max_examples=examples, deadline=None, database=None, derandomize=True, suppress_health_check=checks
    )


@pytest.fixture(scope="module")
def promised(server: Server) -> Iterator[list[str]]:
    """Ids of what is said to be stored: in the end each is there to read."""
    ids: list[str] = []
    yield ids
    for id_ in ids:
        assert retrieve(server.client, id_)["id"] == id_


def judged(
    server: Server, promised: list[str], path: str, content: bytes, headers: dict[str, str] | None = None
) -> None:
    """Whatever was sent: a documented status, soon, and an id for what is said to be stored."""
    answer = server.client.post(path, content=content, headers={"Content-Type": "application/json", **(headers or {})})
    assert answer.status_code in (200, 201, 400, 413, 415, 422), answer.text
    assert answer.elapsed.total_seconds() < 2
    body = answer.json()
    if not answer.is_success:
        assert body["detail"] == body["error"]
        return
    ids = (
        [body["id"]]
        if "id" in body
        else body.get("ids") or [each["id"] for each in body.get("results", ()) if "id" in each]
    )
    if ids:
        promised.append(ids[-1])
    else:
        trace = {"trace_unique_id": {"operator": "", "value": [body["trace_ids"][-1]]}}
        found = server.client.post(LIST, params={"start_time": "1900-01-01", "page_size": 1}, json={"filters": trace})
        assert found.json()["count"] > 0


@chance(80)
@hypothesis.given(
    path=st.sampled_from(WRITING),
    content=st.binary(max_size=300)
    | st.lists(st.sampled_from(TOKENS) | st.binary(max_size=3), max_size=30).map(b"".join),
)
def test_random_bytes(server: Server, promised: list[str], path: str, content: bytes) -> None:
    """Bytes that mean nothing, and pieces of JSON in any order."""
    judged(server, promised, path, content)


@chance(80)
@hypothesis.given(
    path=st.sampled_from(WRITING),
    edits=st.lists(
        st.tuples(st.integers(0, len(GOOD)), st.integers(0, 6), st.sampled_from(TOKENS)), min_size=1, max_size=4
    ),
)
def test_mutated_bodies(server: Server, promised: list[str], path: str, edits: list[tuple[int, int, bytes]]) -> None:
    """A good body with a few bytes cut out and others put in."""
    content = GOOD
    for at, length, token in edits:
        content = content[:at] + token + content[at + length :]
    judged(server, promised, path, content)


@chance(80)
@hypothesis.given(
    path=st.sampled_from(WRITING),
    members=st.dictionaries(st.sampled_from([*FIELDS]) | st.text(max_size=5), JSON, min_size=1, max_size=6),
)
def test_random_members(server: Server, promised: list[str], path: str, members: dict[str, Any]) -> None:
    """Known fields with any JSON in them."""
    row = {"model": "m", **members}
    judged(
        server,
        promised,
        path,
        json.dumps(row if "bulk" not in path and "batch" not in path else {"logs": [row]}).encode(),
    )


@chance(60)
@hypothesis.given(
    path=st.sampled_from(WRITING),
    content=st.binary(max_size=200),
    encoding=st.sampled_from(["gzip", "deflate", "zstd", "br", ","]),
)
def test_random_encodings(server: Server, promised: list[str], path: str, content: bytes, encoding: str) -> None:
    """Bytes that claim an encoding."""
    judged(server, promised, path, content, {"Content-Encoding": encoding})


@chance(100)
@hypothesis.given(
    query=st.dictionaries(
        st.sampled_from([parameter.name for parameter in LIST_PARAMETERS] + ["x"]),
        st.text(max_size=12) | st.sampled_from(NAUGHTY[:90]) | st.integers().map(str),
        max_size=4,
    )
)
def test_random_queries(server: Server, query: dict[str, str]) -> None:
    """Any values for the parameters of a list."""
    answer = server.client.get(LIST, params=query)
    assert answer.status_code in (200, 400, 403), answer.text
    if answer.status_code != 200:
        refused(answer, answer.status_code)


@chance(60)
@hypothesis.given(span_id=st.text(max_size=40) | st.sampled_from(NAUGHTY))
def test_random_ids(server: Server, span_id: str) -> None:
    """Any text as an id is nobody's span."""
    refused(server.client.get(f"{CREATE}_/", params={"id": span_id}), 404, "not_found")


def test_the_log_holds_no_body_and_no_key(start_server: Starter) -> None:
    """After good, bad and broken requests neither content nor secrets are in the log, nor are they in the metrics."""
    canary = f"canary-{uuid.uuid4().hex}"
    server = start_server(settings={"log_level": "debug"})
    secret = f"msp_prod_{uuid.uuid4().hex}"
    stranger = server.client_of(secret)
    for operation in declared():
        path = filled(operation.path, id=canary)
        for content in (
            json.dumps({**CHAT, "input": canary, "metadata": {canary: canary}}).encode(),
            json.dumps({"logs": [{**CHAT, "input": canary}, canary]}).encode(),
            json.dumps([{"input": canary, "prompt_tokens": canary}]).encode(),
            f'{{"model": "{canary}", "input": "{canary}'.encode(),
            canary.encode(),
        ):
            headers = {"Content-Type": "application/json", "Idempotency-Key": canary, "X-Canary": canary}
            asked: dict[str, Any] = {"content": content, "headers": headers, "params": {"sort_by": canary}}
            with server.client.stream(operation.method, path, **asked) as answer:
                if not operation.endless:
                    answer.read()
            stranger.request(operation.method, path, content=content, headers=headers)
    server.client.get("/metrics")
    text = server.log + server.client.get("/metrics").text
    assert server.stop() == 0
    for word in (canary, secret, server.key, server.test_key):
        assert word not in text + server.log
