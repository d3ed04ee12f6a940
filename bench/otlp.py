"""Spans as the body of an OTLP/HTTP protobuf export (`ExportTraceServiceRequest`), written by hand.

Texts go once a span, in `input.value` and `output.value`; models, tokens and ids go under the names of both the GenAI
and the OpenInference conventions, so that every server finds them where it looks.
"""

import base64
import json
import struct
from collections.abc import Iterable, Sequence
from typing import Any

import bodies
from bodies import Load
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from workload import Span

ENCODINGS = {"protobuf": "application/x-protobuf", "json": "application/json", "grpc": "application/grpc"}

KINDS = {"workflow": "CHAIN", "task": "CHAIN", "chat": "LLM", "tool": "TOOL", "embedding": "EMBEDDING"}
OPERATIONS = {
    "workflow": "invoke_workflow",
    "task": "invoke_agent",
    "chat": "chat",
    "tool": "execute_tool",
    "embedding": "embeddings",
}


def export(spans: Iterable[Span]) -> bytes:
    """The bytes of one export request."""
    resource = _piece(1, b"".join(_piece(1, _pair(key, value)) for key, value in (("service.name", "bench"),)))
    scope = _piece(1, _piece(1, b"bench.workload"))
    return _piece(1, resource + _piece(2, scope + b"".join(_piece(2, _span(span)) for span in spans)))


def load(spans: Sequence[Span], size: int, headers: Sequence[str], encoding: str = "protobuf") -> Load:
    """Export requests of `size` spans each, in an encoding of `ENCODINGS`; `headers` beside the type of the content."""
    parts = [spans[start : start + size] for start in range(0, len(spans), size)]
    exports = [export(part) for part in parts]
    if encoding == "json":
        exports = [in_json(body) for body in exports]
    sent = [f"Content-Type: {ENCODINGS[encoding]}", *headers]
    requests = [bodies.request("/v1/traces", body, sent) if encoding != "grpc" else body for body in exports]
    pairs = [[(span.trace_id, span.span_id) for span in part] for part in parts]
    return Load(requests, pairs, sum(map(len, exports)))


def in_json(body: bytes) -> bytes:
    """An export in OTLP's JSON, which writes ids in hexadecimal digits where protobuf's has Base64."""
    made = MessageToDict(ExportTraceServiceRequest.FromString(body), use_integers_for_enums=True)
    for resource_spans in made["resourceSpans"]:
        for scope_spans in resource_spans["scopeSpans"]:
            for span in scope_spans["spans"]:
                for name in ("traceId", "spanId", "parentSpanId"):
                    if name in span:
                        span[name] = base64.b64decode(span[name]).hex()
    return json.dumps(made, ensure_ascii=False).encode()


def attributes(span: Span) -> dict[str, Any]:
    named: dict[str, Any] = {
        "openinference.span.kind": KINDS[span.kind],
        "gen_ai.operation.name": OPERATIONS[span.kind],
        "input.value": _text(span.input),
        "input.mime_type": _mime(span.input),
        "output.value": _text(span.output),
        "output.mime_type": _mime(span.output),
        "session.id": span.thread,
        "gen_ai.conversation.id": span.thread,
        "user.id": span.user,
        "metadata": json.dumps(span.metadata),
        "workflow.name": span.workflow,
    }
    if span.model:
        named |= {
            "gen_ai.provider.name": span.provider,
            "gen_ai.request.model": span.model,
            "gen_ai.response.model": span.model,
            "llm.provider": span.provider,
            "llm.model_name": span.model,
            "gen_ai.usage.input_tokens": span.prompt_tokens,
            "gen_ai.usage.output_tokens": span.completion_tokens,
            "llm.token_count.prompt": span.prompt_tokens,
            "llm.token_count.completion": span.completion_tokens,
            "llm.token_count.total": span.prompt_tokens + span.completion_tokens,
        }
    if span.temperature is not None:
        named |= {"gen_ai.request.temperature": span.temperature}
    if span.kind == "tool":
        named |= {"gen_ai.tool.name": span.name, "tool.name": span.name}
    return named


def _span(span: Span) -> bytes:
    parts = [_piece(1, bytes.fromhex(span.trace_id)), _piece(2, bytes.fromhex(span.span_id))]
    if span.parent_id:
        parts.append(_piece(4, bytes.fromhex(span.parent_id)))
    parts += [
        _piece(5, span.name.encode()),
        b"\x30" + (b"\x03" if span.model else b"\x01"),
        b"\x39" + struct.pack("<Q", span.start),
        b"\x41" + struct.pack("<Q", span.end),
    ]
    parts += [_piece(9, _pair(key, value)) for key, value in attributes(span).items()]
    parts.append(_piece(15, _piece(2, span.error.encode()) + b"\x18\x02" if span.error else b"\x18\x01"))
    return b"".join(parts)


def _pair(key: str, value: str | int | float) -> bytes:
    if isinstance(value, str):
        any_value = _piece(1, value.encode())
    elif isinstance(value, int):
        any_value = b"\x18" + _number(value)
    else:
        any_value = b"\x21" + struct.pack("<d", value)
    return _piece(1, key.encode()) + _piece(2, any_value)


def _piece(field: int, content: bytes) -> bytes:
    """One length-delimited field."""
    return _number(field << 3 | 2) + _number(len(content)) + content


def _number(value: int) -> bytes:
    encoded = bytearray()
    while value > 127:
        encoded.append(value & 127 | 128)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _mime(value: Any) -> str:
    return "text/plain" if isinstance(value, str) else "application/json"
