"""`midspan export`: spans into a file, going on where it was cut."""

import argparse
import csv
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from midspan.cli.connection import (
    AWAY,
    CHUNK_BYTES,
    TRIES,
    Connection,
    Refused,
    add_connection,
    add_window,
    connection,
    may_pass,
    pause,
    plain,
)
from midspan.cli.progress import Progress, progress
from midspan.errors import Misconfigured

PATH = "/api/request-logs/export/"
PAGE_BYTES = 4 << 20


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "export",
        help="save spans to a file",
        description="Save every span that a filter selects. A cut is mended by itself; --resume goes on after a stop.",
        allow_abbrev=False,
    )
    command.add_argument(
        "filter", nargs="?", default="", metavar="FILTER", help="in the query language; all by default"
    )
    command.add_argument("--format", choices=("jsonl", "csv", "parquet"), default="jsonl", help="default jsonl")
    command.add_argument("--output", metavar="FILE", default="-", help="default: standard output")
    command.add_argument("--fields", default="", metavar="NAME,…", help="fields of the rows; every one by default")
    command.add_argument("--inert", action="store_true", help="CSV: keep spreadsheets from running texts as formulas")
    command.add_argument("--resume", action="store_true", help="go on with FILE.part, which an earlier run left")
    add_window(command)
    add_connection(command)
    command.set_defaults(run=_run)


class Records:
    """The records of a JSON Lines or CSV file as its bytes come: where the last whole one ends, and whose it is."""

    def __init__(self, form: str) -> None:
        self._csv = form == "csv"
        self._record: list[bytes] = []
        self._quotes = 0
        self._head: bytes | None = None
        self._last = b""
        self.whole = 0
        """Bytes up to the end of the last whole record."""
        self.count = 0

    def feed(self, chunk: bytes) -> int:
        """Take bytes; how many records became whole."""
        before = self.count
        for line in chunk.splitlines(keepends=True) if not self._csv else _lines(chunk):
            self._record.append(line)
            self._quotes += line.count(b'"') if self._csv else 0
            if line.endswith(b"\n") and self._quotes % 2 == 0:
                self._end()
        return self.count - before

    def _end(self) -> None:
        record = b"".join(self._record)
        self._record, self._quotes = [], 0
        self.whole += len(record)
        if self._csv and self._head is None:
            self._head = record
            return
        self._last = record
        self.count += 1

    def cut(self) -> None:
        """Forget the record that is not whole."""
        self._record, self._quotes = [], 0

    @property
    def cursor(self) -> str:
        """The id of the last whole record's span, "" for none. Raises `Misconfigured` where it holds none."""
        if not self.count:
            return ""
        row = self._row()
        if not row.get("id"):
            raise Misconfigured("the rows hold no id, so a cut cannot be mended. Add id to --fields.")
        return str(row["id"])

    def _row(self) -> dict[str, Any]:
        if not self._csv:
            found: dict[str, Any] = json.loads(self._last)
            return found
        assert self._head is not None
        csv.field_size_limit(1 << 30)
        names, values = (
            csv.reader([self._head.decode(), self._last.decode()])
            if _simple(self._last)
            else (
                next(csv.reader([self._head.decode()])),
                next(csv.reader(self._last.decode().splitlines(keepends=True))),
            )
        )
        return dict(zip(names, values, strict=True))


def _simple(record: bytes) -> bool:
    return record.count(b"\n") == 1


def _lines(chunk: bytes) -> Iterator[bytes]:
    """Pieces that end with a line feed, and the rest. A lone carriage return is part of a text."""
    start = 0
    while (end := chunk.find(b"\n", start)) >= 0:
        yield chunk[start : end + 1]
        start = end + 1
    if start < len(chunk):
        yield chunk[start:]


def _run(arguments: argparse.Namespace) -> int:
    server = connection(arguments)
    query = {
        "query": arguments.filter,
        # Parquet is made here, at the end: a file of it that was cut cannot be gone on with.
        "format": "jsonl" if arguments.format == "parquet" else arguments.format,
        "fields": arguments.fields,
        "start_time": arguments.since,
        "end_time": arguments.until,
        "inert": "true" if arguments.inert else "",
    }
    if arguments.output == "-":
        if arguments.resume or arguments.format == "parquet":
            raise Misconfigured("--resume and --format parquet need a file; name it with --output.")
        with progress("Exporting", "Exported", _total(server, query)) as shown:
            _fetch(server, query, sys.stdout.buffer, Records(arguments.format), shown)
        sys.stdout.buffer.flush()
        return 0
    try:
        _save(server, query, Path(arguments.output), arguments)
    except OSError as error:
        raise Misconfigured(f"{error.filename or arguments.output} cannot be written: {error.strerror}.") from error
    return 0


