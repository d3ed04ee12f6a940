"""The store: a data directory, its journal, its engine, and the promise that reads see writes.

Opened in order (directory, engine, schema, drain, journal), closed in reverse. The methods are for the event loop;
whatever blocks runs in a thread.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import msgspec

from midspan.domain.cost import Repriced
from midspan.domain.mark import Mark
from midspan.domain.score import Score
from midspan.errors import Misconfigured, Unavailable
from midspan.settings import Settings
from midspan.store import annotations, doctor, drain, rows
from midspan.store.engine import GUARDED_READERS, ChdbEngine, Engine, EngineError, memory_bytes
from midspan.store.faults import fault, fault_of_sql
from midspan.store.home import Home, Numbers
from midspan.store.journal import Batch, Journal, Limits, call_done
from midspan.store.known import Known
from midspan.store.migrate import migrate
from midspan.store.position import Position
from midspan.store.segment import LINES_MAX, Segment, Tenant, segment_files

log = logging.getLogger("midspan.store")

KNOWN_SLICES = 16
"""Pieces in which the ids are read back for the filter, so that a large store never stands in memory at once."""

Watcher = Callable[[Tenant, Position, int, Sequence[rows.Row]], None]
"""Told of rows that have just become durable: whose, what was so before them, the first one's version, the rows."""


