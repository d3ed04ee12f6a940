"""One server under measurement: sends loads to it, keeps the books of what it acknowledged, and holds it to them."""

import gc
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import channels
import process
from bodies import Corpus, Load, Pair
from driver import Answer, Driver, Outcome, Script, percentile, sender
from servers import Midspan, accepted

Record = dict[str, Any]


class Results:
    """The records of one run of the bench, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[Record] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")

    def add(self, kind: str, **figures: Any) -> Record:
        record = {"kind": kind, **figures}
        self.records.append(record)
        with self.path.open("a") as file:
            file.write(json.dumps(record) + "\n")
        shown = " ".join(f"{name}={value}" for name, value in record.items() if name != "kind")
        print(f"{kind:10} {shown}", file=sys.stderr, flush=True)
        return record


@dataclass
class Trial:
    """A running Midspan and what it owes us."""

    server: Midspan
    results: Results
    acknowledged: set[Pair] = field(default_factory=set)
    offered: set[Pair] = field(default_factory=set)
    payload_bytes: int = 0
    runs: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def numbered(self, spans: Corpus, count: int | None = None) -> Corpus:
        """Spans that this server has not seen yet."""
        return spans.numbered(next(iter(self.runs)), 0, count)

    def drive(self, scripts: Sequence[Script]) -> None:
        """Run scripts; the collector stays out, for a pause of ours would look like one of the server's."""
        gc.collect()
        gc.disable()
        try:
            Driver(self.server.port).run(scripts)
        finally:
            gc.enable()

    def book(self, load: Load, outcome: Outcome) -> int:
        """Write down what was acknowledged; the number of spans."""
        self.offered.update(itertools.chain.from_iterable(load.pairs))
        pairs = [pair for index in outcome.acknowledged for pair in load.pairs[index]]
        self.acknowledged.update(pairs)
        self.payload_bytes += load.payload_bytes
        return len(pairs)

    def write(
        self, spans: Corpus, size: int, connections: int, count: int | None = None, kind: str = "write"
    ) -> Record:
        """Send spans as fast as the server takes them, `size` a request, and count what it then holds."""
        return self.send(self.server.load(self.numbered(spans, count), size), size, connections, kind, accepted)

    def send(self, load: Load, size: int, connections: int, kind: str, is_accepted: Callable[[Answer], bool]) -> Record:
        """The same with requests that are made already."""

        def drive() -> Outcome:
            outcome = Outcome()
            indices = iter(range(len(load.requests)))
            self.drive([sender(indices, load.requests, outcome, is_accepted) for _ in range(connections)])
            return outcome

        return self._measure(load, size, connections, kind, drive)

    def call(self, load: Load, size: int, connections: int, kind: str) -> Record:
        """The same with bodies of OTLP over gRPC."""
        server = self.server
        return self._measure(
            load,
            size,
            connections,
            kind,
            lambda: channels.export(server.grpc_port, server.prod, load.requests, connections),
        )

    def _measure(self, load: Load, size: int, connections: int, kind: str, drive: Callable[[], Outcome]) -> Record:
        bytes_mean = load.payload_bytes / load.spans
        before = self.server.count()
        cpu, own = process.cpu_seconds(self.server.pid), time.process_time()
        outcome = drive()
        own = time.process_time() - own
        counted = self.server.count() - before
        all_read = time.perf_counter()
        cpu = process.cpu_seconds(self.server.pid) - cpu
        acknowledged = self.book(load, outcome)
        return self.results.add(
            kind,
            size=size,
            connections=connections,
            spans=acknowledged,
            body_kb=round(bytes_mean / 1000, 2),
            seconds=round(outcome.seconds, 3),
            spans_per_second=round(acknowledged / outcome.seconds) if acknowledged else 0,
            read_per_second=round(acknowledged / (all_read - outcome.first_sent)),
            mb_per_second=round(acknowledged * bytes_mean / 1e6 / outcome.seconds, 1) if acknowledged else 0,
            **latencies(outcome.latencies),
            server_us=round(1e6 * cpu / max(1, acknowledged)),
            driver_us=round(1e6 * own / max(1, acknowledged)),
            resent=outcome.resent,
            faults=dict(outcome.faults.most_common(3)),
            missing=acknowledged - counted,
        )

    def settle(self, during: str) -> Record:
        """Compare the store of the stopped server, id by id, with what was acknowledged."""
        stored = self.server.stored()
        known = {pair for pair in stored if pair in self.offered}
        return self.results.add(
            "settled",
            during=during,
            acknowledged=len(self.acknowledged),
            lost=len(self.acknowledged - known),
            duplicates=sum(times - 1 for times in stored.values()),
            stored_unacknowledged=len(known - self.acknowledged),
        )


def latencies(seconds: Sequence[float]) -> Record:
    """Percentiles in milliseconds."""
    if not seconds:
        return {}
    return {f"p{round(100 * share)}_ms": round(1000 * percentile(seconds, share), 2) for share in (0.5, 0.95, 0.99)}
