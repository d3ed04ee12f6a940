"""respan-api reads: every call of its logging part, with its own models judging what it is answered."""

import json
from typing import Any

import httpx
import pytest

from tests.clients.running import HERE, execute
from tests.server import Server
from tests.speaking import create, held, listed, retrieve, tenant

GROUPED = (
    "model", "provider_id", "organization_key_id", "prompt_id", "deployment_id", "deployment_name", "custom_identifier",
    "customer_identifier", "trace_unique_id", "thread_identifier",
)  # fmt: skip
LEFT_OUT = {"filters_data", "scores.explanation", *(f"results.{name}" for name in GROUPED)}
"""A group has the key that it is grouped by, and no other. `filters_data` is the contract's "sometimes", and a score's
explanation is its text.
"""


def span(trace: str, name: str, minute: int, **fields: Any) -> dict[str, Any]:
    """A span of a minute after noon; the workflow is the root, the others stand below it."""
    return {
        "trace_unique_id": trace,
        "span_unique_id": f"{trace}-{name}",
        "span_parent_id": None if name == "support" else f"{trace}-support",
        "span_name": name,
        "start_time": f"2026-01-31T12:{minute:02}:00Z",
        "timestamp": f"2026-01-31T12:{minute:02}:01.500Z",
        "customer_identifier": "ada",
        **fields,
    }


SPANS = (
    span("trace-1", "support", 1, log_type="workflow", input={"ticket": 7}, output=["done", 1]),
    span(
        "trace-1", "answer", 2, log_type="chat", model="gpt-4o-mini", thread_identifier="talk", session_identifier="s",
        input=[{"role": "user", "content": "Where is my parcel?"}], group_identifier=17, custom_identifier="c-1",
        output={"role": "assistant", "content": None, "tool_calls": [
            {"id": "1", "type": "function", "function": {"name": "track", "arguments": "{}"}}]},
        tools=[{"type": "function", "function": {"name": "track", "parameters": {"type": "object"}}}],
        usage={"prompt_tokens": 2000, "completion_tokens": 100, "prompt_tokens_details": {"cached_tokens": 1000},
               "completion_tokens_details": {"reasoning_tokens": 10}},
        ttft=0.25, metadata={"plan": "pro", "try": 2, "_sdk": "x"}, properties={"tier": 2}, stream=True, max_tokens=500,
        response_format={"type": "json_object"}, variables={"name": "Ada"}, provider_id="openai", prompt_id="p",
        prompt_name="Support", prompt_version_number=3, deployment_name="blue", note="kept",
        full_request={"model": "gpt-4o-mini", "seed": 1}, full_response={"id": "chatcmpl-1", "choices": []},
        customer_params={"customer_identifier": "ada", "name": "Ada L.", "email": "a@example.com"},
    ),
    span("trace-1", "refused", 3, log_type="chat", model="gpt-4o", status_code=429, error_code="rate_limit_exceeded",
         error_message="Rate limit reached", input="Again?", metadata={"plan": "pro"}, warnings="slow"),
    span("trace-2", "support", 4, log_type="workflow", input="x" * 20_000, output="y" * 20_000),
    span("trace-3", "support", 5, log_type="tool", customer_identifier="bob", cost="0.125", input=7, output=True),
    span("trace-4", "support", 6, log_type="embedding", model="text-embedding-3-small", input=["a", "b"],
         output=[[0.1], [0.2]], prompt_tokens=4, customer_identifier="bob", thread_identifier="talk"),
    span("trace-5", "support", 7, customer_identifier=None, model="nobody-knows-it", start_time=None),
)  # fmt: skip


SCORES: tuple[dict[str, Any], ...] = (
    {"evaluator_slug": "tone", "numerical_value": 0.5, "is_passed": True},
    {"evaluator_slug": "polite", "boolean_value": True},
    {"evaluator_slug": "topic", "categorical_value": ["refund", "delay"]},
    {"evaluator_slug": "remark", "string_value": "well said"},
    {"evaluator_id": "e-5", "json_value": {"reasons": ["a"]}},
)


def seed(client: httpx.Client) -> list[str]:
    """The spans one by one, strictly, and scores of one of them. Returns their ids in the order of time."""
    ids = [create(client, **fields)["id"] for fields in SPANS]
    for score in SCORES:
        answer = client.post(f"/api/logs/{ids[1]}/scores/", json=score)
        assert answer.status_code == 201, answer.text
    return ids


@pytest.fixture(scope="module")
def ids(reader: httpx.Client) -> list[str]:
    return seed(reader)


@pytest.fixture(scope="module")
def reader(server: Server) -> httpx.Client:
    """A tenant of its own: its lists and sums hold these spans alone."""
    return tenant(server)


@pytest.fixture(scope="module")
def said(server: Server, reader: httpx.Client, ids: list[str]) -> Any:
    """What the client printed."""
    organization = retrieve(reader, ids[0])["organization_id"]
    key = reader.headers["authorization"].removeprefix("Bearer ")
    script = str(HERE / "run_respan_api_reading.py")
    return json.loads(execute("respan-api", [script, server.url, organization], RESPAN_API_KEY=key))


