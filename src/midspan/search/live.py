"""Spans as they arrive: fed from the writing path, decoded once for all who follow a tenant, judged for each of them.

Nobody who follows can slow the writers. What is not judged yet is bounded, and so is what a follower has not taken yet;
what does not fit is dropped, counted, and told. Nobody asks the engine while he follows; only who comes back does.
"""

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from midspan.domain.span import Span
from midspan.search import reading
from midspan.search.match import Matcher
from midspan.store.position import Position
from midspan.store.rows import Row
from midspan.store.segment import Tenant
from midspan.store.store import Store

log = logging.getLogger("midspan.search")

BACKLOG_BYTES = 64 << 20
"""Lines that wait to be judged; a request that comes on top is dropped as a whole."""

EVENTS_MAX = 1000
EVENTS_BYTES = 4 << 20
"""What one follower may have waiting for him."""

RECENT_MAX = 100_000
"""Ids of spans with ids of their own that are remembered, to tell an update from a new span."""

SLICE_SECONDS = 0.005
"""How long judging may keep the event loop before others have their turn."""

LARGE_BYTES = 1 << 18
"""Longer spans are decoded and judged in a thread."""

_decoder = msgspec.json.Decoder(Span)


class Event(NamedTuple):
    """One thing that a follower is told: a span, or how many he missed."""

    position: Position
    data: bytes
    """JSON of the span; empty for what was missed."""
    missed: int = 0


class Follower:
    """Somebody who follows a tenant, and what waits for him."""

    def __init__(
        self, tenant: Tenant, matches: Matcher, include: frozenset[str], names: Callable[[Span], reading.Names]
    ) -> None:
        self.tenant = tenant
        self.matches = matches
        self.include = include
        self.names = names
        self.position = Position(0)
        """What he was told of, or has no interest in."""
        self.wake = asyncio.Event()
        self.dropped = 0
        """Spans dropped that he was not told of yet."""
        self._events: deque[Event] = deque()
        self._bytes = 0

    def offer(self, position: Position, data: bytes) -> None:
        """A span that he asked for."""
        self.position = position
        if len(self._events) >= EVENTS_MAX or self._bytes + len(data) > EVENTS_BYTES:
            self.dropped += 1
            return
        self._tell_dropped()
        self._events.append(Event(position, data))
        self._bytes += len(data)
        self.wake.set()

    def drop(self, position: Position, count: int) -> None:
        """Spans that were not judged."""
        self.position = position
        self.dropped += count
        self.wake.set()

    def take(self) -> list[Event]:
        """All that waits."""
        self._tell_dropped()
        events = list(self._events)
        self.forget()
        return events

    def forget(self) -> None:
        """Nothing waits any more."""
        self._events.clear()
        self._bytes = self.dropped = 0
        self.wake.clear()

    def _tell_dropped(self) -> None:
        if self.dropped:
            self._events.append(Event(self.position, b"", self.dropped))
            self.dropped = 0


class _Batch(NamedTuple):
    tenant: Tenant
    before: Position
    version: int
    rows: Sequence[Row]
    """Empty where there was no room for them."""
    total: int
    size: int

    @property
    def after(self) -> Position:
        return self.before.after(self.version + self.total - 1)


