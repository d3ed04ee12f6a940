"""A chain with an agent, tools, retrieval, calls of every kind and failures, as OpenInference traces them."""

import contextlib
import json

import openai
from openinference.instrumentation import TraceConfig, TracerProvider, using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor

resource = Resource({"service.name": "weather-desk", "deployment.environment.name": "staging"})
provider = TracerProvider(resource=resource, config=TraceConfig())
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)
tracer = provider.get_tracer("weather.desk")
client = openai.OpenAI()

FORECAST = {
    "type": "function",
    "function": {
        "name": "forecast",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
BRIEF = {"role": "system", "content": "You are brief."}
ASKED = {"model": "gpt-4o-mini", "temperature": 0.2, "top_p": 0.9, "max_tokens": 200}


@tracer.tool(name="forecast", description="The weather of a city.")
def forecast(city: str) -> dict:
    return {"city": city, "sky": "clear", "celsius": 4}


@tracer.agent(name="forecaster")
def forecaster(question: str) -> str:
    turns = [BRIEF, {"role": "user", "content": question}]
    said = client.chat.completions.create(messages=turns, tools=[FORECAST], **ASKED).choices[0].message
    (call,) = said.tool_calls
    result = forecast(**json.loads(call.function.arguments))
    turns += [
        said.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)},
    ]
    return client.chat.completions.create(messages=turns, tools=[FORECAST], **ASKED).choices[0].message.content


def find_almanac(question: str) -> None:
    client.embeddings.create(model="text-embedding-3-small", input=[question, "almanac"])
    with tracer.start_as_current_span("find_almanac", openinference_span_kind="retriever") as span:
        span.set_input(question)
        found = {"id": "almanac-7", "content": "Bodø is clear in spring.", "score": 0.92}
        span.set_attributes({f"retrieval.documents.0.document.{name}": value for name, value in found.items()})
        span.set_attribute("retrieval.documents.0.document.metadata", json.dumps({"shelf": 7}))


@tracer.chain(name="weather_report")
def weather_report(question: str) -> str:
    find_almanac(question)
    said = forecaster(question)
    turns = [BRIEF, {"role": "user", "content": f"Say it nicer: {said}"}]
    for _ in client.chat.completions.create(
        messages=turns, stream=True, stream_options={"include_usage": True}, **ASKED
    ):
        pass
    form = {"type": "json_schema", "json_schema": {"name": "city", "schema": FORECAST["function"]["parameters"]}}
    client.chat.completions.create(messages=turns, response_format=form, **ASKED)
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/sky.png"}}
    seen = {"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]}
    client.chat.completions.create(model="o4-mini", messages=[seen], reasoning_effort="low")
    client.responses.create(model="o4-mini", instructions="You are brief.", input="Is that so?")
    client.responses.create(model="gpt-4o-mini", input=turns, tools=[{"type": "function", **FORECAST["function"]}])
    for _ in client.responses.create(model="gpt-4o-mini", input="Once more?", stream=True):
        pass
    for model in ("no-such-model", "overloaded"):
        with contextlib.suppress(openai.APIStatusError):
            client.chat.completions.create(model=model, messages=turns)
    return said


with using_attributes(
    user_id="ada",
    session_id="session-5",
    metadata={"plan": "gold", "seats": 12},
    tags=["a", "b"],
    prompt_template="How is the weather in {city}?",
    prompt_template_version="v3",
    prompt_template_variables={"city": "Bodø"},
):
    weather_report("How is the weather in Bodø?")

provider.shutdown()
