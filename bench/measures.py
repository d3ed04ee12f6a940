"""The measurements that are more than a load: reading, resources, fairness, faults."""

import itertools
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import otlp
import process
import workload
from bodies import Corpus, Load
from driver import BUSY, Answer, Outcome, Pause, Script, sender, until
from servers import EPOCH, Midspan, accepted, moment
from trial import Record, Results, Trial, latencies
from workload import Span

BATCH_CONNECTIONS = 4
BODY_BYTES = 99_000_000
BODY_ROWS = 5000
FAIR_CONNECTIONS = 4
CALM_SECONDS = 70
"""For so long the store's size stays the same before it counts: longer than merged parts stay."""

CLEANING_SECONDS_MAX = 180


EXPORTS = (
    ("warm-up", "protobuf", 100, BATCH_CONNECTIONS, 24),
    ("otlp", "protobuf", 1, 16, 12),
    ("otlp", "protobuf", 100, BATCH_CONNECTIONS, 3),
    ("otlp", "protobuf", 512, BATCH_CONNECTIONS, 4),
    ("otlp-json", "json", 100, BATCH_CONNECTIONS, 8),
    ("otlp-grpc", "grpc", 1, 16, 24),
    ("otlp-grpc", "grpc", 100, BATCH_CONNECTIONS, 8),
)
"""Kind of the record, encoding, spans in a request of OTLP, connections, and which part of the spans is sent so."""


def exports(trial: Trial, spans: Sequence[Span]) -> None:
    """Export spans by OTLP in each of its encodings, few and many a request."""
    start = 0
    for kind, encoding, size, connections, share in EXPORTS:
        part = spans[start : start + len(spans) // share]
        start += len(part)
        load = otlp.load(part, size, trial.server.headers()[1:], encoding)
        if encoding == "grpc":
            trial.call(load, size, connections, kind)
        else:
            trial.send(load, size, connections, kind, _was_stored)


def _was_stored(answer: Answer) -> bool:
    return answer.status == 200 and answer.body in (b"", b"{}")


@dataclass
class Seen:
    """How long spans took from their acknowledgement to an answer that holds them, and in which answer they were."""

    delays: list[float] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)


def visible(trial: Trial, times: int, under: Corpus | None = None) -> Record:
    """Create a span, then list its moment until it is there; under full batch load when `under` gives one."""
    seen = Seen()
    scripts = [_probe(trial.server, times, seen)]
    if under is None:
        trial.drive(scripts)
    else:
        load, outcome = trial.server.load(trial.numbered(under), 100), Outcome()
        indices = iter(until(lambda: len(seen.delays) >= times, range(len(load.requests))))
        senders = [sender(indices, load.requests, outcome, accepted) for _ in range(BATCH_CONNECTIONS)]
        trial.drive([*scripts, *senders])
        trial.book(load, outcome)
    return trial.results.add(
        "visible",
        load="none" if under is None else f"batches of 100 on {BATCH_CONNECTIONS} connections",
        times=len(seen.delays),
        in_next_answer=seen.answers.count(1),
        **latencies(seen.delays),
    )


def _probe(server: Midspan, times: int, seen: Seen) -> Script:
    for _ in range(times):
        when = moment(time.time())
        span = {"model": "gpt-4o", "input": "probe", "output": "seen", "timestamp": when}
        created = yield server.load(Corpus("probe", [json.dumps(span).encode()], [("", "")]), 1).requests[0]
        assert created
        if not accepted(created):
            raise RuntimeError(f"the probe's create was answered {created.status}: {created.body[:300]!r}")
        wanted = json.loads(created.body)["id"].encode()
        question = server.get(server.listing(start_time=when, end_time=when, page_size=50))
        found, answers = (yield question), 1
        assert found
        while wanted not in found.whole:
            yield Pause(found.retry_after if found.status in BUSY else 0.001)
            found, answers = (yield question), answers + 1
            assert found
        seen.delays.append(found.done - created.done)
        seen.answers.append(answers)
        yield Pause(0.02)


def reading(trial: Trial, times: int) -> None:
    """The newest 50 spans of all, and one span by its id, on a server with nothing else to do."""
    server = trial.server
    stored = server.count()
    ids = list(itertools.islice(_some_ids(server), times))
    newest = server.get(server.listing(page_size=50, start_time=EPOCH))
    questions = {"newest 50": [newest] * times, "one span": [server.get(f"/api/request-logs/{id_}/") for id_ in ids]}
    for name, requests in questions.items():
        outcome = Outcome()
        trial.drive([sender(iter(range(len(requests))), requests, outcome, _found)])
        faults = dict(outcome.faults.most_common(1))
        trial.results.add("read", query=name, stored=stored, **latencies(outcome.latencies), faults=faults)


def _found(answer: Answer) -> bool:
    return answer.status == 200 and b'"id"' in answer.whole


def _some_ids(server: Midspan) -> Iterator[str]:
    """Ids from all over the 30 days."""
    chance = random.Random(7)
    client = server.client()
    for _ in range(1000):
        start = workload.END / 1e9 - chance.uniform(0.5, workload.DAYS) * 86_400
        query = server.listing(start_time=moment(start), end_time=moment(start + 7200), page_size=1)
        yield from (row["id"] for row in client.json("GET", query)["results"])


