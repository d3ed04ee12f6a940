"""midspan.store.superseded, annotations: whatever happens to spans, each is read once, newest, with what was added."""

import contextlib
import itertools
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midspan.domain.cost import Repriced
from midspan.domain.mark import Mark
from midspan.domain.score import Score
from midspan.domain.span import Span
from midspan.search import hours, metrics
from midspan.search.measures import MEASURES
from midspan.search.predicates import TENANT
from midspan.search.scope import Scope, group_field
from midspan.store import annotations, gone, rows, superseded
from midspan.store.drain import Drain
from midspan.store.engine import ChdbEngine, EngineError
from midspan.store.home import Home
from midspan.store.known import Known
from midspan.store.migrate import migrate
from midspan.store.segment import OpenSegment, Segment, segment_files
from tests.parts import Disk, merge

SPANS = 5
TABLES = ("spans", "span_keys", "superseded", "marks", "scores")
START = 1_700_000_000_000_000
DAY = 24 * 3600 * 1_000_000
TENANTS = [("o", "prod"), ("o", "test")]


At = tuple[tuple[str, str], int]
"""A tenant, and which of its spans."""


def id_of(tenant: tuple[str, str], place: int) -> str:
    return f"{place + (16 if tenant[1] == 'test' else 0):032x}"


