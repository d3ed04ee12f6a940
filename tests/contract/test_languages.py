"""Filters over HTTP: the page that explains them, what they select, completion, and what hostile ones do."""

import json
import re
from typing import Any

import httpx
import pytest

from midspan.search.fields import SPANS
from midspan.search.json_filters import read_filters
from midspan.search.language import read_query
from tests.environments import ROOT
from tests.server import Server
from tests.speaking import LIST, refused, tenant

BULK = "/api/request-logs/bulk/"
EXPLAIN = "/api/request-logs/explain/"
PAGE = (ROOT / "docs" / "filters.md").read_text()
PAIRS = [
    (query, json.loads(filters))
    for query, filters in re.findall(r"```query\n(.+?)\n```\s+```filters\n(.+?)\n```", PAGE, re.DOTALL)
]
TEXT = "our refund policy for customers"
SPANS_SENT: list[dict[str, Any]] = [
    {
        "custom_identifier": "0", "model": "gpt-5", "customer_identifier": "alice", "latency": 3, "cost": 0.1,
        "input": TEXT, "metadata": {"region": "eu"}, "properties": {"user": {"tier": 3}, "tags": ["vip"]},
    },
    {
        "custom_identifier": "1", "model": "gpt-4", "customer_identifier": "alice", "latency": 1, "cost": 2,
        "input": "hello", "status_code": 500, "error_message": "Timeout", "properties": {"user": {"tier": 1}},
    },
    {
        "custom_identifier": "2", "model": "claude", "customer_identifier": "carol", "latency": 4,
        "input": "refund, then policy", "status_code": 429, "error_message": "rate", "metadata": {"region": "us"},
    },
]  # fmt: skip
SELECTED = {
    "model:gpt-5 customer:alice,bob": "0",
    "latency:>2 cost:0.01..0.5": "0",
    "metadata.region:eu properties.user.tier:>=2": "0",
    "status:!=success": "12",
    "-(model:gpt-5 status:success)": "12",
    "status:failed (customer:alice OR latency:>2)": "12",
    '"refund policy" cust*': "0",
    "model:gpt-* error:~TIMEOUT": "1",
    "log_type:chat trace.customer:alice": "01",
    "has:error missing:note is:root": "12",
    "model:/^gpt-[45]/": "01",
    "metadata:has_key(region) properties.tags:overlap(vip, trial)": "0",
}


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant of its own with three spans."""
    reader = tenant(server)
    answer = reader.post(BULK, json={"logs": SPANS_SENT})
    assert answer.json()["success_count"] == len(SPANS_SENT), answer.text
    return reader


def selected(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return "".join(sorted(row["custom_identifier"] for row in answer.json()["results"]))


def test_the_page_has_every_pair() -> None:
    """Each pair of examples on the page is known here, so that none goes untested."""
    assert [query for query, _ in PAIRS] == list(SELECTED)


@pytest.mark.parametrize(("query", "filters"), PAIRS, ids=list(SELECTED))
def test_the_examples_of_the_page_select_the_same(client: httpx.Client, query: str, filters: Any) -> None:
    """A query in the body and in the address, and the JSON filters beside it, select the spans that they should."""
    assert read_query(query) == read_filters(filters)
    assert selected(client.post(LIST, json={"query": query})) == SELECTED[query]
    assert selected(client.get(LIST, params={"q": query})) == SELECTED[query]
    assert selected(client.post(LIST, json={"filters": filters})) == SELECTED[query]


def test_all_that_a_request_gives_holds_together(client: httpx.Client) -> None:
    """Filters, query and quick filters are joined by AND; OR in the body joins the JSON filters' fields alone."""
    body = {"filters": {"model": "gpt-5", "status_code": 500}, "operator": "OR", "query": "customer:alice"}
    assert selected(client.post(LIST, json=body)) == "01"
    assert selected(client.post(LIST, json=body, params={"region": "eu"})) == "0"
    assert (
        selected(
            client.get(
                LIST, params={"filters": '{"model": "claude"}', "latency[value]": "9", "latency[operator]": "lt"}
            )
        )
        == "2"
    )


def test_the_explanation_on_the_page_is_the_answer(client: httpx.Client) -> None:
    """The example of an explanation, and that of a mistake, are what the server answers."""
    answers = [json.loads(text) for text in re.findall(r"```json\n(.+?)\n```", PAGE, re.DOTALL)]
    assert client.post(EXPLAIN, json={"query": "model:gpt-5 latency:>500ms"}).json() == answers[0]
    assert refused(client.post(EXPLAIN, json={"query": "modle:x"}), 400) == answers[1]


