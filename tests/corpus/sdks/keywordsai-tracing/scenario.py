"""A workflow with an agent, tools, retrieval, calls and a failure, as keywordsai-tracing traces them."""

import contextlib
import json

import openai
from keywordsai_tracing import KeywordsAITelemetry, agent, get_client, keywordsai_span_attributes, task, tool, workflow

telemetry = KeywordsAITelemetry(app_name="weather-desk", resource_attributes={"deployment.environment": "staging"})
keywordsai = get_client()
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
ADA = {
    "customer_identifier": "ada",
    "customer_email": "ada@example.com",
    "customer_name": "Ada Lovelace",
    "thread_identifier": "thread-3",
    "trace_group_identifier": "nightly",
    "custom_identifier": "ticket-17",
    "evaluation_identifier": "evaluation-4",
    "metadata": {"plan": "gold", "seats": 12, "trial": False, "tags": ["a", "b"]},
}


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


@task(name="stream it")
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


@task(name="fail")
def fail():
    client.chat.completions.create(model="no-such-model", messages=[{"role": "user", "content": "Anybody?"}])


@workflow(name="weather_report", version=3)
def weather_report(question):
    with keywordsai_span_attributes(ADA):
        find_almanac(question)
        said = forecaster(question)
        stream_it(said)
    reason(said)
    with contextlib.suppress(openai.NotFoundError):
        fail()
    return said


@task(name="check")
def check():
    keywordsai.update_current_span(keywordsai_params=ADA, attributes={"shop.shelf": 7})
    keywordsai.add_event("checked", {"rules": 3})
    try:
        raise ValueError("no rule for that")
    except ValueError as error:
        keywordsai.record_exception(error)


weather_report("How is the weather in Bodø?")
keywordsai.set_context_value("keywordsai_params", {"customer_identifier": "bob", "trace_group_identifier": "daily"})
keywordsai.set_context_value("keywordsai_trace_group_identifier", "hourly")
check()
client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Alone?"}])
telemetry.flush()
