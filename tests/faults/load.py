"""Writers that send everything a client may send: single spans, lists, spans sent again, requests under a key."""

import json
import os
import random
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.faults.ledger import Ledger
from tests.server import Server

CREATE = "/api/request-logs/"
BULK = "/api/request-logs/bulk/"
BATCH = "/api/request-logs/batch/create/"
INGEST = "/api/v1/traces/ingest"
PAYLOAD = "the quick brown fox jumps over the lazy dog " * 20
DAY = 24 * 3600


def span(slot: str, version: int = 1, **fields: Any) -> dict[str, Any]:
    """A span that the ledger knows again."""
    return {
        "model": "gpt-4o-mini",
        "input": f"{slot} {PAYLOAD}",
        "output": "done",
        "prompt_tokens": 200,
        "completion_tokens": 1,
        "custom_identifier": slot,
        "thread_identifier": str(version),
        **fields,
    }


@dataclass
class Sending:
    """One request."""

    path: str
    spans: list[dict[str, Any]]
    key: str | None = None

    @property
    def marks(self) -> list[tuple[str, int]]:
        """(slot, version) of each of its spans."""
        return [(each["custom_identifier"], int(each["thread_identifier"])) for each in self.spans]

    @property
    def is_repeatable(self) -> bool:
        """Whether it may be sent again when nobody answered."""
        return self.key is not None or all("span_unique_id" in each for each in self.spans)

    def post(self, client: httpx.Client) -> httpx.Response:
        content = self.spans[0] if self.path == CREATE else self.spans if self.path == INGEST else {"logs": self.spans}
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": self.key} if self.key else {})
        return client.post(self.path, content=json.dumps(content), headers=headers)

    def ids(self, answer: dict[str, Any]) -> list[str | None]:
        """The ids that the answer names, one for each span."""
        if self.path == CREATE:
            return [answer["id"]]
        if self.path == BULK:
            return list(answer["ids"])
        if self.path == BATCH:
            return [result["id"] for result in answer["results"]]
        assert answer["ingested_spans"] == len(self.spans), answer
        return [None] * len(self.spans)


@dataclass
class Writer:
    """One client, with spans of its own. What it could not get answered it sends again at the next run."""

    name: str
    random: random.Random
    ledger: Ledger
    client: httpx.Client
    made: int = 0
    versions: dict[str, int] = field(default_factory=dict)
    """Version of each span with client ids."""
    unanswered: list[Sending] = field(default_factory=list)
    answered: list[Sending] = field(default_factory=list)
    """Requests under a key, which may come again."""
    refused: dict[str, int] = field(default_factory=dict)
    """How often each code of a 503 came."""
    waited: float = 0
    """Longest time that a refusal took, in seconds."""

    def run(self, until: Callable[[], bool]) -> None:
        """Send until told to stop, or until the server is gone."""
        while not until():
            sending = self.unanswered.pop() if self.unanswered else self._next()
            if not self.send(sending):
                return

    def send(self, sending: Sending) -> bool:
        """Send one request. False when the server is gone."""
        self.ledger.sent(sending.marks)
        started = time.monotonic()
        try:
            response = sending.post(self.client)
        except httpx.TransportError:
            if sending.is_repeatable:
                self.unanswered.append(sending)
            return False
        if response.status_code in (409, 503):
            self._refused(sending, response, time.monotonic() - started)
            return True
        assert response.status_code in (200, 201), response.text
        answer = response.json()
        self.ledger.acknowledged(sending.marks, sending.ids(answer))
        if sending.key is not None:
            self.answered.append(sending)
        if sending.path == CREATE and self.random.random() < 0.1:
            self._read(answer["id"])
        return True

    def _refused(self, sending: Sending, response: httpx.Response, seconds: float) -> None:
        assert int(response.headers["Retry-After"]) >= 1
        code = response.json()["code"]
        self.refused[code] = self.refused.get(code, 0) + 1
        self.waited = max(self.waited, seconds)
        if sending.is_repeatable:
            self.unanswered.append(sending)
        time.sleep(0.02)

    def _read(self, id_: str) -> None:
        """What was answered is there in the next request."""
        try:
            response = self.client.get(f"/api/request-logs/{id_}/")
        except httpx.TransportError:
            return
        if response.status_code not in (200, 503):
            self.ledger.faults.append(f"unread: {id_} was {response.status_code} right after it was stored")

    def _next(self) -> Sending:
        dice = self.random.random()
        if self.answered and dice < 0.15:
            return self.random.choice(self.answered)
        path = self.random.choice([CREATE, CREATE, BULK, BATCH, INGEST])
        count = 1 if path == CREATE else self.random.randint(1, 12)
        key = uuid.UUID(int=self.random.getrandbits(128)).hex if dice < 0.3 else None
        if dice > 0.6:
            return Sending(path, self._named(count), None)
        return Sending(path, [span(self._slot()) for _ in range(count)], key)

    def _slot(self) -> str:
        self.made += 1
        return f"{self.name}-{self.made}"

    def _named(self, count: int) -> list[dict[str, Any]]:
        """Spans with ids of their own, some of them sent before: newer, and at another time."""
        names = self.random.sample(
            sorted(self.versions), min(count // 2 or self.random.randint(0, 1), len(self.versions))
        )
        names += [self._slot() for _ in range(count - len(names))]
        spans = []
        for name in names:
            version = self.versions[name] = self.versions.get(name, 0) + 1
            at = time.time() - self.random.randint(0, 90 * DAY)
            spans.append(span(name, version, trace_unique_id=f"t-{name}", span_unique_id=f"s-{name}", timestamp=at))
        return spans


def new_seed() -> int:
    """A seed of chance, shown with a failure; the variable SEED gives one again."""
    seed = int(os.environ.get("SEED") or random.randrange(1 << 32))
    sys.stdout.write(f"SEED={seed}\n")
    return seed


def writers(server: Server, ledger: Ledger, count: int, seed: int) -> list[Writer]:
    """Writers whose choices follow from the seed, each with a connection of its own."""
    return [Writer(f"w{i}", random.Random(f"{seed}/{i}"), ledger, server.client_of(server.key)) for i in range(count)]


@contextmanager
def running(crew: list[Writer]) -> Iterator[None]:
    """Let the writers write until the block ends."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def work(writer: Writer) -> None:
        try:
            writer.run(stop.is_set)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(writer,)) for writer in crew]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failures:
        raise failures[0]


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until something holds. Raises AssertionError when it takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.002)


def wait_acknowledged(ledger: Ledger, more: int) -> None:
    """Wait until so many more spans are acknowledged than now."""
    goal = len(ledger) + more
    wait_until(lambda: len(ledger) >= goal)
