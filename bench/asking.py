"""The table for reading: each question many times, cold and warm, alone and beside steady writing; export and tail."""

import itertools
import json
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import process
import questions
import stores
import streams
from bodies import Corpus, request
from driver import BUSY, Answer, Pause, Script
from questions import QUESTIONS, Facts, Question
from servers import Midspan, accepted, moment
from stores import Stored
from trial import Record, Results, Trial, latencies

CALLS = 20
WRITE_ROWS = 100
WRITE_CONNECTIONS = 4
RUNS = itertools.count(0x8000, 0x100)
"""Where the tags of each writing begin, above those of everything in the store."""

_TIMES = re.compile(rb'"start_time":"[^"]+","timestamp":"[^"]+"')


@dataclass(frozen=True)
class Pace:
    """How long each part of the table may take at most, in seconds. A cell has its least number of calls whatever it
    takes, at least three where the store is no toy, and `CALLS` where there is time.
    """

    cell: float = 4.0
    phase: float = 70.0
    """All questions in one way: cold, warm, beside writing. After half as much again what is left is not asked."""
    idle: float = 3.0
    writing_alone: float = 6.0
    export: float = 10.0
    probes: int = 30
    calls_min: int = 3
    writes: int = 1000
    """Spans a second that are written while questions are asked."""


@dataclass
class Asked:
    """What became of the calls of one question."""

    seconds: list[float] = field(default_factory=list)
    status: int = 200
    said: str = ""
    found: int | None = None


