"""Spans, metrics and logs of an application, as OpenTelemetry's exporters send them over gRPC."""

import contextlib
import logging

import grpc
import openai
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link

resource = Resource({"service.name": "weather-desk", "deployment.environment.name": "staging"})
provider = TracerProvider(resource=resource)
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
OpenAIInstrumentor().instrument(tracer_provider=provider)
tracer = provider.get_tracer("weather.desk", "1.0", attributes={"tier": 1})
client = openai.OpenAI()
turns = [{"role": "system", "content": "You are brief."}, {"role": "user", "content": "How is the weather in Bodø?"}]

with tracer.start_as_current_span("report", attributes={"user.id": "ada", "session.id": "session-5"}) as report:
    client.chat.completions.create(model="gpt-4o-mini", messages=turns)
    options = {"stream": True, "stream_options": {"include_usage": True}}
    for _ in client.chat.completions.create(model="gpt-4o-mini", messages=turns, **options):
        pass
    client.embeddings.create(model="text-embedding-3-small", input=["Bodø", "Tromsø"])
    with contextlib.suppress(openai.NotFoundError):
        client.chat.completions.create(model="no-such-model", messages=turns)
provider.force_flush()

# A span that is open for longer comes with another export than its parent, packed as the other is not.
packed = TracerProvider(resource=resource)
packed.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(compression=grpc.Compression.Gzip)))
reader = packed.get_tracer("weather.desk", "1.0")
context = report.get_span_context()
with reader.start_as_current_span("reread", links=[Link(context, {"reason": "again"})]) as again:
    again.set_attributes({"tries": 3, "share": 0.5, "is_late": False, "weights": [0.5, 1.5], "labels": ["a", "b"]})
    again.add_event("read", {"line": 7})
packed.shutdown()
provider.shutdown()

meters = MeterProvider(metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter())], resource=resource)
meters.get_meter("weather.desk").create_counter("reports").add(1)
meters.shutdown()
loggers = LoggerProvider(resource=resource)
loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
logging.getLogger("weather").addHandler(LoggingHandler(logger_provider=loggers))
logging.getLogger("weather").warning("it rains")
loggers.shutdown()
