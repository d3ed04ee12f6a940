"""Answers that go on: sent piece by piece, and ended whole or visibly not.

An answer that fails after its first byte ends without the last chunk, so that no client takes it for whole. When the
server stops, an answer that follows something is ended, and one that has an end of its own is cut.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from midspan.errors import Fault

log = logging.getLogger("midspan.http")

CUT = "midspan.cut"
"""Extension of the ASGI scope: a function that ends the connection in the middle of an answer."""

END_SECONDS = 0.5
"""How long an answer that is asked to end may take for it."""


class Streams:
    """The answers that go on now."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()

    def close(self) -> None:
        """The server stops: no answer goes on."""
        self.stopping.set()


@dataclass(frozen=True)
class Following:
    """An answer without an end of its own."""

    watch: Callable[[], Awaitable[None]]
    """Returns when it is to end."""
    close: Callable[[], None]
    """Called when it has."""


class Stream(Response):
    """One of them. `pieces` are closed whatever happens.

    One that follows something is given a moment to end by itself when it is to; others are cut when the server stops.
    """

    def __init__(
        self,
        pieces: AsyncGenerator[bytes, None],
        streams: Streams,
        headers: Mapping[str, str],
        following: Following | None = None,
    ) -> None:
        super().__init__(None, 200, headers)
        self.raw_headers = [(name, value) for name, value in self.raw_headers if name != b"content-length"]
        self._pieces = pieces
        self._streams = streams
        self._following = following

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope["method"] == "HEAD":
                await send({"type": "http.response.body", "body": b""})
            elif not await self._run(receive, send):
                await _cut(scope, receive, at_once=self._following is not None or self._streams.stopping.is_set())
        finally:
            await self._pieces.aclose()
            if self._following is not None:
                self._following.close()

    async def _run(self, receive: Receive, send: Send) -> bool:
        """Send it all; whether nothing of it is missing, or nobody waits for it any more."""
        sending = asyncio.create_task(self._send(send))
        gone = asyncio.create_task(_gone(receive))
        over = [asyncio.ensure_future(self._streams.stopping.wait()), asyncio.ensure_future(self._watch())]
        try:
            await asyncio.wait({sending, gone, *over}, return_when=asyncio.FIRST_COMPLETED)
            if self._following is not None and not gone.done():
                await asyncio.wait({sending}, timeout=END_SECONDS)
        finally:
            for task in (sending, gone, *over):
                task.cancel()
            await asyncio.gather(sending, gone, *over, return_exceptions=True)
        if sending.cancelled():
            return not gone.cancelled()
        return sending.exception() is None and sending.result()

    async def _watch(self) -> None:
        await (asyncio.Event().wait() if self._following is None else self._following.watch())

    async def _send(self, send: Send) -> bool:
        try:
            async for piece in self._pieces:
                if piece:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except Fault as fault:
            log.warning("an answer was cut short: %s", fault.detail)
            return False
        except Exception:
            log.exception("an answer was cut short")
            return False
        await send({"type": "http.response.body", "body": b""})
        return True


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _cut(scope: Scope, receive: Receive, *, at_once: bool) -> None:
    cut: Callable[[bool], None] | None = scope.get("extensions", {}).get(CUT)
    if cut is not None:
        cut(at_once)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_gone(receive), END_SECONDS)
