"""Measure Midspan on this machine and print one table: what it does, what it should, and what the bare engine does.

    make bench                          everything, reading at a million spans: about a quarter of an hour
    make bench ARGS=--quick             writing alone, under two minutes
    make bench ARGS=--large             everything, reading at one and at ten million spans
    make bench ARGS=--queries           reading alone, at a million spans
    make bench ARGS="--queries 1M 10M"  reading alone, at one and at ten million
    make bench ARGS=--beside            reading at 100,000 spans beside the servers that `make bench-peers` installed
    make bench ARGS=--ui                the web UI in Chromium, on a million spans; ARGS="--ui 1M 10M" as above
    make bench ARGS=--write-docs        no measuring: put the last runs' figures into docs/performance.md

Records go to bench/out/latest.jsonl, those of reading to queries.jsonl and beside.jsonl next to it, those of the UI to
ui.jsonl. The exit code is 1 when a span was lost, doubled or not counted, an answer was wrong, or a page did not come.
"""

import argparse
import datetime as dt
import importlib.metadata
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asking
import browser
import browsing
import measures
import peer_reading
import peers
import reading
import report
import screens
import stores
import workload
from bodies import OUT, Corpus, corpus, scale
from servers import ROOT, Midspan
from trial import Record, Results, Trial
from workload import Span

LATEST = OUT / "latest.jsonl"
PAGE = ROOT / "docs" / "performance.md"
QUERIES_NAME, BESIDE_NAME, UI_NAME = "queries.jsonl", "beside.jsonl", "ui.jsonl"
MILLION = 1_000_000
BESIDE_SIZE = 100_000
LARGE_BODY_MEAN = 19_300
EXPORT_SEED = 2
SEGMENT_SECONDS = 0.5
SEGMENT_BYTES_MAX = 64 << 20


@dataclass(frozen=True)
class Plan:
    """How much of everything. `spans` and `calls` are how many different ones are rendered."""

    spans: int = 60_000
    calls: int = 20_000
    one_connection: int = 3000
    repeats: int = 3
    small_bodies: bool = True
    exported: int = 24_000
    """Spans that are exported by OTLP."""
    probes: int = 100
    reads: int = 50
    starts: int = 3
    idle_seconds: float = 3
    calm_seconds: int = measures.CALM_SECONDS
    large_bodies: int = 6
    large_rows: int = 5000
    crashes: int = 3
    phoenix: int = 1000
    reads_of: tuple[int, ...] = (MILLION,)
    """Sizes of the stores that the questions are asked of."""


PLANS = {
    "full": Plan(),
    "large": Plan(reads_of=(MILLION, 10 * MILLION)),
    "quick": Plan(
        spans=16_000,
        calls=8000,
        one_connection=1000,
        repeats=1,
        small_bodies=False,
        exported=6000,
        probes=30,
        reads=30,
        starts=1,
        large_bodies=2,
        crashes=1,
        phoenix=0,
        reads_of=(),
    ),
    "tiny": Plan(
        spans=2000,
        calls=600,
        one_connection=50,
        repeats=1,
        small_bodies=False,
        exported=600,
        probes=3,
        reads=5,
        starts=1,
        idle_seconds=0,
        calm_seconds=1,
        large_bodies=1,
        large_rows=200,
        crashes=1,
        phoenix=0,
        reads_of=(),
    ),
}

PACES = (
    (5000, asking.Pace(cell=0, phase=20, idle=0.1, writing_alone=0.5, export=0.5, probes=3, calls_min=1, writes=200)),
    (50_000, asking.Pace(cell=2.0, phase=30, writing_alone=2.0, export=2.0, probes=10)),
    (2 * MILLION, asking.Pace()),
)
"""Stores up to this size → how long their table may take. Larger ones: `PACE_LARGE`."""

PACE_LARGE = asking.Pace(cell=10.0, phase=180, export=20)

UI_PACES = (
    (5000, browsing.Pace(opens=1, opens_min=1, scroll_seconds=0.5, trace_spans=1000, calm_seconds=0)),
    (50_000, browsing.Pace(opens=5, scroll_seconds=3)),
)
"""The same for the UI's tables; larger ones: `browsing.Pace()`."""


@dataclass(frozen=True)
class Corpora:
    """What is sent: whole traces for batches, and calls of a model, which create asks for, singly."""

    spans: Corpus
    calls: Corpus
    small_spans: Corpus | None
    small_calls: Corpus | None
    large: Corpus
    exported: list[Span]


