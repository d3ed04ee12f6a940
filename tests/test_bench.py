"""The bench runs, counts what it sent, and reports it."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parent.parent / "bench" / "run.py"


@pytest.mark.timeout(300)  # half a minute on a quiet machine
def test_the_smallest_bench_finds_every_span(tmp_path: Path) -> None:
    """A run of the whole bench, as small as it gets, loses nothing and prints its goals."""
    records = tmp_path / "records.jsonl"

    command = [sys.executable, str(BENCH), "--tiny", "--out", str(records)]
    ran = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        printed, said = ran.communicate(timeout=280)
    except subprocess.TimeoutExpired:
        ran.terminate()  # it ends its servers
        printed, said = ran.communicate()

    assert ran.returncode == 0, said
    assert "| work | figure | goal | met |" in printed
    found = [json.loads(line) for line in records.read_text().splitlines()]
    kinds = {record["kind"] for record in found}
    wanted = {"write", "otlp", "visible", "read", "start", "idle", "peak", "disk", "engine", "fairness", "crash"}
    assert wanted <= kinds
    settled = [record for record in found if record["kind"] == "settled"]
    assert all(record["acknowledged"] > 0 for record in settled)
    assert sum(record["lost"] + record["duplicates"] for record in settled) == 0


@pytest.mark.timeout(300)  # a quarter of a minute on a quiet machine
def test_every_question_is_answered_rightly_by_a_store_that_was_multiplied(tmp_path: Path) -> None:
    """A small store is written, multiplied and asked everything; no answer is wrong, and the table has every row."""
    latest = tmp_path / "latest.jsonl"
    command = [sys.executable, str(BENCH), "--queries", "2k", "--out", str(latest), "--stores", str(tmp_path / "kept")]

    ran = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        printed, said = ran.communicate(timeout=280)
    except subprocess.TimeoutExpired:
        ran.terminate()  # it ends its servers
        printed, said = ran.communicate()

    assert ran.returncode == 0, said
    assert "### 2,000 spans" in printed
    records = [json.loads(line) for line in (tmp_path / "queries.jsonl").read_text().splitlines()]
    (made,) = (record for record in records if record["kind"] == "store")
    assert made["base"] * (made["copies"] + 1) == made["spans"] == 2000
    cold = {record["question"]: record for record in records if record.get("cache") == "cold" and "question" in record}
    assert {name: record["status"] for name, record in cold.items()} == dict.fromkeys(cold, 200)
    assert cold["newest 50"]["found"] == cold["summary"]["found"] == 2000  # older versions do not count
    assert cold["a rare word in all prompts"]["found"] == 2
    kinds = {record["kind"] for record in records}
    assert {"start", "idle", "question", "export", "tail", "writing"} <= kinds


@pytest.fixture
def on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bench's own modules can be imported by their names, as its programs do."""
    monkeypatch.syspath_prepend(BENCH.parent)


@pytest.mark.usefixtures("on_path")
def test_the_large_trace_is_one_tree() -> None:
    """Every span of it is there once, under one root, each with a parent that is there, a good deal deep."""
    large_trace = importlib.import_module("large_trace")
    parents = {span.span_id: span.parent_id for span in large_trace.spans(2000)}

    assert len(parents) == 2000
    assert [span for span, parent in parents.items() if not parent] == [large_trace.ROOT]
    assert set(parents.values()) - {""} <= set(parents)
    assert max(depth(span, parents) for span in parents) >= 5


def depth(span: str, parents: dict[str, str]) -> int:
    """How many spans are above this one."""
    return 1 + depth(parents[span], parents) if parents[span] else 0


