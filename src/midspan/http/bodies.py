"""Request bodies: size limits before and after decompression, a budget for all bodies held at once, slow senders."""

import asyncio
import time
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Protocol

import zstandard
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive

from midspan.errors import BadRequest, TooLarge, Unavailable, UnsupportedMedia

STEP_BYTES = 1 << 20
"""Inflated at most at once, so that a small bomb neither grows nor blocks the process."""

ZSTD_WINDOW_BYTES = 8 << 20
"""Largest window that a zstd stream may ask for (what RFC 8878 says decoders should support)."""

WAIT_SECONDS = 15.0
"""How long a body waits for room among those in flight before it is told to come again."""


class Budget:
    """Bytes of bodies held at once. Whoever does not fit waits in line."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.used = 0
        self._line: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, amount: int) -> None:
        """Wait for room. Raises `Unavailable` when there is none for long."""
        if not self._line and self.used + amount <= self.size:
            self.used += amount
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append((amount, turn))
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await turn
        except TimeoutError:
            if not _has_come(turn):  # it may come in the very moment in which patience ends
                raise Unavailable(
                    "Too many large requests are being read. Try again shortly.", code="busy", retry_after=2
                ) from None
        except asyncio.CancelledError:
            if _has_come(turn):
                self.give(amount)
            raise
        finally:
            if not _has_come(turn):
                self._line = deque(entry for entry in self._line if entry[1] is not turn)
                self._admit()

    def give(self, amount: int) -> None:
        self.used -= amount
        self._admit()

    def _admit(self) -> None:
        while self._line and self.used + self._line[0][0] <= self.size:
            amount, turn = self._line.popleft()
            if not turn.done():
                self.used += amount
                turn.set_result(None)


def _has_come(turn: asyncio.Future[None]) -> bool:
    return turn.done() and not turn.cancelled()


class Patience:
    """Ends the wait for senders that fell silent.

    One look around every second serves them all: a timer for each piece of each body costs more than reading it.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._waiting: dict[asyncio.Task[object], float] = {}
        self._overdue: set[asyncio.Task[object]] = set()

    async def bound(self, receive: Receive) -> Message:
        """Receive a message. Raises `BadRequest` when it takes too long."""
        task = asyncio.current_task()
        assert task is not None
        self._waiting[task] = time.monotonic()
        try:
            return await receive()
        except asyncio.CancelledError:
            if task not in self._overdue:
                raise
            task.uncancel()
            raise BadRequest(
                f"Nothing of the body came for {self._seconds:g} seconds.",
                code="body_timeout",
                headers={"Connection": "close"},
            ) from None
        finally:
            self._waiting.pop(task, None)
            self._overdue.discard(task)

    async def keep(self) -> None:
        """Look around, until cancelled. Run it for as long as requests are answered."""
        while True:
            await asyncio.sleep(1)
            late = time.monotonic() - self._seconds
            for task, since in list(self._waiting.items()):
                if since < late and task not in self._overdue:
                    self._overdue.add(task)
                    task.cancel()


class Bodies:
    """Reads bodies within the limits of the settings."""

    def __init__(self, budget: Budget, *, body_bytes_max: int, timeout_seconds: float) -> None:
        self.budget = budget
        self._max = body_bytes_max
        self.patience = Patience(timeout_seconds)

    def read(self, request: Request, limit: int | None = None) -> "Body":
        """The body of a request; `limit` is the operation's own, below the server's."""
        most = self._max if limit is None else min(limit, self._max)
        return Body(request.receive, dict(request.scope["headers"]), self.budget, most, self.patience)

    def message(self, message: bytes, coding: str) -> "Body":
        """A body that came whole, compressed or not ("")."""

        async def receive() -> Message:
            return {"type": "http.request", "body": message}

        headers = {b"content-length": b"%d" % len(message), b"content-encoding": coding.encode()}
        return Body(receive, headers, self.budget, self._max, self.patience)


