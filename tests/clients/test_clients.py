"""Clients from PyPI, unmodified, against a real server: only their base URL and key are ours.

They swallow errors, so every test asks the reading API what is stored.
"""

import json
from typing import Any

import pytest

from tests.clients.running import retrieve, run, trace
from tests.server import Server


@pytest.fixture(scope="module")
def keywordsai(server: Server) -> Any:
    return run("keywordsai", KEYWORDS_AI_BASE_URL=f"{server.url}/api", KEYWORDSAI_API_KEY=server.key)


@pytest.fixture(scope="module")
def respan_api(server: Server) -> Any:
    return run("respan-api", server.url, RESPAN_API_KEY=server.key)


@pytest.fixture(scope="module")
def openai_agents(server: Server) -> Any:
    return run("openai-agents", server.url, server.key)


def held(span: dict[str, Any], expected: dict[str, Any]) -> None:
    """Assert that a span has these values; only what differs is shown."""
    assert {name: span[name] for name in expected} == expected


def test_keywordsai_creates_lists_and_gets(server: Server, keywordsai: Any) -> None:
    """keywordsai strips /api from its base URL, wants `message`, and reads pages and spans into types of its own."""
    assert [answer["message"] for answer in keywordsai["answers"]] == ["log successful"] * 4
    span = retrieve(server, keywordsai["answers"][0]["id"])
    held(
        span,
        {
            "model": "gpt-4o-mini",
            "log_type": "chat",
            "input": "What is the capital of France?",
            "output": "The capital of France is Paris.",
            "prompt_messages": [{"role": "user", "content": "What is the capital of France?"}],
            "timestamp": "2026-01-31T12:00:01.250000Z",
            "start_time": "2026-01-31T12:00:00.000000Z",
            "latency": 1.25,
            "prompt_tokens": 14,
            "completion_tokens": 7,
            "customer_identifier": "ada",
            # The client itself renames thread_identifier to session_identifier.
            "session_identifier": "lesson-1",
            "custom_identifier": "geography_qa_001",
            "group_identifier": "17",
            "metadata": {"chapter": "Europe", "page": "3"},
            "status": "success",
            "environment": "prod",
        },
    )
    assert span["cost"] == pytest.approx(14 * 0.15e-6 + 7 * 0.6e-6)
    sums = [retrieve(server, answer["id"]) for answer in keywordsai["answers"][1:]]
    assert [span["custom_identifier"] for span in sums] == ["sum-0", "sum-1", "sum-2"]
    assert [span["status"] for span in sums] == ["success", "success", "failed"]
    assert sums[2]["error_message"] == "overflow"
    assert json.loads(sums[1]["input"])[0]["content"] == "1 + 1?"


def test_keywordsai_understands_what_it_reads(server: Server, keywordsai: Any) -> None:
    """What keywordsai parsed of a page, of a window, and of one span is what is stored."""
    first, *sums = (answer["id"] for answer in keywordsai["answers"])
    assert keywordsai["alone"]["id"] == first
    assert keywordsai["alone"]["messages"][0]["content"] == "What is the capital of France?"
    assert keywordsai["alone"]["cost"] == pytest.approx(14 * 0.15e-6 + 7 * 0.6e-6)
    assert len(keywordsai["page"]["results"]) == 2
    assert {row["id"] for row in keywordsai["page"]["results"]} <= set(sums)
    assert keywordsai["page"]["count"] >= 3
    assert f"{server.url}/request-logs/list?page=2&page_size=2" == keywordsai["page"]["next"]
    assert first in [row["id"] for row in keywordsai["since"]["results"]]