def answered(said: Any, name: str) -> Any:
    """The only answer of that name."""
    (judged,) = said["judged"][name]
    return judged["data"]


def test_every_call_is_made(said: Any) -> None:
    """A call of spans, traces or users that a newer client has is one that nobody tried."""
    assert said["not_called"] == ["bulk_create_spans", "create_span", "create_trace", "create_trace_legacy"]


def test_the_models_find_every_key_with_its_type(said: Any) -> None:
    """No documented key is missing from any answer, and each has its type as it stands, without being converted."""
    judged = [(name, each) for name, answers in said["judged"].items() for each in answers]
    assert len(judged) > 60
    assert [(name, each["strict"]) for name, each in judged if each["strict"]] == []
    lacking = [(name, key) for name, each in judged for key in each["lacks"] if key not in LEFT_OUT]
    assert lacking == []


def test_lists_filters_and_pages(reader: httpx.Client, ids: list[str], said: Any) -> None:
    """Pages, typed filters, ranges and metadata select what they say; a list's end ends the client's loop."""
    assert said["ids"] == ids
    assert (answered(said, "list_spans")["count"], len(answered(said, "list_spans")["results"])) == (7, 2)
    (failed,) = answered(said, "failed")["results"]
    held(failed, {"id": ids[2], "status": "failed", "error_code": "rate_limit_exceeded", "input": "Again?"})
    assert [row["id"] for row in answered(said, "range")["results"]] == [ids[1]]
    assert answered(said, "empty")["results"] == []
    # When it read on, two traces were gone.
    assert said["met"] == [ids[at] for at in (0, 1, 2, 5, 6)]
    assert answered(said, "GET request-logs/list/")["count"] == 5


def test_a_span_is_read_whole(ids: list[str], said: Any) -> None:
    """The typed span holds what was sent, each under its documented name and type."""
    alone = {each["data"]["id"]: each["data"] for each in said["judged"]["retrieve_span"]}
    assert alone.keys() == set(ids)
    held(alone[ids[1]], {
        "prompt_version_number": 3, "prompt_id": "p", "stream": True, "max_tokens": 500, "time_to_first_token": 0.25,
        "prompt_tokens": 2000, "prompt_cache_hit_tokens": 1000, "reasoning_tokens": 10, "properties": {"tier": 2},
        "metadata": {"plan": "pro", "try": "2"}, "customer_name": "Ada L.", "customer_email": "a@example.com",
        "group_identifier": "17", "response_format": {"type": "json_object"}, "variables": {"name": "Ada"},
        "prompt_messages": [{"role": "user", "content": "Where is my parcel?"}],
        "deployment_name": "blue", "full_request": {"model": "gpt-4o-mini", "seed": 1}, "log_type": "chat",
        "environment": "prod",
    })  # fmt: skip
    assert (
        alone[ids[1]]["tool_calls"][0]["function"]["name"] == alone[ids[1]]["tools"][0]["function"]["name"] == "track"
    )
    scores = alone[ids[1]]["scores"]
    assert {name: score["score_value_type"] for name, score in scores.items()} == {
        "tone": "numerical", "polite": "boolean", "topic": "categorical", "remark": "text", "e-5": "json",
    }  # fmt: skip
    held(scores["tone"], {"numerical_value": 0.5, "is_passed": True, "evaluator_name": "tone"})
    held(scores["topic"], {"categorical_value": ["refund", "delay"]})
    held(scores["e-5"], {"json_value": {"reasons": ["a"]}, "evaluator_slug": None, "evaluator_name": "e-5"})
    held(alone[ids[2]], {"status": "failed", "status_code": 429, "error_message": "Rate limit reached", "cost": None})
    assert alone[ids[3]]["input"] == "x" * 20_000
    held(alone[ids[4]], {"input": "7", "output": "true", "cost": 0.125, "log_type": "tool"})


def test_sums_and_groups(said: Any) -> None:
    """The summary, and groups by every documented key, come to what the spans do; where there is none, to 0."""
    held(answered(said, "get_spans_summary"), {"number_of_requests": 7, "error_count": 1, "total_prompt_tokens": 2004})
    assert answered(said, "get_spans_summary")["total_cost"] == pytest.approx(0.125 + 0.000285 + 8e-8)
    scores = answered(said, "get_spans_summary")["scores"]
    held(scores["tone"], {"avg_score": 0.5, "score_value_type": "numerical", "evaluator_name": "tone"})
    held(scores["polite"], {"true_count": 1, "false_count": 0, "avg_score": None})
    held(answered(said, "failed summary"), {"number_of_requests": 1, "scores": {}})
    assert not any(answered(said, "empty summary").values())
    customers = answered(said, "by customer_identifier")["results"]
    assert [(row["customer_identifier"], row["number_of_requests"]) for row in customers] == [
        ("bob", 2), ("ada", 4), (None, 1)
    ]  # fmt: skip
    held(customers[1], {"error_count": 1, "error_percentage": 25, "cache_hit_percentage": 25, "average_tokens": 2100})
    assert {row["trace_unique_id"] for row in answered(said, "by trace")["results"]} == {
        f"trace-{n}" for n in range(1, 6)
    }
    assert [row["thread_identifier"] for row in answered(said, "by thread")["results"]] == ["talk"]
    for group in ("model", "trace", "customer_identifier", "deployment_name", "organization_key_id"):
        assert [row["number_of_requests"] for row in answered(said, f"failed by {group}")["results"]] == [1]
    assert answered(said, "failed by model")["current_filters"] == {"status": {"operator": "", "value": ["failed"]}}
    assert answered(said, "no groups")["results"] == []


