"""Spans, logs, calls of two providers, agents of Pydantic AI with tools, failures, as logfire traces them."""

import contextlib
import json

import anthropic
import logfire
import openai
from pydantic import BaseModel
from pydantic_ai import Agent, Embedder, ModelHTTPError, ModelRetry

HOST = {"host.name": "weather-1", "host.id": "none"}  # of no real machine
logfire.configure(
    service_name="weather-desk", service_version="1.4", environment="staging", resource_attributes=HOST, console=False
)
client = openai.OpenAI()
logfire.instrument_openai(client)  # this client only: Pydantic AI has its own, and traces it
logfire.instrument_anthropic()
logfire.instrument_pydantic_ai()
Embedder.instrument_all()
claude = anthropic.Anthropic(open_telemetry={"traces": False})  # or each call has two spans, the client's own too

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


class Weather(BaseModel):
    """The weather."""

    sky: str
    celsius: int


forecaster = Agent("openai-chat:gpt-4o-mini", name="forecaster", instructions="You are brief.", retries=2)
reporter = Agent("openai-responses:o4-mini", name="reporter", output_type=Weather, system_prompt="You are exact.")
nobody = Agent("openai-chat:no-such-model", name="nobody")
asked_before = []


@forecaster.tool_plain
def forecast(city: str) -> dict[str, object]:
    """The weather of a city."""
    asked_before.append(city)
    if len(asked_before) == 1:
        raise ModelRetry("Which country?")
    return {"city": city, "sky": "clear", "celsius": 4}


@logfire.instrument("find almanac for {question=}", record_return=True)
def find_almanac(question):
    client.embeddings.create(model="text-embedding-3-small", input=[question, "almanac"])
    Embedder("openai:text-embedding-3-small").embed_query_sync(question)
    return [{"id": "almanac-7", "text": "Bodø is clear in spring.", "score": 0.92}]


def agents(question):
    named = {"conversation_id": "conversation-3"}
    said = forecaster.run_sync(question, run_id="run-1", metadata={"step": "first"}, **named)
    reporter.run_sync([question, "Be quick."], run_id="run-2", **named)
    stream = forecaster.run_stream_sync(
        "And tomorrow?", message_history=said.all_messages(), run_id="run-3", model_settings={"temperature": 0.2}
    )
    for _ in stream.stream_text():
        pass
    with contextlib.suppress(ModelHTTPError):
        nobody.run_sync("Anybody?", run_id="run-4", **named)
    return said.output


def calls(text):
    turns = [BRIEF, {"role": "user", "content": text}]
    asked = {"model": "gpt-4o-mini", "messages": turns, "temperature": 0.2, "top_p": 0.9, "max_tokens": 200, "seed": 7}
    said = client.chat.completions.create(tools=[FORECAST], **asked).choices[0].message
    (call,) = said.tool_calls
    result = {"role": "tool", "tool_call_id": call.id, "content": json.dumps({"sky": "clear"})}
    more = [*turns, said.model_dump(exclude_none=True), result]
    client.chat.completions.create(model="gpt-4o-mini", messages=more, tools=[FORECAST], stop=["END"])
    options = {"stream": True, "stream_options": {"include_usage": True}}
    for _ in client.chat.completions.create(**asked, **options):
        pass
    form = {"type": "json_schema", "json_schema": {"name": "weather", "schema": ANSWER}}
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/sky.png"}}
    seen = {"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]}
    client.chat.completions.create(model="o4-mini", messages=[seen], reasoning_effort="low", response_format=form)
    client.responses.create(model="o4-mini", instructions="You are brief.", input=f"Is that so? {text}")
    client.responses.create(model="gpt-4o-mini", input=turns, tools=[{"type": "function", **FORECAST["function"]}])
    for _ in client.responses.create(model="gpt-4o-mini", input="Once more?", stream=True):
        pass
    for model in ("no-such-model", "overloaded"):
        with contextlib.suppress(openai.APIStatusError):
            client.chat.completions.create(model=model, messages=turns)


def second_opinion(text):
    turns = [{"role": "user", "content": text}]
    asked = {"model": "claude-sonnet-4-5", "max_tokens": 100, "system": "You are brief.", "messages": turns}
    claude.messages.create(**asked)
    schema = FORECAST["function"]["parameters"]
    claude.messages.create(tools=[{"name": "forecast", "description": "The weather.", "input_schema": schema}], **asked)
    for _ in claude.messages.create(stream=True, **asked):
        pass


def older(text):
    """The formats of spans that were the default once."""
    with logfire.instrument_openai(openai_client := openai.OpenAI(), version=1):
        turns = [BRIEF, {"role": "user", "content": text}]
        openai_client.chat.completions.create(model="gpt-4o-mini", messages=turns, tools=[FORECAST])
        options = {"stream": True, "stream_options": {"include_usage": True}}
        for _ in openai_client.chat.completions.create(model="gpt-4o-mini", messages=turns, **options):
            pass
        openai_client.responses.create(model="o4-mini", instructions="You are brief.", input=text)


with (
    logfire.set_baggage(**{"user.id": "ada", "session.id": "session-5", "gen_ai.conversation.id": "conversation-3"}),
    logfire.span("weather report for {city}", city="Bodø", plan="gold", _tags=["a", "b"]) as report,
):
    find_almanac("How is the weather in Bodø?")
    answer = agents("How is the weather in Bodø?")
    calls(answer)
    second_opinion(answer)
    older(answer)
    logfire.info("reported {answer}", answer=answer, _tags=["a"])
    logfire.warn("nobody asked")
    logfire.error("no answer from {city}", city="Bodø")
    with contextlib.suppress(LookupError), logfire.span("fail"):
        raise LookupError("no such fjord")
    report.set_attribute("answer", {"text": answer, "parts": [1, 2.5, None]})

logfire.shutdown()