def _save(server: Connection, query: dict[str, Any], output: Path, arguments: argparse.Namespace) -> None:
    part = output.with_name(output.name + ".part")
    asked = output.with_name(output.name + ".part.json")
    # Times that were given relative to now differ from run to run; those of the first run stand.
    said = {**{name: query[name] for name in ("query", "format", "fields", "inert")}, "as": arguments.format}
    records = Records(query["format"])
    if arguments.resume:
        query = _resumed(part, asked, said, query, records)
    total = _total(server, query)
    if not arguments.resume:
        asked.write_text(json.dumps({"said": said, "query": query}))
        part.write_bytes(b"")
    with progress("Exporting", "Exported", total) as shown:
        shown.advance(records.count, records.whole)
        with part.open("r+b") as file:
            file.truncate(records.whole)
            file.seek(records.whole)
            try:
                _fetch(server, query, file, records, shown)
            except Misconfigured:
                if not records.whole:  # there is nothing to go on with
                    part.unlink()
                    asked.unlink()
                raise
            os.fsync(file.fileno())
        if arguments.format == "parquet":
            _convert(part, arguments.fields)
        part.replace(output)
        asked.unlink()


def _resumed(part: Path, asked: Path, said: dict[str, Any], query: dict[str, Any], records: Records) -> dict[str, Any]:
    """The question that the file answers so far."""
    for needed in (part, asked):
        if not needed.exists():
            raise Misconfigured(f"there is no {needed} to go on with; leave --resume out.")
    before = json.loads(asked.read_text())
    if before["said"] != said:
        raise Misconfigured(
            f"{part} was begun with another filter, format or fields; leave --resume out to begin anew."
        )
    with part.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            records.feed(chunk)
    records.cut()
    return {**query, **before["query"]}


def _fetch(server: Connection, query: dict[str, Any], file: BinaryIO, records: Records, shown: Progress) -> None:
    """Write the whole answer, going on after each cut with the last whole record."""
    failures = 0
    while True:
        before = records.count
        try:
            with server.ask("GET", PATH, {**query, "cursor": records.cursor}) as answer:
                while chunk := answer.read1(CHUNK_BYTES):
                    file.write(chunk)
                    shown.advance(records.feed(chunk), len(chunk))
            return
        except (Refused, *AWAY) as error:
            if isinstance(error, BrokenPipeError) and not file.seekable():
                raise
            failures = 0 if records.count > before else failures + 1
            if failures >= TRIES or not may_pass(error):
                raise plain(error, server.url) from None
            if not file.seekable():
                raise Misconfigured(
                    "the answer was cut, and standard output cannot be taken back; use --output."
                ) from None
            records.cut()
            file.seek(records.whole)
            file.truncate()
            pause(error, failures)


def _total(server: Connection, query: dict[str, Any]) -> int | None:
    """How many spans there are to come; None where nobody is shown it."""
    if not sys.stderr.isatty():
        return None
    asked = {"page_size": 1, "query": query["query"], "end_time": query["end_time"]}
    with server.insist(
        "GET", "/api/request-logs/list/", {**asked, "start_time": query["start_time"] or "1900-01-01"}
    ) as answer:
        count: int = json.loads(answer.read())["count"]
        return count


def _convert(part: Path, fields: str) -> None:
    """JSON Lines into Parquet, in place."""
    from midspan.search.exported import Choice  # noqa: PLC0415 - the engine's libraries take a second to load
    from midspan.search.formats import Parquet, from_lines  # noqa: PLC0415

    choice = Choice.read(fields, "--fields")
    writer = Parquet(choice)
    made = part.with_name(part.name + ".parquet")
    with part.open("rb") as lines, made.open("wb") as file:
        file.write(writer.begin())
        while page := lines.readlines(PAGE_BYTES):
            file.write(writer.page(from_lines(page, choice)))
        file.write(writer.end())
        file.flush()
        os.fsync(file.fileno())
    made.replace(part)
