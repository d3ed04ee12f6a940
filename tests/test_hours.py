"""midspan.search.hours: the engine answers from its hourly sums, which see one state of the table."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from midspan.search import hours, parts
from midspan.search.buckets import HOUR, buckets
from midspan.search.measures import MEASURES, QUANTILES
from midspan.search.metrics import Question, Table
from midspan.search.scope import Scope, group_field
from midspan.store import engine, migrate, superseded
from midspan.store.engine import ChdbEngine
from midspan.store.migrate import statements
from tests.test_newest import SPANS, START, TENANTS, Bench

DAY = 24 * HOUR
BOUND = {"organization_id": TENANTS[0][0], "environment": TENANTS[0][1]}
ALL = Scope(start=START - DAY, end=START + 60 * DAY)


def question(*names: str, zone: str = "UTC", by: tuple[str, ...] = (), scope: Scope = ALL) -> Question:
    measures = [MEASURES[name] for name in names]
    assert scope.end is not None
    return Question(
        scope=scope,
        measures=measures,
        groups=[group_field(name) for name in by],
        buckets=buckets(scope.start, scope.end, "1d", ZoneInfo(zone)),
        sort=measures[0],
    )


def asked(bench: Bench, plan: hours.Plan) -> Table:
    sql, parameters = hours.ask(plan)

    def run(final: str, newest: str) -> bytes:
        return bench.engine.query(sql.replace("@final", final).replace("@newest", newest), parameters | BOUND)

    found = hours.read(plan, bench.drain.superseded.read(TENANTS[0], run))
    assert found is not None
    return found[1]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    bench.clear()
    yield bench
    bench.close()


def planned(names: tuple[str, ...], by: tuple[str, ...] = (), **given: Any) -> hours.Plan:
    plan = hours.plan(question(*names, by=by, **given), approximate=True)
    assert plan is not None
    return plan


def read_from(bench: Bench, plan: hours.Plan) -> list[str]:
    """What the engine means to read, in the order of the SELECTs."""
    sql, parameters = hours.ask(plan)
    sql = sql.replace("@final", superseded.PLAIN[0]).replace("@newest", superseded.PLAIN[1])
    lines = bench.engine.query(f"EXPLAIN {sql}", parameters | BOUND, "TSV").decode().splitlines()
    return [line.strip(" │├└─") for line in lines if "ReadFrom" in line]


def test_whole_hours_are_read_from_what_is_kept(bench: Bench) -> None:
    """Sums and histograms come from the three projections, in whichever zone the days begin."""
    bench.take(bench.send(TENANTS[0], [("span", place, 2 * place) for place in range(SPANS)]))
    every = tuple(name for name, measure in MEASURES.items() if parts.needed(measure))
    for zone in ("UTC", "Asia/Kolkata"):
        found = " ".join(read_from(bench, planned(every, ("model",), zone=zone)))
        for name in ("hours", "latencies", "first_tokens"):
            assert f"ReadFromMergeTree ({name})" in found, found
    assert len(every) == 4 + 2 * 11 + 2 * len(QUANTILES)


def test_every_measure_of_hours_is_kept_by_each_dimension(bench: Bench) -> None:
    """Grouped by all of them at once, the sums still come from there."""
    bench.take(bench.send(TENANTS[0], [("span", 0, 1)]))
    for names in (hours.DIMENSIONS[:3], hours.DIMENSIONS[3:]):
        assert "ReadFromMergeTree (hours)" in " ".join(read_from(bench, planned(("sum_cost", "error_rate"), names)))


def test_sums_of_hours_see_one_state_of_the_table(bench: Bench) -> None:
    """Parts that are merged while the sums are read change nothing: what is taken away is what was counted."""
    sql, parameters = hours.ask(planned(("count",)))
    sql = sql.replace("@final", superseded.EXCLUDING[0]).replace("@newest", superseded.EXCLUDING[1])
    sql = f"SELECT sum(p_count) AS n FROM ({sql}) SETTINGS merge_tree_storage_snapshot_sleep_ms = 100"
    reader = bench.engine._open({})
    found: list[bytes] = []

    def look(begun: threading.Event) -> None:
        for _ in range(2):
            found.append(engine._run(reader, sql, parameters | BOUND))
            begun.set()

    for value in range(1, 4):
        bench.take(bench.send(TENANTS[0], [("span", place, value) for place in range(SPANS)]))
        begun = threading.Event()
        thread = threading.Thread(target=look, args=(begun,))
        thread.start()
        begun.wait()
        bench.engine.command("OPTIMIZE TABLE spans FINAL")
        thread.join()
    reader.close()

    assert [json.loads(line) for line in found] == [{"n": SPANS}] * 6


NUMBERS = (0, 5e-324, 1e-9, 0.001, 1, 1.0202013400267558, 2.5, 61, 86_400, 1e300, 1.7976931348623157e308, -3.5)


def test_a_histogram_takes_every_number(bench: Bench) -> None:
    """What stands for a number is a hundredth beside it at most; only NULL is left out."""
    for number in NUMBERS:
        sql = parts.interval_sql("latency").replace("latency", "toNullable({number:Float64})")
        (line,) = bench.engine.query(f"SELECT {sql} AS x", {"number": repr(number)}).splitlines()
        given = parts._number(json.loads(line)["x"])
        assert given == pytest.approx(number, rel=0.01, abs=1e-299)
    (line,) = bench.engine.query(f"SELECT {parts.interval_sql('CAST(NULL AS Nullable(Float64))')} AS x").splitlines()
    assert json.loads(line)["x"] == parts.MISSING


def test_a_window_of_few_whole_hours_is_not_cut() -> None:
    """Nor is one whose buckets begin within most hours: the spans themselves are asked."""
    short = Scope(start=START, end=START + HOUR)
    assert hours.cut(question("count", scope=short)) is None
    wide = Question(
        scope=Scope(start=START, end=START + 5 * DAY),
        measures=[MEASURES["count"]],
        sort=MEASURES["count"],
        buckets=buckets(START, START + 5 * DAY, "30m", ZoneInfo("UTC")),
    )
    assert hours.plan(wide, approximate=True) is None


def test_what_hours_do_not_know_is_asked_of_the_spans() -> None:
    """Distinct counts, extremes, sums of floats, other groups; exact quantiles; quantiles by what has no histogram."""
    for name in ("distinct_customers", "max_cost", "sum_latency", "avg_tokens_per_second", "p50_cost"):
        assert hours.plan(question("count", name), approximate=True) is None
    assert hours.plan(question("count", by=("customer_identifier",)), approximate=True) is None
    assert hours.plan(question("p95_latency"), approximate=False) is None
    assert hours.plan(question("p95_latency", by=("status_code",)), approximate=True) is None


def test_a_store_without_hourly_sums_gets_them_behind_its_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier Midspan stored is counted at once, and kept by the hour when the engine has come round to it."""
    store = ChdbEngine(tmp_path, memory=512 << 20, readers=1, query_seconds=10)
    every = migrate.files()
    monkeypatch.setattr(migrate, "files", lambda: {number: every[number] for number in range(1, 5)})
    migrate.migrate(store)
    columns = "organization_id, environment, key_time, id, timestamp, latency, version"
    values = ", ".join(f"('o', 'prod', {START // 10**6}, '{n}', {START // 10**6 + n}, {n}, {n})" for n in range(1, 9))
    store.command(f"INSERT INTO spans ({columns}) VALUES {values}")
    monkeypatch.undo()
    plan = planned(("count", "p50_latency"))
    sql, parameters = hours.ask(plan)
    sql = sql.replace("@final", "").replace("@newest", "1")
    try:
        migrate.migrate(store)
        for _ in range(2):
            found = hours.read(plan, store.query(sql, parameters | BOUND))
            assert found is not None
            assert found[1].totals["count"] == 8
            assert found[1].totals["p50_latency"] == pytest.approx(4.5, rel=0.01)
            for statement in statements(every[5][1]):  # once more, and waited for
                store.command(statement.replace("mutations_sync = 0", "mutations_sync = 1"))
        kept = store.command("SELECT DISTINCT name FROM system.projection_parts WHERE active ORDER BY name")
        assert [json.loads(line)["name"] for line in kept.splitlines()] == ["first_tokens", "hours", "latencies"]
    finally:
        store.close()


def test_what_a_power_cut_broke_is_read_from_the_spans_and_made_anew(tmp_path: Path) -> None:
    """The engine does not fsync a projection: one cut short costs no count, and the next start mends it."""
    bench = Bench(tmp_path)
    bench.clear()
    bench.take(bench.send(TENANTS[0], [("span", place, 1) for place in range(SPANS)]))
    plan = planned(("count", "p95_latency"))
    kept = list(bench.home.engine.resolve().rglob("*.proj/data.bin"))
    bench.close()
    assert len(kept) == 3
    for path in kept:
        path.write_bytes(path.read_bytes()[:10])

    bench = Bench(tmp_path)
    try:
        assert asked(bench, plan).totals["count"] == SPANS
        broken = "SELECT count() AS n FROM system.projection_parts WHERE active AND is_broken"
        while json.loads(bench.engine.inspect(broken))["n"]:
            time.sleep(0.1)
        assert "ReadFromMergeTree (hours)" in " ".join(read_from(bench, plan))
        assert asked(bench, plan).totals["count"] == SPANS
    finally:
        bench.close()