def test_respan_api_creates_and_retrieves(server: Server, respan_api: Any) -> None:
    """respan-api's typed create and retrieve carry every kind of field there and back."""
    created, alone = respan_api["created"], respan_api["alone"]
    assert created["id"] == created["unique_id"] == alone["id"]
    span = retrieve(server, created["id"])
    held(
        span,
        {
            "model": "claude-sonnet-4-5",
            "prompt_messages": [{"role": "user", "content": "What is 2 + 2?"}],
            "completion_message": {"role": "assistant", "content": "4"},
            "prompt_tokens": 100,
            "completion_tokens": 10,
            "prompt_cache_hit_tokens": 1000,
            "prompt_cache_creation_tokens": 50,
            "total_request_tokens": 1160,
            "latency": 2.0,
            "time_to_first_token": 0.5,
            "customer_identifier": "ada",
            "customer_name": "Ada",
            "customer_email": "ada@example.com",
            "thread_identifier": "sums",
            "group_identifier": "class-1",
            "trace_unique_id": "trace-of-respan-api",
            "span_name": "add",
            "span_workflow_name": "lesson",
            "metadata": {"source": "lambda-batch", "attempt": "2"},
            "properties": {"attempt": 2, "cached": False},
            "stop": ["\n\n"],
            "tool_choice": {"type": "auto"},
            "positive_feedback": True,
        },
    )
    # Per million: 3 for input, 0.30 read from the cache, 3.75 written to it, 15 for output.
    assert span["cost"] == pytest.approx((100 * 3 + 1000 * 0.3 + 50 * 3.75 + 10 * 15) / 1e6)
    assert created["cost"] == alone["cost"] == pytest.approx(span["cost"])
    assert respan_api["text"]["log_type"] == "text"


def test_respan_api_bulk_and_paging(server: Server, respan_api: Any) -> None:
    """respan-api pages on until a page is empty: its loop meets every span of the window once, and no fault."""
    assert (respan_api["bulk"]["success_count"], respan_api["bulk"]["error_count"]) == (5, 0)
    for page in (list(filter(None, respan_api["listed"])), [respan_api["chained"]]):
        met = [span_id for rows in page for span_id in rows]
        assert len(met) == len(set(met))
        assert {respan_api["created"]["id"], *respan_api["bulk"]["ids"]} <= set(met)
    assert respan_api["listed"][-1] == []
    span = retrieve(server, respan_api["bulk"]["ids"][2])
    held(span, {"timestamp": "2026-01-31T12:03:00.000000Z", "metadata": {"source": "bulk"}, "log_method": "batch"})
    assert json.loads(span["output"]) == {"role": "assistant", "content": "Answer 3"}


def test_respan_api_meets_its_own_faults(server: Server, respan_api: Any) -> None:
    """Each refusal becomes the exception that respan-api has for it, with the documented body."""
    assert [(name, status) for name, status, _ in respan_api["faults"]] == [
        ("NotFoundError", 404),
        ("UnprocessableEntityError", 422),
        ("BadRequestError", 400),
        ("ForbiddenError", 403),
    ]
    for _, _, body in respan_api["faults"]:
        assert body["detail"] == body["error"]


def test_openai_agents_exporter_stores_the_whole_run(server: Server, openai_agents: Any) -> None:
    """respan-exporter-openai-agents, on its own default path: each kind of span, under its parent, with its payload."""
    assert openai_agents["path"] == "api/openai/v1/traces/ingest"
    spans = trace(server, openai_agents["trace_id"])
    kinds = {name: span["log_type"] for name, span in spans.items()}
    assert kinds == {
        "Trip": "agent", "Guide": "agent", "Poet": "agent", "weather": "tool", "handoff": "handoff",
        "guardrail:harmless": "guardrail", "generation": "generation", "generation 2": "generation",
        "generation 3": "generation", "score": "custom", "broken": "custom", "response": "response",
    }  # fmt: skip
    root = openai_agents["trace_id"]
    parents = {name: span["span_parent_id"] for name, span in spans.items()}
    guide, poet = spans["Guide"]["span_unique_id"], spans["Poet"]["span_unique_id"]
    assert parents == {
        "Trip": None, "Guide": root, "Poet": root, "score": root, "broken": root, "response": root,
        "weather": guide, "handoff": guide, "guardrail:harmless": guide, "generation": guide, "generation 2": guide,
        "generation 3": poet,
    }  # fmt: skip
    assert {span["log_method"] for span in spans.values()} == {"tracing_integration"}


