"""OTLP in JSON: a request → its spans, one by one → what they export.

Ids are hex digits in any case, 64-bit numbers may be texts, enums are numbers; what other writers of JSON make of
these is understood, too. A span with a fault is read member by member, so that only what is at fault is kept aside.
"""

import base64
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from msgspec import Raw

from midspan.errors import BadRequest, Invalid
from midspan.ingest.logs import NOT_JSON
from midspan.ingest.mend import mend
from midspan.ingest.otel.exported import Event, Exported, Link
from midspan.ingest.otel.otlp import (
    DEEP,
    SPAN_ID_BYTES,
    TRACE_ID_BYTES,
    TWICE,
    Origin,
    Sent,
    bounded,
    check_times,
    cut,
    number,
    require_few,
    whole_id,
)
from midspan.ingest.otel.otlp_shapes import (
    AnyValue,
    KeyValue,
    Resource,
    Scope,
    Span,
    SpanEvent,
    SpanLink,
    SpanStatus,
    Whole,
)
from midspan.ingest.scan import flattened
from midspan.ingest.values import INT64_MAX, text_of

DEEP_VALUES: Final = "Values nested too deeply were kept as their JSON text."
BASE64: Final = "Ids were in base64, not in hex digits; they were read."

_BRACKETS_DEEP: Final = 5 * DEEP
"""The same in brackets of JSON: four for each value within another, and those around the span."""

KINDS: Final = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
STATUSES: Final = ("UNSET", "OK", "ERROR")

_DIGITS_MAX: Final = 20
_BITS_MAX: Final = 10_000
_UINT64_MAX: Final = (1 << 64) - 1


class _ScopeSpans(msgspec.Struct):
    scope: Raw = Raw(b"null")
    spans: list[Raw] | None = None


class _ResourceSpans(msgspec.Struct, rename="camel"):
    resource: Raw = Raw(b"null")
    scope_spans: list[_ScopeSpans | None] | None = None


class _Request(msgspec.Struct, rename="camel"):
    resource_spans: list[_ResourceSpans | None] | msgspec.UnsetType | None = msgspec.UNSET


_request: Final = msgspec.json.Decoder(_Request).decode
_object: Final = msgspec.json.Decoder(dict[str, Raw]).decode
_list: Final = msgspec.json.Decoder(list[Raw] | None).decode
_span: Final = msgspec.json.Decoder(Span).decode


def spans(body: bytes) -> list[Sent]:
    """The spans of an ExportTraceServiceRequest. Raises `BadRequest`, or `TooLarge` where there are too many."""
    request, repairs = _whole(body)
    if request.resource_spans is msgspec.UNSET and body.strip() != b"{}":
        raise BadRequest("The body holds no resourceSpans; it is no ExportTraceServiceRequest in JSON.")
    found: list[Sent] = []
    for resource_spans in request.resource_spans or ():
        origin: Origin | None = None
        for scope_spans in (resource_spans.scope_spans or ()) if resource_spans else ():
            if scope_spans is None or not scope_spans.spans:
                continue
            assert resource_spans is not None
            require_few(len(found) + len(scope_spans.spans))
            if origin is None:
                origin = _resource(resource_spans.resource, repairs)
            within = _scope(origin, scope_spans.scope)
            found += [Sent(bytes(raw), within, _exported, []) for raw in scope_spans.spans]
    return bounded(found)


def _whole(body: bytes) -> tuple[_Request, list[str]]:
    """The request, mended where need be, and how. Raises `BadRequest` where that does not help."""
    try:
        return _request(body), []
    except msgspec.ValidationError as error:
        raise BadRequest(f"The body is no ExportTraceServiceRequest in JSON: {error}.") from None
    except RecursionError:
        mended, repairs = flattened(body, _BRACKETS_DEEP), [DEEP_VALUES]
    except NOT_JSON:
        mended, repairs = mend(body)
    try:
        return _request(mended), repairs
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except NOT_JSON as error:
        reason = str(error).removeprefix("JSON is malformed: ")
        raise BadRequest(f"The body is no ExportTraceServiceRequest in JSON: {reason}.") from None


def _resource(raw: Raw, above: list[str]) -> Origin:
    repairs = list(above)
    resource = _part(raw, Resource, "resource", repairs)
    size = len(bytes(raw))
    return Origin(_values(resource.attributes, repairs) if resource else {}, size=size, repairs=repairs)


def _scope(origin: Origin, raw: Raw) -> Origin:
    repairs = list(origin.repairs)
    if (scope := _part(raw, Scope, "scope", repairs)) is None:
        return Origin(origin.resource, size=origin.size, repairs=repairs)
    attributes = _values(scope.attributes, repairs)
    size = origin.size + len(bytes(raw))
    return Origin(origin.resource, scope.name or "", scope.version or "", attributes, size, repairs)


