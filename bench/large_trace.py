"""One trace of an agent that worked all day: tens of thousands of spans under one root, written over HTTP."""

import itertools
import json
import random
import time
from collections.abc import Iterator

import workload
from bodies import Corpus
from driver import Outcome, sender
from servers import Midspan, accepted
from trial import Trial
from workload import Span

TRACE = "7ace" + "0" * 28
ROOT = "7ace" + "0" * 12
SEED = 3
SCALE = 0.2
"""Texts are short, as they are where an agent takes thousands of steps; a tree shows none of them."""

NESTED = 0.3
"""The share of tasks that begin within one of the part before; the others stand under the root. Up to 11 deep."""

CONNECTIONS = 4
BATCH = 500
READABLE_SECONDS = 60


def spans(count: int) -> Iterator[Span]:
    """Exactly `count` spans of one trace, the root last, as it ends last."""
    chance = random.Random(SEED)
    begin = moment = workload.END - workload.DAY
    task = ROOT
    made = workload.spans(count - 1, SEED, SCALE)
    for _, members in itertools.groupby(made, key=lambda span: span.trace_id):
        part = list(members)
        shift = moment - min(span.start for span in part)
        ids = {span.span_id for span in part}
        above = task if chance.random() < NESTED else ROOT
        for span in part:
            span.start, span.end = span.start + shift, span.end + shift
            span.trace_id, span.workflow, span.user, span.thread = TRACE, "coding_agent", "user-00001", "thread-agent"
            if span.parent_id not in ids:
                span.parent_id = above
            yield span
        task = next((span.span_id for span in reversed(part) if span.kind == "task"), ROOT)
        moment = max(span.end for span in part)
    yield Span(
        TRACE, ROOT, "", "workflow", "coding_agent", "coding_agent", begin, "user-00001", "thread-agent", {}, moment
    )


def write(trial: Trial, count: int) -> None:
    """Send it, and wait until all of it can be read."""
    made = list(spans(count))
    corpus = Corpus("trace", [workload.request_log(span) for span in made], [(TRACE, span.span_id) for span in made])
    load, outcome = trial.server.load(corpus, BATCH), Outcome()
    indices = iter(range(len(load.requests)))
    trial.drive([sender(indices, load.requests, outcome, accepted) for _ in range(CONNECTIONS)])
    if outcome.faults:
        raise RuntimeError(f"spans of the large trace were refused: {outcome.faults.most_common(1)}")
    end = time.monotonic() + READABLE_SECONDS
    while (held := _held(trial.server)) < count:
        if time.monotonic() > end:
            raise RuntimeError(f"{held} of the {count} spans of the large trace can be read")
        time.sleep(0.2)


def _held(server: Midspan) -> int:
    status, answer = server.client().ask("GET", f"/api/traces/{TRACE}/?skeleton=true")
    return int(json.loads(answer)["span_count"]) if status == 200 else 0
