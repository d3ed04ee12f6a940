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
