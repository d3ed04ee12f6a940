"""The bench runs, counts what it sent, and reports it."""

import json
import subprocess
import sys
from pathlib import Path

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
    assert {"write", "visible", "read", "start", "idle", "peak", "disk", "engine", "fairness", "crash"} <= kinds
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
