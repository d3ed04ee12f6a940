"""The load driver: one thread, epoll, bare sockets, so that it takes little of the cores that the server needs.

What a client does is a *script*: a generator that yields requests (whole HTTP/1.1 requests as bytes) or a `Pause`, and
is sent the `Answer` of each. One script is one keep-alive connection; the next request goes out as soon as the answer
is complete, so N scripts are N requests in flight.
"""

import heapq
import select
import socket
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

BUSY = (429, 503)
READ_BYTES = 1 << 16


class Answer(NamedTuple):
    """`status` is 0 where the connection was lost before the answer was complete. Times are seconds of perf_counter."""

    status: int
    head: bytes
    """In lower case."""
    whole: bytes
    sent: float
    done: float

    @property
    def body(self) -> bytes:
        return self.whole[len(self.head) + 4 :]

    @property
    def retry_after(self) -> float:
        return float(_header(self.head, b"retry-after") or 1)


@dataclass(frozen=True)
class Pause:
    """Wait so many seconds before going on."""

    seconds: float


Script = Generator[bytes | Pause, Answer | None, None]


class Driver:
    """Runs scripts against one server until all of them have ended."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.poll = select.epoll()
        self.connections: dict[int, Connection] = {}
        self.waiting: list[tuple[float, int, Connection]] = []
        self.alive = 0
        self.serial = 0

    def run(self, scripts: Iterable[Script]) -> None:
        started = [Connection(self, script) for script in scripts]
        self.alive = len(started)
        try:
            for connection in started:
                connection.go(None)
            while self.alive:
                pause = self.waiting[0][0] - time.perf_counter() if self.waiting else 1.0
                for descriptor, event in self.poll.poll(max(0.0, pause)):
                    if descriptor in self.connections:
                        self.connections[descriptor].ready(event)
                while self.waiting and self.waiting[0][0] <= time.perf_counter():
                    heapq.heappop(self.waiting)[2].go(None)
        finally:
            for connection in started:
                connection.close()
            self.poll.close()

    def later(self, seconds: float, connection: "Connection") -> None:
        self.serial += 1
        heapq.heappush(self.waiting, (time.perf_counter() + seconds, self.serial, connection))


class Connection:
    """One script and its socket."""

    def __init__(self, driver: Driver, script: Script) -> None:
        self.driver, self.script = driver, script
        self.socket: socket.socket | None = None
        self.unsent: memoryview | None = None
        self.sent_at = 0.0
        self.in_flight = False
        self.buffer = self.head = b""
        self.parts: list[bytes] = []
        self.missing = 0

    def go(self, answer: Answer | None) -> None:
        """Hand the answer to the script and begin what it wants next."""
        try:
            wanted = self.script.send(answer)
        except StopIteration:
            self.close()
            self.driver.alive -= 1
            return
        if isinstance(wanted, Pause):
            self.driver.later(wanted.seconds, self)
        else:
            self._send(wanted)

    def _send(self, request: bytes) -> None:
        self.in_flight, self.buffer, self.parts, self.missing = True, b"", [], 0
        self.sent_at = time.perf_counter()
        try:
            self.socket = self.socket or self._open()
            sent = self.socket.send(request)
        except OSError:
            self._lost()
            return
        if sent < len(request):
            self.unsent = memoryview(request)[sent:]
            self.driver.poll.modify(self.socket, select.EPOLLIN | select.EPOLLOUT)

    def ready(self, event: int) -> None:
        try:
            if event & select.EPOLLOUT and self.unsent is not None:
                self._send_rest()
            if event & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
                self._receive()
        except BlockingIOError:
            return
        except OSError:
            self._lost()

    def _send_rest(self) -> None:
        assert self.socket
        assert self.unsent is not None
        self.unsent = self.unsent[self.socket.send(self.unsent) :]
        if not self.unsent:
            self.unsent = None
            self.driver.poll.modify(self.socket, select.EPOLLIN)

    def _receive(self) -> None:
        assert self.socket
        data = self.socket.recv(READ_BYTES)
        if not data:
            raise ConnectionResetError
        if self.missing:
            self.parts.append(data)
            self.missing -= len(data)
            if self.missing <= 0:
                self._complete(b"".join(self.parts))
            return
        self.buffer = self.buffer + data if self.buffer else data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        self.head = self.buffer[:end].lower()
        length = _header(self.head, b"content-length")
        if length is None:
            if self.buffer.endswith(b"0\r\n\r\n") or self.head[9:12] == b"204":
                self._complete(self.buffer)
            return
        self.missing = end + 4 + int(length) - len(self.buffer)
        if self.missing <= 0:
            self._complete(self.buffer)
        else:
            self.parts = [self.buffer]

    def _complete(self, whole: bytes) -> None:
        done = time.perf_counter()
        head = self.head
        if self.unsent is not None or b"\r\nconnection: close" in head:
            self.close()  # answered before the request was read to its end: the rest is not wanted
        self.in_flight = False
        self.go(Answer(int(head[9:12]), head, whole, self.sent_at, done))

    def _lost(self) -> None:
        self.close()
        if self.in_flight:
            self.in_flight = False
            self.go(Answer(0, b"", b"    connection lost", self.sent_at, time.perf_counter()))

    def _open(self) -> socket.socket:
        opened = socket.create_connection(("127.0.0.1", self.driver.port), timeout=30)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setblocking(False)
        self.driver.connections[opened.fileno()] = self
        self.driver.poll.register(opened, select.EPOLLIN)
        return opened

    def close(self) -> None:
        self.unsent = None
        if self.socket is not None:
            self.driver.connections.pop(self.socket.fileno(), None)
            self.socket.close()
            self.socket = None


def _header(head: bytes, name: bytes) -> bytes | None:
    at = head.find(b"\n" + name + b":")
    if at < 0:
        return None
    return head[at + len(name) + 2 :].split(b"\r\n", 1)[0].strip()


@dataclass
class Outcome:
    """What became of a load: which requests were acknowledged and when, and how long each took from its first send."""

    acknowledged: list[int] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    first_sent: float = 0.0
    last_answer: float = 0.0
    resent: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def seconds(self) -> float:
        return self.last_answer - self.first_sent


Accept = Callable[[Answer], bool]


def sender(indices: Iterator[int], requests: Sequence[bytes], outcome: Outcome, accept: Accept) -> Script:
    """Sends the requests that it draws from `indices`, which many senders share.

    A refusal with 429 or 503 is sent again after its Retry-After, and the wait counts as latency.
    """
    for index in indices:
        answer = yield requests[index]
        assert answer
        first = answer.sent
        outcome.first_sent = outcome.first_sent or first
        while answer.status in BUSY:
            outcome.resent += 1
            yield Pause(answer.retry_after)
            answer = yield requests[index]
            assert answer
        if accept(answer):
            outcome.acknowledged.append(index)
            outcome.latencies.append(answer.done - first)
            outcome.last_answer = answer.done
        else:
            outcome.faults[f"{answer.status} {answer.body[:200].decode(errors='replace')}"] += 1
            if answer.status == 0:
                return


def until(stop: Callable[[], bool], indices: Iterable[int]) -> Iterator[int]:
    """The indices, as long as `stop` does not hold."""
    for index in indices:
        if stop():
            return
        yield index


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]
