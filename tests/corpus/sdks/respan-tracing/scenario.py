"""A workflow with an agent, tools, retrieval, calls, a failure and a link, as respan-tracing traces them."""

import contextlib
import json

import openai
from respan_tracing import (
    RespanTelemetry,
    agent,
    get_client,
    respan_span_attributes,
    span_to_link,
    task,
    tool,
    workflow,
)
from respan_tracing.exporters import propagate_attributes

telemetry = RespanTelemetry(app_name="weather-desk", resource_attributes={"deployment.environment": "staging"})
respan = get_client()
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
    form = {"type": "json_schema", "json_schema": {"name": "city", "schema": FORECAST["function"]["parameters"]}}
    question = [{"role": "user", "content": text}]
    client.chat.completions.create(model="o4-mini", messages=question, reasoning_effort="low", response_format=form)


@task(name="fail")
def fail():
    client.chat.completions.create(model="no-such-model", messages=[{"role": "user", "content": "Anybody?"}])


@workflow(name="weather_report", version=3)
def weather_report(question):
    with respan_span_attributes(ADA):
        find_almanac(question)
        said = forecaster(question)
        stream_it(said)
    reason(said)
    with contextlib.suppress(openai.NotFoundError):
        fail()
    return said


weather_report("How is the weather in Bodø?")

# The other ways to say who and where: for all spans of a block, on a span that is open, in the context.
everywhere = ADA | {"session_identifier": "session-5", "environment": "staging", "properties": {"retries": 2}}
with (
    propagate_attributes(**everywhere, prompt={"prompt_id": "greet", "variables": {"city": "Bodø"}}),
    respan.start_span("follow_up", kind="workflow") as above,
):
    link = span_to_link(above, {"link.type": "resume"})
    with propagate_attributes(metadata={"plan": "silver", "step": 1}), respan.start_span("ask", kind="task"):
        client.chat.completions.create(model="gpt-4o-mini", messages=[BRIEF, {"role": "user", "content": "And now?"}])

with respan.start_span("check", kind="guardrail", links=[link]):
    respan.update_current_span(
        respan_params=ADA, attributes={"traceloop.entity.input": '"A text"', "traceloop.entity.output": "true"}
    )
    respan.add_event("checked", {"rules": 3})
    try:
        raise ValueError("no rule for that")
    except ValueError as error:
        respan.record_exception(error)

# A call outside of every workflow, with parameters for all that follows.
respan.set_context_value("respan_params", {"customer_identifier": "bob", "thread_identifier": "thread-4", "attempt": 2})
client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Alone?"}])
telemetry.flush()
