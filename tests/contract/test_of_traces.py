"""What sits on one span of a trace is found when the trace, the thread, or another span of the trace is asked for."""

from typing import Any

import httpx
import pytest

from tests.server import Server
from tests.speaking import LIST, create, refused, tenant

WINDOW = {"start_time": "2031-05-04", "end_time": "2031-05-05"}
TOOL = {"customer_identifier": "ada", "status_code": 500}
THREADS, TRACES, SQL = "/api/log_threads/", "/api/traces/list/", "/api/sql/"


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant with a trace whose root alone names the thread, whose tool alone the customer; and others beside it."""
    reader = tenant(server)
    for trace, name, more in (
        ("t1", "root", {"thread_identifier": "talk", "log_type": "workflow"}),
        ("t1", "call", {"span_parent_id": "t1-root", "log_type": "chat", "cost": 0.5, "input": "the parcel"}),
        ("t1", "tool", {"span_parent_id": "t1-call", "log_type": "tool", **TOOL}),
        ("t1", "aside", {"span_parent_id": "t1-root", "thread_identifier": "other", "log_type": "chat", "cost": 1}),
        ("t2", "root", {"log_type": "chat", "customer_identifier": "bob", "thread_identifier": "talk", "cost": 2}),
        ("t3", "root", {"log_type": "chat", "cost": 4}),
    ):  # fmt: skip
        place = {"trace_unique_id": trace, "span_unique_id": f"{trace}-{name}", "custom_identifier": f"{trace}-{name}"}
        create(reader, timestamp="2031-05-04T12:00:00Z", **place, **more)
    return reader


def spans(client: httpx.Client, query: str) -> list[str]:
    answer = client.get(LIST, params={**WINDOW, "query": query})
    assert answer.status_code == 200, answer.text
    return sorted(row["custom_identifier"] for row in answer.json()["results"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("log_type:chat trace.customer:ada", ["t1-aside", "t1-call"]),
        ("log_type:chat trace.customer_identifier:ada,bob", ["t1-aside", "t1-call", "t2-root"]),
        ("thread:talk OR (missing:thread trace.thread:talk)", ["t1-call", "t1-root", "t1-tool", "t2-root"]),
        ("trace.status:failed -status:failed", ["t1-aside", "t1-call", "t1-root"]),
        ("-trace.customer:ada", ["t2-root", "t3-root"]),
        ("trace.cost:>=4", ["t3-root"]),
        ("trace.input:~parcel log_type:tool", ["t1-tool"]),
    ],
)
def test_a_span_is_found_by_what_its_trace_says(client: httpx.Client, query: str, found: list[str]) -> None:
    """`trace.<field>` holds for every span of a trace of which any span passes."""
    assert spans(client, query) == found


def test_both_languages_ask_of_traces(client: httpx.Client) -> None:
    """JSON filters and quick filters name the field with two underscores; the explanation says what is asked."""
    asked = {"trace__customer_identifier": "ada", "log_type": "chat"}
    assert client.post(LIST, params=WINDOW, json={"filters": asked}).json()["count"] == 2
    assert client.get(LIST, params={**WINDOW, "trace__customer_identifier": "ada"}).json()["count"] == 4
    said = client.post("/api/request-logs/explain/", json={"filters": asked}).json()
    assert 'in its trace there is a span where customer_identifier is "ada"' in said["explanation"]
    assert said["query"] == "trace.customer_identifier:ada log_type:chat"


def test_sums_ask_of_traces(client: httpx.Client) -> None:
    """What the calls of one customer's traces cost, though the calls do not name him."""
    found = client.get("/api/request-logs/summary/", params={**WINDOW, "query": "log_type:chat trace.customer:ada"})
    assert found.json()["total_cost"] == 1.5


def test_a_trace_of_a_trace_is_refused(client: httpx.Client) -> None:
    """Names that mean nothing are told; so is a field that cannot be judged on a span alone or grouped by."""
    for name in ("trace.trace.model", "trace.nothing"):
        assert "no field" in refused(client.get(LIST, params={**WINDOW, "query": f"{name}:x"}), 400)["detail"]
    tail = client.get("/api/request-logs/tail/", params={"query": "trace.customer:ada"})
    assert "each span is judged alone" in refused(tail, 400)["detail"]
    grouped = client.post("/api/metrics/query/", json={**WINDOW, "measures": ["count"], "group_by": ["trace.model"]})
    assert "asked of a trace" in refused(grouped, 400)["detail"]


def rows(client: httpx.Client, path: str, **asked: Any) -> dict[str, dict[str, Any]]:
    answer = client.get(path, params={**WINDOW, **asked})
    assert answer.status_code == 200, answer.text
    return {row.get("thread_identifier") or row["trace_unique_id"]: row for row in answer.json()["results"]}


def test_a_thread_has_the_spans_of_its_traces(client: httpx.Client) -> None:
    """Spans that name no thread belong to that of their trace's root; those that name another one to that."""
    found = rows(client, THREADS)
    assert set(found) == {"talk", "other"}
    talk, other = found["talk"], found["other"]
    assert (talk["log_count"], talk["trace_count"], talk["total_cost"], talk["error_count"]) == (4, 2, 2.5, 1)
    assert talk["customer_identifier"] in {"ada", "bob"}
    assert (other["log_count"], other["total_cost"]) == (1, 1)
    assert set(rows(client, THREADS, query="customer:ada")) == set()  # the first customer of the thread is another
    assert set(rows(client, THREADS, query="log_type:tool parcel")) == {"talk"}
    assert set(rows(client, THREADS, query="log_count:4", sort_by="-total_cost")) == {"talk"}
    said = client.post(SQL, json={"query": "SELECT thread_identifier, span_count FROM threads ORDER BY 1"}).json()
    assert said["rows"] == [["other", 1], ["talk", 4]]


def test_a_trace_has_what_one_of_its_spans_says(client: httpx.Client) -> None:
    """The trace shows its customer and thread, and is found by them."""
    found = client.get(TRACES, params={**WINDOW, "query": "customer:ada"}).json()["results"]
    assert [(row["trace_unique_id"], row["thread_identifier"]) for row in found] == [("t1", "talk")]


def test_sums_have_more_digits_than_what_they_are_of(server: Server) -> None:
    """Tokens of a trace, of a thread and of all traces are added up exactly, however many there are."""
    client, most = tenant(server), 2**63 - 1
    logs = [
        {"trace_unique_id": f"t{number // 3}", "span_unique_id": f"{number}", "thread_identifier": "talk",
         "timestamp": "2031-05-04T12:00:00Z", "prompt_tokens": most} for number in range(6)
    ]  # fmt: skip
    assert client.post("/api/request-logs/bulk/", json={"logs": logs}).json()["success_count"] == len(logs)

    asked = {**WINDOW, "query": f"total_prompt_tokens:>{most}", "sort_by": "total_tokens"}
    traces = client.get(TRACES, params=asked).json()["results"]
    assert [trace["total_prompt_tokens"] for trace in traces] == [3 * most, 3 * most]
    assert rows(client, THREADS)["talk"]["total_prompt_tokens"] == 6 * most
    assert client.get("/api/traces/summary/", params=WINDOW).json()["total_tokens"] == 6 * most
