"""Starts `midspan` with faults put in: `python launch.py FAULT… /path/to/midspan serve …`.

Some faults take a protection away, so that a test can show that it would notice. The others make the engine or the disk
fail when a file in the directory `FAULTS` says so:

hold            while it is there, the drain waits before each insert
before, after   "COUNT MESSAGE": so many inserts fail, before or after the engine has the rows
killed          one insert is followed by kill -9
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from midspan.cli import main
from midspan.errors import Unavailable
from midspan.store import gone, insertion, migrate, replaced, segment
from midspan.store.answers import Answers
from midspan.store.drain import Drain
from midspan.store.engine import ChdbEngine, EngineError
from midspan.store.home import Numbers
from midspan.store.journal import Batch, Journal
from midspan.store.segment import OpenSegment
from midspan.store.store import Store

DIRECTORY = Path(os.environ.get("FAULTS", "/nonexistent"))


def answers_before_writing() -> None:
    """The journal says that rows are durable a moment before it writes them."""
    append, write = Journal.append, OpenSegment.write

    def early(self: Journal, batch: Batch) -> None:
        batch.done(None)
        batch.done = _nobody
        append(self, batch)

    def late(self: OpenSegment, lines: Iterable[bytes]) -> Any:
        time.sleep(0.05)
        return write(self, lines)

    _patch(Journal, "append", early)
    _patch(OpenSegment, "write", late)


def _nobody(_reason: Exception | None) -> None:
    pass


def no_fsync() -> None:
    """What the process itself writes is left in the page cache."""

    def nothing(_descriptor: int) -> None:
        pass

    _patch(os, "fsync", nothing)
    _patch(os, "fdatasync", nothing)


def engine_without_fsync() -> None:
    """The tables are made without the four fsync settings."""
    files = migrate.files

    def changed() -> dict[int, tuple[str, str]]:
        found = {}
        for number, (name, text) in files().items():
            for setting in ("fsync_after_insert", "fsync_part_directory", "min_rows_to_fsync_after_merge"):
                text = text.replace(f"{setting} = 1", f"{setting} = 0")  # noqa: PLW2901
            found[number] = (name, text.replace("fsync_after_merge = 1", "fsync_after_merge = 0"))
        return found

    _patch(migrate, "files", changed)


def success_whatever_happens() -> None:
    """A journal that failed to write says that it did."""
    append = Journal.append

    def shameless(self: Journal, batch: Batch) -> None:
        done = batch.done
        batch.done = lambda reason: done(None)
        append(self, batch)

    _patch(Journal, "append", shameless)


def half_commits_are_kept() -> None:
    """What is left of a segment is every whole line."""
    _patch(segment, "_whole_commits", lambda content: content[: content.rfind(b"\n") + 1])


def any_token() -> None:
    """No two tries of an insert bear the same token."""
    _patch(Drain, "_token", lambda self, part: f"{time.monotonic_ns()}-{part}")


def nothing_is_left_out() -> None:
    """An insert that is tried again takes rows that are stored."""
    of = insertion.of
    _patch(insertion, "of", lambda segment, token, known, again: of(segment, token, known, None))


def numbers_begin_again() -> None:
    """Each start gives the segment numbers out anew."""
    begin = Numbers.__init__

    def forgetful(self: Numbers, directory: Path, at_least: int) -> None:
        (directory / "next").unlink(missing_ok=True)
        begin(self, directory, min(at_least, 1))

    _patch(Numbers, "__init__", forgetful)


def every_row_is_taken() -> None:
    """The drain never looks for the rows that the engine refuses."""
    _patch(EngineError, "is_of_the_data", property(lambda self: False))
    _patch(sys.modules["midspan.store.drain"], "STUBBORN_TRIES", 1 << 30)


def reads_do_not_wait() -> None:
    """A read answers with what the engine has."""

    async def at_once(self: Store, tenant: tuple[str, str]) -> None:
        pass

    _patch(Store, "caught_up", at_once)


def keys_are_forgotten() -> None:
    """An Idempotency-Key never finds its first answer."""

    async def nothing(self: Answers, claim: object, now: int) -> None:
        return None

    _patch(Answers, "_find", nothing)


def spans_are_forgotten() -> None:
    """No span that is sent again keeps its key_time."""
    _patch(replaced, "find", lambda segment, known, engine: {})


def disk_is_never_full() -> None:
    """Nobody asks how much of the disk is free."""

    def careless(self: Journal, size: int) -> None:
        if self.pending_bytes + size > self._limits.journal_bytes:
            raise Unavailable("full", code="journal_full", retry_after=1)

    _patch(Journal, "_refuse_when_full", careless)


def versions_leave_at_once() -> None:
    """What is superseded is merged away between two segments, and leaves the list in a second instead of minutes.

    This takes no protection away.
    """
    step = gone.Gone.step
    merged = 0.0

    def merge_first(self: gone.Gone) -> None:
        nonlocal merged
        if time.monotonic() > merged + 0.3:
            for sql in (
                "ALTER TABLE spans MODIFY SETTING old_parts_lifetime = 0",
                "OPTIMIZE TABLE spans FINAL",
                "SYSTEM START CLEANUP spans",
            ):
                self._engine.command(sql)
            merged = time.monotonic()
        step(self)

    for name, value in {"PAUSE_SECONDS": 0, "PAUSE_SHARE": 0, "PAUSES_MAX": 1, "CHECK_SECONDS": 0.01}.items():
        _patch(gone, name, value)
    _patch(sys.modules["midspan.store.drain"], "TEND_SECONDS", 0.1)
    _patch(gone.Gone, "step", merge_first)


def engine_obeys() -> None:
    """Inserts fail, wait or kill as the files in `FAULTS` say."""
    insert = ChdbEngine.insert

    def faulty(
        self: ChdbEngine, path: Path, token: str, known: Path | None = None, again: tuple[int, int] | None = None
    ) -> None:
        while (DIRECTORY / "hold").exists():
            time.sleep(0.01)
        _fail("before")
        insert(self, path, token, known, again)
        _fail("after")
        if (DIRECTORY / "killed").exists():
            (DIRECTORY / "killed").unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    _patch(ChdbEngine, "insert", faulty)


def _fail(name: str) -> None:
    path = DIRECTORY / name
    if not path.exists():
        return
    count, _, message = path.read_text().partition(" ")
    if int(count) > 1:
        path.write_text(f"{int(count) - 1} {message}")
    else:
        path.unlink()
    raise EngineError(message)


def _patch(owner: Any, name: str, value: object) -> None:
    assert hasattr(owner, name), f"{owner!r} has no {name}: the fault would not happen"
    setattr(owner, name, value)


FAULTS: dict[str, Callable[[], None]] = {
    fault.__name__: fault
    for fault in (
        answers_before_writing,
        no_fsync,
        engine_without_fsync,
        success_whatever_happens,
        half_commits_are_kept,
        any_token,
        nothing_is_left_out,
        numbers_begin_again,
        every_row_is_taken,
        reads_do_not_wait,
        keys_are_forgotten,
        spans_are_forgotten,
        disk_is_never_full,
        versions_leave_at_once,
        engine_obeys,
    )
}


def prefix(*faults: Callable[[], None]) -> list[str]:
    """What `Server` puts before its command to run with these faults."""
    return [sys.executable, __file__, *(fault.__name__ for fault in faults)]


def run(arguments: Sequence[str]) -> int:
    """Put the faults in and run the command. A name that is no fault begins the command."""
    rest = list(arguments)
    while rest[0] in FAULTS:
        FAULTS[rest.pop(0)]()
    return main(rest[1:])


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