def _part(raw: Raw, kind: Any, name: str, repairs: list[str]) -> Any:
    """A resource or scope; None where there is none, or none that can be read."""
    for text in (raw, None):
        try:
            return msgspec.json.decode(text if text is not None else mend(bytes(raw))[0], type=kind | None)
        except msgspec.ValidationError:
            break
        except NOT_JSON:
            continue
    repairs.append(f"The {name} cannot be read; it was left out.")
    return None


def _exported(sent: Sent) -> Exported:
    repairs = sent.repairs
    repairs += sent.origin.repairs
    try:
        span, odd = _read(sent.raw, repairs)
        cut(span, len(sent.raw), repairs)
        return _meaning(span, odd, sent.origin, repairs)
    except RecursionError:
        repairs.append(DEEP_VALUES)
        span, odd = _read(flattened(sent.raw, _BRACKETS_DEEP), repairs)
        return _meaning(span, odd, sent.origin, repairs)


def _read(raw: bytes, repairs: list[str]) -> tuple[Span, dict[str, Any]]:
    """A span, and what in it has a fault, by name. Raises `Invalid` where it is no object."""
    try:
        return _span(raw), {}
    except msgspec.ValidationError:
        pass
    except (msgspec.MsgspecError, UnicodeError):
        raw, mended = mend(raw)
        repairs += mended
    try:
        return _by_member(_object(raw), repairs)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise Invalid(f"The span is no JSON object that can be read: {error}.") from None


_MEMBERS: Final[dict[str, tuple[str, Callable[[Raw], Any]]]] = {
    field.encode_name: (field.name, msgspec.json.Decoder(field.type).decode) for field in msgspec.structs.fields(Span)
}
_ELEMENTS: Final[dict[str, Callable[[Raw], Any]]] = {
    "attributes": msgspec.json.Decoder(KeyValue).decode,
    "events": msgspec.json.Decoder(SpanEvent).decode,
    "links": msgspec.json.Decoder(SpanLink).decode,
}


def _by_member(members: dict[str, Raw], repairs: list[str]) -> tuple[Span, dict[str, Any]]:
    span = Span()
    odd: dict[str, Any] = {}
    for name, raw in members.items():
        if (known := _MEMBERS.get(name)) is None:
            continue
        attribute, decode = known
        try:
            setattr(span, attribute, decode(raw))
            continue
        except msgspec.ValidationError:
            pass
        try:
            setattr(span, attribute, _by_element(name, raw, odd))
        except (msgspec.ValidationError, KeyError):
            odd[name] = text_of(raw)
        repairs.append(f"{name} is not as OTLP writes it; what could not be read was kept in attributes.")
    return span, odd


def _by_element(name: str, raw: Raw, odd: dict[str, Any]) -> list[Any]:
    """The elements of a list that can be read. Raises `KeyError` where it should be none, `ValidationError` if it is
    none.
    """
    decode = _ELEMENTS[name]
    found = []
    for index, element in enumerate(_list(raw) or ()):
        try:
            found.append(decode(element))
        except msgspec.ValidationError:
            key, value = _plain_pair(element) if name == "attributes" else (None, None)
            odd[key or f"{name}[{index}]"] = value if key else text_of(element)
    return found


def _plain_pair(raw: Raw) -> tuple[str | None, Any]:
    """An attribute whose value is plain JSON, as some write it."""
    pair = msgspec.json.decode(raw)
    if isinstance(pair, dict) and isinstance(key := pair.get("key"), str):
        return key, pair.get("value")
    return None, None


def _meaning(span: Span, odd: dict[str, Any], origin: Origin, repairs: list[str]) -> Exported:
    status = span.status or _UNSET
    start = _natural(span.start_time_unix_nano, "startTimeUnixNano", repairs)
    end = _natural(span.end_time_unix_nano, "endTimeUnixNano", repairs)
    check_times(start, end, repairs)
    counts = (
        ("attributes", span.dropped_attributes_count),
        ("events", span.dropped_events_count),
        ("links", span.dropped_links_count),
    )
    return Exported(
        trace_id=_id(span.trace_id, "trace_id", TRACE_ID_BYTES, repairs),
        span_id=_id(span.span_id, "span_id", SPAN_ID_BYTES, repairs),
        parent_span_id=_id(span.parent_span_id, "parent_span_id", SPAN_ID_BYTES, repairs),
        trace_state=span.trace_state or "",
        name=span.name or "",
        kind=_enum(span.kind, "kind", "SPAN_KIND_", KINDS, repairs),
        start=start,
        end=end,
        flags=_natural(span.flags, "flags", repairs),
        status=_enum(status.code, "status.code", "STATUS_CODE_", STATUSES, repairs),
        status_message=status.message or "",
        attributes=_values(span.attributes, repairs) | odd if odd else _values(span.attributes, repairs),
        events=[
            Event(event.name or "", _natural(event.time_unix_nano, "timeUnixNano", repairs), attributes)
            for event in span.events or ()
            for attributes in (_values(event.attributes, repairs),)
        ],
        links=[
            Link(
                _linked(link.trace_id, TRACE_ID_BYTES),
                _linked(link.span_id, SPAN_ID_BYTES),
                link.trace_state or "",
                _values(link.attributes, repairs),
            )
            for link in span.links or ()
        ],
        dropped={name: whole for name, count in counts if (whole := _natural(count, "a dropped count", repairs))},
        resource=origin.resource,
        scope_name=origin.scope_name,
        scope_version=origin.scope_version,
        scope=origin.scope,
        repairs=repairs,
    )


