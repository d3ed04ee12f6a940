"""Calls of two providers below a span of the application's own, as litellm's OpenTelemetry callback traces them.

Three times: as its page sets it, as it is without those settings, and in its second version, which traces async calls.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys

import litellm
from opentelemetry import trace

FORECAST = {
    "type": "function",
    "function": {
        "name": "forecast",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
ANSWER = {"type": "object", "properties": {"sky": {"type": "string"}, "celsius": {"type": "integer"}}}
TURNS = [
    {"role": "system", "content": "You are brief."},
    {"role": "user", "content": "How is the weather in Bodø?"},
]
ASKED = {"model": "openai/gpt-4o-mini", "temperature": 0.2, "top_p": 0.9, "max_tokens": 200}
CLAUDE = {"model": "anthropic/claude-sonnet-4-5", "max_tokens": 100}
STREAM = {"stream": True, "stream_options": {"include_usage": True}}


def who():
    """Whose call it is, anew for each: LiteLLM writes into the metadata that it has traced the call."""
    metadata = {"session_id": "session-5", "plan": "gold", "spend_logs_metadata": {"plan": "gold"}}
    return {"user": "ada", "litellm_session_id": "session-5", "metadata": metadata}


def calls():
    said = litellm.completion(messages=TURNS, tools=[FORECAST], **ASKED, **who()).choices[0].message
    (call,) = said.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": json.dumps({"sky": "clear", "celsius": 4})}
    litellm.completion(
        messages=[*TURNS, said.model_dump(exclude_none=True), result], tools=[FORECAST], **ASKED, **who()
    )
    for _ in litellm.completion(messages=TURNS, **STREAM, **ASKED, **who()):
        pass
    form = {"type": "json_schema", "json_schema": {"name": "weather", "schema": ANSWER}}
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/sky.png"}}
    seen = {"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]}
    litellm.completion(model="openai/o4-mini", messages=[seen], reasoning_effort="low", response_format=form, **who())
    litellm.responses(model="openai/o4-mini", instructions="You are brief.", input="Is that so?", **who())
    litellm.embedding(model="openai/text-embedding-3-small", input=["Bodø", "Tromsø"], **who())
    litellm.completion(messages=TURNS, **CLAUDE, **who())
    for _ in litellm.completion(messages=TURNS, tools=[FORECAST], **STREAM, **CLAUDE, **who()):
        pass
    for model in ("openai/no-such-model", "openai/overloaded"):
        with contextlib.suppress(litellm.NotFoundError, litellm.RateLimitError):
            litellm.completion(model=model, messages=TURNS, **who())


async def later():
    await litellm.acompletion(messages=TURNS, tools=[FORECAST], **ASKED, **who())
    async for _ in await litellm.acompletion(messages=TURNS, **STREAM, **ASKED, **who()):
        pass
    await litellm.aembedding(model="openai/text-embedding-3-small", input=["Bodø"], **who())
    await litellm.acompletion(messages=TURNS, **CLAUDE, **who())
    with contextlib.suppress(litellm.NotFoundError):
        await litellm.acompletion(model="openai/no-such-model", messages=TURNS, **who())
    await asyncio.sleep(0.5)  # the callback runs after the answer


how = sys.argv[1] if len(sys.argv) > 1 else "set"
litellm.callbacks = ["otel"]
litellm.suppress_debug_info = True
if how == "new":
    asyncio.run(later())
else:
    if how == "set":
        from litellm.integrations.opentelemetry import OpenTelemetry

        litellm.callbacks = [OpenTelemetry()]
    with trace.get_tracer("weather.desk", "1.0").start_as_current_span(
        "report", attributes={"session.id": "session-5"}
    ):
        calls() if how == "set" else litellm.completion(messages=TURNS, **ASKED, **who())
if how == "set":
    default = {
        name: value
        for name, value in os.environ.items()
        if name not in ("OTEL_SEMCONV_STABILITY_OPT_IN", "USE_OTEL_LITELLM_REQUEST_SPAN")
    }
    new = default | {"LITELLM_OTEL_V2": "true", "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_ONLY"}
    for way, variables in (("default", default), ("new", new)):
        subprocess.run([sys.executable, __file__, way], env=variables, check=True)