def starting(trial: Trial, times: int, idle_seconds: float) -> None:
    """Start the stopped server on its store again and again; then see what it takes when it has nothing to do."""
    server = trial.server
    seconds = []
    for left in reversed(range(times)):
        seconds.append(server.start())
        if left:
            server.stop()
    stored = server.count()
    time.sleep(idle_seconds)
    trial.results.add("start", stored=stored, seconds=[round(value, 2) for value in seconds])
    trial.results.add("idle", stored=stored, memory_mb=round(process.memory_bytes(server.pid) / 1e6))


def disk(trial: Trial, calm_seconds: int) -> None:
    """What the store takes when the engine has thrown away the parts that it merged: it keeps them for a minute."""
    sizes = [process.disk_bytes(trial.server.data)]
    end = time.monotonic() + CLEANING_SECONDS_MAX
    while time.monotonic() < end and (len(sizes) <= calm_seconds or sizes[-calm_seconds - 1] != sizes[-1]):
        time.sleep(1)
        sizes.append(process.disk_bytes(trial.server.data))
    trial.results.add(
        "disk",
        stored=trial.server.count(),
        disk_mb=round(sizes[-1] / 1e6, 1),
        first_mb=round(sizes[0] / 1e6, 1),
        sent_mb=round(trial.payload_bytes / 1e6, 1),
        share=round(sizes[-1] / max(1, trial.payload_bytes), 3),
    )


def peak(trial: Trial, during: str) -> None:
    memory = process.memory_peak_bytes(trial.server.pid)
    trial.results.add("peak", during=during, memory_mb=round(memory / 1e6))


def fairness(results: Results, large: Corpus, calls: Corpus, repeats: int) -> Record:
    """One client sends bodies near the limit; the single creates of another, with another key, are timed."""
    server = Midspan("fairness")
    trial = Trial(server, results)
    server.start()
    try:
        bodies = [_one_body(trial, large) for _ in range(repeats)]
        small = server.load(trial.numbered(calls), 1, server.test)
        warm, heavy, light = Outcome(), Outcome(), Outcome()
        trial.drive([sender(iter(range(200)), small.requests, warm, accepted)])
        requests = [body.requests[0] for body in bodies]
        indices = iter(until(lambda: _ended(heavy, repeats), range(200, len(small.requests))))
        senders = [sender(indices, small.requests, light, accepted) for _ in range(FAIR_CONNECTIONS)]
        trial.drive([sender(iter(range(repeats)), requests, heavy, accepted), *senders])
        for index in heavy.acknowledged:
            trial.book(bodies[index], Outcome(acknowledged=[0]))
        trial.book(small, warm)
        trial.book(small, light)
        peak(trial, "bodies of 100 MB")
        record = results.add(
            "fairness",
            body_mb=round(len(requests[0]) / 1e6),
            bodies=len(heavy.acknowledged),
            body_p50_ms=latencies(heavy.latencies).get("p50_ms"),
            creates=len(light.acknowledged),
            **latencies(light.latencies),
            resent=heavy.resent + light.resent,
            faults=dict((heavy.faults + light.faults).most_common(3)),
        )
        server.stop()
        trial.settle("large bodies")
    finally:
        server.discard()
    return record


def _ended(outcome: Outcome, wanted: int) -> bool:
    return len(outcome.acknowledged) + sum(outcome.faults.values()) >= wanted


def _one_body(trial: Trial, large: Corpus) -> Load:
    """As many rows as a batch may hold and its size allows."""
    rows = 0
    for total in itertools.accumulate(len(row) + 1 for row in large.rows[:BODY_ROWS]):
        if total > BODY_BYTES:
            break
        rows += 1
    return trial.server.load(trial.numbered(large, rows), rows)


def crashes(results: Results, spans: Corpus, calls: Corpus, cycles: int) -> None:
    """kill -9 in the middle of mixed load, then start again, and compare the store with what was acknowledged."""
    server = Midspan("crash")
    trial = Trial(server, results)
    try:
        for _ in range(cycles):
            server.start()
            acknowledged, cut_off = _crash(trial, spans, calls)
            restart = server.start()
            counted = server.count()
            server.stop()
            results.add(
                "crash",
                acknowledged=acknowledged,
                cut_off=cut_off,
                restart_seconds=round(restart, 2),
                counted=counted,
            )
            trial.settle("kill -9")
    finally:
        server.discard()


def _crash(trial: Trial, spans: Corpus, calls: Corpus) -> tuple[int, int]:
    """Kill the server when it has half of the batches: how many spans it acknowledged, how many requests it cut off."""
    server = trial.server
    sent = server.load(trial.numbered(spans), 100), server.load(trial.numbered(calls), 1)
    batches, creates = Outcome(), Outcome()

    def senders(load: Load, outcome: Outcome, connections: int) -> list[Script]:
        indices = iter(range(len(load.requests)))
        return [sender(indices, load.requests, outcome, accepted) for _ in range(connections)]

    def killer() -> Script:
        while len(batches.acknowledged) < len(sent[0].requests) // 2:
            yield Pause(0.005)
        server.kill()

    trial.drive([*senders(sent[0], batches, 2), *senders(sent[1], creates, 8), killer()])
    acknowledged = trial.book(sent[0], batches) + trial.book(sent[1], creates)
    return acknowledged, (batches.faults + creates.faults).total()
