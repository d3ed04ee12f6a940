"""OTLP in protobuf: a request → its spans, one by one → what they export.

The official classes decode. Beside them stand two relatives, made of the same descriptions: one that leaves resource,
scope and spans as the bytes they are, which cuts a request; and one that checks no text and does not descend into
nested values, which takes a span apart that the official one refuses.
"""

import base64
from collections.abc import Callable, Iterable
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from midspan.errors import BadRequest, Invalid, TooLarge
from midspan.ingest.mend import ENCODING
from midspan.ingest.otel.exported import Event, Exported, Link
from midspan.ingest.otel.otlp import (
    DEEP,
    FIELDS_MAX,
    SPAN_ID_BYTES,
    TRACE_ID_BYTES,
    TWICE,
    Origin,
    Sent,
    bounded,
    check_times,
    cut,
    linked_id,
    number,
    require_few,
    whole_id,
)

DEEP_VALUES: Final = "Values nested too deeply were kept as their bytes."
BAD_VALUES: Final = "Values that are not valid protobuf were kept as their bytes."

_Field = descriptor_pb2.FieldDescriptorProto
_Change = Callable[[str, _Field], bool]
"""(message, its field) → whether the field is read as bytes."""

_FILES: Final = (common_pb2, resource_pb2, trace_pb2, trace_service_pb2)
_PACKAGE: Final = "opentelemetry.proto."


def _relatives(change: _Change) -> Callable[[str], type[Message]]:
    """The messages of the official descriptions with some fields read as bytes: on the wire those are the same."""
    pool = descriptor_pool.DescriptorPool()
    for file in _FILES:
        description = descriptor_pb2.FileDescriptorProto()
        file.DESCRIPTOR.CopyToProto(description)
        for message in description.message_type:
            for inner in (message, *message.nested_type):
                for field in inner.field:
                    if change(inner.name, field):
                        field.type = _Field.TYPE_BYTES
                        field.ClearField("type_name")
        pool.Add(description)
    return lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(_PACKAGE + name))


_FRAME: Final = {("ResourceSpans", "resource"), ("ScopeSpans", "scope"), ("ScopeSpans", "spans")}
_NESTED: Final = {
    ("AnyValue", "array_value"): "common.v1.ArrayValue",
    ("AnyValue", "kvlist_value"): "common.v1.KeyValueList",
}


def _is_framed(message: str, field: _Field) -> bool:
    return field.type == _Field.TYPE_STRING or (message, field.name) in _FRAME


def _is_loose(message: str, field: _Field) -> bool:
    return field.type == _Field.TYPE_STRING or (message, field.name) in _NESTED


_Request: Final[Any] = _relatives(_is_framed)("collector.trace.v1.ExportTraceServiceRequest")
_loose: Final = _relatives(_is_loose)
_LOOSE: Final[dict[type[Message], type[Message]]] = {
    official: _loose(name)
    for official, name in (
        (trace_pb2.Span, "trace.v1.Span"),
        (resource_pb2.Resource, "resource.v1.Resource"),
        (common_pb2.InstrumentationScope, "common.v1.InstrumentationScope"),
    )
}
_INSIDE: Final = {field: _loose(name) for (_, field), name in _NESTED.items()}
_BYTES: Final = frozenset({"trace_id", "span_id", "parent_span_id", "bytes_value"})
"""Fields that are bytes in the official description, too."""


