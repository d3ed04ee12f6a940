"""The live tail: spans as they arrive, as server-sent events (HTML Living Standard, 9.2)."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from functools import lru_cache

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from midspan.domain.principal import Principal
from midspan.errors import Fault, TooMany, Unavailable
from midspan.http import filters, parameters, questions
from midspan.http.auth import Authentication
from midspan.http.operation import Answer, Operation, Parameter
from midspan.http.spans import Spans, read_include
from midspan.http.streams import Following, Stream, Streams
from midspan.search import live, resume
from midspan.search.live import Event, Follower, Live
from midspan.search.match import matcher
from midspan.search.tree import Filter
from midspan.store.position import Position
from midspan.store.rows import from_lines
from midspan.store.store import Store

FOLLOWERS_MAX = 10
"""Tails that one key or one member may have open."""

HEARTBEAT_SECONDS = 15.0
GATHER_SECONDS = 0.05
"""How long events are gathered before they are sent."""

LOOK_SECONDS = 1.0
"""How often it is asked whether the key still opens anything."""

SHARED_BYTES = 1 << 14

ROUNDS_MAX = 5
"""Times that somebody who comes back may fall behind again on his way."""

OWN = frozenset({"include_fields", "last_event_id"})
HEADERS = {"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
"""nginx gathers events unless it is told not to."""


class _Row(msgspec.Struct):
    id: str
    version: int
    has_client_ids: bool = False


_row = msgspec.json.Decoder(_Row)


@dataclass
class Asked:
    """One tail that was asked for."""

    principal: Principal
    scope: Scope
    tree: Filter
    follower: Follower
    have: Position | None
    """Where the follower stood when he was cut off."""
    over: str = ""
    """Why it ends."""


@dataclass(frozen=True, kw_only=True)
class Tails:
    """The handler of the live tail, and what it needs."""

    store: Store
    spans: Spans
    authentication: Authentication
    streams: Streams
    live: Live
    _open: Counter[str] = field(default_factory=Counter)

    async def tail(self, request: Request, principal: Principal) -> Response:
        """The stream of events."""
        given = request.query_params
        questions.check_environment(given, principal)
        tree = await filters.asked(request, {}, reserved=OWN)
        sent = request.headers.get("last-event-id") or given.get("last_event_id", "")
        asked = Asked(
            principal=principal,
            scope=request.scope,
            tree=tree,
            follower=Follower(
                principal.tenant, matcher(tree), read_include(given), lambda span: self.spans.names(span, principal)
            ),
            have=Position.read(sent, "Last-Event-ID") if sent else None,
        )
        key = principal.owner_id
        if self._open[key] >= FOLLOWERS_MAX:
            raise TooMany(
                f"{FOLLOWERS_MAX} live tails are open already, and there may be no more. Close one first.",
                code="too_many_tails",
                retry_after=5,
            )
        self._open[key] += 1
        target = self.live.follow(asked.follower)

        def close() -> None:
            self._open[key] -= 1
            self.live.leave(asked.follower)

        return Stream(self._pieces(asked, target), self.streams, HEADERS, Following(lambda: self._watch(asked), close))

    async def _watch(self, asked: Asked) -> None:
        """Returns when the key or the session opens nothing any more, or not this."""
        while asked.principal.owner_id:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                principal = await self.authentication.authenticate(asked.scope)
            except Unavailable:
                continue
            except Fault as fault:
                asked.over = fault.code
                return
            if "read" not in principal.rights:
                asked.over = "forbidden"
                return
        await asyncio.Event().wait()

    async def _pieces(self, asked: Asked, target: Position) -> AsyncGenerator[bytes, None]:
        follower = asked.follower
        yield b"retry: 2000\n" + _block(None, (asked.have or target).text())
        if asked.have is not None:
            async for piece in self._missed(asked, asked.have, target):
                yield piece
        beat = time.monotonic()
        while not asked.over and not self.streams.stopping.is_set():
            try:
                async with asyncio.timeout(LOOK_SECONDS / 4):
                    await follower.wake.wait()
            except TimeoutError:
                if time.monotonic() - beat < HEARTBEAT_SECONDS:
                    continue
            if follower.wake.is_set():
                # One piece for what comes together: twenty tails of a thousand spans a second are else all wake-ups.
                await asyncio.sleep(GATHER_SECONDS)
            position = follower.position
            events = follower.take()
            beat = time.monotonic()
            yield b"".join(map(_event, events)) or b": still here\n" + _block(None, position.text())
        if asked.over:
            yield _block("end", None, msgspec.json.encode({"code": asked.over}))

    async def _missed(self, asked: Asked, have: Position, target: Position) -> AsyncGenerator[bytes, None]:
        """What came since the follower was cut off; what comes meanwhile waits for him."""
        for round_ in range(ROUNDS_MAX):
            after = 0
            while True:
                query = resume.between(have, target, after, asked.tree, asked.follower.include)
                lines = (await self.store.query(asked.principal.tenant, *query)).splitlines()
                yield await self._events(asked, lines, have, target)
                if len(lines) < resume.PAGE_ROWS:
                    break
                after = _row.decode(lines[-1]).version
            if not asked.follower.dropped or round_ == ROUNDS_MAX - 1:
                return
            # More came than may wait: it is in the engine by now.
            have = target
            self.live.leave(asked.follower)
            target = self.live.follow(asked.follower)

    async def _events(self, asked: Asked, lines: list[bytes], have: Position, target: Position) -> bytes:
        rows = [_row.decode(line) for line in lines]
        again = [row.id for row in rows if row.has_client_ids]
        older = (
            {_row_id(line) for line in (await self._older(asked, again)).splitlines()} if again else frozenset[str]()
        )
        spans = from_lines(b"\n".join(lines))
        return b"".join(
            _event(Event(resume.reached(have, target, row.version), live.encode(span, asked.follower, row.id in older)))
            for row, span in zip(rows, spans, strict=True)
        )

    async def _older(self, asked: Asked, ids: list[str]) -> bytes:
        return await self.store.query(asked.principal.tenant, *resume.sent_before(ids))


def _row_id(line: bytes) -> str:
    found: str = msgspec.json.decode(line)["id"]
    return found


def _event(event: Event) -> bytes:
    if event.missed:
        return _block("missed", event.position.text(), msgspec.json.encode({"count": event.missed}))
    return (_block if len(event.data) > SHARED_BYTES else _shared)("span", event.position.text(), event.data)


def _block(name: str | None, id_: str | None, data: bytes = b"") -> bytes:
    lines = [b"id: " + id_.encode()] if id_ is not None else []
    if name is not None:
        # JSON has no line feed outside its texts but one that a client sent between values, which means nothing.
        lines += [b"event: " + name.encode(), b"data: " + data.translate(_NEWLINES)]
    return b"\n".join(lines) + b"\n\n"


_shared = lru_cache(maxsize=1024)(_block)
"""The same event for everybody who follows: made once."""

_NEWLINES = bytes.maketrans(b"\r\n", b"  ")


def operations(tails: Tails) -> list[Operation]:
    """The live tail."""
    return [
        Operation(
            method="GET",
            path="/api/request-logs/tail/",
            name="tailSpans",
            handler=tails.tail,
            right="read",
            tag="Export and follow",
            summary="Follow spans as they arrive",
            help="Server-sent events. `span`: a span that the filter selects, as a list's row with `is_update`; "
            "`missed`: how many were left out because they were read too slowly; `end`: the key opens this no more. "
            "Reconnect with the last id as `Last-Event-ID`: nothing is left out and nothing comes twice.",
            bare=True,
            endless=True,
            parameters=(
                *filters.PARAMETERS,
                Parameter(
                    "include_fields",
                    "query",
                    str,
                    "Comma-separated fields that rows leave out unless asked, as in lists.",
                    "prompt_messages",
                ),
                Parameter("Last-Event-ID", "header", str, "The id of the last event that came."),
                Parameter("last_event_id", "query", str, "The same, for clients that set no headers."),
                *parameters.ENVIRONMENTS,
            ),
            answers={200: Answer("Events, until the client has had enough.", media=("text/event-stream",))},
        )
    ]
