"""The live tail, by HTTP and by the command, through real servers."""

import itertools
import json
import os
import random
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx
import pytest

from midspan.cli.output import inert
from midspan.cli.tail import line
from tests.server import MIDSPAN, Server, Starter
from tests.speaking import CREATE, cli, create, new_key, refused, tenant

TAIL = "/api/request-logs/tail/"
BULK = "/api/request-logs/bulk/"


class Event(NamedTuple):
    name: str
    id: str
    data: dict[str, Any]


def events(answer: httpx.Response) -> Iterator[Event]:
    """Events as they come; one that only moves the position has no name."""
    given: dict[str, str] = {}
    for text in answer.iter_lines():
        if text:
            name, _, value = text.partition(": ")
            given[name] = value
        elif given.get("id") or given.get("event"):
            yield Event(given.get("event", ""), given.get("id", ""), json.loads(given.get("data", "{}")))
            given = {}


@contextmanager
def following(client: httpx.Client, after: str = "", **query: str) -> Iterator[Iterator[Event]]:
    """The events of a tail that is open, whose first, the position, has come."""
    with client.stream("GET", TAIL, params=query, headers={"Last-Event-ID": after} if after else {}) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["cache-control"] == "no-store"
        found = events(answer)
        assert next(found).name == ""
        yield found


def take(found: Iterator[Event], count: int) -> list[Event]:
    return list(itertools.islice((event for event in found if event.name), count))


def inputs(found: list[Event]) -> list[str]:
    assert {event.name for event in found} <= {"span"}
    return [event.data["input"] for event in found]


def test_spans_come_as_they_are_written(server: Server) -> None:
    """Those that the filter selects, as a list's rows, of the key's tenant only, in the order of the answers."""
    client = tenant(server)
    with following(client, query="latency:>2") as found, following(client, include_fields="full_request") as other:
        for number in range(5):
            create(client, input=str(number), latency=number, full_request={"a": [1, 2]})
            create(server.client, input="of another tenant", latency=9)
        got = take(found, 2)
        assert inputs(got) == ["3", "4"]
        assert got[0].data["full_request"] is None
        assert set(client.get("/api/request-logs/list/").json()["results"][0]) <= set(got[0].data) | {"scores"}
        whole = take(other, 5)
        assert inputs(whole) == ["0", "1", "2", "3", "4"]
        assert whole[0].data["full_request"] == {"a": [1, 2]}


def test_a_span_that_is_sent_again_is_an_update(server: Server) -> None:
    """It comes again, says so, and the newest version alone comes to who was away."""
    client = tenant(server)
    with following(client) as found:
        for number in range(2):
            create(client, input=str(number), trace_unique_id="t", span_unique_id="s")
        got = take(found, 2)
        assert [event.data["is_update"] for event in got] == [False, True]
        assert got[0].data["id"] == got[1].data["id"]
    for number in range(2, 4):
        create(client, input=str(number), trace_unique_id="t", span_unique_id="s")
    create(client, input="another")
    with following(client, got[1].id) as found:
        assert inputs(take(found, 2)) == ["3", "another"]


@pytest.mark.parametrize("query", [{"query": "latency:>x"}, {"include_fields": "nope"}, {"environment": "test"}])
def test_a_bad_question_is_refused(server: Server, query: dict[str, str]) -> None:
    """In the usual shape, before the stream begins; so is an id that no event had."""
    assert server.client.get(TAIL, params=query).status_code in (400, 403)
    for wrong in ("x", "-1", "1-", "9" * 30):
        refused(server.client.get(TAIL, headers={"Last-Event-ID": wrong}), 400)


def test_nothing_is_left_out_and_nothing_comes_twice(start_server: Starter) -> None:
    """Cut again and again under load, large batches among it, and over a restart: each span comes exactly once."""
    server = start_server()
    sent: set[str] = set()
    over = threading.Event()

    def write(worker: int) -> None:
        client = server.client_of(server.key)
        for number in itertools.count():
            if over.is_set():
                return
            names = [f"{worker}-{number}-{row}" for row in range(2 if number % 6 else 300)]
            # A batch of more than 4 MiB is written alone and may be overtaken.
            padding = "x" * (20_000 if len(names) > 2 and worker == 0 else 1)
            rows = [{"model": "m", "custom_identifier": name, "full_response": {"p": padding}} for name in names]
            assert client.post(BULK, json={"logs": rows}).status_code == 201
            sent.update(names)
            time.sleep(0.01)

    dice = random.Random(1)
    got: list[str] = []
    with following(server.client) as found:
        create(server.client, custom_identifier="first")
        position = take(found, 1)[0].id
    writers = [threading.Thread(target=write, args=(worker,)) for worker in range(2)]
    for writer in writers:
        writer.start()
    end = time.monotonic() + 2
    while time.monotonic() < end:
        position = _read(server.client, position, dice.randrange(1, 200), got)
    over.set()
    for writer in writers:
        writer.join()
    server.restart()
    sent.add("last")
    create(server.client, custom_identifier="last")
    while "last" not in got:
        position = _read(server.client, position, 10_000, got)
    assert len(got) == len(set(got))
    assert set(got) == sent


def _read(client: httpx.Client, position: str, count: int, got: list[str]) -> str:
    with following(client, position) as found:
        for event in found:
            position = event.id
            assert event.name != "missed"
            if event.name:
                got.append(event.data["custom_identifier"])
                count -= 1
            if count == 0 or got[-1:] == ["last"]:
                break
    return position


