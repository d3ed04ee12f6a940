"""One connection: what is refused before there is a request, because no route has seen it yet.

uvicorn puts no bound on how large a request's head may be, nor on how long it may take. Here both are bounded, and a
refusal has the one shape of errors and the headers of every answer.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from midspan.errors import BadRequest, Fault, HeadTooLarge, UnmetExpectation
from midspan.http.frame import SECURITY_HEADERS
from midspan.http.streams import CUT

HEAD_BYTES_MAX = 64 << 10
HEADERS_MAX = 200
HEAD_SECONDS = 30.0
"""How long a request's head may take, and how long a new connection may say nothing."""


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, bounded."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._head_since: float | None = self.loop.time()
        """Since when a head is waited for; None while there is none to come."""
        self._head_bytes = 0
        self._is_refused = False
        self._look: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._look = self.loop.call_later(HEAD_SECONDS, self._look_around)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def _look_around(self) -> None:
        """Close a connection whose head takes too long. One timer a connection, not one a request."""
        since = self._head_since
        if since is not None and self.loop.time() - since >= HEAD_SECONDS:
            self.transport.close()
        else:
            self._look = self.loop.call_later(HEAD_SECONDS / 2, self._look_around)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        super().data_received(data)
        # Pieces that lie wholly within a head are counted here: the parser hands out a header when it is whole.
        if self._head_since is not None and not self._is_refused:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._refuse_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CUT: self._cut}  # type: ignore[dict-item]
        self._head_since = self.loop.time()
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._head_since = None
        if self._is_refused:
            return
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_BYTES_MAX or len(self.headers) > HEADERS_MAX:
            self._refuse_head()
            return
        if any(name == b"expect" and value.lower() != b"100-continue" for name, value in self.headers):
            self._refuse(UnmetExpectation("Expect takes 100-continue only; leave it out."))
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._is_refused:
            super().on_message_complete()

    def _cut(self, at_once: bool) -> None:
        """End in the middle of an answer; `at_once` without what the client has not taken yet."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if at_once:
            self.transport.abort()
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """The parser's refusal, in our words."""
        self._refuse(BadRequest("The request is not well-formed HTTP/1.1.", code="bad_http"))

    def _refuse_head(self) -> None:
        self._refuse(
            HeadTooLarge(
                f"The request's head is over {HEAD_BYTES_MAX} bytes or {HEADERS_MAX} headers; send a smaller one."
            )
        )

    def _refuse(self, fault: Fault) -> None:
        """Answer and close. Where an answer has begun already there is no place for another: only close."""
        self._is_refused = True
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete or not (cycle.response_started or self.pipeline):
            body = fault.body()
            headers = (
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(body)),
                (b"connection", b"close"),
                (b"cache-control", b"no-store"),
                *SECURITY_HEADERS,
            )
            lines = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
            self.transport.write(STATUS_LINE[fault.status] + lines + b"\r\n" + body)
        self.transport.close()