@dataclass
class Writing:
    """Batches at a fixed rate, whatever the answers take: their latency counts from when they were due."""

    spans: Corpus
    rate: int
    """Spans a second."""

    first_run: int = field(default_factory=lambda: next(RUNS))
    began: float = 0.0
    sent: int = 0
    acknowledged: int = 0
    last_answer: float = 0.0
    refused: int = 0
    delays: list[float] = field(default_factory=list)
    is_over: bool = False

    def scripts(self, server: Midspan) -> list[Script]:
        self.began, self.sent = time.perf_counter(), 0
        return [self._script(server) for _ in range(WRITE_CONNECTIONS)]

    def _script(self, server: Midspan) -> Script:
        while True:
            number, self.sent = self.sent, self.sent + 1
            due = self.began + number * WRITE_ROWS / self.rate
            batch = self._batch(server, number)
            if (early := due - time.perf_counter()) > 0:
                yield Pause(early)
            if self.is_over:
                return
            answer = yield batch
            while answer and answer.status in BUSY:
                self.refused += 1
                yield Pause(answer.retry_after)
                answer = yield batch
            assert answer
            if not accepted(answer):
                raise RuntimeError(f"a batch was answered {answer.status}: {answer.body[:300]!r}")
            self.acknowledged += WRITE_ROWS
            self.last_answer = answer.done
            self.delays.append(answer.done - due)

    def _batch(self, server: Midspan, number: int) -> bytes:
        """The next rows of the corpus, as if they happened now."""
        round_, start = divmod(number * WRITE_ROWS, len(self.spans.rows) // WRITE_ROWS * WRITE_ROWS)
        now = time.time()
        times = f'"start_time":"{moment(now - 2)}","timestamp":"{moment(now)}"'.encode()
        part = self.spans.numbered(self.first_run + round_, start, WRITE_ROWS)
        rows = [_TIMES.sub(times, row, count=1) for row in part.rows]
        load = server.load(Corpus(part.name, rows, part.pairs), WRITE_ROWS)
        return load.requests[0]

    def record(self) -> Record:
        seconds = max(0.001, self.last_answer - self.began)
        return {
            "spans": self.acknowledged,
            "spans_per_second": round(self.acknowledged / seconds),
            "refused": self.refused,
            **latencies(self.delays),
        }


@dataclass
class Table:
    """The measurements of one store."""

    results: Results
    stored: Stored
    pace: Pace
    deadline: float = 0.0
    facts: Facts | None = None

    def fill(self) -> None:
        """Cold, then warm, then beside writing: each on a server of its own, on a clone of the store."""
        server = self.stored.open("reading")
        trial = Trial(server, self.results)
        try:
            self._cold(trial)
            self._add("idle", memory_mb=self._idle_memory(server))
            self._phase(trial, "warm")
            self._export(server, "alone")
            self._tail(trial, None)
            self._beside_writing(trial)
        finally:
            server.discard()

    def compare(self, names: Sequence[str]) -> None:
        """Some of the questions on a warm server alone, to be held against another one's answers."""
        server = self.stored.open("beside")
        trial = Trial(server, self.results)
        try:
            server.start()
            self.facts = questions.facts(self.stored, server, CALLS)
            self.deadline = time.perf_counter() + self.pace.phase
            for question in QUESTIONS:
                if question.name in names:
                    asked = Asked()
                    trial.drive([self._asking(server, question, "warm", asked, None)])
                    said = {"question": question.name, "calls": len(asked.seconds), "status": asked.status}
                    self._add("beside", server="Midspan", found=asked.found, **said, **latencies(asked.seconds))
        finally:
            server.discard()

    def _cold(self, trial: Trial) -> None:
        """A fresh server; the store's files leave the page cache before each call."""
        server = trial.server
        server.start()
        self.facts = questions.facts(self.stored, server, CALLS)
        server.stop()
        forget(server.data / "engine")
        self._add("start", seconds=round(server.start(), 2), cache="cold")
        self._phase(trial, "cold", before=lambda: forget(server.data / "engine"))
        server.stop()
        self._add("start", seconds=round(server.start(), 2), cache="warm")

    def _idle_memory(self, server: Midspan) -> int:
        time.sleep(self.pace.idle)
        return round(process.memory_bytes(server.pid) / 1e6)

    def _phase(self, trial: Trial, cache: str, before: Callable[[], None] | None = None) -> None:
        for question in self._in_time():
            asked = Asked()
            trial.drive([self._asking(trial.server, question, cache, asked, before)])
            self._report(question, cache, "alone", asked)

    def _beside_writing(self, trial: Trial) -> None:
        """The writing alone first, so that what reading costs it can be told; then every question beside it."""
        for load in ("nothing", "questions"):
            writing = Writing(self.stored.sent, self.pace.writes)
            reader = self._pausing(writing) if load == "nothing" else self._all(trial.server, writing)
            trial.drive([reader, *writing.scripts(trial.server)])
            self._add("writing", beside=load, **writing.record())
        self._tail(trial, Writing(self.stored.sent, self.pace.writes))

    def _pausing(self, writing: Writing) -> Script:
        yield Pause(self.pace.writing_alone)
        writing.is_over = True

    def _all(self, server: Midspan, writing: Writing) -> Script:
        try:
            for question in self._in_time():
                asked = Asked()
                yield from self._asking(server, question, "warm", asked, None)
                self._report(question, "warm", "writing", asked)
        finally:
            writing.is_over = True

    def _in_time(self) -> Iterator[Question]:
        self.deadline = time.perf_counter() + self.pace.phase
        for question in QUESTIONS:
            if time.perf_counter() < self.deadline + self.pace.phase / 2:
                yield question

    def _asking(
        self, server: Midspan, question: Question, cache: str, asked: Asked, before: Callable[[], None] | None
    ) -> Script:
        """Ask until there are enough calls or the time of the cell is over; one call first where caches are warm."""
        assert self.facts
        warm_up = 0 if before or self.pace.calls_min == 1 else 1
        calls = questions.requests(question, self.facts, server, CALLS + warm_up, cache)
        end = min(time.perf_counter() + self.pace.cell, self.deadline)
        for number, call in enumerate(calls):
            if len(asked.seconds) >= self.pace.calls_min and time.perf_counter() > end:
                return
            if before:
                before()
            answer = yield call
            assert answer
            if answer.status != 200:
                asked.status, asked.said = answer.status, answer.body[:200].decode(errors="replace")
                return
            if number >= warm_up:
                asked.seconds.append(answer.done - answer.sent)
            asked.found = _found(answer)

    def _report(self, question: Question, cache: str, load: str, asked: Asked) -> None:
        assert self.facts
        wanted = question.wanted(self.facts) if load == "alone" else None
        self._add(
            "question",
            question=question.name,
            cache=cache,
            load=load,
            goal_ms=question.goal_ms,
            calls=len(asked.seconds),
            found=asked.found,
            wrong=wanted is not None and asked.status == 200 and asked.found != wanted,
            status=asked.status,
            said=asked.said,
            **({"first_ms": round(1000 * asked.seconds[0], 1)} if asked.seconds else {}),
            **latencies(asked.seconds),
        )

    def _export(self, server: Midspan, load: str) -> None:
        before = process.memory_bytes(server.pid)
        process.reset_memory_peak(server.pid)
        headers = {"Authorization": f"Bearer {server.prod}"}
        try:
            read = streams.export(server.port, questions.EXPORT, headers, self.pace.export)
        except streams.Refused as refused:
            self._add("export", load=load, status=refused.status)
            return
        self._add(
            "export",
            load=load,
            status=200,
            spans=read.spans,
            seconds=round(read.seconds, 2),
            is_whole=read.is_whole,
            spans_per_second=round(read.spans / read.seconds),
            mb_per_second=round(read.bytes / 1e6 / read.seconds, 1),
            memory_before_mb=round(before / 1e6),
            memory_peak_mb=round(process.memory_peak_bytes(server.pid) / 1e6),
        )

    def _tail(self, trial: Trial, writing: Writing | None) -> None:
        """From the last byte of a create's answer to the event of its span."""
        server, load = trial.server, "writing" if writing else "alone"
        customer = f"tail-{load}-{os.getpid()}"
        created: list[tuple[float, bytes]] = []
        headers = {"Authorization": f"Bearer {server.prod}", "Accept": "text/event-stream"}
        try:
            with streams.Tail(server.port, questions.tail(customer), headers) as tail:
                scripts = [self._creating(server, customer, created, writing)]
                trial.drive([*scripts, *(writing.scripts(server) if writing else ())])
                arrived = [(tail.arrived(id_, 2), done) for done, id_ in created]
        except streams.Refused as refused:
            self._add("tail", load=load, status=refused.status)
            return
        # An event may overtake the answer: both are sent once the span is durable.
        delays = [max(0.0, came - done) for came, done in arrived if came is not None]
        self._add(
            "tail", load=load, status=200, probes=len(created), missing=len(created) - len(delays), **latencies(delays)
        )

    def _creating(
        self, server: Midspan, customer: str, created: list[tuple[float, bytes]], writing: Writing | None
    ) -> Script:
        yield Pause(0.2)
        for number in range(self.pace.probes):
            span = {"model": "gpt-4o", "input": f"probe {number}", "output": "seen", "customer_identifier": customer}
            answer = yield request("/api/request-logs/", json.dumps(span).encode(), server.headers())
            assert answer
            if accepted(answer):
                created.append((answer.done, json.loads(answer.body)["id"].encode()))
            yield Pause(0.05)
        if writing:
            writing.is_over = True

    def _add(self, kind: str, **figures: object) -> Record:
        return self.results.add(kind, stored=self.stored.size, **figures)


def _found(answer: Answer) -> int | None:
    try:
        return questions.found(answer.body)
    except ValueError:
        return None


def forget(directory: Path) -> None:
    """Have the kernel drop what it caches of the files below."""
    for path in _files(directory):
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(file)


def _files(directory: Path) -> Iterator[str]:
    for folder, _, names in os.walk(directory):
        yield from (os.path.join(folder, name) for name in names)


def measure(results: Results, size: int, bytes_mean: int, pace: Pace, kept: Path = stores.KEPT) -> None:
    """The table of a store of `size` spans."""
    stored = stores.stored(results, size, bytes_mean, kept)
    began = time.perf_counter()
    Table(results, stored, pace).fill()
    results.add("took", stored=stored.size, seconds=round(time.perf_counter() - began))


def beside(results: Results, size: int, bytes_mean: int, kept: Path = stores.KEPT) -> None:
    """Midspan's answers to the questions that other servers are asked, too."""
    Table(results, stores.stored(results, size, bytes_mean, kept), Pace()).compare(questions.BESIDE)
