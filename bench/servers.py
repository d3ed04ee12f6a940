"""The servers that are measured: how each is started, written to and asked what it holds."""

import datetime as dt
import http
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import process
from bodies import OUT, Corpus, Load, Pair, batches, request, singles
from driver import Answer

ROOT = Path(__file__).parent.parent
START_SECONDS_MAX = 120
PROBE_SECONDS = 0.005
PATIENCE_SECONDS = 120
EPOCH = "1970-01-01T00:00:00Z"


class Client:
    """One keep-alive connection for questions whose cost does not matter."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = headers

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        try:
            self.connection.request(method, path, body, self.headers)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, OSError):
            self.connection.close()
            raise

    def json(self, method: str, path: str, body: bytes | None = None) -> Any:
        """The answer; a 503 is asked again for as long as a large load takes to be readable."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        status, answer = self.ask(method, path, body)
        while status == http.HTTPStatus.SERVICE_UNAVAILABLE and time.monotonic() < deadline:
            time.sleep(1)
            status, answer = self.ask(method, path, body)
        if status not in (200, 201):
            raise RuntimeError(f"{method} {path} answered {status}: {answer[:300]!r}")
        return json.loads(answer)


class Server:
    """A server process on a data directory of its own below `bench/out`."""

    name = ""

    def __init__(self, purpose: str) -> None:
        self.home = OUT / "run" / f"{self.name}-{purpose}-{os.getpid()}"
        self.data = self.home / "data"
        self.data.mkdir(parents=True)
        self.port = 0
        self.started: subprocess.Popen[bytes] | None = None

    def command(self) -> tuple[Sequence[str], dict[str, str]]:
        """What to run, and the environment to add."""
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    @property
    def pid(self) -> int:
        assert self.started, "the server is not running"
        return self.started.pid

    def start(self) -> float:
        """Start and wait until it is ready; the seconds that took."""
        self.port = free_port()
        arguments, extra = self.command()
        # Without PYTHONDONTWRITEBYTECODE above all: every start would compile every module again.
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("MIDSPAN_", "PYTHON"))}
        began = time.perf_counter()
        with (self.home / "server.log").open("ab") as log:
            self.started = subprocess.Popen(
                arguments, env=clean | extra, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home
            )
        while not self._answers():
            if self.started.poll() is not None or time.perf_counter() - began > START_SECONDS_MAX:
                said = (self.home / "server.log").read_text(errors="replace")
                raise RuntimeError(f"{self.name} did not start; the end of its log:\n{said[-2000:]}")
            time.sleep(PROBE_SECONDS)
        return time.perf_counter() - began

    def _answers(self) -> bool:
        try:
            return self.is_ready()
        except (OSError, http.client.HTTPException):
            return False

    def stop(self) -> None:
        """Ask it to end, and see to it that nothing of it is left."""
        if self.started is None:
            return
        family = process.tree(self.pid)
        self.started.terminate()
        try:
            self.started.wait(60)
        except subprocess.TimeoutExpired:
            print(f"{self.name} did not end on SIGTERM and was killed", file=sys.stderr)
        for member in family:
            process.kill(member)
        self.started.wait()
        self.started = None

    def kill(self) -> None:
        """SIGKILL, with nothing said before."""
        process.kill(self.pid)
        assert self.started
        self.started.wait()
        self.started = None

    def discard(self) -> None:
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)


class Midspan(Server):
    """`midspan serve` of this checkout. Its two keys open two environments of one organization."""

    name = "midspan"
    prod = "msp_prod_bench_0123456789abcdef0123456789abcdef"
    test = "msp_test_bench_0123456789abcdef0123456789abcdef"
    authentication = True
    """Whether it asks for keys and passwords; as a browser on the same machine may have it, it does not."""

    def command(self) -> tuple[Sequence[str], dict[str, str]]:
        executable = str(Path(sys.executable).parent / "midspan")
        keys = {"MIDSPAN_BOOTSTRAP_API_KEY": self.prod, "MIDSPAN_BOOTSTRAP_TEST_API_KEY": self.test}
        self.grpc_port = free_port()
        ports = ["--port", str(self.port), "--otlp-grpc-port", str(self.grpc_port)]
        open_ = [] if self.authentication else ["--no-authentication"]
        return [executable, "serve", *ports, *open_, "--data-dir", str(self.data)], keys

    def is_ready(self) -> bool:
        return Client(self.port, {}).ask("GET", "/health/ready")[0] == 200

    @staticmethod
    def version() -> str:
        """The commit that is measured."""
        asked = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, check=False)
        return asked.stdout.decode().strip() or "unknown"

    def headers(self, key: str = prod) -> list[str]:
        return ["Content-Type: application/json", f"Authorization: Bearer {key}"]

    def client(self, key: str = prod) -> Client:
        return Client(self.port, {"Content-Type": "application/json", "Authorization": f"Bearer {key}"})

    def load(self, spans: Corpus, size: int, key: str = prod) -> Load:
        """The requests that send `spans`: creates where `size` is 1, batches otherwise."""
        if size == 1:
            return singles(spans, "/api/request-logs/", self.headers(key))
        return batches(spans, size, "/api/request-logs/batch/create/", self.headers(key))

    def get(self, path: str, key: str = prod) -> bytes:
        return request(path, b"", self.headers(key), "GET")

    @staticmethod
    def listing(**query: str | int) -> str:
        return f"/api/request-logs/list/?{urlencode(query)}"

    def count(self, key: str = prod) -> int:
        """All spans of the key's environment, as the list counts them."""
        return int(self.client(key).json("GET", self.listing(page_size=1, start_time=EPOCH))["count"])

    def stored(self) -> dict[Pair, int]:
        """How often each pair of ids is in the store of the stopped server, read with the engine alone."""
        assert self.started is None, "one process owns the store"
        left = [path.name for path in (self.data / "journal").glob("*.ndjson") if path.stat().st_size]
        if left:
            raise RuntimeError(f"segments are left in the journal of a stopped server: {left}")
        asked = subprocess.run(
            [sys.executable, str(Path(__file__).parent / "stored.py"), str(self.data / "engine")],
            capture_output=True,
            check=True,
        )
        lines = (line.split("\t") for line in asked.stdout.decode().splitlines())
        return {(trace, span): int(times) for trace, span, times in lines}


def accepted(answer: Answer) -> bool:
    """Midspan's acknowledgement: 201, and no row of a batch refused."""
    return answer.status == 201 and b'"status":"error"' not in answer.whole


def moment(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