def stalled(server: Server, key: str) -> socket.socket:
    """A connection on which a tail was asked for, and nothing is read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", server.port))
    head = f"GET {TAIL} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n"
    connection.sendall(head.encode())
    assert connection.recv(20).startswith(b"HTTP/1.1 200")
    return connection


def test_a_slow_reader_is_told_what_he_missed(server: Server) -> None:
    """Who does not read gets what fits and the number of the rest; whoever reads beside him gets it all."""
    client = tenant(server)
    key = client.headers["authorization"].removeprefix("Bearer ")
    rows = [{"model": "m", "input": "y" * 7000, "output": "z" * 7000} for _ in range(400)]
    shown = 0

    def read(found: Iterator[Event]) -> None:
        nonlocal shown
        while shown < 801:
            shown += next(found).data.get("count", 1)

    with following(client) as found, stalled(server, key) as slow:
        reader = threading.Thread(target=read, args=((event for event in found if event.name),))
        reader.start()
        for _ in range(2):
            assert client.post(BULK, json={"logs": rows}).status_code == 201
        create(client, input="the last")
        reader.join(20)
        slow.settimeout(5)
        text, at = bytearray(), -1
        while at < 0 or b"}" not in text[at:]:
            seen = len(text)
            text += slow.recv(1 << 20)
            at = text.find(b'"count":', max(0, seen - 50)) if at < 0 else at
    assert shown == 801
    assert b"event: missed" in text
    missed = int(text.partition(b'event: missed\ndata: {"count":')[2].partition(b"}")[0])
    assert 0 < missed <= 801 - text.count(b"event: span\n")


def test_tails_end_with_their_key_and_with_the_server(start_server: Starter) -> None:
    """A revoked key is told within seconds; a stop does not wait for tails, stalled ones included; keys have ten."""
    server = start_server()
    made = new_key(server)
    client = server.client_of(made["key"])
    with following(client) as found, stalled(server, made["key"]) as slow:
        cli(server, "keys", "revoke", made["id"])
        began = time.monotonic()
        assert take(found, 1)[0].data == {"code": "unauthorized"}
        assert time.monotonic() - began < 4
        slow.settimeout(5)
        text = b""
        while b'{"code":"unauthorized"}' not in text:
            text += slow.recv(65536)

    refused(server.client_of(new_key(server, "--rights", "ingest")["key"]).get(TAIL), 403)
    open_ = [stalled(server, server.key) for _ in range(10)]
    refused(server.client.get(TAIL), 429, "too_many_tails")
    open_.pop().close()
    deadline = time.monotonic() + 5
    while True:
        with server.client.stream("GET", TAIL) as answer:
            if answer.status_code == 200:
                break
        assert time.monotonic() < deadline
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 5
    for connection in open_:
        connection.close()
    assert "Traceback" not in server.log


def test_the_command_shows_a_line_for_each_span(start_server: Starter) -> None:
    """It goes on over a restart without a gap, and hostile content moves nothing in the terminal."""
    server = start_server()
    started = subprocess.Popen(
        [str(MIDSPAN), "tail", "status:failed", "--count", "2"],
        env={**os.environ, "MIDSPAN_URL": server.url, "MIDSPAN_API_KEY": server.key, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert started.stdout is not None
    first = b""
    shown = threading.Event()

    def read() -> None:
        nonlocal first
        assert started.stdout is not None
        first = started.stdout.readline()
        shown.set()

    threading.Thread(target=read).start()
    number = 0
    while not shown.wait(0.1):  # until it has connected
        create(server.client, error_message=f"\x1b]0;owned\x07 boom {number}", status_code=500, latency=1.5)
        number += 1
    server.stop()
    server.start()
    create(server.client, error_message="after the restart\u202e", status_code=500)
    rest, said = started.communicate(timeout=30)
    assert started.returncode == 0, said
    assert b"failed" in first
    assert b"gpt-4o-mini" in first
    assert b"1.50 s" in first
    assert b"boom" in first
    assert b"\x1b" not in first + rest
    assert b"\xe2\x80\xae" not in first + rest
    assert rest.count(b"\n") == 1


SHOWN = {
    "timestamp": "2026-01-31T12:00:00.000000Z", "status": "failed", "model": "m", "latency": None, "cost": 0.1,
    "span_name": None, "log_type": "chat", "error_message": "a\nb\x1b[2J\x9b\u2066", "output_preview": None,
    "input_preview": None, "is_update": True,
}  # fmt: skip


def test_a_line_is_one_line_and_colours_are_ours() -> None:
    """Whatever a span holds, the only escapes are the colours of the status."""
    text = line(SHOWN, colours=False)
    assert "\n" not in text
    assert text.isprintable()
    assert line(SHOWN, colours=True).count("\x1b") == 2
    assert inert("\x00\x7f\u200f\ud800\u2028x").endswith("x")


@pytest.mark.parametrize("status", ["failed", "success", "running"])
def test_what_follows_a_status_stands_in_one_column(status: str) -> None:
    """Lines of every status have model, latency, cost and name at the same places."""
    text = line({**SHOWN, "status": status}, colours=False)

    assert [text.index(part) for part in (status, " m ", "$0.1", "chat")] == [10, 18, 60, 71]


def test_create_waits_for_nobody_who_follows(server: Server) -> None:
    """Twenty followers, one of them stalled, leave creates answered: none waits for a follower."""
    client = tenant(server)
    key = client.headers["authorization"].removeprefix("Bearer ")
    with stalled(server, key), following(client):
        began = time.monotonic()
        for _ in range(100):
            create(client, input="y" * 7000, output="z" * 7000)
        assert time.monotonic() - began < 10
    assert client.get(CREATE).json()["count"] == 100
