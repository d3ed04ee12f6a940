"""The messages of OTLP as its JSON writes them, in the words of the specification.

64-bit numbers may be texts, and enums are numbers; names of enums are understood, too.
"""

import msgspec

Whole = int | float | str | None


class AnyValue(msgspec.Struct, rename="camel"):
    """A value of any kind: one of these members."""

    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: "ArrayValue | None" = None
    kvlist_value: "KeyValueList | None" = None
    bytes_value: str | None = None


class ArrayValue(msgspec.Struct):
    """A list of values."""

    values: list[AnyValue | None] | None = None


class KeyValue(msgspec.Struct):
    """An attribute."""

    key: str = ""
    value: AnyValue | None = None


class KeyValueList(msgspec.Struct):
    """Attributes as one value."""

    values: list[KeyValue] | None = None


class SpanEvent(msgspec.Struct, rename="camel"):
    """Something that happened at one moment of a span."""

    time_unix_nano: Whole = None
    name: str | None = None
    attributes: list[KeyValue] | None = None


class SpanLink(msgspec.Struct, rename="camel"):
    """Another span that a span points to."""

    trace_id: str | None = None
    span_id: str | None = None
    trace_state: str | None = None
    attributes: list[KeyValue] | None = None


class SpanStatus(msgspec.Struct):
    """How it ended: 0 unset, 1 ok, 2 error."""

    code: int | str | None = None
    message: str | None = None


class Span(msgspec.Struct, rename="camel"):
    """A span of OpenTelemetry. Times are nanoseconds since 1970."""

    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    trace_state: str | None = None
    flags: Whole = None
    name: str | None = None
    kind: int | str | None = None
    start_time_unix_nano: Whole = None
    end_time_unix_nano: Whole = None
    attributes: list[KeyValue] | None = None
    dropped_attributes_count: Whole = None
    events: list[SpanEvent] | None = None
    dropped_events_count: Whole = None
    links: list[SpanLink] | None = None
    dropped_links_count: Whole = None
    status: SpanStatus | None = None


class Resource(msgspec.Struct):
    """What the spans come from."""

    attributes: list[KeyValue] | None = None


class Scope(msgspec.Struct):
    """The library that made the spans."""

    name: str | None = None
    version: str | None = None
    attributes: list[KeyValue] | None = None


class ScopeSpans(msgspec.Struct):
    """Spans of one library."""

    scope: Scope | None = None
    spans: list[Span] | None = None


class ResourceSpans(msgspec.Struct, rename="camel"):
    """Spans of one resource."""

    resource: Resource | None = None
    scope_spans: list[ScopeSpans] | None = None


class TracesRequest(msgspec.Struct, rename="camel"):
    """An ExportTraceServiceRequest."""

    resource_spans: list[ResourceSpans]
