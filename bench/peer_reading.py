"""Arize Phoenix asked the same questions as Midspan, on as many spans of the same workload.

It stores about a hundred spans a second, so a few thousand are written through its door and the rest are copied in its
own database: other ids, other minutes, the same texts. Lists go through its GraphQL interface, as its pages do.
"""

import random
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import bodies
import msgspec
import otlp
import peers
import workload
from driver import Driver, Outcome, sender
from peers import LIST, Phoenix
from questions import BESIDE
from servers import Client
from stores import RARE, RARE_ONE_IN
from trial import Results, latencies

WRITTEN = 2000
CALLS = 20
CALLS_MIN = 3
CELL_SECONDS = 15.0
FILTERED = LIST.replace("$sort: SpanSort", "$sort: SpanSort, $filter: String").replace(
    "sort: $sort)", "sort: $sort, filterCondition: $filter)"
)
ID_STEP = 10_000_000
"""Row ids of a copy are so much higher than those of the copy before."""

_MOVED = "strftime('%Y-%m-%d %H:%M:%f000', {name}, '+{copy} minutes')"
_TAGGED = "'{tag}' || substr({name}, 5)"

Ask = Callable[[Client, random.Random], int]
"""Asks once; how many rows came."""


def ask(results: Results, size: int, bytes_mean: int, kept: Path) -> None:
    """Phoenix on `size` spans, warm and alone."""
    server = Phoenix("beside")
    path = kept / f"phoenix-{size}-{bytes_mean}-{peers.VERSION}"
    try:
        if not path.exists():
            _build(path, size, bytes_mean)
        server.data = path
        print("asking Phoenix …", file=sys.stderr, flush=True)
        server.start()
        client = Client(server.port, {"Content-Type": "application/json"})
        ways = _ways(_traces(path))
        for name in BESIDE:
            _question(results, client, name, ways[name], size)
    finally:
        server.discard()


def _question(results: Results, client: Client, name: str, way: Ask, size: int) -> None:
    chance = random.Random(name)
    found = way(client, chance)  # one call to warm up
    seconds: list[float] = []
    end = time.perf_counter() + CELL_SECONDS
    while len(seconds) < CALLS and (len(seconds) < CALLS_MIN or time.perf_counter() < end):
        began = time.perf_counter()
        found = way(client, chance)
        seconds.append(time.perf_counter() - began)
    said = {"question": name, "calls": len(seconds), "status": 200, "found": found}
    results.add("beside", stored=size, server=f"Phoenix {peers.VERSION}", **said, **latencies(seconds))


def _ways(traces: Sequence[str]) -> dict[str, Ask]:
    def one_trace(client: Client, chance: random.Random) -> int:
        query = urlencode({"limit": 1000, "trace_id": chance.choice(traces)})
        return len(client.json("GET", f"/v1/projects/default/spans?{query}")["data"])

    def by_model(_: Client, chance: random.Random) -> str:
        return f"llm.model_name == '{chance.choice(workload.MODELS)[0]}' and status_code == 'ERROR'"

    def by_metadata(_: Client, chance: random.Random) -> str:
        return f"metadata['tenant'] == 'tenant-{chance.randrange(40):03d}'"

    def listed(condition: Callable[[Client, random.Random], str | None]) -> Ask:
        return lambda client, chance: _list(client, condition(client, chance))

    return {
        "newest 50": listed(lambda *_: None),
        "by model and error": listed(by_model),
        "by metadata": listed(by_metadata),
        "one trace": one_trace,
        "a rare word in all prompts": listed(lambda *_: f"'{RARE}' in input.value"),
    }


def _list(client: Client, condition: str | None) -> int:
    variables = {"first": 50, "sort": {"col": "startTime", "dir": "desc"}, "filter": condition}
    answer: Any = client.json("POST", "/graphql", msgspec.json.encode({"query": FILTERED, "variables": variables}))
    if answer.get("errors"):
        raise RuntimeError(f"Phoenix answered {str(answer['errors'])[:300]}")
    return len(answer["data"]["node"]["spans"]["edges"])


def _build(path: Path, size: int, bytes_mean: int) -> None:
    """Write some through the door, wait until they are stored, and copy them in the stopped server's database."""
    print(f"making {size:,} spans for Phoenix …", file=sys.stderr, flush=True)
    server = Phoenix("build")
    spans = list(workload.spans(WRITTEN, 1, bodies.scale(bytes_mean, 1, lambda _: True)))
    headers = ["Content-Type: application/x-protobuf"]
    parts = [otlp.export(spans[start : start + 100]) for start in range(0, len(spans), 100)]
    requests = [bodies.request("/v1/traces", part, headers) for part in parts]
    try:
        server.start()
        outcome, indices = Outcome(), iter(range(len(requests)))
        Driver(server.port).run([sender(indices, requests, outcome, lambda answer: answer.status == 200)])
        end = time.perf_counter() + peers.DRAIN_SECONDS_MAX
        while len(server.stored()) < len(spans) and time.perf_counter() < end:
            time.sleep(0.2)
        written = len(server.stored())
        server.stop()
        _multiply(server.data / "phoenix.db", written, size)
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(path, ignore_errors=True)
        shutil.move(server.data, path)
    finally:
        server.discard()


def _multiply(path: Path, written: int, size: int) -> None:
    database = sqlite3.connect(path)
    times = ("start_time", "end_time")
    higher = {"id": "id + {step}", "trace_rowid": "trace_rowid + {step}", "span_rowid": "span_rowid + {step}"}
    tables: dict[str, dict[str, str]] = {
        "traces": {"id": higher["id"], "trace_id": _TAGGED, **dict.fromkeys(times, _MOVED)},
        "spans": {**higher, "span_id": _TAGGED, "parent_id": _TAGGED, **dict.fromkeys(times, _MOVED)},
        "span_costs": {**higher, "span_start_time": _MOVED},
        "span_cost_details": {"id": higher["id"], "span_cost_id": "span_cost_id + {step}"},
    }
    for copy in range(1, -(-size // max(1, written))):
        for table, other in tables.items():
            names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            given = {"tag": f"{0x1000 + copy:04x}", "step": copy * ID_STEP, "copy": copy * 7}
            values = ", ".join(other.get(name, "{name}").format(name=f'"{name}"', **given) for name in names)
            columns = ", ".join(f'"{name}"' for name in names)
            database.execute(f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE id < {ID_STEP}")
        database.commit()
    database.execute(
        "UPDATE spans SET attributes = json_set(attributes, '$.input.value', ? || json_extract(attributes, "
        "'$.input.value')) WHERE id IN (SELECT id FROM spans WHERE span_kind = 'LLM' ORDER BY span_id LIMIT ?)",
        (f"{RARE} ", max(1, size // RARE_ONE_IN)),
    )
    database.commit()
    database.execute("ANALYZE")
    database.commit()
    database.close()


def _traces(path: Path) -> list[str]:
    database = sqlite3.connect(path / "phoenix.db")
    try:
        return [row[0] for row in database.execute("SELECT trace_id FROM traces ORDER BY random() LIMIT 50")]
    finally:
        database.close()
