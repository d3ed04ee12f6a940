"""Traces and threads over HTTP: lists, trees, sums, sharing, deleting."""

import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.server import Server
from tests.speaking import LIST, refused, tenant

INGEST = "/api/v1/traces/ingest"
TRACES = "/api/traces/list/"
THREADS = "/api/log_threads/"
NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)
WINDOW = {"start_time": "2031-05-01T00:00:00Z", "end_time": "2031-05-31T00:00:00Z"}


def at(seconds: float) -> str:
    return (NOON + timedelta(seconds=seconds)).isoformat()


def span(trace: str, number: int, parent: int | None = None, begin: float = 0, end: float = 1, **more: Any) -> Any:
    """A row of the ingest route; span `s<number>` below `s<parent>`."""
    return {
        "trace_unique_id": trace, "span_unique_id": f"s{number}", "span_name": f"name {number}", "log_type": "task",
        "span_parent_id": None if parent is None else f"s{parent}", "start_time": at(begin), "timestamp": at(end),
        **more,
    }  # fmt: skip


def send(client: httpx.Client, *rows: Any) -> None:
    answer = client.post(INGEST, json=list(rows))
    assert answer.json()["ingested_count"] == len(rows), answer.text


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant of its own with three traces; `late` has no root, `busy` failed once, `plain` is a single span."""
    reader = tenant(server)
    send(
        reader,
        span("busy", 1, 0, 2, 5, log_type="chat", model="gpt-4o", cost=0.25, prompt_tokens=10, completion_tokens=5,
             customer_identifier="anna", metadata={"region": "eu", "_hidden": "x"}, input="the refund policy"),
        span("busy", 2, 0, 5, 9, status_code=500, error_message="timeout", cost=0.5, session_identifier="sess"),
        span("late", 7, 6, 20, 21, customer_identifier="bert", metadata={"region": "us"}),
    )  # fmt: skip
    send(
        reader,
        span("busy", 0, None, 0, 10, log_type="workflow", metadata={"team": "a"}, input="question", output="answer"),
        span(
            "plain", 0, None, 30, 30.5, log_type="chat", model="o3", cost=0, prompt_tokens=1, thread_identifier="talk"
        ),
    )
    return reader


def listed(client: httpx.Client, body: Any = None, **parameters: Any) -> list[str]:
    """The ids of a page, and the count held against them."""
    answer = client.post(TRACES, json=body or {}, params={**WINDOW, **parameters})
    assert answer.status_code == 200, answer.text
    ids = [row["id"] for row in answer.json()["results"]]
    assert answer.json()["count"] == len(ids)
    return ids


def tree_of(client: httpx.Client, trace: str, **parameters: Any) -> Any:
    answer = client.get(f"/api/traces/{trace}/", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def outline(nodes: list[Any]) -> Any:
    return {node["span_unique_id"]: outline(node["children"]) for node in nodes}


def nodes_of(tree: Any) -> list[Any]:
    found, waiting = [], list(tree["span_tree"])
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting += node["children"]
    return found


def test_a_trace_sums_its_spans_up(client: httpx.Client) -> None:
    """Sums, times and what only some spans say, of spans that came in any order and in two requests."""
    (trace,) = [row for row in client.get(TRACES, params=WINDOW).json()["results"] if row["id"] == "busy"]
    assert trace | {
        "name": "name 0", "root_span_unique_id": "s0", "span_count": 3, "llm_call_count": 1, "error_count": 1,
        "total_cost": 0.75, "total_prompt_tokens": 10, "total_completion_tokens": 5, "total_tokens": 15,
        "duration": 10.0, "start_time": "2031-05-04T12:00:00.000000Z", "end_time": "2031-05-04T12:00:10.000000Z",
        "timestamp": "2031-05-04T12:00:10.000000Z", "customer_identifier": "anna", "session_identifier": "sess",
        "metadata": {"team": "a", "region": "eu"}, "input": "question", "output": "answer", "model": "gpt-4o",
    } == trace  # fmt: skip


FILTERS = [
    ({"span_count": {"operator": "gte", "value": [2]}}, ["busy"]),
    ({"total_cost": [{"operator": "gt", "value": [0.74]}, {"operator": "lt", "value": [0.76]}]}, ["busy"]),
    ({"customer_identifier": {"value": ["anna", "bert"]}}, ["late", "busy"]),
    ({"customer_identifier": {"operator": "empty", "value": [""]}}, ["plain"]),
    ({"metadata__region": {"operator": "not", "value": ["eu"]}}, ["late"]),
    ({"metadata__team": {"value": ["a"]}, "metadata__region": {"value": ["eu"]}}, ["busy"]),
    ({"duration": {"operator": "lt", "value": [1]}}, ["plain"]),
    ({"error_count": {"value": [0]}}, ["plain", "late"]),
    ({"name": {"operator": "endswith", "value": ["0"]}}, ["plain", "busy"]),
    ({"root_span_unique_id": {"value": ["s7"]}}, ["late"]),
    ({"session_identifier": {"value": ["sess"]}}, ["busy"]),
    ({"total_tokens": {"operator": "gte", "value": [1]}}, ["plain", "busy"]),
    ({"trace_unique_id": {"operator": "in", "value": ["late", "nope"]}}, ["late"]),
    ({"model": {"value": ["gpt-4o"]}, "status": {"value": ["failed"]}}, ["busy"]),
    ({"span_name": {"operator": "not", "value": ["name 0"]}}, ["late", "busy"]),
    ({"latency": {"operator": "gt", "value": [3.5]}}, ["busy"]),
]


@pytest.mark.parametrize(("asked", "expected"), FILTERS)
def test_filters_judge_the_trace_or_any_of_its_spans(client: httpx.Client, asked: Any, expected: list[str]) -> None:
    """Trace fields are judged on the whole trace; each test of a span field by itself, on any span."""
    assert listed(client, {"filters": asked}) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("refund policy", ["busy"]),
        ("-refund", ["plain", "late"]),
        ("-model:gpt-4o span_count:1", ["plain", "late"]),
        ("model:o3 OR customer:bert", ["plain", "late"]),
        ("input:~refund OR timeout", ["busy"]),
    ],
)
def test_the_query_language_asks_for_traces_too(client: httpx.Client, query: str, expected: list[str]) -> None:
    """The same catalogue in text, full text included; NOT means that no span does."""
    assert listed(client, {"query": query}) == listed(client, q=query) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("timestamp", "busy late plain"), ("-timestamp", "plain late busy"), ("start_time", "busy late plain"),
        ("-end_time", "plain late busy"), ("duration", "plain late busy"), ("-total_cost", "busy plain late"),
        ("total_tokens", "late plain busy"), ("-total_prompt_tokens", "busy plain late"),
        ("-total_completion_tokens", "busy plain late"), ("-span_count", "busy plain late"),
        ("llm_call_count", "late busy plain"), ("-error_count", "busy plain late"),
    ],
)  # fmt: skip
def test_traces_are_sorted_by_every_documented_field(client: httpx.Client, sort: str, expected: str) -> None:
    """Either way; where two are alike, by id in the same direction."""
    assert listed(client, sort_by=sort) == expected.split()


def test_traces_are_paged(client: httpx.Client) -> None:
    """`next` leads through every trace once; one page beyond is empty, further ones are refused."""
    seen, url = [], f"{TRACES}?page_size=1&start_time=2031-05-01&end_time=2031-05-31"
    while url:
        page = client.get(url).json()
        assert page["count"] == 3
        seen += [row["id"] for row in page["results"]]
        url = page["next"]
    assert seen == ["plain", "late", "busy"]
    assert client.get(TRACES, params={**WINDOW, "page": 2}).json()["results"] == []
    refused(client.get(TRACES, params={**WINDOW, "page": 3}), 400, "page_beyond_end")


def test_a_trace_belongs_to_one_window(client: httpx.Client) -> None:
    """A window counts a trace whose last span ended in it, whole: no earlier window, and no part of it."""
    assert listed(client, start_time=at(0), end_time=at(9)) == []
    assert listed(client, {"filters": {"span_count": {"value": [3]}}}, start_time=at(9.5), end_time=at(10)) == ["busy"]


@pytest.mark.parametrize(
    ("parameters", "body"),
    [
        ({"sort_by": "cost"}, {}),
        ({"page_size": 1001}, {}),
        ({"include_fields": "nothing"}, {}),
        ({}, {"filters": {"no_such_field": {"value": [1]}}}),
        ({}, {"filters": {"span_count": {"operator": "contains", "value": ["1"]}}}),
        ({}, {"query": "span_count:>"}),
        ({}, {"query": "(" * 200 + "a" + ")" * 200}),
        ({}, {"query": " ".join(f"-input:~word{number}" for number in range(20))}),
    ],
)
def test_what_cannot_be_asked_is_400(client: httpx.Client, parameters: Any, body: Any) -> None:
    """Unknown names and operators, wrong sizes, depth, and too many searches of content."""
    refused(client.post(TRACES, params={**WINDOW, **parameters}, json=body), 400)


def test_another_environment_is_refused(client: httpx.Client) -> None:
    """On the list, one trace, sums, threads and sharing alike."""
    for method, path in (("GET", TRACES), ("GET", "/api/traces/busy/"), ("POST", "/api/traces/summary/"),
                         ("GET", THREADS), ("PATCH", "/api/traces/busy/")):  # fmt: skip
        answer = client.request(method, path, params={"environment": "test"}, json={"is_public": True})
        refused(answer, 403, "environment_not_allowed")


def test_sums_are_over_the_traces_that_match(client: httpx.Client) -> None:
    """Totals, averages and the share of traces that failed, at each of its addresses; zeros where nothing matches."""
    for path in ("/api/traces/summary/", "/clickhouse/traces/summary", "/api/clickhouse/traces/summary/"):
        sums = client.post(path, params=WINDOW, json={}).json()
        assert (sums["total_count"], sums["span_count"], sums["total_cost"]) == (3, 5, 0.75)
        assert sums["error_rate"] == pytest.approx(1 / 3)
        assert sums["avg_duration"] == pytest.approx(11.5 / 3)
    sums = client.post("/api/traces/summary/", params=WINDOW, json={"query": "customer:nobody"}).json()
    assert (sums["total_count"], sums["avg_cost"], sums["p99_duration"]) == (0, 0, 0)


def test_the_tree_of_a_trace(client: httpx.Client) -> None:
    """Children below their parents by time with payloads and metadata, and the trace's sums beside them."""
    trace = tree_of(client, "busy")
    assert outline(trace["span_tree"]) == {"s0": {"s1": {}, "s2": {}}}
    assert (trace["span_count"], trace["total_cost"], trace["is_cut"]) == (3, 0.75, False)
    first = trace["span_tree"][0]["children"][0]
    assert (first["input"], first["metadata"], first["is_truncated"]) == ("the refund policy", {"region": "eu"}, False)
    assert first["end_time"] == first["timestamp"] == "2031-05-04T12:00:05.000000Z"
    (orphan,) = tree_of(client, "late")["span_tree"]
    assert (orphan["span_parent_id"], orphan["is_orphan"], orphan["is_cycle"]) == ("s6", True, False)
    bones = tree_of(client, "busy", skeleton="true")
    assert outline(bones["span_tree"]) == {"s0": {"s1": {}, "s2": {}}}
    assert not {"input", "unique_id", "model", "is_orphan"} & bones["span_tree"][0].keys()
    assert bones["span_tree"][0]["span_unique_id"] == "s0"
    assert client.get("/api/traces/nothing/").json()["error"] == "Trace not found"


