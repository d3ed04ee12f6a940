"""Answers without an end, read in a thread of their own: an export, and the live tail."""

import contextlib
import http.client
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Self

READ_BYTES = 1 << 20
STREAM_SECONDS_MAX = 120


class Refused(Exception):
    """The stream was answered with something else than 200."""

    def __init__(self, status: int, said: str) -> None:
        super().__init__(f"{status} {said}")
        self.status = status


@dataclass
class Export:
    """How much of an export came in how long."""

    spans: int = 0
    bytes: int = 0
    seconds: float = 0.0
    is_whole: bool = False


def export(port: int, path: str, headers: dict[str, str], seconds: float) -> Export:
    """Read an export of lines to its end, or for so many seconds. Raises `Refused`."""
    plain, answer = _open(port, path, headers)
    read = Export()
    began = time.perf_counter()
    try:
        while read.seconds < seconds:
            piece = answer.read1(READ_BYTES)
            read.seconds = time.perf_counter() - began
            if not piece:
                read.is_whole = True
                break
            read.bytes += len(piece)
            read.spans += piece.count(b"\n")
    finally:
        _cut(plain)
    return read


@dataclass
class Tail:
    """The events of a live tail, each with the moment of its arrival."""

    port: int
    path: str
    headers: dict[str, str]
    events: list[tuple[float, bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.socket, self.answer = _open(self.port, self.path, self.headers)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        _cut(self.socket)

    def _read(self) -> None:
        try:
            while line := self.answer.readline():
                if line.startswith(b"data:"):
                    self.events.append((time.perf_counter(), line))
        except (OSError, http.client.HTTPException):
            return  # cut off

    def arrived(self, marker: bytes, seconds: float) -> float | None:
        """When the event with the marker came; None when it does not come within so many seconds."""
        end = time.monotonic() + seconds
        while True:
            for moment, line in self.events:
                if marker in line:
                    return moment
            if time.monotonic() > end:
                return None
            time.sleep(0.01)


def _open(port: int, path: str, headers: dict[str, str]) -> tuple[socket.socket, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=STREAM_SECONDS_MAX)
    connection.request("GET", path, headers=headers)
    plain = connection.sock  # the connection forgets it when the answer is the last one on it
    assert plain
    answer = connection.getresponse()
    if answer.status != http.client.OK:
        status, said = answer.status, answer.read(300).decode(errors="replace")
        plain.close()
        raise Refused(status, said)
    return plain, answer


def _cut(plain: socket.socket) -> None:
    with contextlib.suppress(OSError):
        plain.shutdown(socket.SHUT_RDWR)
    plain.close()