def spans(body: bytes) -> list[Sent]:
    """The spans of an ExportTraceServiceRequest. Raises `BadRequest`, or `TooLarge` where there are too many."""
    if len(body) > 2 * FIELDS_MAX:
        _require_few_fields(body)
    try:
        request = _Request.FromString(body)
    except DecodeError:
        raise BadRequest("The body is not a whole, valid ExportTraceServiceRequest in protobuf.") from None
    if body and not request.resource_spans:
        raise BadRequest("The body holds no resource_spans; it is no ExportTraceServiceRequest in protobuf.")
    _require_types(request)
    found: list[Sent] = []
    for resource_spans in request.resource_spans:
        _require_types(resource_spans)
        origin: Origin | None = None
        for scope_spans in resource_spans.scope_spans:
            _require_types(scope_spans)
            if not (raws := scope_spans.spans):
                continue
            require_few(len(found) + len(raws))
            if origin is None:
                origin = _resource(resource_spans.resource)
            within = _scope(origin, scope_spans.scope)
            found += [Sent(raw, within, _exported, []) for raw in raws]
    return bounded(found)


def _require_few_fields(body: bytes) -> None:
    """Raises `TooLarge` where a request has more fields around its spans than any sender makes.

    It stops where the body is no protobuf: the decoder says so.
    """
    count = 0
    waiting = [(0, len(body), 0)]
    while waiting:
        at, end, level = waiting.pop()
        while at < end:
            if (count := count + 1) > FIELDS_MAX:
                raise TooLarge(f"The request has more than {FIELDS_MAX} parts; send fewer spans at a time.")
            tag, at = _varint(body, at)
            kind = tag & 7
            if kind == _BYTES_FOLLOW:
                size, at = _varint(body, at)
                if tag >> 3 == _BELOW.get(level):
                    waiting.append((at, min(at + size, end), level + 1))
                at += size
            elif kind == _VARINT_FOLLOWS:
                _, at = _varint(body, at)
            else:
                at += _FIXED.get(kind, end)


