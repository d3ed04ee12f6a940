"""midspan.store.journal: durable before it is said, in a new file when a file fails, closed when due."""

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from midspan.errors import Unavailable
from midspan.store import journal as module
from midspan.store.home import Numbers
from midspan.store.journal import FORCED_CLOSE_SECONDS, Batch, Journal, Limits
from midspan.store.segment import LINES_MAX, Segment
from tests.faults.load import wait_until

TENANT = ("o", "prod")


class Rows:
    """Batches that remember what they were told."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.answers: dict[str, Exception | None] = {}
        self.seen: dict[str, bytes] = {}
        """What lay on disk when the batch was told that it is durable."""

    def put(self, *names: str, tenant: tuple[str, str] = TENANT) -> None:
        """Append one batch with a row for each name."""

        def done(reason: Exception | None) -> None:
            self.seen[names[0]] = content(self.journal)
            self.answers[names[0]] = reason

        lines = [b'{"id":"%s","version":' % name.encode() for name in names]
        self.journal.append(Batch(tenant=tenant, lines=lines, done=done))

    def wait(self, *names: str) -> None:
        wait_until(lambda: all(name in self.answers for name in names), 10)


class Drained:
    """A drain that only remembers."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []

    def put(self, segment: Segment) -> None:
        self.segments.append(segment)


def content(journal: Journal) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(journal.directory.glob("*.ndjson")))


def ids(journal: Journal) -> list[str]:
    return [msgspec.json.decode(line)["id"] for line in content(journal).split()]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., tuple[Journal, Rows, Drained]]]:
    """Starts a journal with a drain that only remembers."""
    started: list[Journal] = []

    def start(*, run: bool = True, **limits: float) -> tuple[Journal, Rows, Drained]:
        given = {"segment_bytes": 1 << 20, "segment_seconds": 60, "journal_bytes": 1 << 30, "disk_free_bytes": 0}
        drain = Drained()
        journal = Journal(tmp_path, Numbers(tmp_path, 1), drain, msgspec.convert({**given, **limits}, Limits))
        if run:
            journal.start()
            started.append(journal)
        return journal, Rows(journal), drain

    yield start
    for journal in started:
        journal.stop()


Start = Callable[..., tuple[Journal, Rows, Drained]]


def failing(
    monkeypatch: pytest.MonkeyPatch, name: str, *, when: Callable[[int], bool], code: int = errno.EIO
) -> list[str]:
    """Make a function of `os` fail at some of its calls. Returns what it is called with: the file's name, each time."""
    function: Callable[..., object] = getattr(os, name)
    files: list[str] = []

    def faulty(first: int | str | Path, *rest: object) -> object:
        target = os.readlink(f"/proc/self/fd/{first}") if isinstance(first, int) else str(first)
        if threading.current_thread().name != "journal":
            return function(first, *rest)
        files.append(Path(target).name)
        if when(len(files)):
            raise OSError(code, os.strerror(code))
        return function(first, *rest)

    monkeypatch.setattr(os, name, faulty)
    return files


def test_rows_are_on_disk_before_anyone_is_told(start: Start) -> None:
    """When a batch is done, its rows stand in the file, whole, each with a version that goes up."""
    journal, rows, _ = start()
    rows.put("a", "b")
    rows.wait("a")
    rows.put("c")
    rows.wait("c")

    lines = [msgspec.json.decode(line) for line in rows.seen["c"].split()]
    assert [line["id"] for line in lines] == ["a", "b", "c"]
    assert [line["version"] for line in lines] == [LINES_MAX, LINES_MAX + 1, LINES_MAX + 2]
    assert rows.answers == {"a": None, "c": None}
    assert journal.pending_bytes == len(rows.seen["c"])


