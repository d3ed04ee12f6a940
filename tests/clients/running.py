"""Runs a client's script in the environment that it needs, and reads what is stored then."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.environments import environment, node_modules
from tests.server import Server

HERE = Path(__file__).parent
SECONDS = 60


def run(client: str, *arguments: str, **variables: str) -> Any:
    """What `run_<client>.py` printed, as JSON. A client that swallows its errors is judged by what is stored."""
    return json.loads(execute(client, [str(HERE / f"run_{client.replace('-', '_')}.py"), *arguments], **variables))


def execute(client: str, arguments: list[str], **variables: str) -> str:
    """What the client's Python printed, run with these arguments and variables and no settings of this machine."""
    return _output([str(environment(client)), *arguments], variables)


def run_node(client: str, **variables: str) -> Any:
    """The same of `run_<client>.cjs`, with the modules of `<client>-js`."""
    modules = str(node_modules(f"{client}-js"))
    return json.loads(_output(["node", str(HERE / f"run_{client}.cjs")], {"NODE_PATH": modules, **variables}))


def _output(command: list[str], variables: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "no_proxy": "*", **variables},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def retrieve(server: Server, span_id: str) -> dict[str, Any]:
    """A stored span, whole."""
    answer = server.client.get(f"/api/request-logs/{span_id}/")
    assert answer.status_code == 200, answer.text
    span: dict[str, Any] = answer.json()
    return span


def trace(server: Server, trace_id: str) -> dict[str, dict[str, Any]]:
    """The stored spans of a trace, by name, each whole. Names that come twice are numbered: `turn`, `turn 2` …"""
    found: dict[str, dict[str, Any]] = {}
    rows: list[dict[str, Any]] = []
    address = "/api/request-logs/list/?page_size=1000&sort_by=timestamp"
    while address:
        page = server.client.get(address).json()
        rows += page["results"]
        address = page["next"]
    for row in rows:
        if row["trace_unique_id"] == trace_id:
            name = row["span_name"]
            number = sum(key == name or key.startswith(f"{name} ") for key in found) + 1
            found[name if number == 1 else f"{name} {number}"] = retrieve(server, row["id"])
    return found
