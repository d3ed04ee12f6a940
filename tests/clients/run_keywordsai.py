"""keywordsai: create, create without blocking, list and get, as its own documentation shows them."""
# mypy: ignore-errors
# ruff: noqa: T201

import asyncio
import json
from datetime import UTC, datetime

from keywordsai import create_log_client
from keywordsai.types.log_types import KeywordsAILogParams

client = create_log_client()  # key and base URL come from the environment

answer = client.create(
    KeywordsAILogParams(
        model="gpt-4o-mini",
        input="What is the capital of France?",
        output="The capital of France is Paris.",
        status_code=200,
        custom_identifier="geography_qa_001",
        group_identifier=17,
        timestamp=datetime(2026, 1, 31, 12, 0, 1, 250000, tzinfo=UTC),
        start_time="2026-01-31T12:00:00Z",
        metadata={"chapter": "Europe", "page": 3},
        usage={"prompt_tokens": 14, "completion_tokens": 7, "total_tokens": 21},
        customer_identifier="ada",
        thread_identifier="lesson-1",
    )
)


async def at_once() -> list:
    bodies = [
        {
            "model": "gpt-4o-mini",
            "prompt_messages": [{"role": "user", "content": f"{number} + {number}?"}],
            "completion_message": {"role": "assistant", "content": str(2 * number)},
            "custom_identifier": f"sum-{number}",
            "error_message": "overflow" if number == 2 else None,
        }
        for number in range(3)
    ]
    return await asyncio.gather(*(client.acreate(body) for body in bodies))


more = asyncio.run(at_once())
page = client.list(page=1, page_size=2)
since = client.list(start_time="2026-01-01T00:00:00Z", sort_by="timestamp")
alone = client.get(answer["id"])
print(
    json.dumps(
        {
            "answers": [answer, *more],
            "page": page.model_dump(mode="json"),
            "since": since.model_dump(mode="json"),
            "alone": alone.model_dump(mode="json"),
        }
    )
)
