"""The stock OTLP exporters of OpenTelemetry: a small trace, metrics, logs, and what they make of a refusal.

They speak what OTEL_EXPORTER_OTLP_PROTOCOL says, as they do where OpenTelemetry sets itself up.
"""
# mypy: ignore-errors
# ruff: noqa: T201

import json
import logging
import os
import sys

from opentelemetry import trace
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

if os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") == "grpc":
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
else:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

# What the exporters cannot deliver they only log.
complaints = []


class Listen(logging.Handler):
    def emit(self, record):
        complaints.append(record.getMessage())


logging.getLogger("opentelemetry").addHandler(Listen())

resource = Resource.create({"service.name": "shop", "deployment.environment": "staging"})
provider = TracerProvider(resource=resource)
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))  # all that it needs is in the environment
tracer = provider.get_tracer("shop.assistant", "1.2", attributes={"tier": 1})

with tracer.start_as_current_span("answer", kind=SpanKind.SERVER) as root:
    context = root.get_span_context()
    with tracer.start_as_current_span("chat gpt-4o-mini", kind=SpanKind.CLIENT) as chat:
        chat.set_attributes({
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": 12,
            "gen_ai.usage.output_tokens": 5,
            "shelf": "ä",
            "is_new": True,
            "weights": [0.5, 1.5],
        })  # fmt: skip
        chat.add_event("first token", {"after": 0.1})
    with tracer.start_as_current_span("lookup", links=[Link(context)]) as lookup:
        lookup.record_exception(ValueError("no such shelf"))
        lookup.set_status(Status(StatusCode.ERROR, "no such shelf"))
for number in range(int(sys.argv[1])):
    with tracer.start_as_current_span(f"more {number}", context=trace.set_span_in_context(root)):
        pass
delivered = provider.force_flush()
provider.shutdown()

meters = MeterProvider(metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter())], resource=resource)
meters.get_meter("shop").create_counter("calls").add(1)
meters.shutdown()
loggers = LoggerProvider(resource=resource)
loggers.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
logging.getLogger("shop").addHandler(LoggingHandler(logger_provider=loggers))
logging.getLogger("shop").warning("a shelf is empty")
loggers.shutdown()

print(json.dumps({"trace_id": f"{context.trace_id:032x}", "delivered": delivered, "complaints": complaints}))
