"""midspan.store.drain: every row reaches the engine once, the refused ones too, whatever fails on the way."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from midspan.store import drain as module
from midspan.store.drain import Drain, leftovers, reduce
from midspan.store.engine import EngineError, Place
from midspan.store.home import Home
from midspan.store.known import Known
from midspan.store.segment import Segment
from tests.faults.load import wait_until

BAD_DATA = "Code: 27. DB::ParsingException: Cannot parse input"
UNKNOWN = "Code: 9999. DB::Exception: something else"
NO_FSYNC = "Code: 204. DB::ErrnoException: Cannot fsync data.bin"
NO_SPACE = "Code: 243. DB::Exception: Cannot reserve 1.00 MiB"
NO_MEMORY = "Code: 241. DB::Exception: memory limit exceeded"


_row = msgspec.json.Decoder(dict[str, object])


class FakeEngine:
    """Takes rows as the real one does: whole inserts, once for each token; refuses lines that hold "poison"."""

    era = ""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []
        self.tokens: list[str] = []
        self.failures: list[Exception] = []
        """Raised by the next inserts, before anything is taken."""
        self.is_down = False
        """The first failure stays."""
        self.late_failures: list[Exception] = []
        """Raised by the next inserts, after all was taken."""
        self.refusal = BAD_DATA
        self.rows_max = 1 << 30
        self.fixed: dict[str, int] = {}
        self.asked: list[list[str]] = []
        self.tended = 0

    def insert(
        self, segment: Path, token: str, known: Path | None = None, again: tuple[int, int] | None = None
    ) -> None:
        if self.failures:
            raise self.failures[0] if self.is_down else self.failures.pop(0)
        lines = segment.read_bytes().splitlines()
        if len(lines) > self.rows_max:
            raise EngineError(NO_MEMORY)
        if any(b"poison" in line and b"The engine refused" not in line for line in lines):
            raise EngineError(self.refusal)
        if any(b"venom" in line for line in lines):
            raise EngineError(self.refusal)
        try:
            rows = [_row.decode(line) for line in lines]
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise EngineError(self.refusal) from None
        fixed = {}
        if known is not None:
            fixed = {row["id"]: row["key_time"] for row in map(msgspec.json.decode, known.read_bytes().splitlines())}
        if token not in self.tokens:
            self.tokens.append(token)
            for row in rows:
                row["key_time"] = fixed.get(str(row["id"]), row["key_time"])
                self.rows.append(row)
        if self.late_failures:
            raise self.late_failures.pop(0)

    def places(self, ids: Path) -> dict[str, Place]:
        asked = [msgspec.json.decode(line)["id"] for line in ids.read_bytes().splitlines()]
        self.asked.append(asked)
        return {id_: Place(id_, "o", "prod", self.fixed[id_]) for id_ in asked if id_ in self.fixed}

    def query(self, sql: str, parameters: object = None, form: str = "", *, guarded: bool = False) -> bytes:
        raise NotImplementedError

    inspect = query

    def command(self, sql: str, parameters: object = None) -> bytes:
        return b""

    def write(self, sql: str, size: int) -> None:
        raise NotImplementedError

    def tend(self) -> None:
        self.tended += 1
        if self.tended == 1:
            raise EngineError(NO_SPACE)

    def close(self) -> None:
        pass

    @property
    def inputs(self) -> list[object]:
        return [row.get("input") for row in self.rows]


class Rig:
    """A drain on a directory of its own, and what it has told."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.engine = FakeEngine()
        self.known = Known(1000)
        self.known.ready = True
        self.drained: list[int] = []
        self.drain = Drain(self.home, self.engine, self.known, lambda segment: self.drained.append(segment.number))
        self.number = 0

    def segment(self, *inputs: str | bytes, client_ids: bool = False, key_time: int = 5) -> Segment:
        """A segment with a row for each input; bytes are a line as it stands."""
        self.number += 1
        segment = Segment(self.home.journal / f"{self.number:08d}.ndjson", self.number)
        lines = []
        for place, given in enumerate(inputs):
            id_ = f"{self.number * 100 + place:032x}"
            row = {"organization_id": "o", "environment": "prod", "key_time": key_time, "id": id_, "input": given}
            if isinstance(given, bytes):
                lines.append(given)
                continue
            if client_ids:
                segment.add_keys(("o", "prod"), [(id_, key_time)])
                row["has_client_ids"] = True
            lines.append(json.dumps({**row, "version": place}).encode())
        segment.path.write_bytes(b"".join(line + b"\n" for line in lines))
        segment.rows = len(lines)
        segment.size = segment.path.stat().st_size
        return segment

    def take(self, *segments: Segment) -> None:
        """Put segments and wait until the drain has told of each."""
        for segment in segments:
            self.drain.put(segment)
        wait_until(lambda: all(segment.number in self.drained for segment in segments), 10)

    @property
    def scratch(self) -> list[str]:
        """What lies in the journal."""
        return sorted(path.name for path in self.home.journal.iterdir())


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", (0.001, 0.002))
    rig = Rig(tmp_path)
    rig.drain.start()
    yield rig
    rig.drain.stop(5)
    rig.home.close()


