"""The same workflow through Respan's entry point, whose own instrumentation traces OpenAI's client; and a batch."""

import contextlib
import json

import openai
from respan import Respan, agent, respan_span_attributes, task, tool, workflow

respan = Respan(
    app_name="weather-desk",
    metadata={"region": "eu"},
    environment="staging",
    resource_attributes={"deployment.environment": "staging"},
)
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
    tool_of_responses = {"type": "function", **FORECAST["function"]}
    client.responses.create(
        model="gpt-4o-mini", input=[BRIEF, {"role": "user", "content": text}], tools=[tool_of_responses]
    )
    for _ in client.responses.create(model="gpt-4o-mini", input="Once more?", stream=True):
        pass
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/sky.png"}}
    seen = {"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]}
    client.chat.completions.create(model="o4-mini", messages=[seen], reasoning_effort="low")


@task(name="fail")
def fail():
    client.chat.completions.create(model="no-such-model", messages=[{"role": "user", "content": "Anybody?"}])


@task(name="read_batch")
def read_batch():
    asked = {"custom_id": "row-1", "body": {"model": "gpt-4o-mini", "messages": [BRIEF]}}
    choice = {"index": 0, "message": {"role": "assistant", "content": "Done."}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 17, "completion_tokens": 3, "total_tokens": 20}
    body = {"model": "gpt-4o-mini", "created": 1790000000, "choices": [choice], "usage": usage}
    respan.log_batch_results([asked], [{"custom_id": "row-1", "response": {"status_code": 200, "body": body}}])


@workflow(name="weather_report")
def weather_report(question):
    with respan_span_attributes({"custom_identifier": "ticket-17"}):
        find_almanac(question)
        said = forecaster(question)
    stream_it(said)
    reason(said)
    with contextlib.suppress(openai.NotFoundError):
        fail()
    read_batch()
    return said


with respan.propagate_attributes(
    customer_identifier="ada",
    customer_email="ada@example.com",
    customer_name="Ada Lovelace",
    thread_identifier="thread-3",
    session_identifier="session-5",
    trace_group_identifier="nightly",
    metadata={"plan": "gold", "seats": 12},
):
    weather_report("How is the weather in Bodø?")
respan.flush()