def test_awkward_trees(server: Server) -> None:
    """Circles, spans sent twice, clocks that differ and days between: each span once, times as sent."""
    client = tenant(server)
    send(client, span("odd", 1, 2, 0, 1), span("odd", 2, 1, 0.5, 1), span("odd", 3, 3, 5, 6))
    send(client, span("odd", 1, 2, cost=1), span("odd", 4, 5, 90_000, 90_001), span("odd", 5, None, 90_003, 90_002))
    trace = tree_of(client, "odd")
    assert outline(trace["span_tree"]) == {"s5": {"s4": {}}, "s1": {"s2": {}}, "s3": {}}
    by_id = {node["span_unique_id"]: node for node in nodes_of(trace)}
    assert [name for name, node in sorted(by_id.items()) if node["is_cycle"]] == ["s1", "s3"]
    assert by_id["s4"]["is_outside_parent"]
    assert by_id["s5"]["start_time"] > by_id["s5"]["end_time"]
    assert (trace["span_count"], trace["total_cost"], trace["duration"]) == (5, 1, 90_002.0)


def test_an_id_may_be_a_word_or_hold_a_slash(server: Server) -> None:
    """`_` in the path takes the id from the query string, and the public link of such a trace does so too."""
    client = tenant(server)
    for trace in ("list", "a/b ü?", "_"):
        send(client, span(trace, 0))
        assert tree_of(client, "_", id=trace)["id"] == trace
        link = client.patch("/api/traces/_/", params={"id": trace}, json={"is_public": True}).json()["public_url"]
        assert server.client_of(None).get(link).json()["id"] == trace


