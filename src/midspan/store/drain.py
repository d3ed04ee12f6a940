"""The drain: takes closed segments, oldest first, and has the engine insert them. One is in flight at a time.

A segment that the engine refuses because of its rows is halved until the bad rows are found. Such a row is stored again
reduced (ids, times, its text as the input, a warning), so that it is still returned, and `rejected/` keeps a copy with
the reason. When the engine itself fails, the segment waits and is tried again: its deduplication token makes that safe,
and from the second try on what is stored is left out. A segment is deleted only after an insert during which no write
of the engine's failed; see `failed_writes.py`. Where rows replace others, `superseded.py` lists what must not be read,
and what was added to spans is applied after them; see `annotations.py`.
"""

import contextlib
import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from midspan.domain.span import Span
from midspan.store import annotations, replaced, rows
from midspan.store.annotations import Annotations, DeleteLine, Line, is_annotation
from midspan.store.engine import MEMORY_LIMIT, Engine, EngineError
from midspan.store.gone import Gone
from midspan.store.home import Home, write_durably
from midspan.store.known import Known
from midspan.store.segment import CUT, Segment
from midspan.store.superseded import Superseded

log = logging.getLogger("midspan.drain")

PATIENCE_SECONDS = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Pauses between two tries while the engine fails; the last one repeats."""

STUBBORN_TRIES = 6
"""After so many failures that are neither the rows' fault nor known to pass, the rows are suspected all the same."""

TEND_SECONDS = 5.0
"""How often an idle drain has the engine look for damage: a damaged merge can be undone for a minute."""

_PASSING_CODES = frozenset({
    0, 1000, 1001, 1002,  # no code, and errors of the libraries beneath: files, sockets
    74, 75, 76, 77, 87, 88, 204, 243, 425, 481,  # files: read, write, open, close, fsync, no space
    198, 209, 210, 279, 242, 285, 286, 319, 999,  # network, replicas
    159, 173, 202, 236, 252, 394, 439,  # time, memory for one allocation, too many queries or parts, cancelled
})  # fmt: skip
"""Trying again later helps. Out of memory (241) is not one of them: fewer rows at a time help when waiting did not."""


