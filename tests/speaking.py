"""What black-box tests say to a server again and again."""

import functools
import io
import itertools
import json
import os
import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from typing import Any
from unittest.mock import MagicMock, patch

import httpx

from midspan.cli import main
from midspan.http.api import operations
from midspan.http.operation import Operation
from tests.server import Server

CREATE = "/api/request-logs/"
LIST = "/api/request-logs/list/"
CHAT = {
    "model": "gpt-4o-mini",
    "input": [{"role": "user", "content": "Hi"}],
    "output": {"role": "assistant", "content": "Hello"},
}

EXAMPLE_ID = "0198f3c2a1b27c3e8d4f5a6b7c8d9e0f"
"""The span's id in the examples of the documentation."""

RPC_CODES = {401: 16, 403: 7, 405: 12, 429: 8, 500: 13, 503: 14}
"""gRPC's codes for statuses; 3 (INVALID_ARGUMENT) for every other one."""

_numbers = itertools.count(1)


@functools.cache
def declared() -> tuple[Operation, ...]:
    """The application's own table of operations: a route that is added is in every test that walks it."""
    return tuple(operations(MagicMock()))


@functools.cache
def _otlp() -> frozenset[str]:
    return frozenset(path for operation in declared() if operation.tag == "OpenTelemetry" for path in operation.paths())


def addresses() -> Iterator[tuple[Operation, str]]:
    """Every operation with every path that it answers on, parameters filled in, with and without the slash."""
    for operation, path in templates():
        yield operation, filled(path)


def templates() -> Iterator[tuple[Operation, str]]:
    """Every operation with every path that it answers on, with and without the slash, parameters in braces."""
    for operation in declared():
        for path in operation.paths():
            yield operation, path
            yield operation, path + "/"


def filled(path: str, **ids: str) -> str:
    """A path with its parameters filled in: with these, or with an id that nothing has."""
    return re.sub(r"{(\w+)(?::\w+)?}", lambda match: ids.get(match[1], "0" * 32), path)


def body_of(operation: Operation, span_id: str = EXAMPLE_ID) -> Any:
    """A good body for an operation, with ids that no other call has, about a span; None where it takes none."""
    text = json.dumps(operation.body_example).replace(EXAMPLE_ID, span_id)
    for name in ("trace_unique_id", "span_unique_id"):
        text = text.replace(f'"{name}": "', f'"{name}": "{uuid.uuid4().hex}')
    return json.loads(text)


def create(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    """The answer to a create that is good."""
    answer = client.post(CREATE, json={"model": "gpt-4o-mini", **fields})
    assert answer.status_code == 201, answer.text
    span: dict[str, Any] = answer.json()
    return span


def retrieve(client: httpx.Client, span_id: str) -> dict[str, Any]:
    """A stored span, whole."""
    answer = client.get(f"{CREATE}{span_id}/")
    assert answer.status_code == 200, answer.text
    span: dict[str, Any] = answer.json()
    return span


def listed(client: httpx.Client, **parameters: Any) -> list[dict[str, Any]]:
    """The rows of one page."""
    answer = client.get(LIST, params={"page_size": 1000, **parameters})
    assert answer.status_code == 200, answer.text
    rows: list[dict[str, Any]] = answer.json()["results"]
    return rows


def held(found: dict[str, Any], expected: dict[str, Any]) -> None:
    """Assert that what was found has these values; only what differs is shown."""
    assert {name: found[name] for name in expected} == expected


def refused(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Assert that an answer is a refusal in the one documented shape, and return its body. On OTLP's routes that is a
    `google.rpc.Status`, which has no word for programs; its sentence is returned as `detail`.
    """
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    if answer.request.url.path.rstrip("/") in _otlp():
        assert answer.headers["content-type"] == "application/json"
        found: dict[str, Any] = answer.json()
        assert set(found) == {"code", "message"}
        assert found["code"] == RPC_CODES.get(status, 3)
        assert found["message"].endswith((".", "…"))
        assert status not in (429, 503) or int(answer.headers["retry-after"]) > 0
        return {"detail": found["message"]}
    assert answer.headers["content-type"] == "application/json"
    body: dict[str, Any] = answer.json()
    assert body["detail"] == body["error"]
    assert body["detail"].endswith((".", "…", "?"))
    assert isinstance(body["code"], str)
    assert code is None or body["code"] == code, body
    if status in (429, 503):
        assert answer.headers["retry-after"] == str(body["retry_after"])
    return body


def cli(server: Server, *arguments: str) -> Any:
    """What a `midspan` command on the server's data directory printed with --json.

    It runs in this process, which has everything loaded: tests/test_cli.py starts the command itself.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("MIDSPAN_")}
    printed, said = io.StringIO(), io.StringIO()
    with patch.dict(os.environ, own, clear=True), redirect_stdout(printed), redirect_stderr(said):
        code = main([*arguments, "--json", "--data-dir", str(server.data)])
    assert code == 0, printed.getvalue() + said.getvalue()
    return json.loads(printed.getvalue())


def new_key(server: Server, *options: str) -> dict[str, Any]:
    """A fresh key: `key` is its secret."""
    made: dict[str, Any] = cli(server, "keys", "create", "--name", f"test {next(_numbers)}", *options)
    return made


def tenant(server: Server) -> httpx.Client:
    """A client of an organization of its own, whose lists hold nothing of anybody else's."""
    name = f"Organization {next(_numbers)}"
    cli(server, "organizations", "create", name)
    return server.client_of(new_key(server, "--organization", name)["key"])


PASSWORD = "four words make one"


def member(server: Server, role: str = "admin", organization: str | None = None) -> httpx.Client:
    """A client of somebody new who has signed in, by invitation: it sends a cookie and no key."""
    own = ("--organization", organization) if organization else ()
    invited = cli(server, "members", "invite", "--role", role, *own)
    client = server.client_of(None)
    account = {"email": f"{uuid.uuid4().hex}@example.com", "name": f"A {role}", "password": PASSWORD}
    answer = client.post("/api/welcome/", json={"token": invited["token"], **account})
    assert answer.status_code == 200, answer.text
    return client


def raw(server: Server, request: bytes, *, seconds: float = 10, half_close: bool = False) -> bytes:
    """All that the server answers to bytes on a connection of their own, until it closes or stays silent."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        connection.sendall(request)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        pieces = []
        try:
            while piece := connection.recv(65536):
                pieces.append(piece)
        except (TimeoutError, ConnectionResetError):
            pass
        return b"".join(pieces)