def test_a_long_payload_is_shown_when_asked_for(server: Server) -> None:
    """Beyond a megabyte previews stand for payloads and say so; `include_fields` brings the whole."""
    client = tenant(server)
    send(client, span("long", 0, input="x" * 700_000, output="y" * 700_000))
    (node,) = tree_of(client, "long")["span_tree"]
    assert node["is_truncated"]
    assert 0 < len(node["input"]) < 1000
    (node,) = tree_of(client, "long", include_fields="input,output")["span_tree"]
    assert (len(node["input"]), len(node["output"]), node["is_truncated"]) == (700_000, 700_000, False)
    (row,) = client.get(TRACES, params=WINDOW).json()["results"]
    assert row["input"] is None
    assert row["input_preview"]
    (row,) = client.get(TRACES, params={**WINDOW, "include_fields": "input"}).json()["results"]
    assert len(row["input"]) == 700_000


def test_payloads_are_left_out_when_nobody_wants_them(server: Server) -> None:
    """`exclude_fields` names which; previews stay, and what is no payload is refused."""
    client = tenant(server)
    send(client, span("short", 0, input="in", output="out"))
    for excluded, shown in (("input,output", (None, None)), ("input", (None, "out")), ("", ("in", "out"))):
        (row,) = client.get(TRACES, params={**WINDOW, "exclude_fields": excluded}).json()["results"]
        assert (row["input"], row["output"]) == shown
        assert (row["input_preview"], row["output_preview"]) == ("in", "out")
    assert "exclude_fields" in refused(client.get(TRACES, params={"exclude_fields": "name"}), 400)["detail"]


