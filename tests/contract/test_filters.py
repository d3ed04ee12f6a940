"""Lists narrowed by filters, end to end: the same questions in both languages, faults, pages, cursors, snippets."""

from typing import Any

import httpx
import pytest

from tests.server import Server
from tests.speaking import LIST, refused, tenant

WINDOW = {"start_time": "2026-04-01", "end_time": "2026-04-02"}
SPANS: dict[str, dict[str, Any]] = {
    "plain": {"model": "gpt-5", "input": "Where is my parcel?", "latency": 1, "cost": 0.01},
    "slow": {"model": "gpt-5", "latency": 9.5, "cost": 0.2, "customer_identifier": "ada", "status_code": 500},
    "mini": {"model": "gpt-5-mini", "input": "The REFUND policy, please", "metadata": {"region": "eu"}},
    "tool": {"model": "m", "log_type": "tool", "output": "no refund\nhere", "metadata": {"region": "us", "n": 7}},
    "tier": {"model": "m", "properties": {"user": {"tier": 3}}, "customer_identifier": "bob", "latency": 2},
    "error": {"model": "m", "error_message": "refund <b>failed</b> & gone", "positive_feedback": False},
}


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant of its own with six spans, named by their `custom_identifier`."""
    reader = tenant(server)
    logs = [
        {"timestamp": f"2026-04-01T00:00:{number:02d}Z", "custom_identifier": name, **fields}
        for number, (name, fields) in enumerate(SPANS.items())
    ]
    assert reader.post("/api/request-logs/bulk/", json={"logs": logs}).json()["success_count"] == len(SPANS)
    return reader


def ask(client: httpx.Client, body: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    answer = client.post(LIST, params={**WINDOW, "sort_by": "timestamp", **parameters}, json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def names(found: dict[str, Any]) -> str:
    assert found["count"] == len(found["results"])
    return " ".join(row["custom_identifier"] for row in found["results"])


def field(operator: str, *values: Any) -> dict[str, Any]:
    return {"operator": operator, "value": list(values)}


QUESTIONS: list[tuple[dict[str, Any], str, str]] = [
    ({"model": field("", "gpt-5")}, "model:gpt-5", "plain slow"),
    ({"model": field("startswith", "gpt-5")}, "model:gpt-5*", "plain slow mini"),
    ({"model": field("not", "m")}, "-model:m", "plain slow mini"),
    ({"latency": field("gt", 1)}, "latency:>1", "slow tier"),
    ({"cost": [field("gte", 0.01), field("lt", 0.2)]}, "cost:>=0.01 cost:<0.2", "plain"),
    ({"metadata__region": field("in", "eu", "us")}, "metadata.region:eu,us", "mini tool"),
    ({"metadata__region": field("not", "eu")}, "metadata.region:!=eu", "tool"),
    ({"properties__user.tier": field("gte", 2)}, "properties.user.tier:>=2", "tier"),
    ({"status": field("", "failed")}, "status:failed", "slow error"),
    ({"log_type": field("", "tool"), "model": field("", "m")}, "log_type:tool model:m", "tool"),
    ({"customer_identifier": field("empty", "")}, "-has:customer_identifier", "plain mini tool error"),
    ({"words": field("", "refund")}, "refund", "mini tool error"),
    ({"words": field("", "refund policy")}, '"refund policy"', "mini"),
    ({"words": field("", "refund"), "model": field("not", "m")}, "refund -model:m", "mini"),
    (
        {
            "any": {
                "connector": "OR",
                "filter_params": {"customer_identifier": field("", "ada"), "log_type": field("", "tool")},
            }
        },
        "(customer_identifier:ada OR log_type:tool)",
        "slow tool",
    ),
]


@pytest.mark.parametrize(("filters", "query", "answer"), QUESTIONS, ids=[query for _, query, _ in QUESTIONS])
def test_both_languages_select_the_same_spans(
    client: httpx.Client, filters: dict[str, Any], query: str, answer: str
) -> None:
    """The JSON filters, the query language in the body and in the address: the same spans, the same count."""
    found = ask(client, {"filters": filters})
    assert names(found) == answer
    assert found["current_filters"] == filters
    assert names(ask(client, {"query": query})) == answer
    for path in (LIST, "/api/request-logs/"):
        asked = client.get(path, params={**WINDOW, "sort_by": "timestamp", "query": query})
        assert names(asked.json()) == answer
    assert names(ask(client, {"filters": filters, "query": query}, log_type="tool")) == (
        "tool" if "tool" in answer.split() else ""
    )


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ({"model": "gpt-5"}, "plain slow"),
        ({"model": "gpt-5", "customer_identifier": "ada"}, "slow"),
        ({"latency[value]": "1", "latency[operator]": "gt"}, "slow tier"),
        ({"region": "eu"}, "mini"),
        ({"metadata__n": "7"}, "tool"),
        ({"log_type": "tool", "n": "7"}, "tool"),
    ],
)
def test_names_in_the_address_are_filters(client: httpx.Client, asked: dict[str, str], answer: str) -> None:
    """Whatever is no parameter filters: a field, a field with an operator, or a key of metadata."""
    assert names(client.get(LIST, params={**WINDOW, "sort_by": "timestamp", **asked}).json()) == answer


def test_or_joins_the_fields_of_a_body(client: httpx.Client) -> None:
    """`operator` says whether all fields hold, as clients send it, or one of them is enough."""
    filters = {"model": field("", "gpt-5-mini"), "customer_identifier": field("", "ada")}
    assert names(ask(client, {"filters": filters, "operator": "OR"})) == "slow mini"
    assert names(ask(client, {"filters": filters, "operator": "AND"})) == ""


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"filters": {"modle": field("", "x")}}, "model"),
        ({"filters": {"model": field("resembles", "x")}}, "resembles"),
        ({"filters": {"latency": field("gt", "fast")}}, "latency"),
        ({"filters": 7}, "filters"),
        ({"query": "modle:x"}, "model"),
        ({"query": "(model:x"}, "("),
        ({"query": 7}, "query"),
    ],
)
def test_a_filter_that_cannot_be_read_is_400(client: httpx.Client, body: dict[str, Any], word: str) -> None:
    """The sentence names the fault, and the nearest known field."""
    assert word in refused(client.post(LIST, params=WINDOW, json=body), 400, "bad_filter")["detail"]


def test_pages_and_cursors_are_of_what_matches(client: httpx.Client) -> None:
    """`count`, links and cursors keep to the filter; a cursor of another filter is 400."""
    query: dict[str, Any] = {"query": "refund", **WINDOW, "sort_by": "timestamp", "page_size": 1}
    first = client.get(LIST, params=query).json()
    assert first["count"] == 3
    assert client.get(first["next"]).json()["results"][0]["custom_identifier"] == "tool"
    cursor = {**query, "cursor": first["next_cursor"]}
    second = client.get(LIST, params=cursor).json()
    assert (second["count"], second["results"][0]["custom_identifier"]) == (3, "tool")
    for other in ({"query": "parcel"}, {"query": ""}, {"log_type": "tool"}):
        assert "filter" in refused(client.get(LIST, params={**cursor, **other}), 400)["detail"]


def test_snippets_show_what_was_found(client: httpx.Client) -> None:
    """Each row says where the words are, marked and escaped; without words there is no such key."""
    found = {row["custom_identifier"]: row["snippets"] for row in ask(client, {"query": "refund"})["results"]}
    assert found == {
        "mini": {"input": "The <mark>REFUND</mark> policy, please"},
        "tool": {"output": "no <mark>refund</mark>\nhere"},
        "error": {"error_message": "<mark>refund</mark> &lt;b&gt;failed&lt;/b&gt; &amp; gone"},
    }
    assert all("snippets" not in row for row in ask(client, {"query": "model:m"})["results"])
    assert all("snippets" not in row for row in ask(client, {"query": "-refund"})["results"])


def test_a_snippet_is_cut_out_of_a_long_text(server: Server) -> None:
    """Of a payload of megabytes a few hundred bytes around the hit are shown, whole letters only; at its end too."""
    client = tenant(server)
    for text in (f"{'é' * 100_000} needle {'é' * 1_000_000}", f"needles {'é' * 1000} the needle"):
        client.post("/api/request-logs/", json={"model": "m", "log_type": "tool", "input": text})
    late, early = client.get(LIST, params={"query": "needle"}).json()["results"]
    assert early["input"] is None
    shown = early["snippets"]["input"]
    assert shown.startswith("…é")
    assert shown.endswith("é…")
    assert " <mark>needle</mark> é" in shown
    assert len(shown) < 400
    assert late["snippets"]["input"].endswith("é the <mark>needle</mark>")