class Live:
    """Whom the writing path tells, and all who follow."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._followers: dict[Tenant, list[Follower]] = {}
        self._backlog: deque[_Batch] = deque()
        self._backlog_bytes = 0
        self._recent: OrderedDict[str, None] = OrderedDict()
        self._work: asyncio.Task[None] | None = None
        store.watch(self._arrived)

    def follow(self, follower: Follower) -> Position:
        """From now on; returns from where."""
        self._followers.setdefault(follower.tenant, []).append(follower)
        follower.position = self._store.position(follower.tenant)
        return follower.position

    def leave(self, follower: Follower) -> None:
        """Nothing more."""
        followers = self._followers.get(follower.tenant, [])
        if follower in followers:
            followers.remove(follower)
        if not followers:
            self._followers.pop(follower.tenant, None)
        follower.forget()

    def _arrived(self, tenant: Tenant, before: Position, version: int, rows: Sequence[Row]) -> None:
        followers = self._followers.get(tenant)
        if not followers:
            return
        size = sum(len(row.line) for row in rows)
        if self._backlog and self._backlog_bytes + size > BACKLOG_BYTES:
            rows_kept: Sequence[Row] = ()
            size = 0
        else:
            rows_kept = rows
        self._backlog.append(_Batch(tenant, before, version, rows_kept, len(rows), size))
        self._backlog_bytes += size
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._judge_all())

    async def _judge_all(self) -> None:
        while self._backlog:
            batch = self._backlog[0]
            try:
                await self._judge(batch)
            except Exception:
                log.exception("rows were not shown to those who follow")
                self._drop(batch)
            self._backlog.popleft()
            self._backlog_bytes -= batch.size

    async def _judge(self, batch: _Batch) -> None:
        if not batch.rows:
            self._drop(batch)
        pause = time.monotonic() + SLICE_SECONDS
        for number, row in enumerate(batch.rows):
            # Who came after these rows has them from the engine, or does not ask for them.
            position = batch.before.after(batch.version + number)
            followers = [f for f in self._followers.get(batch.tenant, ()) if not _has(f, batch.version + number)]
            if not followers:
                continue
            if len(row.line) >= LARGE_BYTES:
                found = await asyncio.to_thread(self._judged, row, followers)
            else:
                found = self._judged(row, followers)
            for follower, data in zip(followers, found, strict=True):
                if data is None:
                    follower.position = position
                else:
                    follower.offer(position, data)
            if time.monotonic() > pause:
                await asyncio.sleep(0)
                pause = time.monotonic() + SLICE_SECONDS

    def _drop(self, batch: _Batch) -> None:
        for follower in self._followers.get(batch.tenant, ()):
            follower.drop(batch.after, batch.total)

    def _judged(self, row: Row, followers: Sequence[Follower]) -> list[bytes | None]:
        """For each follower the span as he reads it, None where he does not want it."""
        span = _decoder.decode(row.line + b"0}")
        is_update = self._is_update(row)
        shown: dict[frozenset[str], bytes] = {}
        found: list[bytes | None] = []
        for follower in followers:
            if not follower.matches(span, ()):
                found.append(None)
                continue
            if follower.include not in shown:
                shown[follower.include] = encode(narrow(span, follower.include), follower, is_update)
            found.append(shown[follower.include])
        return found

    def _is_update(self, row: Row) -> bool:
        """Whether the span was there before. The store's filter errs once in hundreds of times."""
        if row.key is None:
            return False
        span_id = row.key[0]
        known = span_id in self._recent or (self._store.known.ready and bool(self._store.known.maybe([span_id])))
        self._recent[span_id] = None
        if len(self._recent) > RECENT_MAX:
            self._recent.popitem(last=False)
        return known


def _has(follower: Follower, version: int) -> bool:
    return not any(low <= version and (high is None or version < high) for low, high in follower.position.ranges())


def narrow(span: Span, include: frozenset[str]) -> Span:
    """The span with what a list's row holds of it."""
    kept = {name: getattr(span, name) for name in (*reading.list_columns(include), "organization_id", "environment")}
    whole = reading.whole(include)
    for name in ("input", "output"):
        text: str = getattr(span, name)
        if name in whole or (len(text) <= reading.INLINE_BYTES and len(text.encode()) <= reading.INLINE_BYTES):
            kept[name] = text
    return Span(**kept)


def encode(span: Span, follower: Follower, is_update: bool) -> bytes:
    """The event's data: a list's row, and whether the span was there before."""
    read = reading.read(span, follower.names(span), follower.include)
    return reading.encode_page(read)[:-1] + (b',"is_update":true}' if is_update else b',"is_update":false}')