def test_segments_are_taken_in_order_and_removed(rig: Rig) -> None:
    """The engine gets each segment under a token of the store and the number; then its file goes."""
    rig.take(rig.segment("a", "b"), rig.segment("c"))

    assert rig.engine.inputs == ["a", "b", "c"]
    assert rig.engine.tokens == [f"{rig.home.store_id}-1", f"{rig.home.store_id}-2"]
    assert rig.drained == [1, 2]
    assert rig.scratch == []
    assert (rig.drain.inserts, rig.drain.rows_inserted, rig.drain.failures) == (2, 3, 0)


@pytest.mark.parametrize("message", [NO_SPACE, UNKNOWN, "no code at all"])
@pytest.mark.parametrize("late", [False, True])
def test_a_failed_insert_is_tried_again(rig: Rig, message: str, late: bool) -> None:
    """An engine that fails, before or after it has the rows, gets them again under the same token."""
    failures = [EngineError(message) for _ in range(4)]
    if late:
        rig.engine.late_failures += failures
    else:
        rig.engine.failures += failures
    rig.take(rig.segment("a", "b"))

    assert rig.engine.inputs == ["a", "b"]
    assert rig.drain.failures == 4
    assert rig.drain.last_error == ""


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), ValueError("nobody foresaw this"), MemoryError()])
def test_no_error_ends_the_thread(rig: Rig, error: Exception) -> None:
    """Whatever is raised, the segment is tried again and the next ones follow."""
    rig.engine.failures.append(error)
    rig.take(rig.segment("a"), rig.segment("b"))

    assert rig.engine.inputs == ["a", "b"]


@pytest.mark.parametrize("places", [[0], [6], [12], [0, 1], [3, 4, 11, 12], list(range(13))])
@pytest.mark.parametrize("refusal", [BAD_DATA, UNKNOWN])
def test_refused_rows_are_found(rig: Rig, places: list[int], refusal: str) -> None:
    """Good rows are stored as they are, once; refused ones reduced to their ids and text, with a copy set aside."""
    inputs = ["poison" if place in places else f"good {place}" for place in range(13)]
    rig.engine.refusal = refusal
    rig.take(rig.segment(*inputs), rig.segment("later"))

    assert len(rig.engine.rows) == 14
    for place, given in enumerate(inputs):
        (row,) = (row for row in rig.engine.rows if row["id"] == f"{100 + place:032x}")
        assert row["version"] == place
        if given == "poison":
            assert '"input": "poison"' in str(row["input"])
            assert str(row["warnings"]).startswith("The engine refused this row")
            copy = json.loads((rig.home.rejected / f"00000001-{place}.json").read_text())
            assert (copy["segment"], copy["line"]) == (1, place)
            assert refusal in copy["reason"]
            assert json.loads(copy["row"])["input"] == "poison"
        else:
            assert row["input"] == given
    assert rig.drain.rows_rejected == len(places) == len(list(rig.home.rejected.iterdir()))
    assert "later" in rig.engine.inputs
    assert rig.scratch == []


def test_a_row_that_stays_bad_is_set_aside_alone(rig: Rig) -> None:
    """What is refused reduced as well, or says nothing of whose it is, is in `rejected/` only, and blocks nobody."""
    rig.take(rig.segment("good", "venom", b"not JSON", b"[]", b"\xff"), rig.segment("later"))

    assert rig.engine.inputs == ["good", "later"]
    assert sorted(path.name for path in rig.home.rejected.iterdir()) == [
        f"00000001-{place}.json" for place in (1, 2, 3, 4)
    ]


@pytest.mark.parametrize("message", [NO_SPACE, NO_FSYNC, "Code: 210. network", "Code: 1001. std::exception", "?"])
def test_an_engine_that_stays_away_is_not_the_rows_fault(rig: Rig, message: str) -> None:
    """However often an engine fails for reasons of its own, no row is suspected."""
    rig.engine.failures += [EngineError(message)] * 50
    rig.take(rig.segment("a", "b"))

    assert rig.engine.inputs == ["a", "b"]
    assert list(rig.home.rejected.iterdir()) == []


