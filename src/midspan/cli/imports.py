"""`midspan import`: files that `midspan export` wrote, back in."""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from midspan.cli.connection import Connection, Refused, add_connection, connection
from midspan.cli.progress import Progress, progress
from midspan.errors import Misconfigured

PATH = "/api/request-logs/import/"
ROWS_MAX = 1000
BYTES_MAX = 8 << 20


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "import",
        help="bring exported spans back in",
        description="Store the rows of JSON Lines or Parquet files as they are, in the environment of the key. The "
        "same file again stores nothing twice. Needs a key with the right admin.",
        allow_abbrev=False,
    )
    command.add_argument("files", nargs="+", metavar="FILE", help="of JSON Lines or Parquet; - is standard input")
    command.add_argument("--from-row", type=int, default=1, metavar="N", help="begin with this row of the first file")
    add_connection(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    server = connection(arguments)
    if arguments.from_row < 1:
        raise Misconfigured("--from-row counts from 1.")
    for number, name in enumerate(arguments.files):
        try:
            with progress(f"Importing {name}", f"Imported {name}:") as shown:
                _import(server, name, arguments.from_row if number == 0 else 1, shown)
        except OSError as error:
            raise Misconfigured(f"{name} cannot be read: {error.strerror or error}.") from error
    return 0


def _import(server: Connection, name: str, first: int, shown: Progress) -> None:
    at = 1
    for rows in _batches(_rows(name)):
        skip = max(0, first - at)
        rest = rows[skip:]
        start = at + skip
        at += len(rows)
        if not rest:
            continue
        body = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in rest)
        try:
            server.insist("POST", PATH, headers={"Content-Type": "application/x-ndjson"}, body=body).close()
        except Refused as refused:
            raise Misconfigured(f"{name}: {_said(refused, start)}") from None
        except Misconfigured as error:
            raise Misconfigured(f"{name}: {error}{_so_far(start)}") from None
        shown.advance(len(rest), len(body))


def _said(refused: Refused, start: int) -> str:
    """The refusal with the number of the row in the file."""
    if isinstance(refused.errors, dict) and refused.errors:
        where, sentences = next(iter(refused.errors.items()))
        number = where.removeprefix("rows[").removesuffix("]")
        if number.isdecimal():
            return f"row {start + int(number)}: {' '.join(sentences)}{_so_far(start)}"
    return f"{refused}{_so_far(start)}"


def _so_far(start: int) -> str:
    return f" Rows before {start} are stored: --from-row {start}." if start > 1 else " None is stored."


def _rows(name: str) -> Iterator[bytes]:
    if name == "-":
        yield from (line for line in sys.stdin.buffer if line.strip())
        return
    path = Path(name)
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
        if not is_parquet:
            file.seek(0)
            yield from (line for line in file if line.strip())
            return
    from midspan.search.formats import from_parquet  # noqa: PLC0415 - the engine's libraries take a second to load

    try:
        for page in from_parquet(name):
            yield from page
    except (ValueError, json.JSONDecodeError) as error:
        raise Misconfigured(f"{name} {error}.") from None


def _batches(rows: Iterator[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for row in rows:
        if batch and (len(batch) == ROWS_MAX or size + len(row) > BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += len(row)
    if batch:
        yield batch