def test_thirty_thousand_spans_in_one_trace(server: Server) -> None:
    """Sent shuffled in six requests, each is in the tree once; compressed where one may."""
    client = tenant(server)
    numbers = list(range(30_000))
    random.Random(1).shuffle(numbers)
    for start in range(0, 30_000, 5_000):
        rows = [span("big", n, n // 3 if n else None, n, n + 1, input="i" * 200) for n in numbers[start : start + 5000]]
        assert client.post("/api/request-logs/batch/create/", json={"logs": rows}).status_code == 201
    for coding in ("gzip", "identity"):
        bones = client.get("/api/traces/big/", params={"skeleton": "true"}, headers={"Accept-Encoding": coding})
        assert bones.headers.get("content-encoding", "identity") == coding
        assert len(list(nodes_of(bones.json()))) == 30_000
    tree = tree_of(client, "big")
    assert sorted(int(node["span_unique_id"][1:]) for node in nodes_of(tree)) == list(range(30_000))
    assert tree["span_count"] == 30_000


def test_sharing_and_ending_it(server: Server) -> None:
    """Nobody reads a trace without a key before it is shared, after that ends, or by another organization's id; what is
    shared names neither organization nor key.
    """
    client, stranger = tenant(server), server.client_of(None)
    trace = uuid.uuid4().hex
    send(client, span(trace, 0, input="for everybody"))
    whole = tree_of(client, trace)
    link = f"/api/{whole['organization_id']}/traces/{trace}/"
    hidden = stranger.get(link)
    assert (hidden.status_code, hidden.json()["error"]) == (404, "Trace not found")
    assert client.patch(f"/api/traces/{trace}/", json={"is_public": True}).json()["public_url"].endswith(link)
    shared = stranger.get(link)
    assert shared.json()["span_tree"][0]["input"] == "for everybody"
    assert whole["organization_name"] not in shared.text
    assert whole["organization_key_id"] not in shared.text
    assert stranger.get(link, headers={"Authorization": "Bearer wrong"}).status_code == 200
    assert stranger.get(f"/api/{'0' * 32}/traces/{trace}/").json() == hidden.json()
    assert stranger.get(f"/api/{whole['organization_id']}/traces/other/").json() == hidden.json()
    refused(stranger.delete(link), 401)
    assert client.patch(f"/api/traces/{trace}/", json={"is_public": False}).json()["is_public"] is False
    assert stranger.get(link).json() == hidden.json()


def test_only_the_shared_environment_is_public(server: Server) -> None:
    """The same trace id in the other environment stays where it is, before and after."""
    stranger, trace = server.client_of(None), uuid.uuid4().hex
    test = server.client_of(server.test_key)
    send(server.client, span(trace, 0, input="of prod"))
    send(test, span(trace, 0, input="of test"))
    shared = test.patch(f"/api/traces/{trace}/", json={"is_public": True}).json()
    assert stranger.get(shared["public_url"]).json()["span_tree"][0]["input"] == "of test"


THOUGHT: dict[str, Any] = {
    "tool_calls": [{"id": "1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}]
}


def test_who_has_the_skeleton_reads_on(server: Server) -> None:
    """Contents of spans come in the order asked for, with a key or by the public link; of other traces' spans none."""
    client, stranger = tenant(server), server.client_of(None)
    first, other = uuid.uuid4().hex, uuid.uuid4().hex
    send(client, span(first, 0, input="asked", metadata={"region": "eu", "_hidden": "x"}), span(first, 1, 0, **THOUGHT))
    send(client, span(other, 0, input="elsewhere"))
    one, two = (node["id"] for node in nodes_of(tree_of(client, first, skeleton="true")))
    (three,) = (node["id"] for node in nodes_of(tree_of(client, other, skeleton="true")))
    ids = {"ids": f"{two},{three},{one},nothing"}
    page = client.get(f"/api/traces/{first}/contents/", params=ids).json()
    assert [(row["id"], row["input"], row["metadata"]) for row in page["results"]] == [
        (two, None, {}),
        (one, "asked", {"region": "eu"}),
    ]
    assert page["left"] == []
    assert page["results"][0]["tool_calls"] == THOUGHT["tool_calls"]
    public = f"/api/{tree_of(client, first)['organization_id']}/traces/{first}/contents/"
    assert stranger.get(public, params=ids).status_code == 404
    client.patch(f"/api/traces/{first}/", json={"is_public": True})
    assert stranger.get(public, params=ids).json() == page
    refused(client.get(f"/api/traces/{first}/contents/", params={"ids": ",".join(map(str, range(101)))}), 400)


def test_contents_that_are_too_long_together_come_one_after_the_other(server: Server) -> None:
    """The first always comes; ids of what did not fit are told, to be asked for again."""
    client = tenant(server)
    send(client, *(span("heavy", number, input="x" * 6_000_000) for number in range(3)))
    ids = [node["id"] for node in nodes_of(tree_of(client, "heavy", skeleton="true"))]
    page = client.get("/api/traces/heavy/contents/", params={"ids": ",".join(ids)}).json()
    assert ([row["id"] for row in page["results"]], page["left"]) == (ids[:2], ids[2:])


def test_a_trace_says_whether_it_is_shared_and_where_people_read_it(server: Server) -> None:
    """The page is not for search engines; the trace's own answer names it as long as it is shared."""
    client, stranger = tenant(server), server.client_of(None)
    send(client, span("told", 0))
    assert (tree_of(client, "told")["is_public"], tree_of(client, "told")["page_url"]) == (False, None)
    shared = client.patch("/api/traces/told/", json={"is_public": True}).json()
    told = tree_of(client, "told", skeleton="true")
    assert (told["is_public"], told["page_url"]) == (True, shared["page_url"])
    assert shared["page_url"].endswith(f"/shared/{told['organization_id']}/told")
    page = stranger.get(shared["page_url"], headers={"Accept": "text/html"})
    assert page.status_code in (200, 404), "404 where the UI is not built"
    if page.status_code == 200:
        assert page.headers["x-robots-tag"] == "noindex, nofollow"


@pytest.mark.parametrize("body", [{}, {"is_public": "yes"}, {"is_public": None}, {"is_public": 1}])
def test_sharing_takes_true_or_false(client: httpx.Client, body: Any) -> None:
    """Anything else is 422; and whether there is such a trace is not asked."""
    refused(client.patch("/api/traces/busy/", json=body), 422, "invalid")
    assert client.patch("/api/traces/never-sent/", json={"is_public": True}).status_code == 200


def test_threads(server: Server) -> None:
    """A page of conversations with their sums; one of them is read in order by the list of spans."""
    client = tenant(server)
    rows = [
        span(f"turn {number}", 0, None, number, number + 1, thread_identifier="chat", cost=0.5, input=f"turn {number}",
             customer_identifier="anna" if number == 1 else None) for number in range(3)
    ]  # fmt: skip
    send(client, *reversed(rows), span("other", 0, None, 50, 51, thread_identifier="second", status_code=500))
    send(client, span("none", 0))
    page = client.get(THREADS, params=WINDOW).json()
    assert [row["thread_identifier"] for row in page["results"]] == ["second", "chat"]
    assert page["count"] == 2
    assert page["results"][1] | {
        "environment": "prod", "log_count": 3, "trace_count": 3, "total_cost": 1.5, "customer_identifier": "anna",
        "start_time": "2031-05-04T12:00:00.000000Z", "end_time": "2031-05-04T12:00:03.000000Z", "error_count": 0,
    } == page["results"][1]  # fmt: skip
    assert "turn 2" in page["results"][1]["input_preview"]
    said = span("turn 3", 0, 1, 2.5, 2.6, thread_identifier="chat", log_type="chat", input="Hi", output="Hello.")
    send(client, said)
    assert client.get(THREADS, params=WINDOW).json()["results"][1]["output_preview"] == "Hello."
    client.delete("/api/traces/turn 3/").raise_for_status()
    asked = {"filters": {"customer_identifier": {"operator": "", "value": ["anna"]}}}
    page = client.post(THREADS, params=WINDOW, json=asked).json()
    assert [row["thread_identifier"] for row in page["results"]] == ["chat"]
    assert page["current_filters"] == asked["filters"]
    assert page["filters_data"]["log_count"]["type"] == "integer"
    assert client.get(THREADS, params={**WINDOW, "q": "status:failed", "page_size": 1}).json()["count"] == 1
    turns = client.get(LIST, params={**WINDOW, "thread_identifier": "chat", "sort_by": "timestamp"}).json()["results"]
    assert [turn["input"] for turn in turns] == ["turn 0", "turn 1", "turn 2"]


def test_neighbours_see_no_trace_and_no_thread(server: Server, client: httpx.Client) -> None:
    """Another organization lists nothing, gets 404 and cannot publish what is not its own."""
    other = tenant(server)
    owner = tree_of(client, "busy")["organization_id"]
    assert listed(other) == []
    assert other.get(THREADS, params=WINDOW).json()["count"] == 0
    assert other.get("/api/traces/busy/").status_code == 404
    assert other.post("/api/traces/summary/", params=WINDOW).json()["span_count"] == 0
    assert other.patch("/api/traces/busy/", json={"is_public": True}).status_code == 200
    assert server.client_of(None).get(f"/api/{owner}/traces/busy/").status_code == 404