def prepare(plan: Plan, bytes_mean: int) -> Corpora:
    print("rendering bodies (kept for the next run) …", file=sys.stderr, flush=True)
    half = bytes_mean // 2
    return Corpora(
        corpus(plan.spans, bytes_mean),
        corpus(plan.calls, bytes_mean, only_models=True),
        corpus(plan.spans // 2, half) if plan.small_bodies else None,
        corpus(plan.calls // 2, half, only_models=True) if plan.small_bodies else None,
        corpus(plan.large_rows, LARGE_BODY_MEAN),
        list(workload.spans(plan.exported, EXPORT_SEED, scale(bytes_mean, EXPORT_SEED, lambda _: True))),
    )


def main() -> int:
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that no server is left behind
    if asked.write_docs:
        write_docs(asked.out)
        return 0
    bytes_mean = round(asked.payload * 1000)
    if asked.ui is not None:
        return look(asked, asked.ui or (MILLION,), bytes_mean)
    if asked.queries is not None or asked.beside:
        return answer(asked, asked.queries or (() if asked.beside else (MILLION,)), bytes_mean, beside=asked.beside)
    plan = PLANS[asked.plan]
    bodies = prepare(plan, bytes_mean)
    results = Results(asked.out)
    _describe(results, asked)
    measure(results, plan, bodies)
    if plan.phoenix and peers.is_installed():
        peers.measure(results, plan.phoenix, bytes_mean)
    print(report.markdown(results.records))
    for fault in (faults := report.faults(results.records)):
        print(fault, file=sys.stderr)
    wrong = answer(asked, plan.reads_of, bytes_mean, beside=plan.phoenix > 0) if plan.reads_of else 0
    return 1 if faults else wrong


def answer(asked: argparse.Namespace, sizes: Sequence[int], bytes_mean: int, *, beside: bool) -> int:
    """Reading: the table of each store, and the same questions to Midspan and to other servers."""
    found: list[Record] = []
    if sizes:
        results = Results(asked.out.with_name(QUERIES_NAME))
        _describe(results, asked)
        for size in sizes:
            pace = next((pace for most, pace in PACES if size <= most), PACE_LARGE)
            asking.measure(results, size, bytes_mean, pace, asked.stores)
        found += results.records
    if beside and peers.is_installed():
        results = Results(asked.out.with_name(BESIDE_NAME))
        asking.beside(results, BESIDE_SIZE, bytes_mean, asked.stores)
        peer_reading.ask(results, BESIDE_SIZE, bytes_mean, asked.stores)
        found += results.records
    elif beside:
        print("No other server is installed: `make bench-peers` does it.", file=sys.stderr)
    print(reading.markdown(found))
    for fault in (faults := reading.faults(found)):
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def look(asked: argparse.Namespace, sizes: Sequence[int], bytes_mean: int) -> int:
    """The web UI on stores of these sizes. What was measured on others stays among the records."""
    path = asked.out.with_name(UI_NAME)
    found: list[Record] = []
    try:
        with browser.launched() as chromium:
            subprocess.run([sys.executable, str(ROOT / "scripts" / "build_ui.py"), "build"], check=True)
            for size in sizes:
                results = Results(path.with_suffix(".partial"))
                stored = stores.stored(results, size, bytes_mean, asked.stores)
                screen = f"{browser.WIDTH} by {browser.HEIGHT} pixels"
                _describe(results, asked, stored=stored.size, browser=chromium.version, screen=screen)
                pace = next((pace for most, pace in UI_PACES if size <= most), browsing.Pace())
                browsing.measure(results, stored, chromium, pace)
                found += results.records
                others = [record for record in _records(path) if record.get("stored") != stored.size]
                path.write_text("".join(f"{json.dumps(record)}\n" for record in others + results.records))
                results.path.unlink()
    except browser.Missing as missing:
        print(f"The UI is left out. {missing}", file=sys.stderr)
        return 0
    print(screens.markdown(found))
    for fault in (faults := screens.faults(found)):
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def write_docs(latest: Path) -> None:
    """Put what was measured last into the page; what was not measured stays as it is there."""
    if writing := _records(latest):
        report.write_section(PAGE, report.HEADING, report.markdown(writing))
    if asked := _records(latest.with_name(QUERIES_NAME)) + _records(latest.with_name(BESIDE_NAME)):
        report.write_section(PAGE, reading.HEADING, reading.page(asked))
    if looked := _records(latest.with_name(UI_NAME)):
        report.write_section(PAGE, screens.HEADING, screens.page(looked))


def _records(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def measure(results: Results, plan: Plan, bodies: Corpora) -> None:
    server = Midspan("main")
    trial = Trial(server, results)
    try:
        server.start()
        write(trial, plan, bodies)
        measures.visible(trial, plan.probes)
        measures.visible(trial, plan.probes, bodies.spans)
        measures.peak(trial, "creates and batches")
        server.stop()
        trial.settle("creates and batches")
        bare_engine(results, server, bodies)
        measures.starting(trial, plan.starts, plan.idle_seconds)
        measures.reading(trial, plan.reads)
        measures.disk(trial, plan.calm_seconds)
    finally:
        server.discard()
    measures.fairness(results, bodies.large, bodies.calls, plan.large_bodies)
    measures.crashes(results, bodies.spans, bodies.calls, plan.crashes)


def write(trial: Trial, plan: Plan, bodies: Corpora) -> None:
    for size, spans in ((1, bodies.calls), (100, bodies.spans)):
        trial.write(spans, size, 8, min(1000, len(spans.rows)), kind="warm-up")
    trial.write(bodies.calls, 1, 1, plan.one_connection)
    for _ in range(plan.repeats):
        trial.write(bodies.calls, 1, 16)
        trial.write(bodies.calls, 1, 128)
        trial.write(bodies.spans, 100, measures.BATCH_CONNECTIONS)
        trial.write(bodies.spans, 500, measures.BATCH_CONNECTIONS)
    if bodies.small_calls and bodies.small_spans:
        trial.write(bodies.small_calls, 1, 16, kind="small")
        trial.write(bodies.small_spans, 100, measures.BATCH_CONNECTIONS, kind="small")
    measures.exports(trial, bodies.exported)


def bare_engine(results: Results, server: Midspan, bodies: Corpora) -> Record:
    """chDB alone on the same rows, in segments as large as Midspan's at the rate that it reached."""
    batch = report.Records(results.records).middle("write", "spans_per_second", size=100)
    assert batch
    rows, size = len(bodies.spans.rows), bodies.spans.bytes_mean
    segment = int(min(SEGMENT_BYTES_MAX, batch["spans_per_second"] * size * SEGMENT_SECONDS, rows * size / 4))
    lines, store = server.home / "lines", server.home / "bare"
    _engine("lines", server.data / "engine", lines, "--rows", str(rows), "--segment-bytes", str(segment))
    record = results.add("engine", **_engine("read", lines, store))
    shutil.rmtree(lines)
    shutil.rmtree(store)
    return record


def _engine(*arguments: str | Path) -> Record:
    command = [sys.executable, str(Path(__file__).parent / "engine.py"), *map(str, arguments)]
    found: Record = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
    return found


def _describe(results: Results, asked: argparse.Namespace, **more: str | int) -> None:
    processor = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    results.add(
        "run",
        date=f"{dt.datetime.now(dt.UTC):%d %B %Y}",
        commit=Midspan.version(),
        options=f"{_options(asked)}, {asked.payload:g} kB a span",
        cores=os.cpu_count(),
        load=round(os.getloadavg()[0], 1),
        processor=processor[0].split(":")[1].strip() if processor else platform.machine(),
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        kernel=platform.release(),
        python=platform.python_version(),
        chdb=importlib.metadata.version("chdb"),
        **more,
    )


def _options(asked: argparse.Namespace) -> str:
    if asked.ui is not None:
        return "ui"
    return "queries" if asked.queries is not None else f"plan {asked.plan}"


def _size(text: str) -> int:
    """A number of spans such as 20000, 20k or 1M."""
    times = {"k": 1000, "m": MILLION}.get(text[-1:].lower(), 1)
    return int(text if times == 1 else text[:-1]) * times


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    plans = parser.add_mutually_exclusive_group()
    for name in ("quick", "large", "tiny"):
        plans.add_argument(f"--{name}", dest="plan", action="store_const", const=name, default="full")
    help_ = "reading alone, of stores so large (1M, 10M, 20k …); 1M by default"
    parser.add_argument("--queries", type=_size, nargs="*", metavar="SPANS", help=help_)
    help_ = "the web UI in Chromium, on stores so large; 1M by default"
    parser.add_argument("--ui", type=_size, nargs="*", metavar="SPANS", help=help_)
    parser.add_argument("--beside", action="store_true", help="reading beside other servers, on 100,000 spans each")
    parser.add_argument("--payload", type=float, default=6.0, help="kB of JSON a span has on average")
    parser.add_argument("--out", type=Path, default=LATEST, help="where the records go")
    parser.add_argument("--stores", type=Path, default=stores.KEPT, help="where large stores are kept")
    parser.add_argument("--write-docs", action="store_true", help="write docs/performance.md from the last records")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