def test_halving_that_fails_is_begun_again(rig: Rig) -> None:
    """An engine that goes away in the middle of halving gets the same parts under the same tokens later."""
    segment = rig.segment(*[f"good {place}" for place in range(7)], "poison")
    insert = rig.engine.insert
    calls = 0

    def flaky(path: Path, token: str, known: Path | None = None, again: tuple[int, int] | None = None) -> None:
        nonlocal calls
        calls += 1
        if calls in (3, 5, 6, 9):
            raise EngineError(NO_SPACE)
        insert(path, token, known, again)

    rig.engine.insert = flaky  # type: ignore[method-assign, assignment]
    rig.take(segment)

    assert len(rig.engine.rows) == 8
    assert len({str(row["id"]) for row in rig.engine.rows}) == 8
    assert rig.drain.rows_rejected == 1


def test_an_engine_short_of_memory_gets_fewer_rows_at_a_time(rig: Rig) -> None:
    """A segment that does not fit the engine's memory is halved until it does; none of its rows is refused."""
    rig.engine.rows_max = 3
    rig.take(rig.segment(*"abcdefgh"))

    assert rig.engine.inputs == list("abcdefgh")
    assert rig.drain.rows_rejected == 0


def test_an_idle_drain_tends_the_engine(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing comes the engine is tended again and again, also after that has failed; then rows are taken."""
    monkeypatch.setattr(module, "TEND_SECONDS", 0.001)
    rig.take(rig.segment("a"))
    wait_until(lambda: rig.engine.tended > 2, 10)
    rig.take(rig.segment("b"))

    assert rig.engine.inputs == ["a", "b"]


def test_stopping_leaves_what_the_engine_does_not_take(rig: Rig) -> None:
    """With an engine that fails, stopping ends when patience does, and the segment stays for the next start."""
    rig.engine.failures.append(EngineError(NO_SPACE))
    rig.engine.is_down = True
    segment = rig.segment("a")
    rig.drain.put(segment)
    wait_until(lambda: rig.drain.failures > 0, 5)
    rig.drain.stop(0)

    assert rig.drained == []
    assert segment.path.exists()


def test_hurry_cuts_patience_short(rig: Rig) -> None:
    """Whoever is told to hurry while stopping waits no longer."""
    rig.engine.failures.append(EngineError(NO_SPACE))
    rig.engine.is_down = True
    rig.drain.put(rig.segment("a"))
    threading.Timer(0.05, rig.drain.hurry).start()
    rig.drain.stop(3600)

    assert rig.drained == []


def test_a_span_sent_again_keeps_its_key_time(rig: Rig) -> None:
    """In the same segment, in a later one and from an earlier life, the first key_time stays."""
    first = rig.segment("a", client_ids=True, key_time=5)
    again = first.path.read_bytes().replace(b'"key_time": 5', b'"key_time": 9')
    first.path.write_bytes(first.path.read_bytes() + again)
    first.add_keys(("o", "prod"), [(first.keys[0][0], 9)])
    first.size = first.path.stat().st_size
    rig.take(first)
    assert [row["key_time"] for row in rig.engine.rows] == [5, 5]

    rig.engine.fixed = {first.keys[0][0]: 5}
    later = rig.segment("b", client_ids=True, key_time=11)
    later.path.write_bytes(again.replace(b'"key_time": 9', b'"key_time": 11'))
    later.keys = [(first.keys[0][0], 11)]
    later.size = later.path.stat().st_size
    rig.take(later)
    assert [row["key_time"] for row in rig.engine.rows] == [5, 5, 5]
    assert rig.engine.asked == [[first.keys[0][0]]], "only what the filter knows is asked for"
    assert rig.scratch == []


@pytest.mark.parametrize("poison", ["", "poison"])
def test_what_was_not_acknowledged_is_left_out(rig: Rig, poison: str) -> None:
    """Where a failed write could not be cut back, the rows beyond what counts are not taken, halved or not."""
    segment = rig.segment("a", f"b {poison}")
    segment.path.write_bytes(segment.path.read_bytes() + rig.segment("unacknowledged").path.read_bytes())
    rig.take(segment)

    assert [row["id"] for row in rig.engine.rows] == [f"{100:032x}", f"{101:032x}"]


def test_a_segment_whose_file_stays_is_taken(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that does not let a file go does not keep its rows' readers waiting."""

    def fail(_path: Path, missing_ok: bool = False) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", fail)
    rig.take(rig.segment("a"), rig.segment("b"))

    assert rig.engine.inputs == ["a", "b"]


def test_scratch_of_a_killed_process_is_removed(rig: Rig) -> None:
    """Files of a drain that was killed go; segments and numbers stay."""
    for name in ("1.keys", "1.ids", "1.part", "1.reduced", "1.ndjson", "next"):
        (rig.home.journal / name).touch()
    leftovers(rig.home.journal)

    assert rig.scratch == ["1.ndjson", "next"]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[1]",
        b'{"id":"x"}',
        b'{"organization_id":"o","environment":"e","id":"i","key_time":"t","version":1}',
    ],
)
def test_what_is_nobodys_cannot_be_reduced(line: bytes) -> None:
    """A row without organization, time, id or version is not guessed at."""
    assert reduce(line, "why") is None