def test_all_who_wait_share_one_fsync(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred batches that come together cost one fdatasync."""
    journal, rows, _ = start(run=False)
    for number in range(100):
        rows.put(f"{number}")
    synced = failing(monkeypatch, "fdatasync", when=lambda call: False)
    journal.start()
    rows.wait(*(f"{number}" for number in range(100)))
    journal.stop()

    assert synced == ["00000001.ndjson"]


def test_a_failed_fsync_finishes_the_file(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows go to a new file; the failed one is cut back to what was acknowledged and never fsynced again."""
    journal, rows, drain = start()
    rows.put("a")
    rows.wait("a")
    synced = failing(monkeypatch, "fdatasync", when=lambda call: call == 1)
    rows.put("b")
    rows.wait("b")

    assert rows.answers["b"] is None
    assert synced == ["00000001.ndjson", "00000002.ndjson"]
    assert ids(journal) == ["a", "b"]
    assert [segment.number for segment in drain.segments] == [1]
    assert journal.failures == 1


@pytest.mark.parametrize(
    ("function", "code"),
    [("fdatasync", errno.EIO), ("write", errno.ENOSPC), ("write", errno.EIO), ("open", errno.EMFILE)],
)
def test_what_fails_twice_is_refused(start: Start, monkeypatch: pytest.MonkeyPatch, function: str, code: int) -> None:
    """Who cannot be served is told so, nothing of theirs stays, and the next one is served."""
    journal, rows, _ = start()
    rows.put("a")
    rows.wait("a")
    with monkeypatch.context() as patch:
        if function == "open":
            failing(patch, "fdatasync", when=lambda call: True)  # or no new file would be wanted
        failing(patch, function, when=lambda call: True, code=code)
        rows.put("b")
        rows.wait("b")

    reason = rows.answers["b"]
    assert isinstance(reason, Unavailable)
    assert (reason.code, reason.retry_after) == ("journal_failed", 5)
    rows.put("c")
    rows.wait("c")
    assert rows.answers["c"] is None
    assert ids(journal) == ["a", "c"]


@pytest.mark.parametrize("function", ["fdatasync", "write", "fsync"])
def test_a_descriptor_is_closed_once(start: Start, monkeypatch: pytest.MonkeyPatch, function: str) -> None:
    """Whatever fails, no descriptor is closed twice: by then it may be that of a file of the engine."""
    _, rows, _ = start()
    close = os.close
    complaints: list[OSError] = []

    def closing(descriptor: int) -> None:
        try:
            close(descriptor)
        except OSError as error:
            complaints.append(error)
            raise

    monkeypatch.setattr(os, "close", closing)
    with monkeypatch.context() as patch:
        failing(patch, function, when=lambda call: True)
        for name in "ab":
            rows.put(name)
            rows.wait(name)

    assert None not in rows.answers.values()
    assert complaints == []


def test_a_directory_that_cannot_be_fsynced_costs_no_descriptor(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file whose name is not durable is not used, and is closed again."""
    journal, rows, _ = start()
    before = len(os.listdir("/proc/self/fd"))
    with monkeypatch.context() as patch:
        failing(patch, "fsync", when=lambda call: True)
        for name in "abcdefgh":
            rows.put(name)
            rows.wait(name)
    rows.put("z")
    rows.wait("z")

    assert len(os.listdir("/proc/self/fd")) <= before + 1
    assert ids(journal) == ["z"]


@pytest.mark.parametrize("function", ["close", "ftruncate"])
def test_the_writer_outlives_errors_while_it_cleans_up(
    start: Start, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """A file that fails once more when it is given up does not end the thread that everybody waits for."""
    _, rows, _ = start()
    rows.put("a")
    rows.wait("a")
    failing(monkeypatch, "fdatasync", when=lambda call: call == 1)
    failing(monkeypatch, function, when=lambda call: call == 1)
    rows.put("b")
    rows.put("c")
    rows.wait("b", "c")

    assert rows.answers == {"a": None, "b": None, "c": None}


def test_a_short_write_is_continued(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operating system may take a part of what it is given."""
    journal, rows, _ = start()
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data[:7])))
    rows.put("a", "b", "c")
    rows.wait("a")

    assert ids(journal) == ["a", "b", "c"]


def test_a_segment_is_closed_by_age(start: Start) -> None:
    """What nobody waits for reaches the drain all the same."""
    _, rows, drain = start(segment_seconds=0.05)
    rows.put("a")
    wait_until(lambda: len(drain.segments) == 1, 5)

    assert drain.segments[0].rows == 1


