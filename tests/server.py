"""A real `midspan serve` process, as every black-box test uses it."""

import atexit
import contextlib
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

MIDSPAN = Path(sys.executable).with_name("midspan")
START_SECONDS = 60
STOP_SECONDS = 60
LOG_TAIL = 8000
KEY = "msp_prod_0123456789abcdef0123456789abcdef"
TEST_KEY = "msp_test_0123456789abcdef0123456789abcdef"


class Server:
    """One data directory and the server process on it. Start and stop it as often as you like; port and keys stay.

    `settings` are given as MIDSPAN_ variables, `arguments` on the command line after `serve`. `prefix` goes before the
    command, so that a test can run the server under strace or with a library preloaded; every signal goes to the whole
    process group.

    A directory that is not there yet begins as a copy of one that a server has started and ended on, with its keys and
    its empty tables: half of a first start's time. With `is_bare` the server makes its own.
    """

    def __init__(
        self,
        data: Path,
        *,
        settings: Mapping[str, Any] | None = None,
        arguments: Sequence[str] = (),
        prefix: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        command: Path = MIDSPAN,
        is_bare: bool = False,
    ) -> None:
        self.data = data
        self.port = free_port()
        self.key = KEY
        self.test_key = TEST_KEY
        self.is_bare = is_bare
        self.settings: dict[str, Any] = {
            "port": self.port,
            "otlp_grpc_port": 0,  # the default is one port for all who run at once
            "data_dir": data,
            "bootstrap_api_key": self.key,
            "bootstrap_test_api_key": self.test_key,
            **(settings or {}),
        }
        self.arguments = list(arguments)
        self.prefix = list(prefix)
        self.environment = dict(environment or {})
        self.command = command
        self.log_path = data.with_name(data.name + ".log")
        self._clients: list[httpx.Client] = []
        self.client = self.client_of(self.key)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def grpc(self) -> str:
        """Host and port of OTLP over gRPC, where its setting turns it on."""
        return f"127.0.0.1:{self.settings['otlp_grpc_port']}"

    @property
    def pid(self) -> int:
        """The process that was started: of `prefix` where there is one."""
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        """All that the server has printed since the first start."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    @property
    def log_tail(self) -> str:
        return self.log[-LOG_TAIL:]

    def client_of(self, key: str | None, **options: Any) -> httpx.Client:
        """An HTTP client with this key (None: without one). Closed with the server."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        # There is no TLS here, and reading the authorities' certificates takes longer than many a test.
        options = {"verify": False, **options}
        client = httpx.Client(base_url=self.url, headers=headers, timeout=30, trust_env=False, **options)
        self._clients.append(client)
        return client

    def start(self, *, wait: bool = True) -> Self:
        """Start the process and wait until it is ready to be written to and read from."""
        assert not self.is_running, "it runs already"
        self.data.parent.mkdir(parents=True, exist_ok=True)
        if not (self.data.exists() or self.is_bare or self._makes_its_own):
            shutil.copytree(started_once(), self.data, symlinks=True)
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                [*self.prefix, str(self.command), "serve", *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._variables(),
                start_new_session=True,
            )
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait for 200 from /health/ready. Raises AssertionError with the log when the process ends or takes longer."""
        deadline = time.monotonic() + seconds
        answer = "no connection"
        while time.monotonic() < deadline:
            assert self.is_running, f"the server ended with code {self.exit_code}:\n{self.log_tail}"
            with contextlib.suppress(httpx.TransportError):
                response = self.client.get("/health/ready", timeout=5)
                if response.status_code == 200:
                    return
                answer = f"{response.status_code} {response.text}"
            time.sleep(0.02)
        raise AssertionError(f"not ready after {seconds} s ({answer}):\n{self.log_tail}")

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """None while it runs and before the first start."""
        return None if self._process is None else self._process.poll()

    def send(self, number: int) -> None:
        """Send a signal to the process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def kill(self) -> None:
        """kill -9, and wait until the process is gone."""
        self.send(signal.SIGKILL)
        self.wait()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end, and return its exit code."""
        self.send(number)
        return self.wait()

    def terminate(self) -> int:
        """Ask it to end with SIGTERM, and return its exit code."""
        return self.stop(signal.SIGTERM)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Wait for the end, and return the exit code."""
        assert self._process is not None
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            self._process.wait()
            raise AssertionError(f"still running after {seconds} s:\n{self.log_tail}") from None

    def restart(self) -> Self:
        """Stop it, if it runs, and start it again on the same directory and port."""
        if self.is_running:
            assert self.stop() == 0, self.log_tail
        return self.start()

    def metric(self, name: str, **labels: str) -> float:
        """The value of one metric, summed over the labels that are not given; 0 where it is absent."""
        total = 0.0
        for line in self.client.get("/metrics").raise_for_status().text.splitlines():
            series, _, value = line.rpartition(" ")
            if series.partition("{")[0] == name and all(f'{key}="{given}"' in series for key, given in labels.items()):
                total += float(value)
        return total

    def close(self) -> None:
        """End the process whatever it does, and close the clients."""
        if self.is_running:
            self.kill()
        for client in self._clients:
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _makes_its_own(self) -> bool:
        """Whether this server is about its first start: it has other keys, or something is done to the process."""
        keys = (self.settings.get("bootstrap_api_key"), self.settings.get("bootstrap_test_api_key"))
        return keys != (KEY, TEST_KEY) or bool(self.prefix or self.environment) or self.command != MIDSPAN

    def _variables(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MIDSPAN_")}
        inherited.pop("PYTHONDONTWRITEBYTECODE", None)  # or each start compiles all that it imports
        own = {f"MIDSPAN_{name.upper()}": _text(value) for name, value in self.settings.items() if value is not None}
        return {**inherited, "PYTHONUNBUFFERED": "1", **own, **self.environment}


class Starter:
    """Starts servers for one test, each in a directory of its own, and ends them with it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.servers: list[Server] = []

    def __call__(self, data: Path | None = None, *, wait: bool = True, **options: Any) -> Server:
        """A running server; with `wait` false one that may yet fail to start. `options` as for `Server`."""
        return self.prepare(data, **options).start(wait=wait)

    def prepare(self, data: Path | None = None, **options: Any) -> Server:
        """A server that is not started yet. A directory of the test's choice is the server's own to make."""
        options.setdefault("is_bare", data is not None)
        server = Server(data or self.directory / f"data-{len(self.servers)}", **options)
        self.servers.append(server)
        return server

    def close(self) -> None:
        for server in self.servers:
            server.close()


@functools.cache
def started_once() -> Path:
    """A data directory as a first start leaves it, made once in a process of the tests."""
    directory = tempfile.TemporaryDirectory(prefix="midspan-started-")
    atexit.register(directory.cleanup)
    with Server(Path(directory.name, "data"), is_bare=True) as server:
        assert server.start().stop() == 0, server.log
    return server.data


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
