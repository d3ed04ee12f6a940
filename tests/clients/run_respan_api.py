"""respan-api: create, create many, list with paging, list by filters' route, retrieve; sync and async."""
# mypy: ignore-errors
# ruff: noqa: T201

import asyncio
import datetime
import json
import os
import sys

from respan import AsyncRespanClient, RespanClient, SpanCreateRequest
from respan.core.api_error import ApiError

base_url, key = sys.argv[1], os.environ["RESPAN_API_KEY"]
client = RespanClient(base_url=base_url, authorization=f"Bearer {key}")
noon = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.UTC)

created = client.spans.create_span(
    model="claude-sonnet-4-5",
    input=[{"role": "user", "content": "What is 2 + 2?"}],
    output={"role": "assistant", "content": "4"},
    usage={
        "input_tokens": 100,
        "output_tokens": 10,
        "cache_read_input_tokens": 1000,
        "cache_creation_input_tokens": 50,
    },
    timestamp=noon + datetime.timedelta(seconds=2),
    start_time=noon,
    ttft=0.5,
    customer_params={"customer_identifier": "ada", "name": "Ada", "email": "ada@example.com"},
    thread_identifier="sums",
    trace_unique_id="trace-of-respan-api",
    span_name="add",
    span_workflow_name="lesson",
    metadata={"source": "lambda-batch", "attempt": 2},
    properties={"attempt": 2, "cached": False},
    stop=["\n\n"],
    tool_choice={"type": "auto"},
    respan_params={"group_identifier": "class-1"},
    positive_feedback=True,
)
bulk = client.spans.bulk_create_spans(
    logs=[
        SpanCreateRequest(
            model="gpt-4o-mini",
            prompt_messages=[{"role": "user", "content": f"Question {number}"}],
            completion_message={"role": "assistant", "content": f"Answer {number}"},
            timestamp=noon + datetime.timedelta(minutes=number),
            metadata={"source": "bulk"},
        )
        for number in range(1, 6)
    ]
)
window = {"start_time": noon, "end_time": noon + datetime.timedelta(minutes=5), "sort_by": "timestamp"}
listed = []
for number in range(1, 10):
    pager = client.spans.list_spans(page=number, page_size=2, environment="prod", include_fields="tools", **window)
    listed.append([row["id"] for row in pager.items])
    if not pager.items:  # `has_next` is always true
        break
chained = [row["id"] for row in client.spans.list_spans(page_size=100, **window)]
alone = client.spans.retrieve_span(created.id)


async def not_there() -> list:
    other = AsyncRespanClient(base_url=base_url, authorization=f"Bearer {key}")
    span = await other.spans.create_span(model="gpt-4o-mini", input="Hello", output="Hi", log_type="text")
    faults = []
    for call in (
        other.spans.retrieve_span("0" * 32),
        other.spans.create_span(model="gpt-4o-mini", prompt_tokens=-1),
        other.spans.bulk_create_spans(logs=[]),
        other.spans.list_spans(environment="test"),
    ):
        try:
            await call
        except ApiError as error:
            faults.append(
                [
                    type(error).__name__,
                    error.status_code,
                    error.body.dict() if hasattr(error.body, "dict") else error.body,
                ]
            )
    return [span.dict(), faults]


text, faults = asyncio.run(not_there())
print(
    json.dumps(
        {
            "created": created.dict(),
            "bulk": bulk.dict(),
            "listed": listed,
            "chained": chained,
            "alone": alone.dict(),
            "text": text,
            "faults": faults,
        },
        default=str,
    )
)