_VARINT_FOLLOWS: Final = 0
_BYTES_FOLLOW: Final = 2
_FIXED: Final = {1: 8, 5: 4}
_BELOW: Final = {0: 1, 1: 2}
"""Level → the field that the next level lies in: resource_spans, scope_spans."""


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """A number, and the place behind it; behind the body where it does not end."""
    number = shift = 0
    while at < len(body):
        byte = body[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
        if shift > 63:
            break
    return 0, len(body) + 1


def _require_types(message: Message) -> None:
    """Raises `BadRequest` where a field has a wire type that is not its own: then the sender means something else."""
    if wrong := _mistyped(message):
        raise BadRequest(f"The body is no ExportTraceServiceRequest in protobuf: {wrong[0]} has another wire type.")


def _mistyped(message: Message) -> list[str]:
    """Fields that came with a wire type that is not theirs, which decoders pass over."""
    unknown: Any = UnknownFieldSet(message)
    if not len(unknown):
        return []
    known = message.DESCRIPTOR.fields_by_number
    return list(dict.fromkeys(known[field.field_number].name for field in unknown if field.field_number in known))


def _resource(raw: bytes) -> Origin:
    repairs: list[str] = []
    try:
        resource: Any = _read(resource_pb2.Resource, raw, repairs)
    except DecodeError:
        return Origin({}, repairs=["The resource is not valid protobuf; it was left out."])
    return Origin(_values(resource.attributes, repairs), size=len(raw), repairs=repairs)


def _scope(origin: Origin, raw: bytes) -> Origin:
    if not raw:
        return origin
    repairs = list(origin.repairs)
    try:
        scope: Any = _read(common_pb2.InstrumentationScope, raw, repairs)
    except DecodeError:
        left_out = "The scope is not valid protobuf; it was left out."
        return Origin(origin.resource, size=origin.size, repairs=[*repairs, left_out])
    attributes = _values(scope.attributes, repairs)
    return Origin(origin.resource, scope.name, scope.version, attributes, origin.size + len(raw), repairs)


def _read(kind: type[Message], raw: bytes, repairs: list[str]) -> Message:
    """A message of an official class, mended where need be. Raises `DecodeError` where that does not help."""
    try:
        return kind.FromString(raw)
    except DecodeError:
        loose = _LOOSE[kind].FromString(raw)
        _mend(loose, 0, repairs)
        return kind.FromString(loose.SerializeToString())


def _mend(message: Any, depth: int, repairs: list[str]) -> None:
    """Make of a loose message one that the official class takes, in place."""
    for field, value in message.ListFields():
        name = field.name
        if field.message_type is not None:
            for inner in value if field.is_repeated else (value,):
                _mend(inner, depth, repairs)
        elif name in _INSIDE:
            if depth == DEEP:
                message.bytes_value = value
                repairs.append(DEEP_VALUES)
                continue
            try:
                nested = _INSIDE[name].FromString(value)
            except DecodeError:
                message.bytes_value = value
                repairs.append(BAD_VALUES)
                continue
            _mend(nested, depth + 1, repairs)
            setattr(message, name, nested.SerializeToString())
        elif isinstance(value, bytes) and name not in _BYTES:
            try:
                value.decode()
            except UnicodeDecodeError:
                setattr(message, name, value.decode(errors="replace").encode())
                repairs.append(ENCODING)


def _exported(sent: Sent) -> Exported:
    origin = sent.origin
    repairs = sent.repairs
    repairs += origin.repairs
    try:
        span: Any = _read(trace_pb2.Span, sent.raw, repairs)
    except DecodeError:
        raise Invalid("The span is not valid protobuf.") from None
    repairs += [f"{name} has a wire type that is not its own; it was left out." for name in _mistyped(span)]
    cut(span, len(sent.raw), repairs)
    start, end = span.start_time_unix_nano, span.end_time_unix_nano
    check_times(start, end, repairs)
    status = span.status
    counts = (
        ("attributes", span.dropped_attributes_count),
        ("events", span.dropped_events_count),
        ("links", span.dropped_links_count),
    )
    # Each attribute of the message costs a call into it, so each is touched once.
    return Exported(
        trace_id=whole_id(span.trace_id, "trace_id", TRACE_ID_BYTES, repairs),
        span_id=whole_id(span.span_id, "span_id", SPAN_ID_BYTES, repairs),
        parent_span_id=whole_id(parent, "parent_span_id", SPAN_ID_BYTES, repairs)
        if (parent := span.parent_span_id)
        else "",
        trace_state=span.trace_state,
        name=span.name,
        kind=span.kind,
        start=start,
        end=end,
        flags=span.flags,
        status=status.code,
        status_message=status.message,
        attributes=_values(span.attributes, repairs),
        events=[Event(event.name, event.time_unix_nano, _values(event.attributes, repairs)) for event in span.events],
        links=[
            Link(linked_id(link.trace_id), linked_id(link.span_id), link.trace_state, _values(link.attributes, repairs))
            for link in span.links
        ],
        dropped={name: count for name, count in counts if count},
        resource=origin.resource,
        scope_name=origin.scope_name,
        scope_version=origin.scope_version,
        scope=origin.scope,
        repairs=repairs,
    )


def _values(pairs: Iterable[Any], repairs: list[str]) -> dict[str, Any]:
    """Attributes as a dictionary. A value of no kind is null, which counts as not sent."""
    found: dict[str, Any] = {}
    count = 0
    for pair in pairs:
        value = pair.value
        # Nearly all are texts, and asking for that first saves asking what it is.
        if (text := value.string_value or _value(value, repairs)) is not None:
            count += 1
            found[pair.key] = text
    if count != len(found):
        repairs.append(TWICE)
    return found


def _value(value: Any, repairs: list[str]) -> Any:
    found: Any = None
    match value.WhichOneof("value"):
        case "string_value":
            found = ""
        case "bool_value":
            found = value.bool_value
        case "int_value":
            found = value.int_value
        case "double_value":
            found = number(value.double_value)
        case "array_value":
            found = [inner.string_value or _value(inner, repairs) for inner in value.array_value.values]
        case "kvlist_value":
            found = _values(value.kvlist_value.values, repairs)
        case "bytes_value":
            found = base64.b64encode(value.bytes_value).decode()
    return found
