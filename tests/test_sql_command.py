"""`midspan sql` against a real server: tables that people read, CSV and JSON Lines that programs do."""

import csv
import fcntl
import io
import json
import os
import pty
import re
import socket
import struct
import subprocess
import termios

import httpx
import pytest

from tests.server import MIDSPAN, Server, Starter
from tests.speaking import create, tenant

AWKWARD = 'two\nlines, "quotes" \x1b[31mred\u202e [bold]x[/bold] 退款 ü'
COLUMNS = (
    "SELECT toInt64(number) AS n, text, cost, tags, missing FROM (SELECT prompt_tokens AS number, input AS text, cost, "
)
ROWS = f"{COLUMNS}metadata AS tags, time_to_first_token AS missing FROM spans) ORDER BY n"


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant with three spans."""
    reader = tenant(server)
    for number, text in enumerate((AWKWARD, "plain", "x" * 300)):
        create(reader, input=text, prompt_tokens=10**number, cost="0.000000000001", metadata={"at": "é"})
    return reader


def settings(client: httpx.Client) -> dict[str, str]:
    """The variables that name the client's server and key."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MIDSPAN_")}
    key = client.headers["authorization"].removeprefix("Bearer ")
    return {**inherited, "MIDSPAN_URL": str(client.base_url), "MIDSPAN_API_KEY": key}


def sql(client: httpx.Client, *arguments: str, given: str = "", code: int = 0) -> tuple[str, str]:
    """What the command printed and what it complained of."""
    done = subprocess.run(
        [str(MIDSPAN), "sql", *arguments], env=settings(client), input=given.encode(), capture_output=True, check=False
    )
    assert done.returncode == code, done.stderr.decode()
    return done.stdout.decode(), done.stderr.decode()


def test_a_table_has_a_line_for_each_row(client: httpx.Client) -> None:
    """Numbers stand at the right, nothing is cut in a pipe, and nothing in a text moves a terminal or is markup."""
    shown, said = sql(client, ROWS)
    head, rule, first, second, third = shown.splitlines()
    assert said == ""
    assert head.split() == ["n", "text", "cost", "tags", "missing"]
    assert set(rule) == {"─"}
    assert first.startswith('  1   two lines, "quotes" \ufffd[31mred\ufffd [bold]x[/bold] 退款 ü')
    assert second.split() == ["10", "plain", "0.000000000001", '{"at":', '"é"}']
    assert f"  {'x' * 300}  " in third