def test_a_segment_is_closed_by_size(start: Start) -> None:
    """Batches that come together are told apart into segments of the size that is set; a larger one stands alone."""
    journal, rows, drain = start(run=False, segment_bytes=100)
    for name in ("a", "b", "c", "d"):
        rows.put(name * 30)
    rows.put("e" * 300)
    journal.start()
    rows.wait("e" * 300)
    journal.stop()

    assert [segment.rows for segment in drain.segments] == [2, 2, 1]
    assert sum(segment.size for segment in drain.segments) == len(content(journal))


def test_a_reader_has_its_segment_closed(start: Start) -> None:
    """The newest segment with the reader's rows is closed at once, and nobody else's rows are waited for."""
    journal, rows, drain = start()
    rows.put("a")
    rows.wait("a")
    assert journal.pending(("other", "prod")) == []
    segment = journal.pending(TENANT)[-1]
    journal.want_closed(segment)
    wait_until(lambda: drain.segments == [segment], 5)

    journal.drained(segment)
    assert journal.pending(TENANT) == []
    assert journal.pending_bytes == 0
    assert segment.drained.is_set()


def test_a_reader_that_comes_soon_after_another_waits_a_moment(start: Start) -> None:
    """The second of two readers waits for the pause between closings, not for the segment's age."""
    journal, rows, drain = start()
    for number in (1, 2, 3):
        rows.put(f"{number}")
        rows.wait(f"{number}")
        segment = journal.pending(TENANT)[-1]
        journal.want_closed(segment)
        wait_until(lambda: len(drain.segments) == number, 5)  # noqa: B023 (it is called at once)


def test_polling_readers_do_not_make_a_segment_each(start: Start) -> None:
    """Readers that ask without pause close segments twenty times a second at most."""
    journal, rows, drain = start()
    began = time.monotonic()
    count = 0
    while time.monotonic() < began + 0.55:
        count += 1
        rows.put(f"{count}")
        rows.wait(f"{count}")
        segment = journal.pending(TENANT)[-1]
        journal.want_closed(segment)

    assert count > 20
    assert len(drain.segments) <= 2 + (time.monotonic() - began) / FORCED_CLOSE_SECONDS


