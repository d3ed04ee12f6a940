"""What of a recording is nowhere in the rows that it became: nothing, it is to be hoped.

An attribute is kept when it stands among the properties under its own name with its own value; or when the table has
a rule for it, and every text and number of its value is somewhere in the row. So a rule that takes an attribute and
drops it is found out, and an attribute that no rule knows cannot hide behind another one's value.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from midspan.ingest.otel.attributes import find
from midspan.ingest.otel.conventions import MESSAGE_EVENTS
from tests.corpus.rows import Row
from tests.corpus.spans import Readable

SHAPE: Final = frozenset((
    "text", "tool_call", "tool_call_response", "tool-call", "tool-result", "function", "reasoning", "thinking",
    "summary_text", "uri", "image", "user", "file", "json", "error-text",
))  # fmt: skip
"""Words that say what a part of a message is, or whose texts to embed are: in another shape nothing needs them."""

UNSHOWN: Final = "metadata._"
"""Keys of the metadata that no read shows, by the contract."""

RECORDED: Final = frozenset((*MESSAGE_EVENTS, "gen_ai.unknown"))
"""The same of messages that Logfire records as a list of events."""


def lost(sent: list[Readable], stored: list[Row]) -> list[str]:
    """A sentence for everything that was sent and not kept."""
    rows = {row["span_unique_id"]: row for row in stored}
    return [
        f"{span['name']}: {what}"
        for above in sent
        for span in above["spans"]
        for what in (_lost(above, span, rows[span["span_id"]]) if span["span_id"] in rows else ["is not stored"])
    ]


def _lost(above: Readable, span: Readable, row: Row) -> Iterator[str]:
    kept = set(_leaves(row))
    yield from _lost_attributes(span.get("attributes", {}), row["properties"] or {}, kept)
    yield from _lost_origin(above, row["properties"] or {})
    for event in span.get("events", []):
        if gone := {event["name"].lower(), *_leaves(event.get("attributes", {}))} - kept - SHAPE:
            yield f"event {event['name']} lost {sorted(gone)}"
    for link in span.get("links", []):
        if gone := set(_leaves(link)) - kept:
            yield f"a link lost {sorted(gone)}"
    for name in ("trace_state", "status_message"):
        if name in span and span[name].lower() not in kept:
            yield f"{name} is nowhere"


def _lost_attributes(sent: dict[str, Any], properties: dict[str, Any], kept: set[str]) -> Iterator[str]:
    for name, value in sent.items():
        if name in properties and _same(properties[name], value):
            continue
        if (rule := find(name)) is None:
            yield f"no rule knows {name}, and it is no property"
        elif rule.slot.startswith(UNSHOWN):
            continue
        elif rule.slot == "ttft:moment":
            # The moment of the first token is kept as the seconds until then, and among the properties where it is not.
            continue
        elif gone := set(_leaves(value)) - kept - SHAPE - RECORDED:
            yield f"{name} lost {sorted(gone)}"


def _lost_origin(above: Readable, properties: dict[str, Any]) -> Iterator[str]:
    """What of the resource and the scope is no property."""
    scope = above["scope"]
    origin = {f"otel.resource.{name}": value for name, value in above["resource"].items()}
    origin |= {f"otel.scope.{name}": value for name, value in scope.get("attributes", {}).items()}
    origin |= {f"otel.scope.{name}": scope[name] for name in ("name", "version") if scope.get(name)}
    for name, value in origin.items():
        if name not in properties or not _same(properties[name], value):
            yield f"{name} is not {value!r}"


def _same(kept: Any, sent: Any) -> bool:
    return kept == sent and isinstance(kept, bool) == isinstance(sent, bool)


def _leaves(value: Any) -> Iterator[str]:
    """Every text and number inside a value, JSON texts looked into. Costs are stored in so many digits."""
    match value:
        case dict():
            for inner in value.values():
                yield from _leaves(inner)
        case list():
            for inner in value:
                yield from _leaves(inner)
        case bool():
            yield str(value).lower()
        case int():
            yield repr(float(value))
        case float():
            yield repr(float(f"{value:.12g}"))
        case str() if value:
            read = _read(value)
            yield from (_leaves(read) if read is not value else (value.lower(),))


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