class Body:
    """A decompressed body, held against the budget while the context is open.

    Entering raises `TooLarge`, `UnsupportedMedia`, `BadRequest`, `Unavailable`; ClientDisconnect when the sender goes.
    """

    def __init__(
        self, receive: Receive, headers: Mapping[bytes, bytes], budget: Budget, limit: int, patience: "Patience"
    ) -> None:
        self._receive = receive
        self._headers = headers
        self._budget = budget
        self._limit = limit
        self._patience = patience
        self._held = 0

    async def __aenter__(self) -> bytes:
        try:
            return await self._read()
        except BaseException:
            await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        if self._held:
            self._budget.give(self._held)
            self._held = 0

    async def _read(self) -> bytes:
        length = _content_length(self._headers)
        if length is not None and length > self._limit:
            raise _too_large(self._limit)
        inflate = _inflater(self._headers.get(b"content-encoding", b"").decode("latin-1"))
        parts: list[bytes] = []
        size = 0
        more = True
        while more:
            chunk, more = await self._next()
            for part in inflate.feed(chunk) if inflate else (chunk,):
                size += len(part)
                if size > self._limit:
                    raise _too_large(self._limit)
                if size > self._held:
                    await self._hold(size, length or 0)
                parts.append(part)
                if inflate:
                    await asyncio.sleep(0)
        if inflate:
            inflate.finish()
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def _hold(self, size: int, length: int) -> None:
        """Room for `size` bytes, by steps that double: a body's first piece says nothing of the rest."""
        wanted = max(size, min(self._limit, max(2 * self._held, length)))
        await self._budget.take(wanted - self._held)
        self._held = wanted

    async def _next(self) -> tuple[bytes, bool]:
        """(the next piece of the wire, whether more follow)."""
        message = await self._patience.bound(self._receive)
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        return message.get("body", b""), message.get("more_body", False)


def _content_length(headers: Mapping[bytes, bytes]) -> int | None:
    text = headers.get(b"content-length", b"")
    return int(text) if text.isdigit() else None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body is over {limit} bytes (counted after decompression). Send fewer or smaller spans at a time.",
        headers={"Connection": "close"},
    )


class _Inflater(Protocol):
    """Feeds give parts of at most `STEP_BYTES` or so; `finish` raises where the stream is not whole."""

    def feed(self, chunk: bytes) -> Iterator[bytes]: ...

    def finish(self) -> None: ...


class _Zlib:
    """gzip (also of several members) and deflate (zlib's wrapping, or none)."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._wbits = 31 if coding == "gzip" else 15
        self._stream = zlib.decompressobj(self._wbits)
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        pending = False
        while chunk or pending:
            if self._stream.eof:
                if self._coding != "gzip":
                    raise _not_encoded(self._coding)
                self._stream = zlib.decompressobj(self._wbits)
            try:
                part = self._stream.decompress(chunk, STEP_BYTES)
            except zlib.error:
                if self._coding != "deflate" or self._begun:
                    raise _not_encoded(self._coding) from None
                # Some senders leave zlib's wrapping away.
                self._stream, self._begun = zlib.decompressobj(-15), True
                continue
            self._begun = True
            if part:
                yield part
            chunk = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            # Output may be left inside even when all input is taken.
            pending = len(part) == STEP_BYTES and not self._stream.eof

    def finish(self) -> None:
        if not self._stream.eof:
            raise _not_encoded(self._coding)


class _Zstd:
    """zstd, one frame or several."""

    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES)
        self._stream = self._decompressor.decompressobj(write_size=STEP_BYTES)
        self._between = True

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        # A piece of the wire can hold a bomb: its output is bounded by feeding the stream little by little.
        for at in range(0, len(chunk), 4096):
            piece = chunk[at : at + 4096]
            while piece:
                if self._stream.eof:
                    self._stream = self._decompressor.decompressobj(write_size=STEP_BYTES)
                try:
                    part = self._stream.decompress(piece)
                except zstandard.ZstdError:
                    raise _not_encoded("zstd") from None
                piece = self._stream.unused_data if self._stream.eof else b""
                self._between = self._stream.eof
                if part:
                    yield part

    def finish(self) -> None:
        if not self._between or not self._stream.eof:
            raise _not_encoded("zstd")


def _not_encoded(coding: str) -> BadRequest:
    return BadRequest(f"The body is said to be {coding}, and is not whole, valid {coding}.", code="bad_encoding")


def _inflater(coding: str) -> _Inflater | None:
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return None
    if coding in ("gzip", "x-gzip"):
        return _Zlib("gzip")
    if coding == "deflate":
        return _Zlib("deflate")
    if coding == "zstd":
        return _Zstd()
    raise UnsupportedMedia(
        f"Content-Encoding {coding[:60]!r} is not known; send gzip, deflate, zstd or none.",
        code="unsupported_encoding",
        headers={"Accept-Encoding": "gzip, deflate, zstd"},
    )