def test_traces(said: Any) -> None:
    """Lists and trees of traces; one is shared and read by nobody in particular, one deleted, one deleted by filter."""
    held(answered(said, "list_traces"), {"count": 5})
    assert [row["id"] for row in answered(said, "list_traces")["results"]] == ["trace-3"]
    (failed,) = answered(said, "failed traces")["results"]
    held(failed, {"id": "trace-1", "span_count": 3, "llm_call_count": 2, "error_count": 1, "duration": 121.5})
    for name in ("retrieve_trace", "retrieve_public_trace"):
        (root,) = answered(said, name)["span_tree"]
        assert [child["span_name"] for child in root["children"]] == ["answer", "refused"]
        held(root, {"span_name": "support", "log_type": "workflow", "input": '{"ticket":7}', "output": '["done",1]'})
    assert answered(said, "retrieve_public_trace")["organization_name"] is None
    assert [each["data"]["is_public"] for each in said["judged"]["share_trace"]] == [True, False]
    held(answered(said, "delete_trace"), {"deleted_count": 1})
    held(answered(said, "bulk_delete_traces"), {"success_count": 1, "deleted_count": 1, "error_count": 0})
    assert [row["id"] for row in answered(said, "traces left")["results"]] == ["trace-5", "trace-4", "trace-1"]


def test_users(said: Any) -> None:
    """Users are listed, filtered, read, changed and deleted; who is deleted is the client's NotFoundError."""
    assert said["users"] == ["ada", "bob"]
    (ada,) = answered(said, "list_customers")["results"]
    held(ada, {"customer_identifier": "ada", "name": "Ada L.", "number_of_requests": 3, "active_days": 1})
    assert {row["customer_identifier"] for row in answered(said, "dear users")["results"]} == {"ada", "bob"}
    changed = {
        "name": "Ada", "email": "ada@example.com", "period_budget": 200, "budget_duration": "monthly",
        "total_budget": 1000.5, "period_start": "2026-01-31T12:00:00Z", "period_end": "2026-03-02T12:00:00Z",
        "metadata": {"tier": 2, "tags": ["a"]}, "markup_percentage": 12.5,
    }  # fmt: skip
    for name in ("update_user", "updated user"):
        held(answered(said, name), changed)
    assert said["gone"] == ["NotFoundError", 404]


def test_async_calls_are_answered_alike(said: Any) -> None:
    """The asynchronous client, which is code of its own, makes the same calls."""
    names = {name.removeprefix("async ") for name in said["judged"] if name.startswith("async ")}
    assert names == set(said["called"])
    assert answered(said, "async list_spans")["count"] == 1
    assert answered(said, "async retrieve_public_trace")["id"] == "trace-1"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ({}, (None, None, None)),
        ({"deployment_id": "d", "deployment_name": "blue", "routing_time": 0.25}, ("d", "blue", 0.25)),
        ({"deployment_id": 7, "deployment_name": "", "routing_time": 1}, ("7", None, 1)),
        ({"deployment_id": True, "deployment_name": ["x"], "routing_time": "0.25"}, (None, None, None)),
        ({"deployment_name": "blue", "routing_time": "1e999"}, (None, None, None)),
    ],
)
def test_what_a_gateway_says_of_itself_is_read_back(reader: httpx.Client, sent: Any, read: Any) -> None:
    """Under its own name, wherever a span is read, as filters and groups find it; under another type it stays apart."""
    body = json.dumps({"logs": [{"model": "gpt-4o", **sent}]}).replace('"1e999"', "1e999")  # which no float holds
    answer = reader.post("/api/request-logs/bulk/", content=body, headers={"Content-Type": "application/json"})
    (span_id,) = answer.json()["ids"]
    row = next(row for row in listed(reader) if row["id"] == span_id)
    for found in (retrieve(reader, span_id), row):
        assert tuple(found[name] for name in ("deployment_id", "deployment_name", "routing_time")) == read
        assert (found["extra"] or {}).keys() == sent.keys()


def test_a_version_that_is_no_number_stays(reader: httpx.Client) -> None:
    """Whole numbers are read as numbers, as clients expect a prompt's version; anything else as it was sent."""
    for sent, read in (
        ("3", 3),
        (12, 12),
        ("007", "007"),
        ("draft", "draft"),
        ("0", 0),
        (None, None),
        ("9" * 30, "9" * 30),
    ):
        assert create(reader, prompt_version_number=sent)["prompt_version_number"] == read