class Drain:
    """The drain thread. `on_drained` is called for each segment that the engine has."""

    def __init__(self, home: Home, engine: Engine, known: Known, on_drained: Callable[[Segment], None]) -> None:
        self._home = home
        self._engine = engine
        self._known = known
        self.superseded = Superseded(engine)
        self._gone = Gone(engine, self.superseded, home.journal)
        self._annotations = Annotations(engine)
        self._on_drained = on_drained
        self._queue: queue.SimpleQueue[Segment | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self.inserts = 0
        self.failures = 0
        self.rows_inserted = 0
        self.rows_rejected = 0
        self.last_error = ""
        self._thread = threading.Thread(target=self._run, name="drain", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, segment: Segment) -> None:
        self._queue.put(segment)

    def stop(self, patience_seconds: float) -> None:
        """Drain what was put, for so long at most; what is left stays in the journal for the next start."""
        self._queue.put(None)
        if self._thread.is_alive():
            self._thread.join(patience_seconds)
            self._stop.set()
            self._thread.join()
        self._gone.stop()

    def hurry(self) -> None:
        """Leave what is not in the engine by now to the next start."""
        self._stop.set()

    def _run(self) -> None:
        while (segment := self._next()) is not None and not self._stop.is_set():
            if not self._take(segment):
                return
            self._on_drained(segment)
            self._gone.step()

    def _next(self) -> Segment | None:
        while True:
            try:
                return self._queue.get(timeout=TEND_SECONDS)
            except queue.Empty:
                self._tend()
                self._gone.step()

    def _tend(self) -> None:
        try:
            self._engine.tend()
        except Exception as error:  # this thread goes on, and asks again
            log.warning("the engine was not tended: %s", error, exc_info=not isinstance(error, EngineError))

    def _take(self, segment: Segment) -> bool:
        """Bring one segment into the engine, however long it takes. False when told to stop first."""
        tries = 0
        halve = False
        while True:
            try:
                if halve:
                    self._halve(segment)
                else:
                    self._insert(segment)
                break
            except Exception as error:
                # Whatever it is, this thread goes on: without it no row would ever reach the engine again.
                self._note(segment, error)
                segment.was_tried = True
                tries += 1
                if not halve and isinstance(error, EngineError):
                    halve = error.is_of_the_data or (tries >= STUBBORN_TRIES and not _passes(error))
                    if halve:
                        continue
            if self._stop.wait(PATIENCE_SECONDS[min(tries, len(PATIENCE_SECONDS)) - 1]):
                return False
        self._known.add([id_ for id_, _ in segment.keys])
        self.rows_inserted += segment.rows
        self.superseded.rows += segment.rows
        self.last_error = ""
        # A file that stays is taken once more at the next start: its token, or its rows' versions, make that harmless.
        with contextlib.suppress(OSError):
            segment.remove()
        return True

    def _note(self, segment: Segment, error: Exception) -> None:
        self.failures += 1
        self.last_error = str(error)
        foreseen = isinstance(error, EngineError | OSError)
        log.warning("segment %s was not taken: %s", segment.path.name, str(error)[:500], exc_info=not foreseen)

    def _insert(self, segment: Segment) -> None:
        notes = self._notes(segment)
        with self._replaced(segment, notes) as known, self._spans(segment) as path:
            again = segment.versions if segment.was_tried else None
            changes = known is not None or again is not None or segment.is_annotated
            with self.superseded.changing(segment.tenants) if changes else contextlib.nullcontext():
                if path.stat().st_size:
                    self._engine.insert(path, self._token(f"{segment.number}"), known, again)
                if known is not None:
                    self.superseded.settle(known)
                self._annotate(segment, notes)
        self.inserts += 1

    @contextlib.contextmanager
    def _spans(self, segment: Segment) -> Iterator[Path]:
        """The segment's file; a copy of its spans where there is more in it.

        There are annotations, or a write has failed and what it left could not be cut back.
        """
        if segment.path.stat().st_size <= segment.size and not segment.is_annotated:
            yield segment.path
            return
        path = segment.path.with_suffix(".part")
        path.write_bytes(b"".join(line + b"\n" for line in _lines(segment) if not is_annotation(line)))
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _token(self, part: str) -> str:
        return f"{self._home.store_id}-{part}"

    @contextlib.contextmanager
    def _replaced(self, segment: Segment, notes: list[Line]) -> Iterator[Path | None]:
        """A file of the segment's spans that were seen before, with what stays of them; None for none."""
        places = replaced.find(segment, self._known, self._engine)
        if not places:
            yield None
            return
        deleted = [line.id for line in notes if isinstance(line, DeleteLine)]
        path = segment.path.with_suffix(".keys")
        path.write_bytes(b"".join(self._annotations.marked(path, places, deleted)))
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _notes(self, segment: Segment) -> list[Line]:
        """The annotations among the segment's lines. One that is damaged is set aside."""
        notes = []
        for number, line in enumerate(_lines(segment) if segment.is_annotated else ()):
            if is_annotation(line):
                try:
                    notes.append(annotations.read(line))
                except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
                    self._set_aside(segment, line, number, str(error))
        return notes

    def _annotate(self, segment: Segment, notes: list[Line]) -> None:
        if notes and (changed := self._annotations.apply(segment, notes)) is not None:
            try:
                self.superseded.settle(changed)
            finally:
                changed.unlink(missing_ok=True)

    # ---- rows that the engine refuses

    def _halve(self, segment: Segment) -> None:
        notes = self._notes(segment)
        lines = [line for line in _lines(segment) if not is_annotation(line)]
        with self._replaced(segment, notes) as known, self.superseded.changing(segment.tenants):
            if lines:
                self._insert_range(segment, lines, 0, len(lines), known)
            if known is not None:
                self.superseded.settle(known)
            self._annotate(segment, notes)

    def _insert_range(self, segment: Segment, lines: list[bytes], start: int, end: int, known: Path | None) -> None:
        """Insert lines[start:end]; when they are refused, each half by itself. Tokens are the same at every try."""
        path = segment.path.with_suffix(".part")
        path.write_bytes(b"\n".join(lines[start:end]) + b"\n")
        try:
            self._engine.insert(path, self._token(f"{segment.number}/{start}-{end}"), known, segment.versions)
            self.inserts += 1
            return
        except EngineError as error:
            if _passes(error) or (error.code == MEMORY_LIMIT and end - start == 1):
                raise
            reason = str(error)
        finally:
            path.unlink(missing_ok=True)
        if end - start == 1:
            self._reject(segment, lines[start], start, reason, known)
            return
        middle = (start + end) // 2
        self._insert_range(segment, lines, start, middle, known)
        self._insert_range(segment, lines, middle, end, known)

    def _set_aside(self, segment: Segment, line: bytes, number: int, reason: str) -> None:
        name = f"{segment.number:08d}-{number}"
        copy = {
            "segment": segment.number,
            "line": number,
            "reason": reason[:2000],
            "row": line.decode("utf-8", "replace"),
        }
        kept = self._home.rejected / f"{name}.json"
        self.rows_rejected += not kept.exists()  # it does when this segment is halved for the second time
        write_durably(kept, msgspec.json.encode(copy) + b"\n")
        log.error(
            "a row of segment %s was refused and set aside as rejected/%s.json: %s", segment.path.name, name, reason
        )

    def _reject(self, segment: Segment, line: bytes, number: int, reason: str, known: Path | None) -> None:
        self._set_aside(segment, line, number, reason)
        reduced = reduce(line, reason)
        if reduced is None:
            return
        path = segment.path.with_suffix(".reduced")
        path.write_bytes(reduced)
        try:
            token = self._token(f"{segment.number}/{number}-reduced")
            self._engine.insert(path, token, known, segment.versions)
        except EngineError as error:
            if not error.is_of_the_data:
                raise
            log.error("reduced, it is refused too, so only the copy is left: %s", error)
        finally:
            path.unlink(missing_ok=True)


def _lines(segment: Segment) -> list[bytes]:
    """The segment's lines, as far as they count."""
    return [line for line in segment.path.read_bytes()[: segment.size].split(b"\n") if line]


def _passes(error: EngineError) -> bool:
    """Whether trying the same rows again later may help."""
    return error.code in _PASSING_CODES


_KEPT = (
    "organization_id", "environment", "key_time", "id", "has_client_ids", "trace_unique_id", "span_unique_id",
    "span_parent_id", "timestamp", "start_time", "received_at", "organization_key_id", "log_method",
)  # fmt: skip


def reduce(line: bytes, reason: str) -> bytes | None:
    """A refused line as a row that any schema takes: its ids and times, its text as the input, and a warning.

    None when it does not even say whose row it is; then `rejected/` has the only copy.
    """
    try:
        fields = msgspec.json.decode(line)
        kept = {name: fields[name] for name in _KEPT if fields.get(name) is not None}
        span = msgspec.convert(kept, Span)
        version = int(fields["version"])
    except (msgspec.DecodeError, AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return None
    span.log_type = "unknown"
    span.input = line.decode("utf-8", "replace")
    span.input_preview = span.input[:200]
    span.warnings = f"The engine refused this row, so it is kept as text in `input`: {reason[:500]}"
    return rows.line(span) + b"%d}\n" % version


def leftovers(directory: Path) -> None:
    """Remove the drain's scratch files that a killed process left, and what is said of segments that are gone."""
    suffixes = (".keys", ".ids", ".part", ".reduced", ".notes", ".places", ".known", ".superseded", ".new", ".gone")
    scratch = [path for suffix in suffixes for path in directory.glob(f"*{suffix}")]
    gone = [path for path in directory.glob(f"*{CUT}") if not path.with_suffix(".ndjson").exists()]
    for path in scratch + gone:
        with contextlib.suppress(OSError):
            os.unlink(path)
