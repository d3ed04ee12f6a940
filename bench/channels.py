"""The load driver of gRPC: threads with a connection each, one call in flight on each of them."""

import threading
import time
from collections.abc import Callable, Sequence

import grpc
from driver import Outcome

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
SECONDS = 60
PAUSE_SECONDS = 0.2
"""Before a call is made again that the server had no room for."""

Call = Callable[..., bytes]

BUSY = (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE)
OPTIONS = (("grpc.use_local_subchannel_pool", 1),)
"""A connection for each channel."""


def export(port: int, key: str, bodies: Sequence[bytes], connections: int) -> Outcome:
    """Export the bodies over so many connections; an answer must be empty."""
    sending = _Sending(port, key, bodies)
    crew = [threading.Thread(target=sending.run) for _ in range(connections)]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()
    return sending.outcome


class _Sending:
    """Bodies that threads draw from, and what became of them."""

    def __init__(self, port: int, key: str, bodies: Sequence[bytes]) -> None:
        self._address = f"127.0.0.1:{port}"
        self._metadata = (("authorization", f"Bearer {key}"),)
        self._bodies = bodies
        self._indices = iter(range(len(bodies)))
        self._lock = threading.Lock()
        self.outcome = Outcome(first_sent=time.perf_counter())

    def run(self) -> None:
        with grpc.insecure_channel(self._address, OPTIONS) as channel:
            call: Call = channel.unary_unary(METHOD)
            while (index := self._next()) is not None:
                sent = time.perf_counter()
                fault = self._export(call, self._bodies[index])
                self._book(index, sent, fault)

    def _next(self) -> int | None:
        with self._lock:
            return next(self._indices, None)

    def _export(self, call: Call, body: bytes) -> str:
        """Export one body, again where the server is busy. Returns what was wrong."""
        while True:
            try:
                answer = call(body, timeout=SECONDS, metadata=self._metadata)
            except grpc.RpcError as error:
                if error.code() not in BUSY:
                    return f"{error.code().name} {error.details()}"[:200]
                with self._lock:
                    self.outcome.resent += 1
                time.sleep(PAUSE_SECONDS)
            else:
                return f"answered {answer[:200]!r}" if answer else ""

    def _book(self, index: int, sent: float, fault: str) -> None:
        done = time.perf_counter()
        with self._lock:
            if fault:
                self.outcome.faults[fault] += 1
            else:
                self.outcome.acknowledged.append(index)
                self.outcome.latencies.append(done - sent)
                self.outcome.last_answer = done
