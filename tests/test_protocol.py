"""What a connection is refused before there is a request."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from midspan.http import protocol
from midspan.http.protocol import HEAD_BYTES_MAX, HEADERS_MAX, Protocol
from tests.server import free_port

HOST = b"Host: x\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answers with the number of bytes of the body."""
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"%d" % size
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def running() -> AsyncIterator[Callable[[bytes], Coroutine[Any, Any, bytes]]]:
    """A server of that app; sends bytes on a connection of their own and gives all that is answered."""
    port = free_port()
    config = uvicorn.Config(echo, http=Protocol, lifespan="off", port=port, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it by an attribute only
        await asyncio.sleep(0.01)

    async def talk(sent: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        try:
            return await asyncio.wait_for(reader.read(), 5)
        except ConnectionResetError:
            return b"reset"
        finally:
            writer.close()

    try:
        yield talk
    finally:
        server.should_exit = True
        await task


def answers(*requests: bytes) -> list[bytes]:
    async def scene() -> list[bytes]:
        async with running() as talk:
            return [await talk(request) for request in requests]

    return asyncio.run(scene())


def get(*headers: bytes, path: bytes = b"/") -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"GET " + path + b" HTTP/1.1\r\nConnection: close\r\n" + HOST + lines + b"\r\n"


def test_usual_heads_are_taken() -> None:
    """A head up to the bounds is a request like any other, with a body or without."""
    near = b"X: " + b"h" * (HEAD_BYTES_MAX - 200)
    many = [b"X-%d: 1" % number for number in range(HEADERS_MAX - 2)]
    post = b"POST / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"Content-Length: 300000\r\n\r\n" + b"b" * 300_000
    for answer in answers(get(), get(near), get(*many), post):
        assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "request_",
    [
        get(b"X: " + b"h" * HEAD_BYTES_MAX),
        get(*[b"X-%d: %s" % (number, b"h" * 1000) for number in range(100)]),
        get(*[b"X-%d: 1" % number for number in range(HEADERS_MAX + 1)]),
        get(path=b"/" + b"p" * HEAD_BYTES_MAX),
        get(b"X: " + b"h" * (8 << 20)),
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"h" * (4 << 20),
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\n" + b"X: " + b"h" * HEAD_BYTES_MAX + b"\r\n\r\nhello",
    ],
    ids=["long", "many long", "many", "address", "very long", "without end", "with a body"],
)
def test_a_head_over_the_bounds_is_refused(request_: bytes) -> None:
    """431 in the one shape of errors, with the headers of every answer, and the connection is closed."""
    (answer,) = answers(request_)
    if answer == b"reset":
        return  # the rest of what was sent met a closed connection
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert b"connection: close" in head
    assert b"x-content-type-options: nosniff" in head
    assert json.loads(body)["code"] == "head_too_large"


@pytest.mark.parametrize(
    "request_",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad header\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_http_is_refused_in_our_words(request_: bytes) -> None:
    """400 in the one shape of errors, in mid-body too."""
    (answer,) = answers(request_)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/json" in head
    assert json.loads(body)["code"] == "bad_http"


def test_only_continue_may_be_expected() -> None:
    """`Expect: 100-continue` is met, in any case; any other expectation is 417, and the connection is closed."""
    asked = b"POST / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"Content-Length: 5\r\nExpect: %s\r\n\r\nhello"
    met, upper, other = answers(asked % b"100-continue", asked % b"100-Continue", asked % b"a-miracle")
    for answer in (met, upper):
        assert answer.startswith(b"HTTP/1.1 100 ")
        assert b"HTTP/1.1 200 " in answer
    head, _, body = other.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 417 ")
    assert b"connection: close" in head
    assert json.loads(body)["code"] == "unmet_expectation"


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\n", get()[:-2].replace(b"close", b"keep-alive")])
def test_a_slow_head_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    """A connection that says nothing, or not all of its head, is closed; a body may take longer."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.2)
    assert answers(sent) == [b""]


def test_a_slow_body_is_no_slow_head(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound of heads does not cut off a body that is on its way."""
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.1)

    async def scene() -> bytes:
        async with running() as talk:
            request = b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"
            slow = asyncio.create_task(talk(request + b"b"))
            await asyncio.sleep(0.5)
            assert not slow.done()
            slow.cancel()
            return await talk(request + b"body")

    assert asyncio.run(scene()).startswith(b"HTTP/1.1 200 ")
