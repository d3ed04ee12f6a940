"""SQL over HTTP: questions answered, limits kept, and each wall stopping what it is there for."""

import io
import json
import re
import time
import uuid
from typing import Any

import httpx
import pyarrow.ipc  # type: ignore[import-untyped]
import pyarrow.parquet  # type: ignore[import-untyped]
import pytest

from tests.environments import ROOT
from tests.server import Server, Starter
from tests.speaking import refused, tenant

SQL = "/api/sql/"
AWKWARD = 'it\'s \\ "x" ünï\n\0 {a:String} @final'
BULK = "/api/request-logs/bulk/"
WINDOW = {"start_time": "2026-01-31T00:00:00Z", "end_time": "2026-02-01T00:00:00Z"}


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant of its own with a few spans: two models, one failure, one trace, one thread."""
    reader = tenant(server)
    logs: list[dict[str, Any]] = [
        {"model": "gpt-4o", "cost": 0.25, "latency": 1, "customer_identifier": "a", "metadata": {"region": "eu"}},
        {"model": "gpt-4o", "cost": 0.5, "latency": 3, "customer_identifier": "a", "status_code": 500},
        {"model": "o3", "cost": 0.125, "latency": 2, "customer_identifier": "b", "thread_identifier": "t1"},
        {"model": "o3", "trace_unique_id": "tr", "span_unique_id": "1", "input": AWKWARD},
        {"model": "o3", "trace_unique_id": "tr", "span_unique_id": "2", "span_parent_id": "1", "cost": 0.1},
    ]  # fmt: skip
    answer = reader.post(BULK, json={"logs": [{"input": "hello", **row} for row in logs]})
    assert answer.json()["success_count"] == len(logs)
    return reader


def ask(client: httpx.Client, query: str, **more: Any) -> httpx.Response:
    return client.post(SQL, json={"query": query, **more})


def rows(client: httpx.Client, query: str, **more: Any) -> list[Any]:
    answer = ask(client, query, **more)
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["rows"]
    return found


def test_a_question_is_answered_with_columns_and_rows(client: httpx.Client) -> None:
    """Money, counts and conditions come back under their names, with the engine's types."""
    answer = ask(
        client,
        "SELECT model, count() AS calls, sum(cost) AS cost, countIf(status = 'failed') AS failed FROM spans "
        "WHERE customer_identifier != '' GROUP BY model ORDER BY cost DESC",
    ).json()
    assert [column["name"] for column in answer["columns"]] == ["model", "calls", "cost", "failed"]
    assert answer["columns"][1]["type"] == "UInt64"
    assert [[row[0], row[1], float(row[2]), row[3]] for row in answer["rows"]] == [
        ["gpt-4o", 2, 0.75, 1],
        ["o3", 1, 0.125, 0],
    ]
    assert (answer["row_count"], answer["is_truncated"]) == (2, False)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT metadata['region'] FROM spans WHERE metadata['region'] != ''", [["eu"]]),
        ("SELECT span_count, round(toFloat64(total_cost), 3) FROM traces WHERE trace_unique_id = 'tr'", [[2, 0.1]]),
        ("SELECT thread_identifier, customer_identifier FROM threads", [["t1", "b"]]),
        ("SELECT customer_identifier, number_of_requests FROM customers ORDER BY 1", [["a", 2], ["b", 1]]),
        ("SELECT count() FROM scores", [[0]]),
        ("WITH dear AS (SELECT * FROM spans WHERE cost > 0.2) SELECT count() FROM dear", [[2]]),
        ("SELECT count() FROM spans AS s JOIN traces AS t ON s.trace_unique_id = t.trace_unique_id", [[5]]),
        ("SELECT model FROM spans UNION DISTINCT SELECT 'none' ORDER BY 1 LIMIT 2", None),
        ("SELECT quantile(0.5)(latency) FROM spans", [[2.0]]),
        ("SELECT toTypeName(timestamp) FROM spans LIMIT 1", [["DateTime64(6, 'UTC')"]]),
        ("SELECT input FROM spans WHERE trace_unique_id = 'tr' AND span_parent_id = ''", None),
    ],
)
def test_the_tables_answer(client: httpx.Client, query: str, expected: list[Any] | None) -> None:
    """Spans, traces, threads, customers and scores can be asked, joined and nested."""
    found = rows(client, query)
    assert found == expected if expected is not None else found


def test_texts_come_through_whole(client: httpx.Client) -> None:
    """A text with every awkward character is found by itself, written in the query and bound as a parameter."""
    (found,) = rows(client, "SELECT input FROM spans WHERE span_unique_id = '1'")
    text = found[0]
    assert "ünï\n\0" in text
    written = text.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
    assert rows(client, f"SELECT count() FROM spans WHERE input = '{written}'") == [[1]]
    asked = {"query": "SELECT count() FROM spans WHERE input = {x:String}", "parameters": {"x": text}}
    assert client.post(SQL, json=asked).json()["rows"] == [[1]]


