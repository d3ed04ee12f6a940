"""The GenAI conventions by hand, messages as structured values, and everything else that a span can carry."""

import time

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

resource = Resource(
    {"service.name": "weather-desk", "service.version": "2.1", "deployment.environment.name": "staging"}
)
provider = TracerProvider(resource=resource)
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(compression=Compression.Gzip)))
tracer = provider.get_tracer("weather.desk", "1.0", attributes={"team": "north"})

FORECAST = {
    "type": "function",
    "name": "forecast",
    "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CALL = {"type": "tool_call", "id": "call_1", "name": "forecast", "arguments": {"city": "Bodø"}}
CALLED = {"type": "tool_call_response", "id": "call_1", "response": {"sky": "clear", "celsius": 4}}
ASKED = {"role": "user", "parts": [{"type": "text", "content": "How is the weather in Bodø?"}]}
OF_OPENAI = {"gen_ai.provider.name": "openai", "server.address": "api.example.com", "server.port": 443}
BY_ADA = {
    "user.id": "ada",
    "user.email": "ada@example.com",
    "user.full_name": "Ada Lovelace",
    "session.id": "session-5",
}


def said(text):
    return {"role": "assistant", "parts": [{"type": "text", "content": text}], "finish_reason": "stop"}


def start(operation, name, kind=SpanKind.INTERNAL, **attributes):
    given = {"gen_ai.operation.name": operation, "gen_ai.conversation.id": "conversation-3"}
    return tracer.start_as_current_span(
        f"{operation} {name}",
        kind=kind,
        attributes=given | {f"gen_ai.{key}": value for key, value in attributes.items()},
    )


def call(model="gpt-4o-mini", operation="chat"):
    return start(operation, model, SpanKind.CLIENT, **{"request.model": model})


with tracer.start_as_current_span("GET /weather", kind=SpanKind.SERVER, attributes=BY_ADA) as request:
    request.set_attributes({"http.request.method": "GET", "http.route": "/weather", "http.response.status_code": 200})
    request.set_attributes({"shop.weights": [0.5, 1.5], "shop.is_new": True, "shop.shelf": {"row": 2, "names": ["ä"]}})
    before = Link(request.get_span_context(), {"why": "the same request"})

    with start("invoke_workflow", "weather_report", **{"workflow.name": "weather_report"}):
        with start("embeddings", "text-embedding-3-small", SpanKind.CLIENT) as span:
            span.set_attributes(OF_OPENAI | {"gen_ai.request.model": "text-embedding-3-small"})
            span.set_attributes({"gen_ai.usage.input_tokens": 22, "gen_ai.embeddings.dimension.count": 4})
            span.set_attribute("gen_ai.request.encoding_formats", ["float"])
        with start("retrieval", "almanac", **{"data_source.id": "almanac"}) as span:
            span.set_attribute("gen_ai.retrieval.query.text", "weather in Bodø")
            found = [{"id": "almanac-7", "content": "Bodø is clear in spring.", "score": 0.92}]
            span.set_attribute("gen_ai.retrieval.documents", found)

        with start("invoke_agent", "forecaster", **{"agent.name": "forecaster", "agent.id": "agent-1"}) as agent:
            agent.set_attributes({"gen_ai.input.messages": [ASKED], "gen_ai.output.messages": [said("Clear, 4 °C.")]})
            agent.set_attributes({"gen_ai.usage.input_tokens": 288, "gen_ai.usage.output_tokens": 70})
            with call() as span:
                span.set_attributes(OF_OPENAI)
                span.set_attribute("gen_ai.system_instructions", [{"type": "text", "content": "You are brief."}])
                span.set_attributes({"gen_ai.input.messages": [ASKED], "gen_ai.tool.definitions": [FORECAST]})
                span.set_attribute(
                    "gen_ai.output.messages", [{"role": "assistant", "parts": [CALL], "finish_reason": "tool_calls"}]
                )
                span.set_attributes({"gen_ai.request.temperature": 0.2, "gen_ai.request.max_tokens": 200})
                span.set_attributes({"gen_ai.request.top_p": 0.9, "gen_ai.request.stop_sequences": ["\n\n"]})
                span.set_attributes({"gen_ai.request.seed": 7, "gen_ai.request.choice.count": 1})
                span.set_attribute("gen_ai.response.model", "gpt-4o-mini-2024-07-18")
                span.set_attributes(
                    {"gen_ai.response.id": "chatcmpl-1", "gen_ai.response.finish_reasons": ["tool_calls"]}
                )
                span.set_attributes({"gen_ai.usage.input_tokens": 151, "gen_ai.usage.output_tokens": 29})
                span.set_attribute("gen_ai.usage.cache_read.input_tokens", 64)
            with start("execute_tool", "forecast", **{"tool.name": "forecast", "tool.type": "function"}) as span:
                span.set_attributes(
                    {"gen_ai.tool.call.id": "call_1", "gen_ai.tool.description": "The weather of a city."}
                )
                span.set_attribute("gen_ai.tool.call.arguments", {"city": "Bodø"})
                span.set_attribute("gen_ai.tool.call.result", {"sky": "clear", "celsius": 4})
            with call() as span:
                turns = [ASKED, {"role": "assistant", "parts": [CALL]}, {"role": "tool", "parts": [CALLED]}]
                span.set_attributes(OF_OPENAI | {"gen_ai.input.messages": turns, "gen_ai.request.stream": True})
                span.set_attribute("gen_ai.output.messages", [said("Clear, 4 °C.")])
                span.set_attributes({"gen_ai.response.time_to_first_chunk": 0.125, "gen_ai.output.type": "text"})
                span.set_attributes({"gen_ai.usage.input_tokens": 137, "gen_ai.usage.output_tokens": 41})

        with call("claude-sonnet-4-5") as span:
            thought = {"type": "reasoning", "content": "The user wants the weather."}
            answer = {"role": "assistant", "parts": [thought, *said("Clear.")["parts"]], "finish_reason": "stop"}
            details = {"gen_ai.input.messages": [ASKED], "gen_ai.output.messages": [answer]}
            span.add_event("gen_ai.client.inference.operation.details", details)
            span.set_attributes({"gen_ai.provider.name": "anthropic", "gen_ai.usage.reasoning.output_tokens": 19})
            # By the conventions the tokens of the cache are among those of the input.
            span.set_attributes({"gen_ai.usage.input_tokens": 827, "gen_ai.usage.output_tokens": 37})
            span.set_attribute("gen_ai.usage.cache_read.input_tokens", 640)
            span.set_attribute("gen_ai.usage.cache_creation.input_tokens", 128)

        with call("no-such-model") as span:
            span.set_attributes({"gen_ai.provider.name": "openai", "error.type": "model_not_found"})
            span.set_attribute("gen_ai.input.messages", [ASKED])
            span.set_status(Status(StatusCode.ERROR, "There is no such model."))
        with tracer.start_as_current_span("read the almanac", links=[before]) as span:
            try:
                raise ValueError("no such page")
            except ValueError as error:
                span.record_exception(error, {"page": 7})

begun = tracer.start_span("batch", start_time=time.time_ns() - 3 * 3_600 * 1_000_000_000, attributes=BY_ADA)
begun.end()
trace.set_tracer_provider(provider)
provider.shutdown()