class Bench:
    """A drain on an engine, fed with segments by hand, and a model of what it holds."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.number = 0
        self.arrivals = itertools.count(START)
        self.open()

    def open(self) -> None:
        self.engine = ChdbEngine(self.home.engine, memory=512 << 20, readers=2, query_seconds=10)
        migrate(self.engine)
        self.disk = Disk(self.engine)
        self.restart()

    def restart(self) -> None:
        """What a process knows that starts on this engine."""
        self.known = Known(1000)  # not rebuilt: each segment asks
        self.drain = Drain(self.home, self.engine, self.known, lambda segment: None)
        self.drain.superseded.load()
        self.found: gone.Found | None = None

    def clear(self) -> None:
        for table in ("spans", "span_keys", "superseded", "marks", "scores", "trace_times", "answers"):
            self.engine.command(f"TRUNCATE TABLE {table}")
        self.restart()
        self.model: dict[At, dict[str, Any]] = {}
        self.added: dict[At, dict[str, Any]] = {}
        self.scores: dict[At, float] = {}

    def close(self) -> None:
        self.engine.close()
        self.home.close()

    def write(self, number: int, tenant: tuple[str, str], lines: list[bytes], keys: list[tuple[str, int]]) -> Segment:
        segment = OpenSegment(self.home.journal, number)
        segment.keep(segment.write(lines), tenant, keys)
        segment.is_annotated = any(map(annotations.is_annotation, lines))
        segment.close()
        return segment

    def send(self, tenant: tuple[str, str], events: list[tuple[str, int, int]]) -> Segment:
        """A segment of events (what, span, value), written and told to the model."""
        lines, keys = [], []
        again = {place for what, place, _ in events if what == "span"}
        for what, place, value in events:
            at = (tenant, place)
            if what in ("span", "anonymous"):
                span = self.span(at, value)
                span.has_client_ids = what == "span"
                lines.append(rows.line(span))
                keys += [(span.id, span.key_time)] if span.has_client_ids else []
            elif what == "price":
                lines.append(self.price(at, value))
                if at in self.model and place not in again:  # else it is not what the price was computed from
                    self.model[at]["cost"] = float(value)
            elif at in self.model:  # nobody can add to what is not there
                lines.append(self.annotation(what, at, value))
        self.number += 1
        return self.write(self.number, tenant, lines, keys)

    def span(self, at: At, value: int) -> Span:
        self.model[at] = {"value": value, "note": "sent", "metadata": {"sent": str(value)}, "pinned": False}
        self.model[at]["cost"] = None
        return Span(
            organization_id=at[0][0],
            environment=at[0][1],
            id=id_of(*at),
            key_time=START + value * DAY,  # another day each time: its place in the table stays the first one
            has_client_ids=True,
            timestamp=START + value * DAY,
            received_at=next(self.arrivals),
            model=f"m{value % 3}",
            total_request_tokens=value,
            note="sent",
            metadata={"sent": str(value)},
            trace_unique_id=f"t{at[1] % 2}",
        )

    def price(self, at: At, value: int) -> bytes:
        """A cost that was computed from what the engine has now."""
        found = self.engine.query(
            f"SELECT {rows.basis('spans')} AS basis FROM spans WHERE id = {{id:String}} ORDER BY version DESC LIMIT 1",
            {"id": id_of(*at)},
        )
        basis = json.loads(found)["basis"] if found else 1
        price = Repriced(id=id_of(*at), key_time=0, basis=basis, cost=Decimal(value), cost_source="override")
        return annotations.price_line(at[0], price)

    def annotation(self, what: str, at: At, value: int) -> bytes:
        tenant, id_ = at[0], id_of(*at)
        if what == "delete":
            for kept in (self.model, self.added, self.scores):
                kept.pop(at, None)
            return annotations.delete_line(tenant, id_, 0)
        if what == "score":
            self.scores[at] = value
            score = Score(
                organization_id=tenant[0], environment=tenant[1], log_id=id_, id="5" * 32, numerical_value=value
            )
            return annotations.score_line(tenant, score)
        changes: dict[str, Any] = {"metadata": {f"k{value % 2}": str(value)}, "is_pinned": value % 2 == 0}
        if value % 3:
            changes["note"] = f"n{value}"
        added = self.added.setdefault(at, {"metadata": {}})
        added["metadata"] |= changes["metadata"]
        added["pinned"] = changes["is_pinned"]
        if value % 3:
            added["note"] = changes["note"]
        return annotations.mark_line(tenant, Mark(id=id_, key_time=0, **changes))

    def take(self, segment: Segment) -> None:
        """Have the drain take a segment; whatever fails is tried again, as the drain does."""
        assert self.drain._take(segment), self.drain.last_error

    def expected(self, tenant: tuple[str, str]) -> dict[str, tuple[int, str, dict[str, str], bool, float | None]]:
        told = {}
        for (owner, place), row in self.model.items():
            if owner == tenant:
                added = self.added.get((owner, place), {})
                now = {**row, **added, "metadata": row["metadata"] | added.get("metadata", {})}
                told[id_of(owner, place)] = (now["value"], now["note"], now["metadata"], now["pinned"], now["cost"])
        return told

    def read(self, tenant: tuple[str, str], sql: str, way: tuple[str, str] | None = None) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines(tenant, sql, way).splitlines()]

    def lines(
        self,
        tenant: tuple[str, str],
        sql: str,
        way: tuple[str, str] | None,
        parameters: dict[str, str | int] | None = None,
    ) -> bytes:
        bound = {**(parameters or {}), "organization_id": tenant[0], "environment": tenant[1]}

        def run(final: str, newest: str) -> bytes:
            return self.engine.query(sql.replace("@final", final).replace("@newest", newest), bound)

        return run(*way) if way else self.drain.superseded.read(tenant, run)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("newest"))
    yield bench
    bench.close()


LIST = (
    "SELECT id, total_request_tokens AS value, note, metadata, is_pinned, toFloat64(cost) AS usd "
    f"FROM spans @final WHERE {TENANT}"
)
COUNT = (
    "SELECT count() AS n, sum(total_request_tokens) AS total, sum(toFloat64(cost)) AS usd "
    f"FROM spans @final WHERE {TENANT}"
)
HOURLY = hours.plan(
    metrics.Question(
        scope=Scope(start=START - DAY, end=START + 50 * DAY),
        measures=[MEASURES[name] for name in ("count", "sum_total_request_tokens", "sum_cost")],
        groups=[group_field("model")],
        sort=MEASURES["count"],
    ),
    approximate=False,
)
BY_MODEL = f"SELECT model, count() AS n FROM spans @final WHERE {TENANT} AND model = 'm1' GROUP BY model"
SCORES = (
    "SELECT log_id, numerical_value AS value FROM scores FINAL WHERE organization_id = {organization_id:String} "
    "AND environment = {environment:String}"
)


def hourly(bench: Bench, tenant: tuple[str, str], way: tuple[str, str] | None) -> dict[str, tuple[Any, ...]]:
    """Model → how many spans, their tokens, their cost: added up of the sums of whole hours."""
    assert HOURLY is not None
    sql, parameters = hours.ask(HOURLY)
    found = hours.read(HOURLY, bench.lines(tenant, sql, way, parameters))
    assert found is not None
    return {
        each.keys[0]: tuple(
            float(bytes(value)) if isinstance(value, msgspec.Raw) else value for value in each.totals.values()
        )
        for each in found[1].series
    }


def by_model(expected: dict[str, tuple[int, str, dict[str, str], bool, float | None]]) -> dict[str, tuple[Any, ...]]:
    """The same of what the model says."""
    found: dict[str, tuple[Any, ...]] = {}
    for value, _, _, _, usd in expected.values():
        count, tokens, cost = found.get(f"m{value % 3}", (0, 0, 0))
        found[f"m{value % 3}"] = (count + 1, tokens + value, cost + (usd or 0))
    return found


WAYS = (None, superseded.EXCLUDING, superseded.FINAL)


def agree(
    bench: Bench,
    tenants: Sequence[tuple[str, str]] = TENANTS,
    ways: Sequence[tuple[str, str] | None] = WAYS,
) -> None:
    """What is read in each way is what the model says."""
    for tenant in tenants:
        expected = bench.expected(tenant)
        values = [row[0] for row in expected.values()]
        for way in ways:
            found = bench.read(tenant, LIST, way)
            told = {
                row["id"]: (row["value"], row["note"], row["metadata"], row["is_pinned"], row["usd"]) for row in found
            }
            assert len(found) == len(told), way
            assert told == expected, way
            costs = [row[4] for row in expected.values() if row[4] is not None]
            sums = {"total": sum(values) if values else None, "usd": sum(costs) if costs else None}
            assert bench.read(tenant, COUNT, way) == [{"n": len(values), **sums}], way
            assert hourly(bench, tenant, way) == by_model(expected), way
            ones = sum(value % 3 == 1 for value in values)
            assert bench.read(tenant, BY_MODEL, way) == ([{"model": "m1", "n": ones}] if ones else []), way
        scores = {id_of(*at): value for at, value in bench.scores.items() if at[0] == tenant}
        assert {row["log_id"]: row["value"] for row in bench.read(tenant, SCORES)} == scores


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["span", "span", "span", "mark", "price", "delete", "score"]),
        st.integers(0, SPANS - 1),
        st.integers(1, 40),
    ),
    min_size=1,
    max_size=6,
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("send"), st.sampled_from(TENANTS), EVENTS),
        st.tuples(st.sampled_from(["merge", "restart", "fail", "fail late", "replay"]), st.none(), st.none()),
        st.tuples(st.sampled_from(["merge", "look", "clean", "leave", "undo"]), st.none(), st.none()),
    ),
    min_size=2,
    max_size=8,
)


def step(bench: Bench, what: str, tenant: tuple[str, str] | None, events: list[tuple[str, int, int]] | None) -> None:
    """One thing that happens."""
    if tenant is not None and events is not None:
        bench.take(bench.send(tenant, events))
        return
    happen: dict[str, Callable[[], object]] = {
        "merge": lambda: merge(bench.engine, *TABLES),
        "look": lambda: look(bench),
        "clean": bench.disk.clean,
        "undo": bench.disk.undo,
        "leave": lambda: leave(bench),
        "restart": bench.restart,
        "fail": lambda: fail_once(bench, TENANTS[0], late=False),
        "fail late": lambda: fail_once(bench, TENANTS[0], late=True),
        "replay": lambda: replay(bench, TENANTS[1]),
    }
    happen[what]()


def look(bench: Bench) -> gone.Found:
    """The first look for what may leave the list."""
    bench.found = gone.look(bench.engine, bench.home.journal)
    return bench.found


def leave(bench: Bench) -> bool:
    """The second look, and what may leave leaves; whether anything did."""
    if bench.found is None or not gone.are_removed(bench.engine, bench.found):
        return False
    versions = gone.look_again(bench.engine, bench.found)
    if versions is None or not len(versions):
        return False
    path = bench.home.journal / "superseded.gone"
    gone.write_lines(path, versions)
    bench.drain.superseded.take_off(path)
    return True


def fail_once(bench: Bench, tenant: tuple[str, str], *, late: bool) -> None:
    """A segment that replaces spans fails once at each of its writes; a new process begins it again."""
    events = [("span", 0, 7), ("mark", 0, 8), ("score", 0, 2), ("span", 1, 3), ("delete", 1, 1), ("span", 2, 9)]
    events += [("price", 0, 4), ("price", 3, 5), ("mark", 4, 6), ("price", 4, 7), ("mark", 3, 8)]
    segment = bench.send(tenant, events)
    for fails_at in range(20):
        calls = 0
        write, insert = bench.engine.write, bench.engine.insert

        def count(then: Any, fails_at: int = fails_at) -> Any:
            def run(*arguments: Any) -> None:
                nonlocal calls
                calls += 1
                if late and calls > fails_at:
                    then(*arguments)
                if calls > fails_at:
                    raise EngineError("Code: 210. DB::NetException: the network failed")
                then(*arguments)

            return run

        with pytest.MonkeyPatch.context() as patch, contextlib.suppress(EngineError):
            patch.setattr(bench.engine, "write", count(write))
            patch.setattr(bench.engine, "insert", count(insert))
            bench.drain._insert(segment)
            break
        bench.restart()
        recovered = Segment.recover(segment.path)
        assert recovered is not None
        segment = recovered
    else:
        pytest.fail("it failed at every try")
    segment.path.unlink()


def replay(bench: Bench, tenant: tuple[str, str]) -> None:
    """A segment's file stays, others are taken after it, and the next process takes it once more."""
    first = bench.send(tenant, [("span", 0, 5), ("mark", 0, 5), ("score", 0, 1), ("span", 3, 1), ("delete", 3, 0)])
    copy = first.path.read_bytes()
    bench.take(first)
    priced = bench.send(tenant, [("price", 0, 8), ("mark", 4, 3), ("price", 4, 9)])
    priced_copy = priced.path.read_bytes()
    bench.take(priced)
    bench.take(bench.send(tenant, [("mark", 0, 11), ("span", 0, 6), ("score", 0, 9), ("span", 3, 4)]))
    first.path.write_bytes(copy)
    priced.path.write_bytes(priced_copy)
    bench.restart()
    for path in segment_files(bench.home.journal):
        again = Segment.recover(path)
        assert again is not None
        bench.take(again)