EXPLAINED = [
    ("", "All spans."),
    ("-*", "No spans."),
    ("model:!=a,b", 'Spans where model is none of "a" and "b" (or is missing).'),
    ("latency:!=2", "Spans where latency is not 2 seconds (and is there)."),
    ("-latency:>2", "Spans where it is not true that latency is more than 2 seconds (nor need there be one)."),
    ("metadata.a:!=b", 'Spans where metadata.a is not "b" (and is there).'),
    (
        "a OR has:note",
        (
            'Spans where (either the words "a" stand in the input, the output, a name or the error, in any letter case '
            "or note is there and not empty)."
        ),
    ),
    ("timestamp:<2026-01-31", "Spans where timestamp is before 2026-01-31T00:00:00Z."),
]  # fmt: skip


@pytest.mark.parametrize(("query", "sentence"), EXPLAINED)
def test_a_filter_is_said_in_english(client: httpx.Client, query: str, sentence: str) -> None:
    """The sentence says what is selected, and what becomes of spans without a value."""
    answer = client.post(EXPLAIN, json={"query": query}).json()
    assert answer["explanation"] == sentence
    assert read_query(answer["query"]) == read_filters(answer["filters"]) == read_query(query)


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("a or b", "OR"),
        ("model:a model:b", "nothing matches"),
        ("cost:5..1", "ends before"),
        ('model:"a*"', "plain"),
        ("log_type:nonsense", "never"),
    ],
)
def test_what_was_probably_not_meant_is_said(client: httpx.Client, query: str, part: str) -> None:
    """An explanation warns of what reads well and selects nothing."""
    (warning,) = client.post(EXPLAIN, json={"query": query}).json()["warnings"]
    assert part in warning


def test_the_catalogue_is_listed_with_real_keys(client: httpx.Client) -> None:
    """Every field is there, and families have the keys of this tenant's spans."""
    answer = client.get("/api/fields/").json()
    assert [field["name"] for field in answer["fields"]] == [field.name for field in SPANS.fields]
    keys = {field["name"]: field["keys"] for field in answer["fields"]}
    assert keys["metadata.<key>"] == ["region"]
    assert keys["properties.<key>"] == ["user", "user.tier", "tags"]
    assert keys["model"] is None


@pytest.mark.parametrize(
    ("of", "address"),
    [("traces", "/api/traces/list/"), ("threads", "/api/log_threads/"), ("customers", "/api/users/list/")],
)
def test_what_other_lists_are_filtered_by_is_listed_too(client: httpx.Client, of: str, address: str) -> None:
    """Every field and operator that is listed for traces, threads and customers is one that their list takes, and
    where values are promised there are some to be asked for.
    """
    fields = client.get("/api/fields/", params={"of": of}).json()["fields"]
    assert len({field["name"] for field in fields}) == len(fields) > 5
    for field in fields:
        name = field["name"].replace("<key>", "region")
        value = field["example"] or ("true" if field["kind"] == "boolean" else "1")
        operator = {"operator": field["operators"][0], "value": [value]}
        answer = client.post(address, json={"filters": {name: operator}})
        assert answer.status_code == 200, (name, answer.text)
        if field["values"] == "distinct":
            assert client.get(f"/api/fields/{name}/values/").status_code == 200, name
    refused(client.get("/api/fields/", params={"of": "models"}), 400, "bad_request")


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("model/values/", {"claude": 1, "gpt-4": 1, "gpt-5": 1}),
        ("model/values/?prefix=GPT&limit=1", {"gpt-4": 1}),
        ("customer/values/", {"alice": 2, "carol": 1}),
        ("metadata.region/values/", {"eu": 1, "us": 1}),
        ("metadata__region/values/?prefix=e", {"eu": 1}),
        ("properties.user.tier/values/", {"1": 1, "3": 1}),
        ("_/values/?name=metadata.region", {"eu": 1, "us": 1}),
        ("stream/values/", {"false": 3, "true": 0}),
        ("status/values/?prefix=f", {"failed": 2}),
        ("model/values/?end_time=2001-01-01", {}),
    ],
)
def test_real_values_complete_a_field(client: httpx.Client, address: str, values: dict[str, int]) -> None:
    """Values come with how often they are there, by prefix, in a window, and for keys."""
    answer = client.get(f"/api/fields/{address}").json()
    assert {row["value"]: row["count"] for row in answer["values"]} == values


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("modle/values/", "not_found"),
        ("input/values/", "no_values"),
        ("metadata/values/", "no_values"),
        ("_/values/", "bad_request"),
        ("model/values/?limit=0", "bad_request"),
        ("model/values/?start_time=x", "bad_request"),
    ],
)
def test_a_bad_completion_is_refused(client: httpx.Client, address: str, code: str) -> None:
    """An unknown field is 404; one that is not listed, and bad parameters, are 400."""
    refused(client.get(f"/api/fields/{address}"), 404 if code == "not_found" else 400, code)


def test_filters_on_traces_threads_and_customers_are_explained_as_their_lists_take_them(client: httpx.Client) -> None:
    """With `of` a filter is read with the fields of what is listed; without it, with those of spans."""
    asked = {"query": "total_cost:>1"}
    said = client.post(EXPLAIN, json=asked, params={"of": "customers"}).json()
    assert said["explanation"] == "Customers where total_cost is more than 1 USD."
    assert said["query"] == "total_cost:>1"

    fault = refused(client.post(EXPLAIN, json={"query": "thread:t"}, params={"of": "customers"}), 400)
    assert fault["position"] == 1
    refused(client.post(EXPLAIN, json=asked, params={"of": "keys"}), 400)