@pytest.mark.usefixtures("on_path")
def test_waiting_for_the_api_counts_once_what_was_asked_at_once() -> None:
    """Answers that are on their way together are waited for together; files are not waited for."""
    browsing = importlib.import_module("browsing")
    fetches = [(10.0, 40.0), (20.0, 30.0), (35.0, 60.0), (100.0, 110.0)]
    requests = [{"type": "fetch", "start": start, "end": end} for start, end in fetches]

    assert browsing.asking({"requests": [*requests, {"type": "script", "start": 0.0, "end": 500.0}]}) == 60.0


@pytest.mark.usefixtures("on_path")
def test_goals_of_the_ui_are_judged_by_p95() -> None:
    """What is slower than its goal in two of twenty openings misses it, as does what never came."""
    browsing, screens = importlib.import_module("browsing"), importlib.import_module("screens")
    listed, base = browsing.LIST, "http://127.0.0.1:1"
    file = {"address": f"{base}/assets/a.js", "type": "script", "start": 0.0, "first": 1.0, "end": 2.0}
    answer = {"address": f"{base}/api/fields/", "type": "fetch", "start": 5.0, "first": 6.0, "end": 7.5}
    requests = [{**file, "bytes": 299_000, "wire": 299_300}, {**answer, "bytes": 4000, "wire": 4300}]

    def seen(milliseconds: float, **other: Any) -> dict[str, Any]:
        times = dict.fromkeys(("contentful", "rows", "interactive", "settled", "blocked", "longest"), milliseconds)
        found = {"isSettled": True, "alerts": [], "shown": 30, "figures": 1, "charts": 1, "requests": requests}
        return {**times, **found, **other}

    def opened(page: str, way: str, *visits: dict[str, Any]) -> dict[str, Any]:
        said = {"kind": "opened", "stored": 1000, "page": page, "way": way, "times": len(visits), "server_cpu_ms": 9}
        return {**said, **browsing.opened(visits, listed, base)}

    quick = [seen(100) for _ in range(18)]
    scroll = {"kind": "scroll", "stored": 1000, "page": "Spans", "speed": 3000, "frames": 354, "seconds": 6.0}
    drawn = {"late": 3, "very_late": 2, "longest": 50.0, "cpu_ms": 3540}
    records = [
        opened("Spans", "cold", *quick, seen(999), seen(999)),
        opened("Spans", "in the app", *quick, seen(301), seen(301)),
        opened("Dashboard", "warm", *quick, seen(100, alerts=["It failed"]), seen(100, isSettled=False)),
        {**scroll, **drawn, "events": 9, "blank": 1, "blank_rows": 0.5, "waited": 0},
        {"kind": "trace", "stored": 1000, "spans": 500},
        {"kind": "absent", "stored": 1000, "page": "One trace", "alerts": []},
    ]

    judged = {goal.work: (goal.figure, goal.met) for goal in screens.goals(screens.Records(records), [1000])}
    assert judged == {
        "files of the first load, compressed": ("299 kB", True),
        "… from other hosts": ("0 requests", True),
        "first load → interactive, 1,000 spans, p95": ("999 ms", True),
        "click → table of spans, 1,000 spans, p95": ("301 ms", False),
        "scrolling, list of spans, 1,000 spans": ("59 frames/s", False),
        "… blank rows at once, at most": ("0.5 rows", False),
        "address → tree, of 500 spans among 1,000, p95": ("did not come", False),
        "address → dashboard of 30 days, whole, 1,000 spans, p95": ("did not come", False),
    }
    assert screens.faults(records) == [
        "One trace did not come on 1,000 spans: []",
        "Dashboard, warm, 1,000 spans: 2 of 20 did not come: ['It failed']",
    ]
    page = screens.page(records)
    assert "| Spans | in the app | 100 / 301 | 100 / 301 | 100 / 301 | 2.5 / 2.5 | 100 / 301 | 9 | 20 |" in page
    assert "| Spans | 3,000 | 59 | 0.85 % | 0.56 % | 50 | 10 | 1 of 9 | 0.5 | 0 of 354 |" in page
    assert "| Dashboard | /api/fields/ 5 → 8 |" in page