class Store:
    """Everything Midspan keeps of its spans."""

    def __init__(self, home: Home, engine: Engine, settings: Settings) -> None:
        self.home = home
        self.engine = engine
        self.settings = settings
        self.known = Known()
        self.drain = drain.Drain(home, engine, self.known, self._on_drained)
        self.drain.superseded.load()
        free = self._number_at_least()
        numbers = Numbers(home.journal, free)
        self._reached = free * LINES_MAX - 1
        """The highest version of which watchers were told, or that was there before."""
        self._watchers: list[Watcher] = []
        limits = Limits(
            segment_bytes=settings.segment_bytes_max,
            segment_seconds=settings.segment_age_ms / 1000,
            journal_bytes=settings.journal_bytes_max,
            disk_free_bytes=settings.disk_free_bytes_min,
        )
        self.journal = Journal(home.journal, numbers, self.drain, limits, self._deliver)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool = ThreadPoolExecutor(settings.engine_readers + 1, "query")
        self._guarded_pool = ThreadPoolExecutor(GUARDED_READERS, "sql")  # or waiting SQL would hold others' threads
        self._waiters: dict[Segment, asyncio.Future[None]] = {}
        self._closing = threading.Event()
        self._rebuilding = threading.Lock()

    @classmethod
    def open(cls, settings: Settings, home: Home) -> Self:
        """Open the engine on the directory and bring its schema up to date. Raises `Misconfigured`."""
        engine = open_engine(settings, home)
        try:
            for name in migrate(engine):
                log.debug("applied schema file %s", name)
        except EngineError as error:
            engine.close()
            raise Misconfigured(f"the schema in {home.engine} is not brought up to date: {str(error)[:300]}") from error
        with contextlib.suppress(EngineError):
            found = doctor.set_aside(engine)
            if found.status == doctor.FAILED:
                log.error("%s: %s; `midspan doctor` looks further", found.what, found.detail)
        return cls(home, engine, settings)

    def _number_at_least(self) -> int:
        """A segment number that neither a file nor a row of the engine has. Guards a lost or old `next` file."""
        files = [int(path.stem) for path in segment_files(self.home.journal)]
        newest = msgspec.json.decode(
            self.engine.query(
                "SELECT greatest((SELECT max(version) FROM spans), (SELECT max(version) FROM scores)) AS version"
            )
        )["version"]
        return max([int(newest) // LINES_MAX, *files]) + 1

    def start(self) -> None:
        """Start the threads: what an earlier process left goes to the engine first. Call from the event loop."""
        self._loop = asyncio.get_running_loop()
        drain.leftovers(self.home.journal)
        self.drain.start()
        self.journal.start()
        threading.Thread(target=self._rebuild_known, name="known", daemon=True).start()

    def close(self, patience_seconds: float) -> None:
        """Write what waits, drain the journal as far as the patience goes, and close the engine."""
        self._closing.set()
        self.journal.stop()
        self.drain.stop(patience_seconds)
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._guarded_pool.shutdown(wait=True, cancel_futures=True)
        with self._rebuilding:  # an engine that is closed while it answers waits for itself
            self.engine.close()

    # ---- writing

    async def append(self, tenant: Tenant, new: Sequence[rows.Row]) -> None:
        """Make rows durable. Returns when they are on disk; raises `Unavailable` when they are not stored."""
        stored = _Stored()

        def done(reason: Exception | None) -> None:
            self.journal.told(batch)
            if reason is None:
                self._tell(batch, new)
            stored(reason)

        keys = [row.key for row in new if row.key is not None]
        batch = Batch(tenant=tenant, lines=[row.line for row in new], keys=keys, done=done)
        self.journal.append(batch)
        await stored.answer

    async def mark(self, tenant: Tenant, marks: Sequence[Mark]) -> None:
        """Add to spans that are stored; it stays when they are sent again. Durable when this returns, as `append` is.

        A mark of a span that is not stored does nothing.
        """
        await self._annotate(tenant, [annotations.mark_line(tenant, mark) for mark in marks])

    async def delete(self, tenant: Tenant, spans: Sequence[tuple[str, int]]) -> None:
        """Delete spans, given as (id, key_time), with all that was added to them. Durable when this returns."""
        await self._annotate(tenant, [annotations.delete_line(tenant, *span) for span in spans])

    async def score(self, tenant: Tenant, scores: Sequence[Score]) -> None:
        """Make, change (the same id again) or delete (`is_deleted`) scores of spans. Durable when this returns."""
        await self._annotate(tenant, [annotations.score_line(tenant, score) for score in scores])

    async def reprice(self, tenant: Tenant, prices: Sequence[Repriced]) -> None:
        """Give stored spans a new cost, each where it is still what that was computed from. Durable when this returns.

        The engine copies whole spans for it: hand over so many at a time as may stand in memory at once.
        """
        await self._annotate(tenant, [annotations.price_line(tenant, price) for price in prices])

    async def _annotate(self, tenant: Tenant, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        stored = _Stored()
        self.journal.append(Batch(tenant=tenant, lines=lines, done=stored, is_annotation=True))
        await stored.answer

    def watch(self, watcher: Watcher) -> None:
        """Have a function called on the event loop with each request's rows, once they are durable, in that order.

        It must be quick: whoever sent the rows waits for it.
        """
        self._watchers.append(watcher)

    def position(self, tenant: Tenant) -> Position:
        """What watchers have been told of up to now, and what was there before."""
        return Position(self._reached, self.journal.missing(tenant, self._reached))

    def _tell(self, batch: Batch, new: Sequence[rows.Row]) -> None:
        last = batch.version + len(new) - 1
        missing = self.journal.missing(batch.tenant, max(self._reached, batch.version))
        if batch.version < self._reached:
            missing = (*missing, batch.version)
        before = Position(self._reached, missing)
        self._reached = max(self._reached, last)
        for watcher in self._watchers:
            watcher(batch.tenant, before, batch.version, new)

    def _deliver(self, batches: list[Batch], reason: Exception | None) -> None:
        """Wake the loop once for a whole commit."""
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(call_done, batches, reason)

    # ---- reading

    async def query(
        self,
        tenant: Tenant,
        sql: str,
        parameters: Mapping[str, str | int] | None = None,
        *,
        form: str = "JSONEachRow",
        guarded: bool = False,
    ) -> bytes:
        """Run one SELECT for a tenant, after everything that was acknowledged to it before is in the engine.

        The tenant is bound here, as `organization_id` and `environment`, whatever the parameters say. The SQL reads
        `spans @final` and has `@newest` among its conditions: made into what reads the newest version of each span.
        The answer is in the engine's output format `form`. `guarded` is for SQL that users wrote, which may be at fault
        itself: what the engine says of it is a `BadRequest` then.
        Raises `Unavailable` when the reads are not caught up, `BadRequest` when the query takes too long.
        """
        await self.caught_up(tenant)
        bound = {**(parameters or {}), "organization_id": tenant[0], "environment": tenant[1]}
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._guarded_pool if guarded else self._pool, self._newest, sql, bound, form, guarded
            )
        except EngineError as error:
            raise (fault_of_sql(error) if guarded else fault(error)) from error

    def _newest(self, sql: str, bound: Mapping[str, str | int], form: str, guarded: bool) -> bytes:
        def run(final: str, newest: str) -> bytes:
            return self.engine.query(
                sql.replace("@final", final).replace("@newest", newest), bound, form, guarded=guarded
            )

        if "@final" not in sql:
            return run("", "")
        return self.drain.superseded.read((str(bound["organization_id"]), str(bound["environment"])), run)

    def reads_final(self, tenant: Tenant) -> bool:
        """Whether so much of the tenant's is superseded that queries find the newest versions while they read."""
        return self.drain.superseded.reads_final(tenant)

    async def caught_up(self, tenant: Tenant) -> None:
        """Wait until the engine has every row of the tenant that is durable now."""
        pending = self.journal.pending(tenant)
        if not pending:
            return
        for segment in pending:
            self.journal.want_closed(segment)
        try:
            async with asyncio.timeout(self.settings.read_wait_seconds):
                await asyncio.gather(*(asyncio.shield(self._drained(segment)) for segment in pending))
        except TimeoutError:
            raise Unavailable(
                "Rows that were stored before this request are not readable yet. Try again shortly.",
                code="not_caught_up",
                retry_after=1,
            ) from None

    def _drained(self, segment: Segment) -> asyncio.Future[None]:
        """Done when the engine has the segment; one for all who wait for it."""
        waiter = self._waiters.get(segment)
        if waiter is None:
            waiter = self._waiters[segment] = asyncio.get_running_loop().create_future()
            if segment.drained.is_set():
                self._wake(segment)
        return waiter

    def _on_drained(self, segment: Segment) -> None:
        self.journal.drained(segment)
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._wake, segment)
        if self.known.ready and self.known.is_full:
            threading.Thread(target=self._rebuild_known, name="known", daemon=True).start()

    def _wake(self, segment: Segment) -> None:
        waiter = self._waiters.pop(segment, None)
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def probe_journal(self) -> None:
        """Have a file written and fsynced beside the segments. Raises OSError."""
        await asyncio.get_running_loop().run_in_executor(self._pool, self.journal.probe)

    async def probe_engine(self) -> None:
        """Have the engine answer a query on the table. Raises `EngineError`."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._pool, self.engine.query, "SELECT count() FROM spans WHERE 0", {})

    # ---- ids that were seen

    def _rebuild_known(self) -> None:
        """Fill the filter from the engine. Until it is ready every segment asks the engine instead."""
        if not self._rebuilding.acquire(blocking=False):
            return  # two at a time would each empty what the other has filled
        try:
            if self._closing.is_set():
                return
            count = msgspec.json.decode(self.engine.query("SELECT count() AS n FROM span_keys"))["n"]
            self.known.restart(max(1 << 20, 2 * count))
            for i in range(KNOWN_SLICES):
                if self._closing.is_set():
                    return
                lines = self.engine.query(
                    "SELECT groupConcat(id) AS ids FROM span_keys WHERE id >= {low:String} AND id < {high:String}",
                    {"low": f"{i:x}", "high": f"{i + 1:x}" if i < KNOWN_SLICES - 1 else "g"},
                )
                self.known.add_joined(msgspec.json.decode(lines)["ids"])
            self.known.ready = True
        except EngineError:
            log.warning("the filter of known ids was not rebuilt; segments ask the engine instead", exc_info=True)
        finally:
            self._rebuilding.release()


class _Stored:
    """What a batch's `done` is, where somebody waits on the event loop: `answer` is done with it, or raises."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def __call__(self, reason: Exception | None) -> None:
        if self.answer.done():  # whoever waited went away
            return
        if reason is None:
            self.answer.set_result(None)
        else:
            self.answer.set_exception(reason)


def open_engine(settings: Settings, home: Home) -> Engine:
    """The engine on the directory. Raises `Misconfigured` when it does not open."""
    try:
        return ChdbEngine(
            home.engine,
            memory=memory_bytes(settings.engine_memory_bytes_max),
            readers=settings.engine_readers,
            query_seconds=settings.query_seconds_max,
        )
    except Exception as error:
        raise Misconfigured(
            f"the engine does not open {home.engine}: {str(error)[:300]} "
            "Its own words are above, on standard error; `midspan doctor` looks further."
        ) from error