def test_a_limit_cuts_and_says_so(client: httpx.Client) -> None:
    """More rows than `limit` are not answered, and `is_truncated` tells that there were more."""
    answer = ask(client, "SELECT id FROM spans", limit=3).json()
    assert (len(answer["rows"]), answer["row_count"], answer["is_truncated"]) == (3, 3, True)
    answer = ask(client, "SELECT id FROM spans", limit=5).json()
    assert (answer["row_count"], answer["is_truncated"]) == (5, False)


def test_every_format_holds_the_same(client: httpx.Client) -> None:
    """JSON lines, CSV, Arrow and Parquet are read back by their own readers."""
    query = "SELECT customer_identifier AS who, count() AS n FROM spans WHERE who != '' GROUP BY who ORDER BY who"
    expected = [{"who": "a", "n": 2}, {"who": "b", "n": 1}]
    lines = ask(client, query, format="jsonl")
    assert [json.loads(line) for line in lines.text.splitlines()] == expected
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert ask(client, query, format="csv").text == '"who","n"\n"a",2\n"b",1\n'
    arrow = pyarrow.ipc.open_stream(ask(client, query, format="arrow").content).read_all()
    parquet = pyarrow.parquet.read_table(io.BytesIO(ask(client, query, format="parquet").content))
    for table in (arrow, parquet):
        assert [
            {"who": row["who"].decode() if isinstance(row["who"], bytes) else row["who"], "n": row["n"]}
            for row in table.to_pylist()
        ] == expected


def test_the_schema_names_every_table(client: httpx.Client) -> None:
    """`/api/sql/schema/` tells tables, columns with types, and functions; each column can be asked for."""
    schema = client.get("/api/sql/schema/").json()
    assert [table["name"] for table in schema["tables"]] == ["spans", "traces", "threads", "customers", "scores"]
    assert "quantile" in schema["functions"]["Aggregates"]
    for table in schema["tables"]:
        names = ", ".join(f'"{column["name"]}"' for column in table["columns"])
        assert ask(client, f"SELECT {names} FROM {table['name']} LIMIT 1").status_code == 200


def test_the_schema_says_what_is_in_a_column_and_where_a_query_ends(client: httpx.Client) -> None:
    """An editor can show what a column means with its unit, and the limits, without a page of documentation."""
    schema = client.get("/api/sql/schema/").json()
    meanings = {column["name"]: column["help"] for column in schema["tables"][0]["columns"]}
    assert meanings["latency"] == "How long it took. In seconds."
    assert [name for name, text in meanings.items() if not text] == []
    assert schema["limits"] == {"seconds": 10, "result_bytes": 64 << 20, "rows": 1_000_000, "query_characters": 16_384}


def test_a_question_sees_what_was_written_before_it(client: httpx.Client) -> None:
    """After a 201 the next question includes the span, and a span that is sent again counts once."""
    ids = {"trace_unique_id": uuid.uuid4().hex, "span_unique_id": "s"}
    query = {
        "query": "SELECT count(), any(model) FROM spans WHERE trace_unique_id = {id:String}",
        "parameters": {"id": ids["trace_unique_id"]},
    }
    for model in ("one", "two"):
        client.post("/api/request-logs/", json={"model": model, "input": "x", **ids})
        assert client.post(SQL, json=query).json()["rows"] == [[1, model]]


def test_a_trace_says_the_same_in_sql_as_in_a_list(client: httpx.Client) -> None:
    """The name that a sender gave a trace, wherever in it, and whose the trace is, are the same in both."""
    trace, at = uuid.uuid4().hex, {"start_time": "2026-01-31T12:00:00Z", "timestamp": "2026-01-31T12:00:01Z"}
    whose = ["c-3", "c-1", "c-2"]
    logs = [
        {"trace_unique_id": trace, "span_unique_id": f"{n}", "span_name": f"n{n}", "customer_identifier": name, **at}
        for n, name in enumerate(whose)
    ]
    logs[1]["trace_name"] = "refund"
    assert client.post(BULK, json={"logs": [{"input": "x", **log} for log in logs]}).json()["success_count"] == 3
    (listed,) = client.get("/api/traces/list/", params={"query": f"trace_unique_id:{trace}", **WINDOW}).json()[
        "results"
    ]
    query = f"SELECT name, customer_identifier FROM traces WHERE trace_unique_id = '{trace}'"

    assert listed["name"] == "refund"
    assert rows(client, query) == [["refund", listed["customer_identifier"]]]


def test_days_and_durations_are_the_same_in_sql_as_in_a_list(client: httpx.Client) -> None:
    """Days of any century count as active, and a trace that ended before it began lasted no time."""
    name = uuid.uuid4().hex
    logs = [
        {"customer_identifier": name, "trace_unique_id": name, "timestamp": day, "start_time": "2298-01-01"}
        for day in ("1905-03-01", "2026-03-01", "2084-08-04", "2150-03-01")  # two of them 2**16 days apart
    ]
    assert client.post(BULK, json={"logs": logs}).json()["success_count"] == len(logs)
    customer = client.get(f"/api/users/{name}/").json()
    trace = client.get(f"/api/traces/{name}/").json()

    assert (customer["active_days"], trace["duration"]) == (4, 0)
    assert rows(client, f"SELECT active_days FROM customers WHERE customer_identifier = '{name}'") == [[4]]
    assert rows(client, f"SELECT duration FROM traces WHERE trace_unique_id = '{name}'") == [[0]]


