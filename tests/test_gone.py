"""midspan.store.gone: versions leave the list when no read can meet their rows again, and not before."""

import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from midspan.store import gone, superseded
from midspan.store.engine import ChdbEngine, EngineError, _run
from midspan.store.segment import LINES_MAX, Segment, segment_files
from tests.faults.load import wait_until
from tests.parts import merge, parts
from tests.test_newest import SPANS, TENANTS, Bench, agree, leave, look

TENANT = TENANTS[0]
ALL = [("span", place, 1) for place in range(SPANS)]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("gone"))
    yield bench
    bench.close()


@pytest.fixture
def bench(one: Bench) -> Bench:
    """A store in which nothing is listed."""
    one.clear()
    return one


def right(bench: Bench) -> None:
    """What the server reads is what the model says."""
    agree(bench, [TENANT], [None])


def sent_twice(bench: Bench) -> None:
    for value in (1, 2):
        bench.take(bench.send(TENANT, [("span", place, value) for place in range(SPANS)]))


def listed(bench: Bench) -> set[int]:
    lines = bench.engine.query("SELECT version FROM superseded")
    return {json.loads(line)["version"] for line in lines.splitlines()}


def asked(bench: Bench) -> list[tuple[str, str]]:
    """In which ways a query of the tenant's is asked."""
    ways: list[tuple[str, str]] = []

    def run(*way: str) -> bytes:
        ways.append((way[0], way[1]))
        return b""

    bench.drain.superseded.read(TENANT, run)
    return ways


