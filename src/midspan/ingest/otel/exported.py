"""A span as OpenTelemetry exports it, whichever encoding carried it."""

from typing import Any

import msgspec


class Event(msgspec.Struct):
    """Something that happened at one moment of a span."""

    name: str = ""
    time: int = 0
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)


class Link(msgspec.Struct):
    """Another span that a span points to."""

    trace_id: str = ""
    span_id: str = ""
    trace_state: str = ""
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)


class Exported(msgspec.Struct, kw_only=True):
    """A span with the resource and the scope it came under.

    Ids are lower-case hex, empty where none was sent or where it was all
    zeros, and the text as sent where it was no proper id. Times are
    nanoseconds since 1970, and 0 where none was sent. Values are text, bool,
    int, float, list and dict; bytes are base64 text. `repairs` is what
    decoding had to mend.
    """

    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    trace_state: str = ""
    name: str = ""
    kind: int = 0
    start: int = 0
    end: int = 0
    flags: int = 0
    status: int = 0
    status_message: str = ""
    attributes: dict[str, Any] = msgspec.field(default_factory=dict)
    events: list[Event] = msgspec.field(default_factory=list)
    links: list[Link] = msgspec.field(default_factory=list)
    dropped: dict[str, int] = msgspec.field(default_factory=dict)
    resource: dict[str, Any] = msgspec.field(default_factory=dict)
    scope_name: str = ""
    scope_version: str = ""
    scope: dict[str, Any] = msgspec.field(default_factory=dict)
    repairs: list[str] = msgspec.field(default_factory=list)
