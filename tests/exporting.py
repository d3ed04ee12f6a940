"""OTLP exports as tests make them: the official messages, and the JSON that the specification makes of them."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from midspan.ingest.otel import otlp_json, otlp_protobuf
from midspan.ingest.otel.exported import Exported
from midspan.ingest.otel.otlp import Sent

Read = Callable[[bytes], list[Sent]]
READERS = [pytest.param(otlp_protobuf.spans, id="protobuf"), pytest.param(otlp_json.spans, id="json")]

TRACE = bytes(range(1, 17))
SPAN = bytes(range(0xE1, 0xE9))
PARENT = bytes(range(0xA1, 0xA9))
START = 1_769_860_800_000_000_000
END = START + 1_250_000_000


def decoded(found: list[Sent]) -> list[Exported]:
    """What the spans of a request say."""
    return [sent.decode(sent) for sent in found]


def one(found: list[Sent]) -> Exported:
    """The same of the only one."""
    (exported,) = decoded(found)
    return exported


def value(given: Any) -> AnyValue:
    """A value of the kind that Python's has; None is the value of no kind."""
    kinds = {bool: "bool_value", int: "int_value", float: "double_value", bytes: "bytes_value", str: "string_value"}
    if given is None:
        return AnyValue()
    if isinstance(given, list):
        return AnyValue(array_value=ArrayValue(values=[value(inner) for inner in given]))
    if isinstance(given, dict):
        return AnyValue(kvlist_value=KeyValueList(values=pairs(given)))
    return AnyValue(**{kinds[type(given)]: given})


def pairs(given: dict[str, Any]) -> list[KeyValue]:
    """Attributes."""
    return [KeyValue(key=key, value=value(inner)) for key, inner in given.items()]


def span(attributes: dict[str, Any] | None = None, /, **fields: Any) -> Span:
    """A span; what is not given is filled in."""
    usual = {
        "trace_id": TRACE, "span_id": SPAN, "name": "chat", "kind": 3,
        "start_time_unix_nano": START, "end_time_unix_nano": END,
    }  # fmt: skip
    return Span(**{**usual, **fields}, attributes=pairs(attributes or {}))


def export(*spans: Span, resource: dict[str, Any] | None = None) -> ExportTraceServiceRequest:
    """A request with these spans, of one resource and one scope."""
    request = ExportTraceServiceRequest()
    above = request.resource_spans.add()
    above.resource.attributes.extend(pairs({"service.name": "shop"} if resource is None else resource))
    within = above.scope_spans.add()
    within.scope.name, within.scope.version = "shop.assistant", "1.0"
    within.scope.attributes.extend(pairs({"tier": 1}))
    within.spans.extend(spans)
    return request


def body(*spans: Span, resource: dict[str, Any] | None = None) -> bytes:
    """The same in protobuf."""
    return export(*spans, resource=resource).SerializeToString()


def json_value(given: Any) -> dict[str, Any]:
    """A value as OTLP's JSON has it."""
    match given:
        case bool():
            return {"boolValue": given}
        case int():
            return {"intValue": str(given)}
        case float():
            return {"doubleValue": given}
        case list():
            return {"arrayValue": {"values": [json_value(inner) for inner in given]}}
        case dict():
            return {"kvlistValue": {"values": json_pairs(given)}}
    return {"stringValue": given}


def json_pairs(given: dict[str, Any]) -> list[dict[str, Any]]:
    """Attributes."""
    return [{"key": key, "value": json_value(inner)} for key, inner in given.items()]


def json_span(attributes: dict[str, Any] | list[Any] | None = None, /, **fields: Any) -> dict[str, Any]:
    """A span; what is not given is filled in. Attributes in a list stand as they are."""
    written = attributes if isinstance(attributes, list) else json_pairs(attributes or {})
    usual = {
        "traceId": TRACE.hex(), "spanId": SPAN.hex(), "name": "chat", "kind": 3,
        "startTimeUnixNano": str(START), "endTimeUnixNano": str(END), "attributes": written,
    }  # fmt: skip
    return {**usual, **fields}


def json_export(*spans: Any, resource: dict[str, Any] | None = None) -> dict[str, Any]:
    """A request with these spans, of one resource and one scope."""
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": json_pairs({"service.name": "shop"} if resource is None else resource)},
                "scopeSpans": [
                    {
                        "scope": {"name": "shop.assistant", "version": "1.0", "attributes": json_pairs({"tier": 1})},
                        "spans": list(spans),
                    }
                ],
            }
        ]
    }


def json_body(*spans: Any, resource: dict[str, Any] | None = None) -> bytes:
    """The same in bytes."""
    return json.dumps(json_export(*spans, resource=resource)).encode()


def field(number: int, content: bytes) -> bytes:
    """A field of protobuf that holds bytes, whatever they are."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def varint(number: int) -> bytes:
    """A number as protobuf writes it."""
    pieces = []
    while number > 0x7F:
        pieces.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*pieces, number])


def raw_body(*spans: bytes) -> bytes:
    """A request in protobuf whose spans are these bytes, whatever they are."""
    return field(1, field(2, b"".join(field(2, one) for one in spans)))