@settings(max_examples=4, deadline=None)
@given(STEPS)
def test_every_way_of_reading_shows_the_newest(bench: Bench, steps: list[Any]) -> None:
    """New, sent again, marked, priced, scored, deleted, merged, restarted, failed: lists, counts and sums are those of
    the model.
    """
    bench.clear()
    for each in steps:
        step(bench, *each)
        agree(bench)


def test_an_earlier_segment_that_comes_late_changes_nothing(bench: Bench) -> None:
    """A segment with a lower number that is drained after a higher one holds older versions; new spans are new."""
    bench.clear()
    tenant = TENANTS[0]
    early = bench.send(tenant, [("span", 0, 1), ("span", 0, 2), ("span", 1, 3)])
    bench.take(bench.send(tenant, [("span", 0, 9)]))
    bench.take(early)

    agree(bench)
    assert bench.expected(tenant)[id_of(tenant, 0)][0] == 9


def test_a_middle_version_that_was_merged_away_uncovers_none(bench: Bench) -> None:
    """Of three versions the middle one may vanish by a merge; the first stays unread."""
    bench.clear()
    tenant = TENANTS[0]
    for value in (1, 2, 3):
        bench.take(bench.send(tenant, [("span", 0, value)]))
        if value == 2:
            bench.engine.command("OPTIMIZE TABLE spans FINAL")
        agree(bench)


def test_no_read_sees_a_span_twice_or_not_at_all(bench: Bench) -> None:
    """While segments that replace every span are inserted, each of many reads finds each span once."""
    bench.clear()
    tenant = TENANTS[0]
    bench.take(bench.send(tenant, [("span", place, 1) for place in range(SPANS)]))
    wrong: list[Any] = []
    reads = 0
    done = threading.Event()

    def look() -> None:
        nonlocal reads
        while not done.is_set():
            (found,) = bench.read(tenant, f"SELECT count() AS n, uniqExact(id) AS ids FROM spans @final WHERE {TENANT}")
            reads += 1
            if found != {"n": SPANS, "ids": SPANS}:
                wrong.append(found)

    thread = threading.Thread(target=look)
    thread.start()
    for value in range(2, 12):
        bench.take(bench.send(tenant, [("span", place, value) for place in range(SPANS)] + [("mark", 0, value)]))
    done.set()
    thread.join()

    assert wrong == []
    assert reads > 10
