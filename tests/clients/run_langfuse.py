"""respan-instrumentation-langfuse under the Langfuse SDK: decorated functions, a generation, a failure."""
# mypy: ignore-errors
# ruff: noqa: E402, T201

import contextlib
import json

from respan_instrumentation_langfuse import LangfuseInstrumentor

LangfuseInstrumentor().instrument()  # key and endpoint come from the environment

from langfuse import Langfuse, get_client, observe
from opentelemetry import trace

Langfuse(public_key="pk-lf-none", secret_key="sk-lf-none", base_url="http://127.0.0.1:9", flush_at=100)


@observe()
def lookup(city):
    return {"city": city, "sky": "clear"}


@observe(as_type="generation", name="phrase")
def phrase(facts):
    get_client().update_current_generation(
        input=[{"role": "user", "content": json.dumps(facts)}],
        output={"role": "assistant", "content": "Clear skies over Bodø."},
    )
    # Where this instrumentation looks for them; today's Langfuse writes them elsewhere.
    span = trace.get_current_span()
    span.set_attribute("langfuse.observation.model", "gpt-4o-mini")
    span.set_attribute("langfuse.usage.input", 9)
    span.set_attribute("langfuse.usage.output", 6)
    span.set_attribute("langfuse.usage.total", 15)
    span.set_attribute("langfuse.metadata.kind", "poem")
    return "Clear skies over Bodø."


@observe(name="broken")
def broken():
    raise ValueError("no such fjord")


@observe(name="forecast")
def forecast(city):
    client = get_client()
    client.update_current_trace(name="Forecasts", user_id="ada", session_id="conversation-3", tags=["a", "b"])
    answer = phrase(lookup(city))
    with contextlib.suppress(ValueError):
        broken()
    return {"trace_id": client.get_current_trace_id(), "answer": answer}


said = forecast("Bodø")
get_client().flush()
get_client().shutdown()
print(json.dumps(said))
