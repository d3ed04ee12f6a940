"""A traced function with tools, retrieval, calls of two providers, and failures, as openlit traces them."""

import contextlib
import json
from pathlib import Path

import anthropic
import openai
import openlit
from opentelemetry import trace

# OpenLIT's own list of prices, of which only one model is on it.
Path("prices.json").write_text(
    json.dumps(
        {
            "chat": {"gpt-4o-mini": {"promptPrice": 0.00015, "completionPrice": 0.0006}},
            "embeddings": {"text-embedding-3-small": 0.00002},
        }
    )
)
openlit.init(environment="staging", service_name="weather-desk", pricing_json="prices.json")
client = openai.OpenAI()
claude = anthropic.Anthropic()

FORECAST = {
    "type": "function",
    "function": {
        "name": "forecast",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
ANSWER = {"type": "object", "properties": {"sky": {"type": "string"}, "celsius": {"type": "integer"}}}
BRIEF = {"role": "system", "content": "You are brief."}
WHO = {"user.id": "ada", "session.id": "session-5", "gen_ai.conversation.id": "thread-2", "plan": "gold"}
ASKED = {"model": "gpt-4o-mini", "temperature": 0.2, "max_tokens": 200, "user": "ada"}


@openlit.trace
def forecast(city):
    return json.dumps({"city": city, "sky": "clear", "celsius": 4})


@openlit.trace
def forecaster(question):
    turns = [BRIEF, {"role": "user", "content": question}]
    said = client.chat.completions.create(messages=turns, tools=[FORECAST], top_p=0.9, **ASKED).choices[0].message
    (call,) = said.tool_calls
    result = forecast(**json.loads(call.function.arguments))
    turns += [said.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": call.id, "content": result}]
    return client.chat.completions.create(messages=turns, tools=[FORECAST], **ASKED).choices[0].message.content


@openlit.trace
def stream_it(text):
    turns = [BRIEF, {"role": "user", "content": f"Say it nicer: {text}"}]
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = client.chat.completions.create(messages=turns, **ASKED, **options)
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def ask_otherwise(text):
    turns = [BRIEF, {"role": "user", "content": text}]
    form = {"type": "json_schema", "json_schema": {"name": "weather", "schema": ANSWER}}
    client.chat.completions.create(messages=turns, response_format=form, **ASKED)
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/sky.png"}}
    seen = {"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]}
    client.chat.completions.create(model="o4-mini", messages=[seen], reasoning_effort="low")
    client.responses.create(model="o4-mini", instructions="You are brief.", input="Is that so?")
    client.responses.create(model="gpt-4o-mini", input=turns, tools=[{"type": "function", **FORECAST["function"]}])
    for _ in client.responses.create(model="gpt-4o-mini", input="Once more?", stream=True):
        pass
    client.embeddings.create(model="text-embedding-3-small", input=["Bodø", "Tromsø"])


def second_opinion(text):
    asked = {"model": "claude-sonnet-4-5", "max_tokens": 100, "system": "You are brief."}
    asked["messages"] = [{"role": "user", "content": text}]
    claude.messages.create(**asked)
    schema = FORECAST["function"]["parameters"]
    claude.messages.create(tools=[{"name": "forecast", "description": "The weather.", "input_schema": schema}], **asked)
    for _ in claude.messages.create(stream=True, **asked):
        pass


@openlit.trace
def fail(model):
    client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Anybody?"}])


with openlit.start_trace("weather_report") as span, openlit.using_attributes(WHO):
    span.set_metadata({"user.id": "ada", "session.id": "session-5", "plan": "gold", "tags": ["a", "b"]})
    with openlit.agent_context("forecaster"), openlit.agent_version_context("v3"):
        said = forecaster("How is the weather in Bodø?")
    stream_it(said)
    ask_otherwise(said)
    second_opinion(said)
    for model in ("no-such-model", "overloaded"):
        with contextlib.suppress(openai.APIStatusError):
            fail(model)
    span.set_result(said)
trace.get_tracer_provider().shutdown()
