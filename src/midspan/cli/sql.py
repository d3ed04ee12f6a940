"""`midspan sql`: one SELECT, its rows as a table, as CSV or as JSON Lines."""

import argparse
import csv
import json
import re
import sys
from collections.abc import Sequence
from typing import Any

from midspan.cli.connection import Connection, add_connection, connection
from midspan.cli.output import complain, inert, say
from midspan.errors import Misconfigured

PATH = "/api/sql/"
LIMITS = {"table": 1000, "csv": 10_000, "jsonl": 10_000}
"""Format → rows that nobody asked for more of. A table is for reading, and takes a second to lay out 1,000."""
WIDTH_MAX = 100_000
"""Columns of text in a table that no terminal shows."""

_NUMERIC = re.compile(r"(?:LowCardinality\()?(?:Nullable\()?U?(?:Int|Float|Decimal)\d*[(),\d ]*\)*")


class Number(str):
    """A number in the digits in which it came."""

    __slots__ = ()


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "sql",
        help="ask in SQL",
        description="Ask one SELECT on the spans, traces, threads, customers and scores of the key's environment, in "
        "ClickHouse's dialect. /docs/sql on the server says what it can name.",
        allow_abbrev=False,
    )
    command.add_argument(
        "query",
        nargs="?",
        metavar="SELECT",
        help="the question; - reads it from standard input; without one, the tables and columns are shown",
    )
    command.add_argument("--format", choices=tuple(LIMITS), default="table", help="default table")
    command.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a value for {NAME:Type} in the question; may come again",
    )
    command.add_argument("--limit", type=int, metavar="N", help="rows at most; default 1000 in a table, else 10000")
    add_connection(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    server = connection(arguments, is_awaited=True)
    if arguments.query is None:
        _tables(server, arguments.format)
        return 0
    query = sys.stdin.read() if arguments.query == "-" else arguments.query
    if not query.strip():
        raise Misconfigured("the question is empty; for example: midspan sql 'SELECT count() FROM spans'.")
    limit = LIMITS[arguments.format] if arguments.limit is None else arguments.limit
    asked = {"query": query, "parameters": dict(map(_parameter, arguments.param)), "limit": limit}
    headers = {"Content-Type": "application/json"}
    with server.insist("POST", PATH, headers=headers, body=json.dumps(asked).encode()) as answer:
        found = json.loads(answer.read(), parse_float=Number)
    _show(arguments.format, found["columns"], found["rows"])
    if found["is_truncated"]:
        complain(f"there are more rows than these {found['row_count']:,}; --limit takes up to 1000000.")
    return 0


def _tables(server: Connection, form: str) -> None:
    """What a question can name."""
    with server.insist("GET", f"{PATH}schema/") as answer:
        tables = json.loads(answer.read())["tables"]
    columns = [{"name": name, "type": "String"} for name in ("table", "column", "type")]
    _show(form, columns, [[table["name"], each["name"], each["type"]] for table in tables for each in table["columns"]])


def _show(form: str, columns: Sequence[dict[str, str]], rows: Sequence[Sequence[Any]]) -> None:
    {"table": _table, "csv": _csv, "jsonl": _jsonl}[form](columns, rows)


def _parameter(given: str) -> tuple[str, str]:
    name, sign, value = given.partition("=")
    if not name or not sign:
        raise Misconfigured(f"--param {given} is not NAME=VALUE.")
    return name, value


def _table(columns: Sequence[dict[str, str]], rows: Sequence[Sequence[Any]]) -> None:
    from rich import box  # noqa: PLC0415 - a tenth of a second that other commands need not wait
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        is_number = _NUMERIC.fullmatch(column["type"]) is not None
        table.add_column(Text(inert(column["name"])), justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(inert(_text(value))) for value in row))
    # What is written to a file or read by a program has lines as long as they are.
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else WIDTH_MAX)
    with console.capture() as shown:
        console.print(table)
    for line in shown.get().splitlines():
        say(line.rstrip())


def _csv(columns: Sequence[dict[str, str]], rows: Sequence[Sequence[Any]]) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow([column["name"] for column in columns])
    for row in rows:
        writer.writerow([_text(value) for value in row])


def _jsonl(columns: Sequence[dict[str, str]], rows: Sequence[Sequence[Any]]) -> None:
    names = [json.dumps(column["name"]) for column in columns]
    for row in rows:
        cells = (f"{name}: {_json(value)}" for name, value in zip(names, row, strict=True))
        say(f"{{{', '.join(cells)}}}")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _json(value, in_ascii=False)


def _json(value: Any, *, in_ascii: bool = True) -> str:
    """The value as JSON on one line. Numbers keep their digits."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(_json(each, in_ascii=in_ascii) for each in value)}]"
    if isinstance(value, dict):
        pairs = (
            (json.dumps(key, ensure_ascii=in_ascii), _json(each, in_ascii=in_ascii)) for key, each in value.items()
        )
        return f"{{{', '.join(f'{key}: {each}' for key, each in pairs)}}}"
    return json.dumps(value, ensure_ascii=in_ascii)
