"""Arize Phoenix beside Midspan, on the same spans.

    python bench/peers.py install      into .cache/peers/phoenix
    python bench/peers.py              measure it alone

Phoenix answers before it stores: what counts is how many spans a second it has stored, and when the last one that it
acknowledged can be read. It stores about a hundred a second, so it is given few.
"""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import bodies
import msgspec
import otlp
import process
import workload
from driver import Answer, Driver, Outcome, sender
from servers import ROOT, Client, Server, free_port
from trial import Record, Results, latencies

VERSION = "20.26.1"
PHOENIX = ROOT / ".cache" / "peers" / "phoenix"
DRAIN_SECONDS_MAX = 90
READS = 20
LIST = """query($first: Int!, $sort: SpanSort) { node(id: "UHJvamVjdDox") { ... on Project {
  spans(first: $first, sort: $sort) { edges { node { spanId name spanKind statusCode startTime latencyMs parentId
    tokenCountTotal trace { traceId } input { truncatedValue } output { truncatedValue } } } } } } }"""


class Phoenix(Server):
    """`phoenix serve` on SQLite with its defaults, telemetry off."""

    name = "phoenix"

    def command(self) -> tuple[Sequence[str], dict[str, str]]:
        environment = {
            "PHOENIX_WORKING_DIR": str(self.data),
            "PHOENIX_HOST": "127.0.0.1",
            "PHOENIX_PORT": str(self.port),
            "PHOENIX_GRPC_PORT": str(free_port()),
            "PHOENIX_TELEMETRY_ENABLED": "false",
            "PHOENIX_ALLOW_EXTERNAL_RESOURCES": "false",
        }
        return [str(PHOENIX / "bin" / "phoenix"), "serve"], environment

    def is_ready(self) -> bool:
        client = Client(self.port, {})
        return client.ask("GET", "/healthz")[0] == 200 and client.ask("GET", "/v1/projects")[0] == 200

    def version(self) -> str:
        asked = subprocess.run(
            [PHOENIX / "bin" / "python", "-c", "from importlib.metadata import version as v;print(v('arize-phoenix'))"],
            capture_output=True,
            check=True,
        )
        return asked.stdout.decode().strip()

    def stored(self) -> set[str]:
        """The span ids in its database, read beside the server."""
        database = sqlite3.connect(f"file:{self.data}/phoenix.db?mode=ro", uri=True, timeout=30)
        try:
            return {row[0] for row in database.execute("SELECT span_id FROM spans")}
        finally:
            database.close()


def is_installed() -> bool:
    return (PHOENIX / "bin" / "phoenix").exists()


def install() -> None:
    """Into a virtual environment of its own, with the uv that set up this checkout or else pip."""
    cached = sorted((ROOT / ".cache").glob("uv-*/bin/uv"))
    uv = str(cached[-1]) if cached else "uv"
    python = PHOENIX / "bin" / "python"
    if cached or _runs(uv):
        subprocess.run([uv, "venv", "--allow-existing", "--python", sys.executable, PHOENIX], check=True)
        subprocess.run([uv, "pip", "install", "--python", python, f"arize-phoenix=={VERSION}"], check=True)
    else:
        subprocess.run([sys.executable, "-m", "venv", PHOENIX], check=True)
        subprocess.run([python, "-m", "pip", "install", f"arize-phoenix=={VERSION}"], check=True)


def _runs(command: str) -> bool:
    return any(os.access(Path(folder) / command, os.X_OK) for folder in os.environ.get("PATH", "").split(os.pathsep))


def measure(results: Results, n: int, bytes_mean: int) -> Record:
    """`n` spans in batches of 100 on 4 connections, until all are stored; then lists and one trace."""
    scale = bodies.scale(bytes_mean, 1, lambda _: True)
    spans = list(workload.spans(n, 1, scale))
    headers = ["Content-Type: application/x-protobuf"]
    requests = [
        bodies.request("/v1/traces", otlp.export(spans[start : start + 100]), headers) for start in range(0, n, 100)
    ]
    server = Phoenix("peer")
    startup = server.start()
    try:
        cpu, outcome = process.cpu_seconds(server.pid), Outcome()
        indices = iter(range(len(requests)))
        Driver(server.port).run([sender(indices, requests, outcome, _accepted) for _ in range(4)])
        wanted = {span.span_id for index in outcome.acknowledged for span in spans[100 * index : 100 * index + 100]}
        end = time.perf_counter() + DRAIN_SECONDS_MAX
        while (missing := len(wanted - server.stored())) and time.perf_counter() < end:
            time.sleep(0.1)
        stored_at = time.perf_counter()
        return results.add(
            "phoenix",
            version=server.version(),
            spans=len(wanted),
            missing=missing,
            acknowledged_per_second=round(len(wanted) / outcome.seconds),
            stored_per_second=round((len(wanted) - missing) / (stored_at - outcome.first_sent), 1),
            readable_after_seconds=round(stored_at - outcome.last_answer, 1),
            server_us=round(1e6 * (process.cpu_seconds(server.pid) - cpu) / max(1, len(wanted))),
            memory_peak_mb=round(process.memory_peak_bytes(server.pid) / 1e6),
            start_seconds=round(startup, 1),
            disk_share=round(process.disk_bytes(server.data) / sum(len(workload.request_log(s)) for s in spans), 2),
            newest_50=_newest(server),
            resent=outcome.resent,
        )
    finally:
        server.discard()


def _newest(server: Phoenix) -> Record:
    client = Client(server.port, {"Content-Type": "application/json"})
    variables = {"first": 50, "sort": {"col": "startTime", "dir": "desc"}}
    body = msgspec.json.encode({"query": LIST, "variables": variables})
    seconds = []
    for _ in range(READS):
        began = time.perf_counter()
        answer = client.json("POST", "/graphql", body)
        seconds.append(time.perf_counter() - began)
        if len(answer["data"]["node"]["spans"]["edges"]) != 50:
            raise RuntimeError(f"Phoenix did not list 50 spans: {str(answer)[:300]}")
    return latencies(seconds)


def _accepted(answer: Answer) -> bool:
    return answer.status == 200


if __name__ == "__main__":
    if sys.argv[1:] == ["install"]:
        install()
    elif is_installed():
        measure(Results(bodies.OUT / "phoenix.jsonl"), 1000, 6000)
    else:
        sys.exit("Phoenix is not installed: run `make bench-peers`.")
