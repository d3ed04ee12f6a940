"""An OTLP export, cut into its spans: what protobuf and JSON share.

A request is cut without looking into its spans. Each is decoded by itself, so that one bad span costs nothing but
itself, and the server can do other work between two spans.
"""

import math
from collections.abc import Callable
from typing import Any, Final

import msgspec

from midspan.errors import TooLarge
from midspan.ingest.otel.exported import Exported

SPANS_MAX: Final = 50_000
"""Spans that one request may hold: a span can be two bytes long, and each becomes a row."""

FIELDS_MAX: Final = 10 * SPANS_MAX
"""Fields around the spans of one request. The smallest has two bytes, and each becomes an object."""

SPREAD_BYTES_MAX: Final = 128 << 20
"""What a request's resources and scopes may come to, counted once for each span below them."""

PARTS_MAX: Final = 100_000
"""Attributes of a span that are kept, and events, and links. OpenTelemetry's own limit is 128 of each."""

DEEP: Final = 30
"""Values nested deeper than about this are not taken apart any more."""

TWICE: Final = "Of attributes that came twice under one name the last counts."

TRACE_ID_BYTES: Final = 16
SPAN_ID_BYTES: Final = 8


class Origin(msgspec.Struct):
    """The resource and the scope that spans stand under."""

    resource: dict[str, Any]
    scope_name: str = ""
    scope_version: str = ""
    scope: dict[str, Any] = {}
    size: int = 0
    """Bytes, as they came."""
    repairs: list[str] = []

    def bare(self) -> "Origin":
        """The same without attributes, which says so."""
        said = f"Attributes of resource and scope ({self.size} bytes) were left out: too much to repeat on each span."
        return Origin({}, self.scope_name, self.scope_version, repairs=[*self.repairs, said])


class Sent(msgspec.Struct):
    """One span of an export, not looked into yet."""

    raw: bytes
    origin: Origin
    decode: Callable[["Sent"], Exported]
    """Raises `Invalid` where it cannot be read at all."""
    repairs: list[str] = []
    """A sentence for everything that had to be repaired in it; filled while it is read."""

    @property
    def size(self) -> int:
        """Bytes, resource and scope included."""
        return len(self.raw) + self.origin.size


def require_few(count: int) -> None:
    """Raises `TooLarge` where a request holds so many spans."""
    if count > SPANS_MAX:
        raise TooLarge(f"The request holds more than {SPANS_MAX} spans; send fewer at a time.")


def bounded(found: list[Sent]) -> list[Sent]:
    """The spans of a request, with no more of their resources and scopes than can be stored with each of them."""
    spread = 0
    full = bare = None
    for sent in found:
        spread += sent.origin.size
        if spread > SPREAD_BYTES_MAX:
            if sent.origin is not full or bare is None:
                full, bare = sent.origin, sent.origin.bare()
            sent.origin = bare
    return found


def cut(span: Any, size: int, repairs: list[str]) -> None:
    """Leave a span, of so many bytes, no more parts than are kept; `span` has them as OTLP names them."""
    if size <= 2 * PARTS_MAX:  # no part is smaller than two bytes
        return
    for name in ("attributes", "events", "links"):
        parts = getattr(span, name)
        if parts is not None and (count := len(parts)) > PARTS_MAX:
            del parts[PARTS_MAX:]
            repairs.append(f"Of {count} {name} the first {PARTS_MAX} were kept.")


def check_times(start: int, end: int, repairs: list[str]) -> None:
    """Say so where a span has no time at all. One that has no end is still open."""
    if not start and not end:
        repairs.append("start and end are missing; the time of arrival counts as the end.")


def whole_id(raw: bytes, name: str, length: int, repairs: list[str]) -> str:
    """An id of a span as text: hex digits, or the text as sent where it is no proper id, or "" where it is none."""
    if len(raw) == length:
        text = raw.hex()
        if text.strip("0"):
            return text
    elif raw.strip(b"\0"):
        repairs.append(f"{name} has {len(raw)} bytes, not {length}; it was kept as text.")
        return _printable(raw)
    if name != "parent_span_id":
        repairs.append(f"{name} is {'all zeros' if raw else 'missing'}; the span was given one.")
    return ""


def linked_id(raw: bytes) -> str:
    """The same for the id of a link, which says nothing of what it is not."""
    return raw.hex() if len(raw) in (SPAN_ID_BYTES, TRACE_ID_BYTES) and raw.strip(b"\0") else _printable(raw)


def _printable(raw: bytes) -> str:
    raw = raw.strip(b"\0")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw.hex()
    return text if text.isprintable() else raw.hex()


def number(value: float) -> float | str:
    """A number as JSON can hold it: NaN and the infinities become the texts that OTLP's JSON writes for them."""
    if math.isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124
