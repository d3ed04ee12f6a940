"""Make a small store large, offline, with chDB alone: copies of its spans that differ as other spans would.

    python bench/multiply.py DATA_DIR/engine --to 1000000 --calm-seconds 30

Each copy has trace, span and parent ids of its own, lies elsewhere in the same 30 days (whole traces are moved, so
that copies of one text never lie beside each other on disk), has other words (some consonants are exchanged, another
way in each copy), other customers and other threads. One span in fifty was sent twice: an older version, with other
values, is stored first and listed in `superseded`, as the server does. All of it goes through INSERT … SELECT into the
table `spans`, so its indexes and the tables beside it are fed as always; versions continue those of the journal.
"""

import argparse
import itertools
import json
import time
from pathlib import Path
from typing import Any

import chdb
import workload

from midspan.store import rows
from midspan.store.segment import LINES_MAX

WINDOW = workload.DAYS * workload.DAY // 1000
GOLDEN = 0.6180339887
LETTERS = "bfhp"
"""In no key of the workload's JSON and in no escape, so that exchanging them leaves JSON as it was."""

SWAPS = ["".join(letters) for letters in itertools.permutations(LETTERS)]
TEXTS = ("input", "output", "input_preview", "output_preview", "completion_messages", "full_request", "full_response")
CUSTOMERS_TIMES = 4
THREADS_TIMES = 10
RESENT_ONE_IN = 50
BLOCK_BYTES = 1 << 30
FIRST_TAG = 0x1000

SETTINGS = (
    f"SETTINGS max_insert_threads = 1, min_insert_block_size_rows = {LINES_MAX}, "
    f"min_insert_block_size_bytes = {BLOCK_BYTES}, max_partitions_per_insert_block = 0, insert_deduplicate = 0"
)


def multiply(store: Path, size: int, calm_seconds: float) -> dict[str, Any]:
    """Copy until the store holds `size` spans; then let merges come to rest, for so long at most."""
    engine = chdb.connect(str(store))
    engine.query("CREATE TABLE bench_base ENGINE = Memory AS SELECT *, " + _numbers() + " FROM spans FINAL")
    base, version = (int(text) for text in _one(engine, "SELECT count(), max(version) FROM bench_base").split("\t"))
    segment = version // LINES_MAX + 1
    held, copy, began = base, 0, time.perf_counter()
    while held < size:
        copy += 1
        count = min(base, size - held)
        older, newer = (segment + 2 * copy) * LINES_MAX, (segment + 2 * copy + 1) * LINES_MAX
        chosen = f"n < {count} AND cityHash64(n, {copy}) % {RESENT_ONE_IN} = 0"
        changed = {"latency": "latency * 1.5", "output": "''", "output_preview": "''", "status": "'error'"}
        _insert(engine, copy, older, chosen, changed)
        engine.query(
            "INSERT INTO superseded (organization_id, environment, version) "
            f"SELECT organization_id, environment, {older} + n FROM bench_base WHERE {chosen}"
        )
        _insert(engine, copy, newer, f"n < {count}", {})
        held += count
    seconds = time.perf_counter() - began
    engine.query("DROP TABLE bench_base SYNC")
    waited = _calm(engine, calm_seconds)
    parts = int(_one(engine, "SELECT count() FROM system.parts WHERE active AND table = 'spans'"))
    engine.close()
    return {"base": base, "spans": held, "copies": copy, "seconds": round(seconds, 1), "calm": waited, "parts": parts}


def _numbers() -> str:
    return "rowNumberInAllBlocks() AS n, min(key_time) OVER (PARTITION BY trace_unique_id) AS first"


def _insert(engine: Any, copy: int, version: int, where: str, changed: dict[str, str]) -> None:
    given = {**_copied(copy, version), **changed}
    columns = ", ".join(rows.COLUMNS)
    # Qualified, or an alias would stand for the column wherever its name is met.
    values = ", ".join(f"{given[name]} AS {name}" if name in given else f"base.{name}" for name in rows.COLUMNS)
    engine.query(
        f"INSERT INTO spans ({columns}) SELECT {values} FROM bench_base AS base WHERE {where} "
        f"{SETTINGS}, prefer_column_name_to_alias = 1"
    )


def _copied(copy: int, version: int) -> dict[str, str]:
    """What is other in a copy: column → expression."""
    tag = f"{FIRST_TAG + copy:04x}"
    shift = int(WINDOW * (copy * GOLDEN % 1))
    end = f"fromUnixTimestamp64Micro({workload.END // 1000}, 'UTC')"
    moved = f"if(first + toIntervalMicrosecond({shift}) < {end}, {shift}, {shift - WINDOW})"
    swap = SWAPS[copy % len(SWAPS)]
    return {
        **{name: f"base.{name} + toIntervalMicrosecond({moved})" for name in sorted(rows.TIMES - {"received_at"})},
        **{name: f"translate(base.{name}, '{LETTERS}', '{swap}')" for name in TEXTS},
        **{
            name: f"if(base.{name} = '', '', concat('{tag}', substring(base.{name}, 5)))"
            for name in ("trace_unique_id", "span_unique_id", "span_parent_id")
        },
        "id": f"lower(hex(MD5(concat(base.id, '{tag}'))))",
        "customer_identifier": _another("customer_identifier", copy % CUSTOMERS_TIMES),
        "thread_identifier": _another("thread_identifier", copy % THREADS_TIMES),
        "session_identifier": _another("session_identifier", copy % THREADS_TIMES),
        "version": f"toUInt64({version} + n)",
    }


def _another(name: str, number: int) -> str:
    return f"if(base.{name} = '', '', concat(base.{name}, '-{number}'))"


def _calm(engine: Any, seconds: float) -> float:
    """Wait until nothing is merged any more; the seconds that took."""
    began = time.perf_counter()
    quiet = 0
    while quiet < 3 and time.perf_counter() - began < seconds:
        time.sleep(0.5)
        quiet = 0 if int(_one(engine, "SELECT count() FROM system.merges")) else quiet + 1
    return round(time.perf_counter() - began, 1)


def _one(engine: Any, sql: str) -> str:
    return str(engine.query(sql, "TabSeparated").data()).strip()


def main() -> None:
    parser = argparse.ArgumentParser(description="Make a small store large.")
    parser.add_argument("store", type=Path)
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--calm-seconds", type=float, default=30)
    asked = parser.parse_args()
    print(json.dumps(multiply(asked.store, asked.to, asked.calm_seconds)))


if __name__ == "__main__":
    main()
