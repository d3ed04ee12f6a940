"""Calls of every kind below spans of the application's own, as opentelemetry-instrumentation-openai traces them."""

import contextlib
import json

import openai
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

provider = TracerProvider(resource=Resource({"service.name": "weather-desk", "deployment.environment.name": "staging"}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)
tracer = provider.get_tracer("weather.desk", "1.0")
client = openai.OpenAI()

FORECAST = {
    "type": "function",
    "function": {
        "name": "forecast",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
ANSWER = {"type": "object", "properties": {"sky": {"type": "string"}, "celsius": {"type": "integer"}}}
ASKED = {"model": "gpt-4o-mini", "temperature": 0.2, "top_p": 0.9, "max_tokens": 200, "user": "ada"}
turns = [
    {"role": "system", "content": "You are brief."},
    {"role": "user", "content": "How is the weather in Bodø?"},
]

with tracer.start_as_current_span("report", attributes={"user.id": "ada", "session.id": "session-5"}):
    said = client.chat.completions.create(messages=turns, tools=[FORECAST], **ASKED).choices[0].message
    (call,) = said.tool_calls
    with tracer.start_as_current_span("execute_tool forecast") as span:
        span.set_attributes({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "forecast"})
        span.set_attributes({"gen_ai.tool.call.arguments": call.function.arguments, "gen_ai.tool.call.id": call.id})
        result = json.dumps({"sky": "clear", "celsius": 4})
        span.set_attribute("gen_ai.tool.call.result", result)
    turns += [said.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.id, "content": result}]
    client.chat.completions.create(messages=turns, tools=[FORECAST], **ASKED)

    options = {"stream": True, "stream_options": {"include_usage": True}}
    for _ in client.chat.completions.create(messages=turns[:2], **ASKED, **options):
        pass
    form = {"type": "json_schema", "json_schema": {"name": "weather", "schema": ANSWER}}
    client.chat.completions.create(messages=turns[:2], response_format=form, **ASKED)
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/sky.png"}}
    seen = {"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]}
    client.chat.completions.create(model="o4-mini", messages=[seen], reasoning_effort="low")

    client.responses.create(model="o4-mini", instructions="You are brief.", input="Is that so?")
    client.responses.create(model="gpt-4o-mini", input=turns[:2], tools=[{"type": "function", **FORECAST["function"]}])
    for _ in client.responses.create(model="gpt-4o-mini", input="Once more?", stream=True):
        pass
    client.embeddings.create(model="text-embedding-3-small", input=["Bodø", "Tromsø"])
    for model in ("no-such-model", "overloaded"):
        with contextlib.suppress(openai.APIStatusError):
            client.chat.completions.create(model=model, messages=turns[:2])

provider.shutdown()
