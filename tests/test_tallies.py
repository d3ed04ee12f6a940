"""midspan.ingest.otel.tallies: what each convention counts, so that no token and no cost is counted twice."""

import json
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from midspan.domain.span import Span
from midspan.ingest.context import Context
from midspan.ingest.normalise import normalise
from midspan.ingest.otel.exported import Exported
from midspan.ingest.otel.semantics import members

CONTEXT = Context(organization_id="o", environment="prod", key_id="k", log_method="", received_at=0)
CLAUDE = {"gen_ai.request.model": "claude-sonnet-4-5"}
GPT = {"gen_ai.request.model": "gpt-4o"}


def stored(attributes: dict[str, Any], **others: Any) -> Span:
    found = members(Exported(trace_id="t", span_id="s", attributes=attributes, **others))
    sent = {name: Raw(msgspec.json.encode(value)) for name, value in found.items() if name != "response_model"}
    return normalise(sent, CONTEXT, strict=False, repairs=[])


@pytest.mark.parametrize(
    ("attributes", "sdk", "prompt", "read", "written", "total", "convention"),
    [
        # The conventions of today: cached tokens are inside, whoever made the model.
        (GPT | {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.cache_read.input_tokens": 80},
         "opentelemetry", 100, 80, None, 110, "inside"),
        (CLAUDE | {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.cache_read.input_tokens": 60,
                   "gen_ai.usage.cache_creation.input_tokens": 30},
         "opentelemetry", 100, 60, 30, 110, "inside"),
        # OpenLLMetry adds Anthropic's cached tokens to the input's, and says the total.
        (CLAUDE | {"gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.cache_read_input_tokens": 60,
                   "gen_ai.usage.cache_creation_input_tokens": 0, "llm.usage.total_tokens": 110},
         "opentelemetry", 100, 60, 0, 110, "inside"),
        # OpenLIT does not.
        (CLAUDE | {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.cache_read_input_tokens": 60},
         "openlit", 100, 60, 0, 170, "outside"),
        (GPT | {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.cache_read_input_tokens": 60},
         "openlit", 100, 60, None, 110, "inside"),
        # More cached than came in: they cannot be inside, whatever the convention says.
        (GPT | {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.cache_read.input_tokens": 180},
         "opentelemetry", 100, 180, None, 290, "outside"),
        ({"llm.model_name": "claude-3-opus", "llm.token_count.prompt": 100,
          "llm.token_count.prompt_details.cache_read": 60, "llm.token_count.prompt_details.cache_write": 30},
         "opentelemetry", 100, 60, 30, 110, "inside"),
        # Vercel's SDK has Anthropic's cached tokens beside the input until it tells them apart.
        ({"ai.model.id": "claude-sonnet-4-5", "ai.usage.inputTokens": 100, "ai.usage.cachedInputTokens": 60},
         "opentelemetry", 100, 60, 0, 170, "outside"),
        ({"ai.model.id": "claude-sonnet-4-5", "ai.usage.inputTokens": 100, "ai.usage.cachedInputTokens": 60,
          "ai.usage.inputTokenDetails.cacheReadTokens": 60},
         "opentelemetry", 100, 60, None, 110, "inside"),
        ({"ai.model.id": "gpt-4o", "ai.usage.inputTokens": 100, "ai.usage.cachedInputTokens": 60},
         "opentelemetry", 100, 60, None, 110, "inside"),
        (CLAUDE | {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.details.cache_read_tokens": 60,
                   "gen_ai.usage.details.cache_write_tokens": 30},
         "opentelemetry", 100, 60, 30, 110, "inside"),
        (GPT | {"langfuse.observation.usage_details": '{"input": 100, "cache_read_input_tokens": 60}'},
         "opentelemetry", 100, 60, 0, 170, "outside"),
        (GPT | {"langfuse.observation.usage_details": json.dumps(
            {"prompt_tokens": 100, "prompt_tokens_details": {"cached_tokens": 60}})},
         "opentelemetry", 100, 60, None, 110, "inside"),
        (GPT | {"langfuse.observation.usage_details": '{"input": 100, "input_cached_tokens": 60, "total": 100}'},
         "opentelemetry", 100, 60, None, 110, "inside"),
        (GPT | {"mlflow.chat.tokenUsage": '{"input_tokens": 100, "total_tokens": 110}'},
         "opentelemetry", 100, None, None, 110, ""),
    ],
)  # fmt: skip
def test_tokens_of_each_convention(  # noqa: PLR0917
    attributes: dict[str, Any],
    sdk: str,
    prompt: int,
    read: int | None,
    written: int | None,
    total: int,
    convention: str,
) -> None:
    """The prompt is as the sender said it, and the total has every token once."""
    sent = attributes | {"gen_ai.usage.output_tokens": 10}
    if "mlflow.chat.tokenUsage" in sent or "langfuse.observation.usage_details" in sent:
        sent["completion_tokens"] = 10
        del sent["gen_ai.usage.output_tokens"]
    span = stored(sent, resource={"telemetry.sdk.name": sdk})

    assert (span.prompt_tokens, span.completion_tokens, span.total_request_tokens) == (prompt, 10, total)
    assert (span.prompt_cache_hit_tokens, span.prompt_cache_creation_tokens) == (read, written)
    assert span.token_convention == convention


@pytest.mark.parametrize(
    ("details", "completion", "reasoning", "total"),
    [
        ('{"input": 10, "output": 5, "output_reasoning_tokens": 3, "total": 18}', 8, 3, 18),
        ('{"input": 10, "output": 5, "output_reasoning_tokens": 3, "total": 15}', 5, 3, 15),
        ('{"input": 10, "output": 5, "output_reasoning_tokens": 3}', 5, 3, 15),
        ('{"total": 15}', None, None, 15),
    ],
)
def test_reasoning_in_langfuse_details(details: str, completion: int | None, reasoning: int | None, total: int) -> None:
    """It is beside the output only where the total says so."""
    span = stored({"langfuse.observation.usage_details": details})

    assert (span.completion_tokens, span.reasoning_tokens, span.total_request_tokens) == (completion, reasoning, total)


SUMS = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.cost": 0.5}


@pytest.mark.parametrize(
    ("attributes", "kind", "prompt", "cost"),
    [
        ({"gen_ai.operation.name": "chat"} | SUMS, 1, 100, 0.5),
        ({"gen_ai.operation.name": "invoke_agent"} | SUMS, 1, None, None),
        ({"gen_ai.operation.name": "invoke_agent"} | SUMS, 3, 100, 0.5),
        ({"openinference.span.kind": "CHAIN"} | SUMS, 1, None, None),
        ({"openinference.span.kind": "TOOL"} | SUMS, 1, 100, 0.5),
        ({"langfuse.observation.type": "agent", "langfuse.observation.cost_details": '{"total": 0.5}',
          "langfuse.observation.usage_details": '{"input": 100}'}, 1, 100, 0.5),
        ({"traceloop.span.kind": "agent", "prompt_tokens": 100} | SUMS, 1, 100, None),
    ],
)  # fmt: skip
def test_sums_of_agents_and_workflows_count_where_they_were_spent(
    attributes: dict[str, Any], kind: int, prompt: int | None, cost: float | None
) -> None:
    """So a trace counts them once. They stay properties; what the sender says of the span itself counts there."""
    found = members(Exported(attributes=attributes, kind=kind))
    span = stored(attributes, kind=kind)

    assert (span.prompt_tokens, found.get("cost")) == (prompt, cost)
    if cost is None:
        assert SUMS.items() <= found["properties"].items() or prompt == 100


@pytest.mark.parametrize(
    ("attributes", "cost"),
    [
        ({"gen_ai.usage.cost": 0.5}, 0.5),
        ({"gen_ai.usage.cost": 0}, None),
        ({"gen_ai.cost.total_cost": 0.0, "operation.cost": 0.5}, 0.5),
        ({"llm.cost.total": -1}, None),
        ({"langfuse.observation.cost_details": '{"input": 0.25, "output": 0.25}'}, 0.5),
        ({"langfuse.observation.cost_details": '{"input": 0.25, "output": 0.25, "total": 0.5}'}, 0.5),
        ({"langfuse.observation.cost_details": '{"input": "dear"}'}, None),
        ({"langfuse.observation.cost_details": '{"total": 0.5}', "gen_ai.usage.cost": 0.25}, 0.5),
        ({"mlflow.llm.cost": '{"total_cost": 0.5}', "operation.cost": 0.25}, 0.25),
    ],
)
def test_cost(attributes: dict[str, Any], cost: float | None) -> None:
    """A cost that was sent stands; 0 means that the instrumentation knows no price. Nothing of it is lost."""
    found = members(Exported(attributes=attributes))

    assert found.get("cost") == cost
    assert all(name in found["properties"] for name, value in attributes.items() if str(cost) not in str(value))