def test_others_see_nothing_of_it(client: httpx.Client, server: Server) -> None:
    """Another tenant's tables are its own, whatever it writes into a query."""
    other = tenant(server)
    for table in ("spans", "traces", "threads", "customers", "scores"):
        assert rows(other, f"SELECT count() FROM {table}") == [[0]]
    for query in (
        "SELECT count() FROM spans WHERE 1 OR 1 = 1",
        "SELECT count() FROM spans AS a RIGHT JOIN spans AS b ON 1 = 1",
        "SELECT count() FROM (SELECT * FROM spans) AS spans",
    ):
        assert rows(other, query) == [[0]]
    asked = {"organization_id": "0" * 32, "environment": "prod"}
    query = "SELECT {organization_id:String}, {environment:String}, count() FROM spans"
    assert rows(other, query, parameters=asked) == [["0" * 32, "prod", 0]]


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("SELECT nothing FROM spans", "nothing"),
        ('SELECT model FROM spans WHERE status = "failed"', "single quotes"),
        ("SELECT model + 1 FROM spans", "refuses"),
        ("SELECT model, count() FROM spans", "GROUP BY"),
        ("SELECT toDate('x')", "refuses"),
        ("SELECT * FROM spans FINAL", "newest"),
        ("DELETE FROM spans", "SELECT"),
        ("SELECT * FROM spans PREWHERE 1", "refuses"),
        ("SELECT match(model, '(') FROM spans", "refuses"),
        ("SELECT intDiv(1, 0)", "refuses"),
        ("SELECT map(1)", "calls a function with arguments"),  # the parser stumbles
        ("SELECT sha2(model, '$.x') FROM spans", "calls a function with arguments"),  # what was written is no SQL
        ("SELECT time_str_to_time(1, 'x')", "calls a function with arguments"),  # the writer stumbles
        pytest.param(f"SELECT 1 LIMIT {'9' * 5000}", "refuses", id="LIMIT 999…"),
    ],
)
def test_a_mistake_is_a_400_that_helps(client: httpx.Client, query: str, hint: str) -> None:
    """What the guard or the engine has to say reaches the user as a sentence, without the statement that was run."""
    detail = refused(ask(client, query), 400, "bad_sql")["detail"]
    assert hint in detail
    assert "organization_id" not in detail
    assert "@" not in detail


@pytest.mark.parametrize("query", re.findall(r"```sql\n(.*?)```", (ROOT / "docs" / "sql.md").read_text(), re.DOTALL))
def test_the_examples_of_the_page_run(client: httpx.Client, query: str) -> None:
    """Every query of docs/sql.md is answered as it is printed."""
    assert ask(client, query).status_code == 200


@pytest.mark.parametrize(
    "body",
    [{}, {"query": 1}, {"query": ""}, {"query": "SELECT 1", "format": "xml"}, {"query": "SELECT 1", "limit": 0},
     {"query": "SELECT 1", "limit": 10**9}, {"query": "SELECT 1", "settings": {}}, [], "x",
     {"query": "SELECT {a:String}", "parameters": {"a": []}}],
)  # fmt: skip
def test_a_body_that_is_no_question_is_refused(client: httpx.Client, body: Any) -> None:
    """The sentence names the field."""
    refused(client.post(SQL, json=body), 400)


def test_a_query_without_end_is_stopped(start_server: Starter) -> None:
    """The time limit ends it with a 400 that clients do not repeat; writing goes on, and so do other questions."""
    server = start_server(settings={"query_seconds_max": 0.5})
    logs = [{"model": "m", "input": f"{number}" * 50} for number in range(500)]
    for _ in range(8):
        assert server.client.post(BULK, json={"logs": logs}).status_code == 201
    endless = "SELECT count() FROM spans a, spans b, spans c WHERE length(a.input || b.input || c.input) % 7 = 0"
    started = time.monotonic()
    refused(ask(server.client, endless), 400, "query_time_limit")
    assert time.monotonic() - started < 5
    assert server.client.post(BULK, json={"logs": logs[:1]}).status_code == 201
    assert rows(server.client, "SELECT count() FROM spans") == [[4001]]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT a.input || b.input FROM spans a, spans b, spans c", "query_result_limit"),
        ("SELECT groupArray(a.input || b.input || c.input || d.input) FROM spans a, spans b, spans c, spans d", None),
    ],
)  # fmt: skip
def test_a_large_answer_is_refused(client: httpx.Client, query: str, code: str | None) -> None:
    """Rows, bytes, memory or time: one of the limits ends it, as a 400, and the next question is answered."""
    big = {"logs": [{"model": "big", "input": "x" * 1_000_000} for _ in range(12)]}
    assert client.post(BULK, json=big).status_code == 201
    refused(ask(client, query, limit=1_000_000), 400, code)
    assert rows(client, "SELECT 1") == [[1]]
