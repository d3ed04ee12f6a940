"""`midspan tail`: spans as they arrive, a line each."""

import argparse
import json
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from midspan.cli.connection import (
    AWAY,
    TRIES,
    Connection,
    Refused,
    add_connection,
    connection,
    may_pass,
    pause,
    plain,
)
from midspan.cli.output import complain, inert, say

PATH = "/api/request-logs/tail/"
PREVIEW = 80
COLOURS = {"failed": "31", "warning": "33", "pending": "36", "running": "36"}
_NOT_ASCII = re.compile(r"[^\x20-\x7e]")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "tail",
        help="show spans as they arrive",
        description="Show spans as they arrive, a line each: time, status, model, latency, cost, name, beginning of "
        "the output or the error. Ctrl-C ends it.",
        allow_abbrev=False,
    )
    command.add_argument(
        "filter", nargs="?", default="", metavar="FILTER", help="in the query language; all by default"
    )
    command.add_argument("--json", action="store_true", help="print each span as a line of JSON")
    command.add_argument("--fields", default="", metavar="NAME,…", help="fields that lists leave out (with --json)")
    command.add_argument("--count", type=int, metavar="N", help="end after so many spans")
    add_connection(command)
    command.set_defaults(run=_run)


class Event(NamedTuple):
    """A server-sent event."""

    name: str
    id: str
    data: str


def _run(arguments: argparse.Namespace) -> int:
    server = connection(arguments)
    left = arguments.count
    colours = sys.stdout.isatty()
    for event in follow(server, {"query": arguments.filter, "include_fields": arguments.fields}):
        said = json.loads(event.data)
        if event.name == "missed":
            complain(f"{said['count']} spans came faster than they could be shown, and were left out.")
            continue
        say(_NOT_ASCII.sub(_escaped, event.data) if arguments.json else line(said, colours=colours))
        sys.stdout.flush()
        left = None if left is None else left - 1
        if left is not None and left <= 0:
            break
    return 0


def follow(server: Connection, query: dict[str, Any]) -> Iterator[Event]:
    """Spans and what was missed, for ever: after a cut it goes on where it stopped."""
    position = ""
    failures = 0
    while True:
        try:
            headers = {"Last-Event-ID": position} if position else {}
            with server.ask("GET", PATH, query, headers) as answer:
                for event in _events(answer):
                    failures = 0
                    position = event.id or position
                    if event.name == "end":
                        raise Refused(401, {"detail": "this API key opens the stream no more."}, None)
                    if event.name:
                        yield event
            error: Exception = ConnectionResetError("the stream ended")
        except (Refused, *AWAY) as caught:
            if isinstance(caught, BrokenPipeError):
                raise
            error = caught
        failures += 1
        if failures >= TRIES or not may_pass(error):
            raise plain(error, server.url)
        pause(error, failures - 1)


def _events(lines: Any) -> Iterator[Event]:
    """The events of a stream; one without a name moves the position only."""
    given = {"id": "", "event": "", "data": ""}
    while raw := lines.readline():
        text = raw.decode("utf-8", "replace").rstrip("\r\n")
        if not text:
            if given["id"] or given["event"]:
                yield Event(given["event"], given["id"], given["data"])
            given = {"id": "", "event": "", "data": ""}
        elif not text.startswith(":"):
            name, _, value = text.partition(":")
            given[name] = value.removeprefix(" ")


def line(span: dict[str, Any], *, colours: bool) -> str:
    """A span on one line. Nothing in it moves the cursor, colours the terminal or reverses the text."""
    status = str(span["status"])
    latency = "-" if span["latency"] is None else f"{span['latency']:.2f} s"
    cost = "-" if span["cost"] is None else f"${span['cost']:.6f}"
    name = span["span_name"] or span["log_type"]
    text = inert((span["error_message"] or span["output_preview"] or span["input_preview"] or "")[: 4 * PREVIEW])
    when = datetime.fromisoformat(span["timestamp"]).astimezone().strftime("%H:%M:%S")
    shown = f"{inert(status):<8}"
    if colours and status in COLOURS:
        shown = f"\x1b[{COLOURS[status]}m{shown}\x1b[0m"
    again = "~" if span.get("is_update") else " "
    model = inert(str(span["model"] or "-"))[:28]
    called = inert(str(name))[:30]
    return f"{when}{again} {shown} {model:<28} {latency:>9} {cost:>11}  {called:<30} {text[:PREVIEW]}".rstrip()


def _escaped(found: re.Match[str]) -> str:
    """A character as JSON escapes it: outside of ASCII there are texts only."""
    return json.dumps(found[0])[1:-1]
