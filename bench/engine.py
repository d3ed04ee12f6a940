"""The bare engine: chDB alone reads the rows that Midspan wrote, in segments of the same size, into the same schema.

It is the yardstick of the write path: what is lost against it is HTTP, JSON, rules, prices and the journal. The rows
come from the store of a stopped server and go into files as the journal writes them; reading them into an empty store,
durable as Midspan's own, is what is timed.

    python bench/engine.py lines DATA_DIR/engine DIRECTORY --rows 60000 --segment-bytes 40000000
    python bench/engine.py read DIRECTORY STORE
"""

import argparse
import json
import resource
import time
from pathlib import Path
from typing import Any

import chdb

from midspan.store import rows
from midspan.store.migrate import files, statements

INSERT = (
    f"INSERT INTO spans ({', '.join(rows.COLUMNS)}) SELECT "
    + ", ".join(f"fromUnixTimestamp64Micro({n}, 'UTC') AS {n}" if n in rows.TIMES else n for n in rows.COLUMNS)
    + " FROM file('{path}', JSONEachRow, '"
    + rows.LINE_STRUCTURE
    + "')"
)


def write_lines(store: Path, directory: Path, count: int, segment_bytes: int) -> dict[str, Any]:
    """Write `count` rows of a store as segments."""
    directory.mkdir(parents=True)
    engine = chdb.connect(str(store))
    names = [name for name in rows.COLUMNS if name != "version"]
    found = engine.query(
        f"SELECT {rows.selection(names)} FROM spans LIMIT {count} "
        "SETTINGS output_format_json_quote_64bit_integers = 0, output_format_json_quote_decimals = 1",
        "JSONEachRow",
    )
    lines = bytes(found.bytes())
    engine.close()
    written = segments = total = 0
    file = None
    for number, span in enumerate(rows.from_lines(lines)):
        line = rows.line(span) + b"%d}\n" % number
        if file is None or written + len(line) > segment_bytes:
            if file:
                file.close()
            segments, written = segments + 1, 0
            file = (directory / f"{segments:08}.ndjson").open("wb")
        file.write(line)
        written, total = written + len(line), total + len(line)
    if file:
        file.close()
    return {"segments": segments, "bytes": total}


def read_lines(directory: Path, store: Path) -> dict[str, Any]:
    """Time the engine reading the segments, the first of which warms it up and is not counted."""
    store.mkdir(parents=True)
    engine = chdb.connect(str(store))
    for _, text in files().values():
        for statement in statements(text):
            engine.query(statement)
    first, *segments = sorted(directory.glob("*.ndjson"))
    engine.query(INSERT.format(path=first))
    before = _count(engine)
    cpu, began = _cpu(), time.perf_counter()
    for segment in segments:
        engine.query(INSERT.format(path=segment))
    seconds, cpu = time.perf_counter() - began, _cpu() - cpu
    count = _count(engine) - before
    engine.close()
    return {
        "segments": len(segments),
        "segment_mb": round(first.stat().st_size / 1e6, 1),
        "spans": count,
        "spans_per_second": round(count / seconds),
        "us": round(1e6 * seconds / count, 1),
        "cpu_us": round(1e6 * cpu / count, 1),
    }


def _count(engine: Any) -> int:
    return int(engine.query("SELECT count() FROM spans", "TabSeparated").data())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the engine alone on the rows that Midspan wrote.")
    commands = parser.add_subparsers(dest="command", required=True)
    lines = commands.add_parser("lines")
    lines.add_argument("store", type=Path)
    lines.add_argument("directory", type=Path)
    lines.add_argument("--rows", type=int, default=60_000)
    lines.add_argument("--segment-bytes", type=int, default=40_000_000)
    read = commands.add_parser("read")
    read.add_argument("directory", type=Path)
    read.add_argument("store", type=Path)
    asked = parser.parse_args()
    if asked.command == "lines":
        print(json.dumps(write_lines(asked.store, asked.directory, asked.rows, asked.segment_bytes)))
    else:
        print(json.dumps(read_lines(asked.directory, asked.store)))


if __name__ == "__main__":
    main()
