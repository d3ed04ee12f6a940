"""Observations of every type, calls through its OpenAI client, a prompt, failures, as langfuse 3 and later trace them."""

import contextlib
import json
from datetime import UTC, datetime

import openai
from langfuse import Langfuse, get_client, observe, propagate_attributes
from langfuse.model import Prompt_Text, TextPromptClient
from langfuse.openai import OpenAI

Langfuse(environment="staging", release="2026-09-21")
client = OpenAI()

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
PROMPT = TextPromptClient(
    Prompt_Text(name="greeting", version=7, prompt="Say it nicer: {{text}}", config={}, labels=["production"], tags=[])
)


@observe(as_type="tool")
def forecast(city):
    return {"city": city, "sky": "clear", "celsius": 4}


@observe(as_type="retriever")
def find_almanac(question):
    client.embeddings.create(model="text-embedding-3-small", input=[question, "almanac"], name="embed")
    return [{"id": "almanac-7", "text": "Bodø is clear in spring.", "score": 0.92}]


@observe(as_type="agent", name="forecaster")
def forecaster(question):
    turns = [BRIEF, {"role": "user", "content": question}]
    asked = {"model": "gpt-4o-mini", "tools": [FORECAST], "temperature": 0.2, "max_tokens": 200}
    said = client.chat.completions.create(messages=turns, name="choose", metadata={"step": "1"}, **asked)
    (call,) = said.choices[0].message.tool_calls
    result = forecast(**json.loads(call.function.arguments))
    turns += [
        said.choices[0].message.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": call.id, "content": json.dumps(result)},
    ]
    return client.chat.completions.create(messages=turns, **asked).choices[0].message.content


@observe(as_type="chain")
def polish(text):
    turns = [BRIEF, {"role": "user", "content": PROMPT.compile(text=text)}]
    options = {"stream": True, "stream_options": {"include_usage": True}}
    asked = {"model": "gpt-4o-mini", "messages": turns, "langfuse_prompt": PROMPT, **options}
    return "".join(
        chunk.choices[0].delta.content or "" for chunk in client.chat.completions.create(**asked) if chunk.choices
    )


@observe
def reason(text):
    turns = [{"role": "user", "content": text}]
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    seen = {"role": "user", "content": [{"type": "text", "text": text}, picture]}
    client.chat.completions.create(model="o4-mini", messages=[seen], reasoning_effort="low")
    form = {"type": "json_schema", "json_schema": {"name": "weather", "schema": ANSWER}}
    client.chat.completions.create(model="gpt-4o-mini", messages=turns, response_format=form)
    client.responses.create(model="o4-mini", instructions="You are brief.", input=f"Is that so? {text}")
    tool = {"type": "function", **FORECAST["function"]}
    client.responses.create(model="gpt-4o-mini", input=[BRIEF, *turns], tools=[tool])
    for _ in client.responses.create(model="gpt-4o-mini", input="Once more?", stream=True):
        pass


def by_hand(text):
    """What no decorator and no wrapped client does: every argument of an observation."""
    langfuse = get_client()
    begun = langfuse.start_as_current_observation(
        as_type="generation",
        name="second opinion",
        model="claude-sonnet-4-5",
        model_parameters={"temperature": 0.2, "max_tokens": 100, "top_k": 5, "top_p": 0.9, "stop": ["END"]},
        input=[{"role": "user", "content": text}],
        prompt=PROMPT,
        version="2.1",
        metadata={"attempt": 2, "region": "eu", "cached": True, "limits": {"seconds": 9.5}, "digits": "12"},
    )
    with begun as generation:
        generation.update(completion_start_time=datetime.now(UTC))
        generation.update(
            output={"role": "assistant", "content": "So it is."},
            usage_details={
                "input": 59, "output": 37, "cache_read_input_tokens": 640, "cache_creation_input_tokens": 128,
                "total": 864,
            },
            cost_details={"input": 0.0012, "output": 0.0006, "total": 0.0018},
        )  # fmt: skip
    with langfuse.start_as_current_observation(
        as_type="embedding", name="embed", model="text-embedding-3-large", input="Bodø"
    ) as embedding:
        embedding.update(output=[0.25, -0.5], usage_details={"input": 11}, cost_details={"input": 0.00001})
    with langfuse.start_as_current_observation(as_type="guardrail", name="no secrets", input=text) as guardrail:
        guardrail.update(output={"passed": True}, level="DEBUG")
    with langfuse.start_as_current_observation(as_type="evaluator", name="is it nice", input=text) as evaluator:
        evaluator.update(output=0.9, level="WARNING", status_message="The judge was slow.")
    with langfuse.start_as_current_observation(as_type="span", name="store", metadata=["a", "b"]) as span:
        span.create_event(name="stored", input={"rows": 1}, metadata={"table": "reports"})
    langfuse.create_event(name="gave up", level="ERROR", status_message="No more tries.")


@observe
def fail():
    for model in ("no-such-model", "overloaded"):
        with contextlib.suppress(openai.APIStatusError):
            client.chat.completions.create(model=model, messages=[{"role": "user", "content": "Anybody?"}])
    raise LookupError("no such fjord")


@observe(name="weather_report")
def weather_report(question):
    if hasattr(get_client(), "update_current_trace"):  # until version 3
        get_client().update_current_trace(input={"asked": question}, public=True, metadata={"trip": 3, "legs": [1]})
    else:
        get_client().set_current_trace_as_public()
    said = forecaster(question)
    find_almanac(question)
    polish(said)
    reason(said)
    by_hand(said)
    with contextlib.suppress(LookupError):
        fail()
    return said


with propagate_attributes(
    user_id="ada",
    session_id="session-5",
    trace_name="Weather desk",
    tags=["a", "b"],
    version="1.4",
    metadata={"plan": "gold", "seat": "12"},
):
    weather_report("How is the weather in Bodø?")

get_client().shutdown()
