"""A workflow with an agent, tools, retrieval, calls of two providers, and a failure, as traceloop-sdk traces them."""

import contextlib
import json

import anthropic
import openai
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import agent, conversation, task, tool, workflow

Traceloop.init(app_name="weather-desk", resource_attributes={"deployment.environment": "staging"})
client = openai.OpenAI()
claude = anthropic.Anthropic(open_telemetry={"traces": False})  # or each call has two spans, the client's own too

FORECAST = {
    "type": "function",
    "function": {
        "name": "forecast",
        "description": "The weather of a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
BRIEF = {"role": "system", "content": "You are brief."}


@tool(name="forecast")
def forecast(city):
    return {"city": city, "sky": "clear", "celsius": 4}


@task(name="find_almanac")
def find_almanac(question):
    client.embeddings.create(model="text-embedding-3-small", input=[question, "almanac"])
    return [{"id": "almanac-7", "text": "Bodø is clear in spring.", "score": 0.92}]


@agent(name="forecaster")
def forecaster(question):
    turns = [BRIEF, {"role": "user", "content": question}]
    asked = {"model": "gpt-4o-mini", "tools": [FORECAST], "temperature": 0.2, "max_tokens": 200}
    said = client.chat.completions.create(messages=turns, **asked).choices[0].message
    (call,) = said.tool_calls
    result = forecast(**json.loads(call.function.arguments))
    turns += [
        said.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)},
    ]
    return client.chat.completions.create(messages=turns, **asked).choices[0].message.content


@task(name="stream_it")
def stream_it(text):
    turns = [BRIEF, {"role": "user", "content": f"Say it nicer: {text}"}]
    options = {"stream": True, "stream_options": {"include_usage": True}}
    chunks = client.chat.completions.create(model="gpt-4o-mini", messages=turns, **options)
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


@task(name="reason")
def reason(text):
    client.responses.create(model="o4-mini", instructions="You are brief.", input=f"Is that so? {text}")
    client.chat.completions.create(
        model="o4-mini", messages=[{"role": "user", "content": text}], reasoning_effort="low"
    )


@task(name="second_opinion")
def second_opinion(text):
    turns = [{"role": "user", "content": text}]
    asked = {"model": "claude-sonnet-4-5", "max_tokens": 100, "system": "You are brief.", "messages": turns}
    claude.messages.create(**asked)
    schema = FORECAST["function"]["parameters"]
    claude.messages.create(tools=[{"name": "forecast", "description": "The weather.", "input_schema": schema}], **asked)
    for _ in claude.messages.create(stream=True, **asked):
        pass


@task(name="fail")
def fail():
    client.chat.completions.create(model="no-such-model", messages=[{"role": "user", "content": "Anybody?"}])


@conversation(conversation_id="conversation-3")
@workflow(name="weather_report", version=3)
def weather_report(question):
    Traceloop.set_association_properties(
        {"user_id": "ada", "session_id": "session-5", "plan": "gold", "tags": ["a", "b"]}
    )
    find_almanac(question)
    said = forecaster(question)
    stream_it(said)
    reason(said)
    second_opinion(said)
    with contextlib.suppress(openai.NotFoundError):
        fail()
    return said


weather_report("How is the weather in Bodø?")
