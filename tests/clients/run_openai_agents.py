"""respan-exporter-openai-agents behind the OpenAI Agents SDK: every kind of span, and a run with a fake model."""
# mypy: ignore-errors
# ruff: noqa: A002, T201

import asyncio
import json
import sys

from agents import (
    Agent,
    GuardrailFunctionOutput,
    InputGuardrail,
    ModelResponse,
    Runner,
    Usage,
    custom_span,
    function_tool,
    generation_span,
    set_trace_processors,
    trace,
)
from agents.models.interface import Model
from agents.tracing import response_span
from openai.types.responses import Response, ResponseFunctionToolCall, ResponseOutputMessage, ResponseOutputText
from respan_exporter_openai_agents import RespanTraceProcessor

base_url, key = sys.argv[1:]
default = RespanTraceProcessor(api_key=key)
path = default._exporter.endpoint.split("/", 3)[3]  # its own default path, on our host
processor = RespanTraceProcessor(api_key=key, endpoint=f"{base_url}/{path}", max_retries=1)
set_trace_processors([processor])


class FakeModel(Model):
    """Calls the tool first, then hands over, then answers; a generation span around each turn as the SDK's own have."""

    def __init__(self, *turns):
        self.turns = list(turns)

    async def get_response(self, system_instructions, input, *arguments, **options):
        output = self.turns.pop(0)
        said = [{"role": "user", "content": input}] if isinstance(input, str) else input
        with generation_span(input=said, model="gpt-4o-mini") as span:
            span.span_data.output = [output.model_dump()]
            span.span_data.usage = {"input_tokens": 20, "output_tokens": 4, "total_tokens": 24}
        return ModelResponse(
            output=[output], usage=Usage(requests=1, input_tokens=20, output_tokens=4), response_id=None
        )

    def stream_response(self, *arguments, **options):
        raise NotImplementedError


def call(name, arguments="{}"):
    return ResponseFunctionToolCall(type="function_call", call_id=f"call_{name}", name=name, arguments=arguments)


def say(text):
    part = ResponseOutputText(type="output_text", text=text, annotations=[])
    return ResponseOutputMessage(type="message", id="msg_1", role="assistant", status="completed", content=[part])


def answer():
    """What OpenAI's Responses API sends; half of the input came from its cache."""
    usage = {
        "input_tokens": 2000,
        "input_tokens_details": {"cached_tokens": 1000},
        "output_tokens": 10,
        "output_tokens_details": {"reasoning_tokens": 4},
        "total_tokens": 2010,
    }
    return Response.model_validate(
        {
            "id": "resp_1",
            "object": "response",
            "created_at": 1769860800,
            "model": "gpt-4o-mini",
            "output": [say("Rain, as ever.").model_dump()],
            "usage": usage,
            "tool_choice": "auto",
            "tools": [],
            "parallel_tool_calls": True,
        }
    )


@function_tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}"


async def harmless(context, agent, text):
    return GuardrailFunctionOutput(output_info={"checked": True}, tripwire_triggered=False)


poet = Agent(name="Poet", instructions="Write a line.", model=FakeModel(say("The sun sets on Oslo — ☀")))
guide = Agent(
    name="Guide",
    instructions="Help.",
    model=FakeModel(call("weather", '{"city": "Oslo"}'), call("transfer_to_poet")),
    tools=[weather],
    handoffs=[poet],
    input_guardrails=[InputGuardrail(guardrail_function=harmless, name="harmless")],
)


async def main():
    with trace("Trip", group_id="conversation-1", metadata={"tenant": "acme"}) as run:
        result = await Runner.run(guide, "A poem about the weather in Oslo")
        with custom_span("score", {"input": {"n": 1}, "output": "good", "grade": 0.9}):
            pass
        with response_span(response=answer()) as span:
            span.span_data.input = [{"role": "user", "content": "And in Bergen?"}]
        try:
            with custom_span("broken", {"step": 2}) as span:
                span.set_error({"message": "ran out of words", "data": {"left": 0}})
                raise ValueError("ran out of words")
        except ValueError:
            pass
    return run.trace_id, result.final_output


trace_id, output = asyncio.run(main())
processor.force_flush()
processor.shutdown()
default.shutdown()
print(json.dumps({"trace_id": trace_id, "output": output, "path": path}))