WORST = ["'", '"', "\\", "\\'", "' OR 1=1 --", "*/ OR 1 /*", "{f0:String}", "@key", "a\0b", "));(", "x" * 450]
"""Tried in every place of a filter."""

ODD = [
    *WORST, "''", "`", "'; DROP TABLE spans; --", "{organization_id:String}", "@final", "@newest", "\0", "a\nb",
    "\ufeff", "\u202e", "%", "_", "$1", "?", "😀", "{{", "}}", "\\0", "\\x27", "1e999", "NaN",
    "file('/etc/passwd')", "null",
    "__proto__", "__", ".", "..",
]  # fmt: skip
"""Tried as metadata."""


def bodies(text: str) -> list[dict[str, Any]]:
    """The text as a name, a key, a value and an operator, in both languages."""
    quoted = json.dumps(text)
    filters: list[Any] = [
        {text: "x"}, {f"metadata.{text}": "x"}, {f"properties__{text}": "x"}, {f"scores.{text}": 1}, {"model": text},
        {"model": {"operator": text, "value": "x"}}, {"properties.x": {"operator": "gt", "value": text}},
        {"model": {"operator": "regex", "value": text}}, {"words": text},
        {"metadata": {"operator": "has_key", "value": text}}, {"x": {"connector": text, "filter_params": {}}},
    ]  # fmt: skip
    queries = [
        text, f"model:{text}", f"{text}:x", f"model:{text}(x)", f"model:*{quoted}*", f"model:/{text}/",
        f"properties.{quoted}:>{quoted}",
    ]  # fmt: skip
    return [{"filters": each} for each in filters] + [{"query": each} for each in queries]


@pytest.mark.parametrize("text", WORST, ids=[ascii(text)[:30] for text in WORST])
def test_hostile_text_is_text(client: httpx.Client, text: str) -> None:
    """Whatever stands in a name, a key, a value or an operator: 400, or rows that the other filters let pass."""
    for body in bodies(text):
        # Beside a filter that only the last span passes, whatever else is asked.
        answer = client.post(LIST, json=body, params={"custom_identifier": "2", "model": "claude"})
        if answer.status_code == 400:
            refused(answer, 400)
        else:
            assert selected(answer) in ("", "2"), body
    for given in ({text: "x"}, {f"cost[{text}]": "1"}, {"model": text}, {"q": text}, {"filters": text}):
        answer = client.get(LIST, params=given)
        assert answer.status_code in (200, 400), (given, answer.text)
        if answer.status_code == 200:
            assert set(selected(answer)) <= set("012"), given


def test_a_hostile_key_finds_its_own_value_alone(server: Server) -> None:
    """Each odd text is a good metadata key and value: it finds the span that has it, and no other."""
    client = tenant(server)
    odd = [text for text in ODD if text.strip()]
    logs = [{"custom_identifier": str(at), "metadata": {f"k{text}": text}} for at, text in enumerate(odd)]
    assert client.post(BULK, json={"logs": logs}).json()["success_count"] == len(odd)
    for at, text in enumerate(odd):
        filters = {f"metadata.k{text}": {"operator": "", "value": [text]}}
        query = f"metadata.{json.dumps('k' + text)}:={json.dumps(text)}"
        for body in ({"filters": filters}, {"query": query}):
            rows = client.post(LIST, json=body).json()["results"]
            assert [row["custom_identifier"] for row in rows] == [str(at)], body


BOMBS: list[Any] = [
    {"query": "(" * 1000 + "a" + ")" * 1000},
    {"query": "NOT " * 3000 + "a"},
    {"query": "a " * 5000},
    {"query": "x" * 20_000},
    {"filters": {"model": ["x" * 1000] * 100}},
    {"filters": {"model": {"operator": "regex", "value": "(((a{1,100}){1,100}){1,100})"}}},
    {"filters": {"status_code": [1] * 10_000}},
    {"filters": {f"metadata.{number}": {"operator": "regex", "value": "(a*)*b"} for number in range(1500)}},
]


@pytest.mark.parametrize("body", BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_is_refused_at_once(client: httpx.Client, body: Any) -> None:
    """What asks for too much is 400, sooner than anything that exploded could be; nothing of it reaches the engine."""
    refused(client.post(LIST, json=body, timeout=10), 400, "bad_filter")


def test_nested_groups_are_refused(client: httpx.Client) -> None:
    """A thousand groups of JSON, one in another, are 400."""
    body = '{"filters": ' + '{"x": {"filter_params": ' * 1000 + "{}" + "}}" * 1000 + "}"
    refused(client.post(LIST, content=body, headers={"content-type": "application/json"}), 400)