def test_writing_is_refused_when_the_journal_is_full(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its size the journal takes nothing until the engine has taken something."""
    monkeypatch.setattr(module, "ROOM_SECONDS", 0)
    journal, rows, drain = start(journal_bytes=100, segment_seconds=0.01)
    rows.put("a" * 60)
    with pytest.raises(Unavailable) as refused:
        rows.put("b" * 60)
    assert (refused.value.code, refused.value.retry_after) == ("journal_full", 5)

    wait_until(lambda: len(drain.segments) == 1, 5)
    journal.drained(drain.segments[0])
    rows.put("b" * 60)


def test_writing_is_refused_while_the_engine_could_not_take_it(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is pending is needed once more in the engine, and new rows twice; free space comes back by itself."""
    monkeypatch.setattr(module, "ROOM_SECONDS", 0)
    journal, rows, _ = start(disk_free_bytes=1 << 20)
    free = 1 << 20
    plain = os.statvfs(journal.directory)

    def statvfs(_path: Path) -> os.statvfs_result:
        return os.statvfs_result((plain[0], 1, plain[2], plain[3], free, *plain[5:]))

    monkeypatch.setattr(os, "statvfs", statvfs)
    with pytest.raises(Unavailable) as refused:
        rows.put("a")
    assert (refused.value.code, refused.value.retry_after) == ("disk_full", 5)

    free += 100
    wait_until(lambda: not refuses(rows, "b"), 2)
    rows.wait("b")
    assert refuses(rows, "c" * 20), "what is pending was not counted"


def refuses(rows: Rows, name: str) -> bool:
    try:
        rows.put(name)
    except Unavailable:
        return True
    return False


def test_stopping_writes_what_waits(start: Start) -> None:
    """Rows that were taken are written, the segment is handed over, and nothing more is taken."""
    journal, rows, drain = start(run=False)
    rows.put("a")
    journal.start()
    journal.stop()

    assert rows.answers == {"a": None}
    assert [segment.rows for segment in drain.segments] == [1]
    with pytest.raises(Unavailable) as refused:
        rows.put("b")
    assert refused.value.code == "stopping"


def test_what_an_earlier_process_left_is_handed_over_first(start: Start) -> None:
    """Left segments go to the drain oldest first, and the journal says when the engine has the last one."""
    journal, rows, _ = start()
    rows.put("a")
    rows.wait("a")
    journal.stop()

    journal, _, drain = start()
    assert [segment.number for segment in drain.segments] == [1]
    assert journal.pending(("whoever", "test")) == [drain.segments[0]]
    assert not journal.leftovers_drained.is_set()
    journal.drained(drain.segments[0])
    assert journal.leftovers_drained.is_set()


@pytest.mark.parametrize("before", ["a", ""])
def test_what_failed_does_not_come_back(start: Start, monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    """Rows that went to a new file, or were refused, are not taken from a file that could not be cut or removed."""
    journal, rows, _ = start()
    if before:
        rows.put(before)
        rows.wait(before)
    with monkeypatch.context() as patch:
        for name in ("ftruncate", "unlink"):
            failing(patch, name, when=lambda call: True)
        failing(patch, "fdatasync", when=lambda call: call == 1)
        rows.put("b")
        rows.wait("b")
    journal.stop()
    assert ids(journal) == [*before, "b", "b"]

    journal, _, drain = start()
    assert ids(journal) == [*before, "b"]
    assert [segment.rows for segment in drain.segments] == [1] * (len(before) + 1)
    for segment in drain.segments:
        segment.remove()
    assert [path.name for path in journal.directory.iterdir()] == ["next"]


def test_numbers_do_not_come_again(start: Start) -> None:
    """After a restart a new segment bears a number that none had before, whether its file is still there or not."""
    journal, rows, drain = start()
    rows.put("a")
    rows.wait("a")
    journal.stop()
    drain.segments[0].path.unlink()

    journal, rows, drain = start()
    rows.put("b")
    rows.wait("b")
    journal.stop()
    assert drain.segments[0].number > 1


def test_the_probe_writes_for_real(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe fails where an fsync does, and leaves nothing behind."""
    journal, _, _ = start()
    journal.probe()

    def fail(_descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        journal.probe()
    assert not (journal.directory / "probe").exists()


def test_a_large_batch_keeps_nobody_waiting(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a large batch is written, small ones that came later are made durable, with higher versions."""
    monkeypatch.setattr(module, "ALONE_BYTES", 1000)
    journal, rows, drain = start()
    sync, gate = os.fdatasync, threading.Event()

    def held(descriptor: int) -> None:
        if threading.current_thread().name != "journal":
            assert gate.wait(10)
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", held)
    rows.put("before")
    rows.wait("before")
    rows.put("large" + "x" * 1000)
    rows.put("after")
    rows.wait("after")
    assert len(rows.answers) == 2
    gate.set()
    wait_until(lambda: len(rows.answers) == 3, 10)
    versions = {row["id"][:5]: row["version"] for row in map(msgspec.json.decode, content(journal).split())}
    assert versions["befor"] < versions["large"] < versions["after"]
    wait_until(lambda: len(drain.segments) == 2, 5)
    assert len(journal.pending(TENANT)) == 3


def test_a_large_batch_that_cannot_be_written_is_refused_whole(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """After two files that failed nothing of a large batch is left, and its sender is told."""
    monkeypatch.setattr(module, "ALONE_BYTES", 1000)
    journal, rows, drain = start()
    sync = os.fdatasync

    def faulty(descriptor: int) -> None:
        if threading.current_thread().name != "journal":
            raise OSError(errno.EIO, "broken")
        sync(descriptor)

    monkeypatch.setattr(os, "fdatasync", faulty)
    name = "large" + "x" * 1000
    rows.put(name)
    rows.wait(name)
    assert isinstance(rows.answers[name], Unavailable)
    assert (content(journal), drain.segments, journal.failures) == (b"", [], 2)
    rows.put("small")
    rows.wait("small")
    assert rows.answers["small"] is None
