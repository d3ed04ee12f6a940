"""Recorded bodies as a reader can see them: by the official messages of OTLP, not by Midspan's decoder."""

import base64
import json
from collections.abc import Sequence
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.corpus.requests import Request

Readable = dict[str, Any]

KINDS: Final = ("", "internal", "server", "client", "producer", "consumer")
STATUSES: Final = ("", "ok", "error")


def is_traces(request: Request) -> bool:
    """Whether it carries spans, not metrics or logs."""
    return "TraceService" in request.path if request.is_call else not request.path.endswith(("/metrics", "/logs"))


def readable(requests: Sequence[Request]) -> list[Readable]:
    """The spans of requests, under the resource and scope that they came under."""
    return [above for request in requests if is_traces(request) for above in _above(request)]


def _above(request: Request) -> list[Readable]:
    is_json = "json" in request.headers.get("content-type", "")
    return _of_json(json.loads(request.plain)) if is_json else _of_protobuf(request.plain)


def _of_protobuf(body: bytes) -> list[Readable]:
    return [
        {
            "resource": _pairs(above.resource.attributes),
            "scope": {"name": within.scope.name, "version": within.scope.version}
            | ({"attributes": _pairs(within.scope.attributes)} if within.scope.attributes else {}),
            "spans": [_span(span) for span in within.spans],
        }
        for above in ExportTraceServiceRequest.FromString(body).resource_spans
        for within in above.scope_spans
    ]


def _span(span: Span) -> Readable:
    said = {
        "name": span.name,
        "trace_id": span.trace_id.hex(),
        "span_id": span.span_id.hex(),
        "parent_span_id": span.parent_span_id.hex(),
        "trace_state": span.trace_state,
        "kind": KINDS[span.kind],
        "start": span.start_time_unix_nano,
        "end": span.end_time_unix_nano,
        "status": STATUSES[span.status.code],
        "status_message": span.status.message,
        "attributes": _pairs(span.attributes),
        "events": [
            {"name": event.name, "time": event.time_unix_nano, "attributes": _pairs(event.attributes)}
            for event in span.events
        ],
        "links": [
            {"trace_id": link.trace_id.hex(), "span_id": link.span_id.hex(), "attributes": _pairs(link.attributes)}
            for link in span.links
        ],
    }
    return {name: value for name, value in said.items() if value}


def _pairs(pairs: Any) -> Readable:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    match kind := value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [_value(inner) for inner in value.array_value.values]
        case "kvlist_value":
            return _pairs(value.kvlist_value.values)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
    return getattr(value, kind)


def _of_json(body: Any) -> list[Readable]:
    """The same of OTLP's JSON, in whichever of its forms."""
    return [
        {
            "resource": _json_pairs(above.get("resource")),
            "scope": {name: value for name, value in (within.get("scope") or {}).items() if name != "attributes"}
            | ({"attributes": found} if (found := _json_pairs(within.get("scope"))) else {}),
            "spans": [_json_span(span) for span in within.get("spans") or []],
        }
        for above in body["resourceSpans"]
        for within in above["scopeSpans"]
    ]


def _json_span(span: Readable) -> Readable:
    status = span.get("status") or {}
    said = {
        "name": span.get("name"),
        "trace_id": span.get("traceId"),
        "span_id": span.get("spanId"),
        "parent_span_id": span.get("parentSpanId"),
        "trace_state": span.get("traceState"),
        "kind": KINDS[span.get("kind") or 0],
        "start": int(span.get("startTimeUnixNano") or 0),
        "end": int(span.get("endTimeUnixNano") or 0),
        "status": STATUSES[status.get("code") or 0],
        "status_message": status.get("message"),
        "attributes": _json_pairs(span),
        "events": [
            {"name": event.get("name"), "time": int(event.get("timeUnixNano") or 0), "attributes": _json_pairs(event)}
            for event in span.get("events") or []
        ],
        "links": [
            {"trace_id": link.get("traceId"), "span_id": link.get("spanId"), "attributes": _json_pairs(link)}
            for link in span.get("links") or []
        ],
    }
    return {name: value for name, value in said.items() if value}


def _json_pairs(holder: Any) -> Readable:
    return {pair["key"]: _json_value(pair.get("value") or {}) for pair in (holder or {}).get("attributes") or []}


def _json_value(value: Readable) -> Any:
    for kind, inner in value.items():
        match kind:
            case "arrayValue":
                return [_json_value(one) for one in inner.get("values") or []]
            case "kvlistValue":
                return {pair["key"]: _json_value(pair.get("value") or {}) for pair in inner.get("values") or []}
            case "intValue":
                return int(inner)
        return inner
    return None