def test_a_table_fits_the_terminal(client: httpx.Client) -> None:
    """On a terminal long texts go on below, in their column."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 70, 0, 0))
    env = {**settings(client), "TERM": "xterm"}
    env.pop("COLUMNS", None)  # which a runner of tests sets, and which goes before the terminal's own size
    with subprocess.Popen([str(MIDSPAN), "sql", ROWS], env=env, stdout=theirs) as started:
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 1 << 16):
                shown += piece
        except OSError:  # how a terminal says that nobody writes any more
            pass
        assert started.wait() == 0
    os.close(ours)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).splitlines()
    assert len(lines) > 10
    assert max(map(len, lines)) <= 70
    assert shown.count(b"x") >= 300


def test_csv_and_json_lines_are_exact(client: httpx.Client) -> None:
    """Texts come as they are, money with all its digits, nested values as JSON, nothing as nothing."""
    shown, _ = sql(client, ROWS, "--format", "csv")
    first, second, _ = list(csv.DictReader(io.StringIO(shown, newline="")))
    assert first == {"n": "1", "text": AWKWARD, "cost": "0.000000000001", "tags": '{"at": "é"}', "missing": ""}
    shown, _ = sql(client, ROWS, "--format", "jsonl")
    assert shown.isascii()
    first, second, _ = map(json.loads, shown.splitlines())
    assert first == {"n": 1, "text": AWKWARD, "cost": "0.000000000001", "tags": {"at": "é"}, "missing": None}
    assert list(second) == ["n", "text", "cost", "tags", "missing"]
    query = "SELECT 9007199254740993 AS a, -0.1 AS b, 1e300 AS c, [1, 2] AS d, true AS e FROM spans LIMIT 1"
    assert sql(client, query, "--format", "jsonl")[0] == (
        '{"a": 9007199254740993, "b": -0.1, "c": 1e300, "d": [1, 2], "e": true}\n'
    )


def test_values_are_bound_and_the_question_may_be_read(client: httpx.Client) -> None:
    """`--param` gives what `{name:Type}` stands for, whatever it holds; `-` reads the question from standard input."""
    query = "SELECT count() AS found FROM spans WHERE input = {text:String} AND prompt_tokens < {most:UInt32}"
    asked = ("--param", f"text={AWKWARD}", "--param", "most=5", "--format", "jsonl")
    assert sql(client, query, *asked) == sql(client, "-", *asked, given=query) == ('{"found": 1}\n', "")


def test_what_is_left_out_is_said(client: httpx.Client) -> None:
    """More rows than the limit are named on standard error; the rows are good."""
    shown, said = sql(client, "SELECT id FROM spans", "--limit", "2", "--format", "csv")
    assert len(shown.splitlines()) == 3
    assert said == "midspan: there are more rows than these 2; --limit takes up to 1000000.\n"
    assert sql(client, "SELECT id FROM spans", "--limit", "3")[1] == ""


def test_without_a_question_the_columns_are_shown(client: httpx.Client) -> None:
    """Every table with its columns and types, in the order in which `*` answers with them."""
    shown, _ = sql(client, "--format", "csv")
    first, *others = csv.DictReader(io.StringIO(shown, newline=""))
    assert first == {"table": "spans", "column": "environment", "type": "LowCardinality(String)"}
    assert {row["table"] for row in others} == {"spans", "traces", "threads", "customers", "scores"}


def test_intervals_may_be_plural(client: httpx.Client) -> None:
    """As in other dialects; a value that is called like one keeps its name."""
    for length in ("'7 days'", "7 DAY", "'1 week'", "'90 minutes'"):
        query = f"SELECT count() AS found FROM spans WHERE timestamp > now() - INTERVAL {length} AND 7 = {{days:UInt8}}"
        assert sql(client, query, "--param", "days=7", "--format", "jsonl")[0] == '{"found": 3}\n'


def test_a_server_that_is_away_is_told_at_once(client: httpx.Client) -> None:
    """Somebody waits for the answer; whom to wait for, he knows."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        _, said = sql(client, "SELECT 1", "--url", url, code=2)
    assert (
        said == f"midspan: there is no answer from {url}: [Errno 111] Connection refused. --url names another server.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["SHOW TABLES"], "not SHOW. GET /api/sql/schema/ lists tables"),
        ([" "], "the question is empty"),
        (["SELECT nope FROM spans"], "note"),
        (["DROP TABLE spans"], "Only SELECT is answered, not DROP."),
        (["SELECT 1 FROM spans", "--limit", "0"], "limit"),
        (["SELECT 1", "--param", "x"], "--param x is not NAME=VALUE."),
        (["SELECT {x:UInt8} FROM spans"], "x"),
    ],
)
def test_a_mistake_is_one_sentence(client: httpx.Client, arguments: list[str], sentence: str) -> None:
    """Exit code 2, nothing on standard output, and what is wrong on standard error."""
    shown, said = sql(client, *arguments, code=2)
    assert shown == ""
    assert said.startswith("midspan: ")
    assert said.count("\n") == 1
    assert sentence in said


def test_a_server_without_authentication_needs_no_key(start_server: Starter) -> None:
    """The command says that it has no key, and asks without one."""
    server = start_server(settings={"authentication": "false"})
    variables = {name: value for name, value in os.environ.items() if not name.startswith("MIDSPAN_")}
    done = subprocess.run(
        [str(MIDSPAN), "sql", "--url", server.url, "SELECT 1 AS one"],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "no API key is given" in done.stderr
    assert "1" in done.stdout