def test_openai_agents_exporter_keeps_payload_usage_and_faults(server: Server, openai_agents: Any) -> None:
    """Input, output, tokens, cost, tool calls, metadata and errors of an agents run are stored."""
    spans = trace(server, openai_agents["trace_id"])
    held(spans["weather"], {"input": '{"city": "Oslo"}', "output": "Sunny in Oslo"})
    first = spans["generation"]
    held(first, {"model": "gpt-4o-mini", "prompt_tokens": 20, "completion_tokens": 4, "has_tool_calls": True})
    assert first["cost"] == pytest.approx(20 * 0.15e-6 + 4 * 0.6e-6)
    assert first["tool_calls"][0]["function"] == {"name": "weather", "arguments": '{"city": "Oslo"}'}
    held(spans["Guide"], {"span_workflow_name": "Guide", "metadata": {"output_type": "str", "agent_name": "Guide"}})
    held(spans["handoff"], {"metadata": {"from_agent": "Guide", "to_agent": "Poet"}})
    held(spans["broken"], {"status": "failed", "status_code": 400})
    assert "ran out of words" in spans["broken"]["error_message"]
    response = spans["response"]
    held(
        response,
        {
            "prompt_tokens": 2000,
            "prompt_cache_hit_tokens": 1000,
            "completion_tokens": 10,
            "reasoning_tokens": 4,
            "total_request_tokens": 2010,
            "completion_message": {"role": "assistant", "content": "Rain, as ever."},
            "prompt_messages": [{"role": "user", "content": "And in Bergen?"}],
        },
    )
    # OpenAI counts the cached half inside; it costs half as much.
    assert response["cost"] == pytest.approx(1000 * 0.15e-6 + 1000 * 0.075e-6 + 10 * 0.6e-6)


def test_langfuse_instrumentation_stores_the_tree(server: Server) -> None:
    """respan-instrumentation-langfuse redirects Langfuse's spans to us: tree, customer, model, tokens, metadata."""
    endpoint = f"{server.url}/api/v1/traces/ingest"
    said = run("langfuse", RESPAN_ENDPOINT=endpoint, RESPAN_API_KEY=server.key)

    spans = trace(server, said["trace_id"])
    root = spans["forecast"]["span_unique_id"]
    assert {name: (span["log_type"], span["span_parent_id"]) for name, span in spans.items()} == {
        "forecast": ("workflow", None),
        "lookup": ("tool", root),
        "phrase": ("generation", root),
        "broken": ("tool", root),
    }
    held(spans["forecast"], {"customer_identifier": "ada", "span_workflow_name": "Forecasts"})
    assert json.loads(spans["forecast"]["output"])["answer"] == "Clear skies over Bodø."
    assert json.loads(spans["lookup"]["output"]) == {"city": "Bodø", "sky": "clear"}
    phrase = spans["phrase"]
    held(phrase, {"model": "gpt-4o-mini", "prompt_tokens": 9, "completion_tokens": 6, "metadata": {"kind": "poem"}})
    assert phrase["cost"] == pytest.approx(9 * 0.15e-6 + 6 * 0.6e-6)
    assert phrase["output"] == "Clear skies over Bodø."
    assert phrase["latency"] > 0


def test_clients_keep_to_the_environment_of_their_key(server: Server) -> None:
    """The same client with the test key writes to `test`, where the other key does not see it."""
    said = run("langfuse", RESPAN_ENDPOINT=f"{server.url}/v1/traces/ingest", RESPAN_API_KEY=server.test_key)

    assert trace(server, said["trace_id"]) == {}
    tester = server.client_of(server.test_key)
    rows = tester.get("/api/request-logs/list/", params={"page_size": 1000}).json()["results"]
    assert sum(row["trace_unique_id"] == said["trace_id"] for row in rows) == 4