def test_versions_leave_when_merges_have_removed_them(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenant that sends each span twice is read with FINAL while all that is listed, then as if nothing had been."""
    monkeypatch.setattr(superseded, "EXCLUDED_MIN", SPANS - 1)
    bench.take(bench.send(TENANTS[1], ALL))
    bench.drain.superseded.rows = 0
    sent_twice(bench)
    assert (len(listed(bench)), asked(bench)) == (SPANS, [superseded.FINAL])
    assert bench.drain.superseded.reads_final(TENANT)

    assert len(look(bench).versions) == 0
    merge(bench.engine)
    assert len(look(bench).versions) == SPANS
    bench.disk.clean()
    assert leave(bench)

    assert (listed(bench), bench.drain.superseded.count, asked(bench)) == (set(), 0, [superseded.PLAIN])
    assert not bench.drain.superseded.reads_final(TENANT)
    assert bench.drain.superseded.rows == 2 * SPANS
    right(bench)


def test_what_is_stored_stays_listed(bench: Bench) -> None:
    """Versions in other parts, deletions, and what is listed after the look stay when others leave."""
    sent_twice(bench)
    merge(bench.engine)
    bench.take(bench.send(TENANT, [("span", 0, 3), ("delete", 1, 0)]))
    stored = {2 * LINES_MAX, 2 * LINES_MAX + 1, 3 * LINES_MAX + 1}
    stay = {line for line in listed(bench) if line // LINES_MAX > bench.number - 2}
    found = look(bench)
    assert len(found.versions) == SPANS
    assert len(stay) == len(stored)
    bench.take(bench.send(TENANT, [("span", 2, 4)]))
    later = listed(bench) - stay - set(found.versions.tolist())
    assert len(later) == 1
    bench.disk.clean()
    assert leave(bench)

    assert listed(bench) == stay | later
    assert asked(bench) == [superseded.EXCLUDING]
    right(bench)


@pytest.mark.parametrize("careless", [False, True])
def test_a_merge_that_is_undone_uncovers_nothing(bench: Bench, careless: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing leaves while the parts are there that a merge was made of; if it did, old rows would be read again."""
    if careless:
        monkeypatch.setattr(gone, "are_removed", lambda engine, found: True)
    sent_twice(bench)
    merge(bench.engine)
    assert len(look(bench).versions) == SPANS
    assert leave(bench) is careless
    bench.disk.undo()

    if careless:
        with pytest.raises(AssertionError):
            right(bench)
    else:
        right(bench)
        assert not leave(bench)


def test_a_merge_that_is_undone_between_the_looks_begins_it_anew(bench: Bench) -> None:
    """What came back was merged again meanwhile, by parts that the first look has not seen."""
    sent_twice(bench)
    merge(bench.engine)
    found = look(bench)
    bench.disk.undo()
    names = {part["name"] for part in parts(bench.engine, active=True)} & set(found.parts)
    assert names
    merge(bench.engine)
    assert not leave(bench)

    # Even if those it has seen were gone.
    bench.found = gone.Found(found.versions, (), found.era, 0)
    assert not leave(bench)
    assert len(listed(bench)) == SPANS


def test_parts_that_are_found_late_count(bench: Bench) -> None:
    """When a table is loaded, parts that are not active are found behind its back; a look waits for them."""
    bench.disk.clean()
    for value in range(1, 7):
        bench.take(bench.send(TENANT, [("span", 0, value)]))
    merge(bench.engine)
    inactive = {part["name"] for part in parts(bench.engine, active=False)}
    assert len(inactive) >= 6
    for _ in range(2):
        bench.engine.command("DETACH TABLE spans SYNC")
        bench.engine.command("ATTACH TABLE spans")
        assert set(look(bench).parts) == inactive


def test_a_query_that_began_earlier_holds_its_parts(bench: Bench) -> None:
    """The engine does not remove them before it ends, so nothing leaves the list that it might leave out."""
    sent_twice(bench)
    bench.disk.keep_for(0)
    reader = bench.engine._open({})
    slow = "SELECT sum(sleepEachRow(0.05)) FROM spans SETTINGS max_block_size = 1, max_threads = 1"
    thread = threading.Thread(target=lambda: _run(reader, slow, None))
    thread.start()
    held = "SELECT name FROM system.parts WHERE table = 'spans' AND refcount > 1"
    wait_until(lambda: bool(bench.engine.inspect(held)), 20)
    merge(bench.engine)
    look(bench)

    def left() -> bool:
        bench.disk.keep_for(0)
        return leave(bench)

    while thread.is_alive():
        assert not (left() and thread.is_alive())
        thread.join(0.05)
    reader.close()
    wait_until(left, 20)
    bench.disk.keep_for(3600)
    right(bench)


@pytest.mark.parametrize("careless", [False, True])
def test_versions_of_a_segment_that_may_come_again_stay(
    bench: Bench, careless: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that could not be removed is taken once more by the next process, also for spans without client ids."""
    if careless:
        monkeypatch.setattr(gone, "_segments", lambda journal: np.array([], dtype=np.uint64))
    segment = bench.send(TENANT, [("anonymous", 0, 1), ("span", 1, 1)])
    copy = segment.path.read_bytes()
    bench.take(segment)
    segment.path.write_bytes(copy)
    bench.take(bench.send(TENANT, [("mark", 0, 2), ("mark", 1, 2)]))
    merge(bench.engine)
    assert len(look(bench).versions) == (2 if careless else 0)
    bench.disk.clean()
    assert leave(bench) is careless

    take_what_is_left(bench)
    if careless:
        with pytest.raises(AssertionError):
            right(bench)
    else:
        right(bench)


def test_a_segment_that_comes_again_all_the_same_is_listed_again(bench: Bench) -> None:
    """Where a file comes back whose versions have left, its spans with client ids are listed as they are stored."""
    segment = bench.send(TENANT, ALL)
    copy = segment.path.read_bytes()
    bench.take(segment)
    bench.take(bench.send(TENANT, [("span", place, 2) for place in range(SPANS)]))
    merge(bench.engine)
    look(bench)
    bench.disk.clean()
    assert leave(bench)
    assert listed(bench) == set()
    segment.path.write_bytes(copy)
    take_what_is_left(bench)

    assert len(listed(bench)) == SPANS
    right(bench)


def take_what_is_left(bench: Bench) -> None:
    """What the next process does first, where the engine has set something aside and knows no token any more."""
    bench.restart()
    bench.engine._era += "x"
    for path in segment_files(bench.home.journal):
        again = Segment.recover(path)
        assert again is not None
        bench.take(again)


def test_a_failure_half_way_leaves_more_in_the_list(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether what stays is not written, or in vain, or not whole, or what was is not dropped: reads are right, and the
    next time goes on.
    """
    sent_twice(bench)
    merge(bench.engine)
    bench.take(bench.send(TENANT, [("span", 0, 3)]))
    look(bench)
    bench.disk.clean()
    write, command = bench.engine.write, bench.engine.command

    def fail(*_: Any) -> None:
        raise EngineError("Code: 210. DB::NetException: the network failed")

    def late(*given: Any) -> None:
        write(*given)
        fail()

    def undropped(sql: str, *rest: Any) -> bytes:
        if sql.startswith("ALTER"):
            fail()
        return command(sql, *rest)

    for written in (fail, late, lambda sql, size: None):
        monkeypatch.setattr(bench.engine, "write", written)
        with pytest.raises(EngineError, match=r"failed|not written whole"):
            leave(bench)
        monkeypatch.setattr(bench.engine, "write", write)
        assert len(listed(bench)) == SPANS + 1
        right(bench)
        merge(bench.engine, "superseded")
    with monkeypatch.context() as patch:
        patch.setattr(bench.engine, "command", undropped)
        leave(bench)
    assert len(listed(bench)) == SPANS + 1
    right(bench)

    assert leave(bench)
    assert (len(listed(bench)), bench.drain.superseded.count) == (1, 1)
    right(bench)


def test_the_list_is_read_in_windows(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look goes on where the one before ended, and begins again after the end."""
    monkeypatch.setattr(gone, "LISTED_MAX", 2)
    sent_twice(bench)
    merge(bench.engine)
    seen: list[int] = []
    after = 0
    for place in range(3):
        found = gone.look(bench.engine, bench.home.journal, after)
        seen += found.versions.tolist()
        after = found.last
        assert (after == 0) is (place == 2)
    assert set(seen) == listed(bench)
    assert len(seen) == SPANS


def test_the_drain_does_it_by_itself(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between segments and while nothing comes; a stop in the midst of a look waits for nothing."""
    monkeypatch.setattr(gone, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(gone, "PAUSE_SHARE", 0)
    monkeypatch.setattr(gone, "CHECK_SECONDS", 0.01)
    monkeypatch.setattr("midspan.store.drain.TEND_SECONDS", 0.02)
    sent_twice(bench)
    merge(bench.engine)
    drain = bench.drain
    drain.start()
    try:
        wait_until(lambda: drain._gone._thread is not None, 20)
        time.sleep(0.1)
        assert drain.superseded.count == SPANS
        bench.disk.clean()
        wait_until(lambda: drain.superseded.count == 0, 20)
        wait_until(lambda: not list(bench.home.journal.glob("*.gone")), 20)
        drain.put(bench.send(TENANT, [("span", 0, 3)]))
        wait_until(lambda: drain.superseded.count == 1, 20)
        slow = gone._stored

        def sleeping(engine: ChdbEngine, versions: Any) -> Any:
            engine.inspect(f"SELECT {gone._MARK} count() FROM numbers(1000000000000)")
            return slow(engine, versions)

        monkeypatch.setattr(gone, "_stored", sleeping)
        asks = "SELECT 1 FROM system.processes WHERE query LIKE 'SELECT /* looks%'"
        wait_until(lambda: bool(bench.engine.inspect(asks)), 20)
    finally:
        drain.stop(5)
    assert not bench.engine.inspect(asks)
    right(bench)


def test_pauses_grow_while_nothing_may_leave(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked less and less often for what merges do not remove, and at once when the list has doubled."""
    monkeypatch.setattr(gone, "PAUSE_SECONDS", 10.0)
    monkeypatch.setattr(gone, "PAUSE_SHARE", 0)
    monkeypatch.setattr(gone, "GROWN_MIN", 0)
    clock = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: clock)
    sent_twice(bench)
    steps = gone.Gone(bench.engine, bench.drain.superseded, bench.home.journal)
    looks: list[float] = []
    monkeypatch.setattr(steps, "_look", lambda: looks.append(clock))

    def run(until: float) -> None:
        nonlocal clock
        while clock < until:
            clock += 1
            steps.step()
            if steps._thread is not None:
                threading.Thread.join(steps._thread)
                steps.step()

    run(1100)
    assert np.diff([1000.0, *looks]).tolist() == [10.0, 20.0, 40.0]
    sent_twice(bench)
    run(1103)
    assert looks[-1] == 1101.0


def test_whatever_is_on_disk_when_the_process_dies_is_enough(tmp_path: Path, one: Bench) -> None:
    """Killed at each step of writing the list anew: the next process reads right, and goes on."""
    one.engine.close()
    bench = Bench(tmp_path / "data")
    bench.clear()
    sent_twice(bench)
    merge(bench.engine)
    bench.take(bench.send(TENANT, [("span", 0, 3)]))
    look(bench)
    bench.disk.clean()
    stages: list[Path] = []

    def keep() -> None:
        stages.append(shutil.copytree(bench.home.root, tmp_path / str(len(stages)), symlinks=True))

    def kept(then: Callable[..., Any]) -> Callable[..., Any]:
        def run(sql: str, *rest: Any) -> Any:
            found = then(sql, *rest)
            if sql.startswith(("INSERT", "ALTER")):
                keep()
            return found

        return run

    engine = bench.engine
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "write", kept(engine.write))
        patch.setattr(engine, "command", kept(engine.command))
        assert leave(bench)
    model = bench.model, bench.added, bench.scores
    bench.close()
    assert len(stages) == 2
    for stage, size in zip(stages, (SPANS + 1, 1), strict=True):
        next_ = Bench(stage)
        next_.model, next_.added, next_.scores = model
        assert len(listed(next_)) == size
        right(next_)
        next_.close()
    one.open()