_UNSET: Final = SpanStatus()


def _id(text: str | None, name: str, length: int, repairs: list[str]) -> str:
    if not text:
        return whole_id(b"", name, length, repairs)
    raw = _id_bytes(text, length)
    if raw is None:
        if not text.strip("0- "):
            return whole_id(b"\0", name, length, repairs)
        repairs.append(f"{name} is not {2 * length} hex digits; it was kept as text.")
        return text
    if len(text) != 2 * length:
        repairs.append(BASE64)
    return whole_id(raw, name, length, repairs)


def _linked(text: str | None, length: int) -> str:
    raw = _id_bytes(text, length) if text else None
    return raw.hex() if raw is not None else text or ""


def _id_bytes(text: str, length: int) -> bytes | None:
    """The bytes of an id in hex digits or, told by its length, in base64; None where it is neither."""
    raw = b""
    try:
        if len(text) == 2 * length:
            raw = bytes.fromhex(text)
        elif len(text) == (length + 2) // 3 * 4:
            raw = base64.b64decode(text, validate=True)
    except ValueError:
        return None
    return raw if len(raw) == length else None


def _enum(value: int | str | None, name: str, prefix: str, names: Sequence[str], repairs: list[str]) -> int:
    """The number of an enum's value, unknown ones included. Its name is understood, too."""
    if isinstance(value, int):
        return value
    if not value:
        return 0
    word = value.removeprefix(prefix)
    if word in names:
        return names.index(word)
    return _natural(value, name, repairs)


def _natural(value: Whole, name: str, repairs: list[str]) -> int:
    if not value:
        return 0
    whole = -1
    if isinstance(value, str):
        if len(value) <= _DIGITS_MAX and value.isdecimal():
            whole = int(value)
    elif value == int(value):
        whole = int(value)
    if not 0 <= whole <= _UINT64_MAX:
        repairs.append(f"{name} {_shown(value)[:100]!r} is not a whole number of 64 bits; it was left out.")
        return 0
    return whole


def _values(pairs: list[KeyValue] | None, repairs: list[str]) -> dict[str, Any]:
    """Attributes as a dictionary. A value of no kind is null, which counts as not sent."""
    found: dict[str, Any] = {}
    count = 0
    for pair in pairs or ():
        if (value := pair.value) is None:
            continue
        meant: Any = value.string_value
        if meant is None and (meant := _value(value, repairs)) is None:
            continue
        count += 1
        found[pair.key] = meant
    if count != len(found):
        repairs.append(TWICE)
    return found


def _value(value: AnyValue | None, repairs: list[str]) -> Any:
    found: Any = None
    if value is None:
        return None
    if value.string_value is not None:
        found = value.string_value
    elif value.int_value is not None:
        found = _integer(value.int_value)
    elif value.bool_value is not None:
        found = value.bool_value
    elif value.double_value is not None:
        found = _float(value.double_value)
    elif value.array_value is not None:
        found = [_value(inner, repairs) for inner in value.array_value.values or ()]
    elif value.kvlist_value is not None:
        found = _values(value.kvlist_value.values, repairs)
    else:
        found = value.bytes_value
    return found


def _integer(value: int | str) -> int | str:
    """A whole number; what is none of 64 bits stays a text."""
    if isinstance(value, str):
        if len(value) > _DIGITS_MAX or not value.removeprefix("-").isdecimal():
            return value
        value = int(value)
    return value if -INT64_MAX <= value <= INT64_MAX else _shown(value)


def _shown(value: float | str) -> str:
    """A number as text. Python does not write very long ones in digits."""
    return hex(value) if isinstance(value, int) and value.bit_length() > _BITS_MAX else str(value)


def _float(value: float | str) -> float | str:
    try:
        return number(float(value))
    except ValueError:
        return str(value)
