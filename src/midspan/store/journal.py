"""The journal: rows are on disk here before anyone is told that they are kept.

A writer thread takes every batch that waits, appends them to the open segment with one write and one fdatasync (group
commit), and only then lets their callers know. A segment is NDJSON, `NNNNNNNN.ndjson`; it is closed by age, by size, or
when a reader waits for its rows, and handed to the drain. What a 2xx promises rests on three rules:

* an fsync that failed is never tried again: that file is cut back and finished, and the rows go to a new file once;
* segment numbers are never used twice (`home.Numbers`);
* the version of a row is (segment number, line), so the last arrival wins across restarts and clock steps.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Protocol

import msgspec

from midspan.errors import Unavailable
from midspan.store.home import Numbers
from midspan.store.segment import LINES_MAX, OpenSegment, Segment, Tenant, segment_files

log = logging.getLogger("midspan.journal")

ROOM_SECONDS = 0.02
"""For so long after there was room for rows there is room for a few more, up to `LARGE_BYTES` at a time."""

LARGE_BYTES = 1 << 20

ALONE_BYTES = 4 << 20
"""A batch of this size is written in a segment of its own, beside the others."""

FORCED_CLOSE_SECONDS = 0.05
"""Least time between two closings that readers asked for: polling readers must not make tiny parts by the hundred."""


class Batch(msgspec.Struct, kw_only=True):
    """Rows that are acknowledged together: they stand in one segment, in order."""

    tenant: Tenant
    lines: Sequence[bytes]
    """As `rows.line` makes them: the version, a brace and a line feed are missing."""
    keys: Sequence[tuple[str, int]] = ()
    """(id, key_time) of the rows with client-sent ids, in order."""
    done: Callable[[Exception | None], None]
    """To be called once: with None when the rows are durable, with the reason when they are not."""
    size: int = 0
    version: int = 0
    """Of its first row, once it is written; the others follow without a gap."""
    numbers: Sequence[int] = ()
    """Of the segments that it may be written to, where it is large."""
    is_annotation: bool = False
    """Its lines are of other kinds than spans."""

    def __post_init__(self) -> None:
        self.size = sum(map(len, self.lines))


class Drain(Protocol):
    """Where closed segments go."""

    def put(self, segment: Segment) -> None: ...


Deliver = Callable[[list[Batch], Exception | None], None]


def call_done(batches: list[Batch], reason: Exception | None) -> None:
    """Tell the callers of a commit."""
    for batch in batches:
        batch.done(reason)


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """When a segment is closed, and when writing is refused. Bytes and seconds."""

    segment_bytes: int
    segment_seconds: float
    journal_bytes: int
    disk_free_bytes: int


class Journal:
    """The open segment, the writer thread, and the list of segments that the engine does not have yet."""

    def __init__(
        self, directory: Path, numbers: Numbers, drain: Drain, limits: Limits, deliver: "Deliver | None" = None
    ) -> None:
        """`deliver` has `done` of each batch of a commit called; without one, the writer's thread calls them."""
        self.directory = directory
        self._deliver = deliver or call_done
        self._numbers = numbers
        self._drain = drain
        self._limits = limits
        self._lock = threading.Lock()
        self._work = threading.Condition(self._lock)
        self._waiting: deque[Batch] = deque()
        self._waiting_bytes = 0
        self._open: OpenSegment | None = None
        self._segments: list[Segment] = []
        self._forced_at = 0.0
        self._close_wanted = False
        self._stopping = False
        self._room_at = 0.0
        self.leftovers_drained = threading.Event()
        """Set once the engine has everything that earlier processes left in the journal."""
        self._leftovers: set[Segment] = set()
        self.commits = 0
        self.failures = 0
        self._alone: dict[int, Tenant] = {}
        """Segment number → whose large batch may be written to it, until its caller has been told."""
        self._beside = ThreadPoolExecutor(2, "journal-large")
        self._running: list[Future[None]] = []
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Hand over what earlier processes left, then begin to write."""
        for path in segment_files(self.directory):
            if segment := Segment.recover(path):
                self._segments.append(segment)
                self._leftovers.add(segment)
        for segment in self._segments.copy():
            self._drain.put(segment)
        if not self._segments:
            self.leftovers_drained.set()
        self._thread.start()

    # ---- the loop's side

    def append(self, batch: Batch) -> None:
        """Queue rows; `batch.done` is called when they are durable. Raises `Unavailable` when they cannot be stored."""
        self._refuse_when_full(batch.size)
        with self._work:
            if self._stopping:
                raise Unavailable("The server is stopping. Try again in a moment.", code="stopping", retry_after=2)
            self._waiting.append(batch)
            self._waiting_bytes += batch.size
            if len(self._waiting) == 1:  # else the writer has been told already, and takes all that waits
                self._work.notify()

    def _refuse_when_full(self, size: int) -> None:
        now = time.monotonic()
        if now - self._room_at < ROOM_SECONDS and size < LARGE_BYTES:
            return
        pending = self.pending_bytes
        if pending + size > self._limits.journal_bytes:
            raise Unavailable(
                "The journal is full because the engine is behind. Nothing was stored; try again shortly.",
                code="journal_full",
                retry_after=5,
            )
        disk = os.statvfs(self.directory)
        # The engine must still be able to take the whole journal, so what is pending is needed once more.
        if disk.f_bavail * disk.f_frsize - pending - 2 * size < self._limits.disk_free_bytes:
            raise Unavailable(
                "The disk is full. Nothing was stored; reading goes on. Free some space, then send again.",
                code="disk_full",
                retry_after=5,
            )
        self._room_at = now

    def pending(self, tenant: Tenant) -> list[Segment]:
        """The segments with rows of the tenant that the engine does not have yet."""
        with self._lock:
            return [segment for segment in self._segments if segment.holds(tenant)]

    def missing(self, tenant: Tenant, version: int) -> tuple[int, ...]:
        """Where rows of the tenant below a version may still come from: the first versions of their segments."""
        alone = self._alone.copy()
        return tuple(n * LINES_MAX for n, of in alone.items() if of == tenant and n * LINES_MAX <= version)

    def told(self, batch: Batch) -> None:
        """The batch's caller has been told what became of it."""
        for number in batch.numbers:
            self._alone.pop(number, None)

    def want_closed(self, segment: Segment) -> None:
        """A reader waits for this segment: close it soon."""
        with self._work:
            if segment is self._open and not self._close_wanted:
                self._close_wanted = True
                self._work.notify()

    @property
    def pending_bytes(self) -> int:
        """Bytes that are not in the engine yet, in segments or on their way to one."""
        return sum(s.size for s in self._segments.copy()) + self._waiting_bytes

    @property
    def pending_segments(self) -> int:
        return len(self._segments)

    @property
    def lag_seconds(self) -> float:
        """Age of the oldest row that the engine does not have."""
        segments = self._segments.copy()
        return time.monotonic() - segments[0].opened_at if segments else 0.0

    def drained(self, segment: Segment) -> None:
        """The engine has the segment (called by the drain)."""
        with self._lock:
            if segment in self._segments:
                self._segments.remove(segment)
            self._leftovers.discard(segment)
            if not self._leftovers:
                self.leftovers_drained.set()
        segment.drained.set()

    def probe(self) -> None:
        """Write and fsync a file beside the segments. Raises OSError when the disk does not take it."""
        path = self.directory / "probe"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(descriptor, b"probe\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
            path.unlink()

    def stop(self) -> None:
        """Write what waits, close the open segment, and end the thread."""
        with self._work:
            self._stopping = True
            self._work.notify()
        if self._thread.is_alive():
            self._thread.join()
        self._beside.shutdown()

    # ---- the writer's side

    def _run(self) -> None:
        while True:
            with self._work:
                while not self._is_due():
                    self._work.wait(self._patience())  # anew each time: a reader makes it shorter
                batches = list(self._waiting)
                self._waiting.clear()
                stopping = self._stopping
            if batches:
                self._commit(batches)
            with self._work:
                due = self._open is not None and (self._closing_in() <= 0 or self._stopping)
            if due:
                self._close()
            if stopping and not batches:
                return

    def _is_due(self) -> bool:
        return bool(self._waiting) or self._stopping or (self._open is not None and self._closing_in() <= 0)

    def _patience(self) -> float | None:
        return None if self._open is None else max(0.0, self._closing_in())

    def _closing_in(self) -> float:
        """Seconds until the open segment is to be closed."""
        assert self._open is not None
        now = time.monotonic()
        if self._open.size >= self._limits.segment_bytes or self._open.rows >= LINES_MAX // 4:
            return 0.0
        at = self._open.opened_at + self._limits.segment_seconds
        if self._close_wanted:
            at = min(at, self._forced_at + FORCED_CLOSE_SECONDS)
        return at - now

    def _commit(self, batches: list[Batch]) -> None:
        """Make the batches durable, in slices that fit a segment, and tell their callers."""
        while batches:
            if batches[0].size >= ALONE_BYTES and not batches[0].is_annotation:
                self._hand_out(batches.pop(0))
                continue
            slice_: list[Batch] = []
            size = 0
            while batches and size + batches[0].size <= self._limits.segment_bytes and batches[0].size < ALONE_BYTES:
                slice_.append(batches.pop(0))
                size += slice_[-1].size
            self._settle(slice_ or [batches.pop(0)])
            if self._open is not None and self._open.size >= self._limits.segment_bytes:
                self._close()

    def _settle(self, batches: list[Batch]) -> None:
        if any(batch.is_annotation for batch in batches):
            # It is laid over the newest version of its span, so every lower version must be on its way by then.
            wait(self._running)
        reason = None
        for attempt in (1, 2):
            try:
                self._append(batches)
                self.commits += 1
                break
            except Exception as error:  # whatever it is, the callers are told and this thread goes on
                self.failures += 1
                self._abandon()
                reason = _failed(error) if attempt == 2 else None
        self._finish(batches, reason)

    def _finish(self, batches: list[Batch], reason: Exception | None) -> None:
        with self._lock:
            self._waiting_bytes -= sum(batch.size for batch in batches)
        self._deliver(batches, reason)

    def _append(self, batches: list[Batch]) -> None:
        segment = self._open
        if segment is None:
            segment = self._open = OpenSegment(self.directory, self._numbers.take())
            with self._lock:
                self._segments.append(segment)
        version = segment.number * LINES_MAX + segment.rows
        for batch in batches:
            batch.version = version
            version += len(batch.lines)
        written = segment.write(line for batch in batches for line in batch.lines)
        with self._lock:
            for batch in batches:
                segment.keep(written, batch.tenant, batch.keys)
                segment.is_annotated |= batch.is_annotation

    def _abandon(self) -> None:
        """Finish a file that a write or fsync failed on: cut it back to what is acknowledged, then leave it alone."""
        if self._open is not None:
            self._open.cut_back()
            self._close()

    def _close(self) -> None:
        segment = self._open
        assert segment is not None
        self._open = None
        segment.close()
        with self._lock:
            if self._close_wanted:
                self._close_wanted = False
                self._forced_at = time.monotonic()
            if not segment.rows:
                self._segments.remove(segment)
        if segment.rows:
            self._drain.put(segment)
        else:
            segment.drained.set()
            segment.discard()

    # ---- large batches

    def _hand_out(self, batch: Batch) -> None:
        """Have a large batch written beside the others, in a segment of its own: nobody's rows wait for it.

        The open segment is closed first, so that rows that come after this batch get higher versions.
        """
        if self._open is not None:
            self._close()
        try:
            numbers = [self._numbers.take(), self._numbers.take()]
        except OSError as error:
            self.failures += 1
            self._finish([batch], _failed(error))
        else:
            batch.numbers = numbers
            self._alone.update(dict.fromkeys(numbers, batch.tenant))
            self._running = [each for each in self._running if not each.done()]
            self._running.append(self._beside.submit(self._store_alone, batch))

    def _store_alone(self, batch: Batch) -> None:
        reason: Exception | None = None
        for number in batch.numbers:
            segment = None
            batch.version = number * LINES_MAX
            try:
                segment = OpenSegment(self.directory, number)
                segment.keep(segment.write(batch.lines), batch.tenant, batch.keys)
            except Exception as error:  # whatever it is, the caller is told
                self.failures += 1
                reason = _failed(error)
                if segment is not None:
                    segment.close()
                    segment.discard()
            else:
                segment.close()
                with self._lock:
                    self._segments.append(segment)
                self._drain.put(segment)
                self.commits += 1
                reason = None
                break
        self._finish([batch], reason)


def _failed(error: Exception) -> Unavailable:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Unavailable(
        f"The journal could not be written ({reason}). Nothing was stored; try again shortly.",
        code="journal_failed",
        retry_after=5,
    )
