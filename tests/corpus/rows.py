"""Stored spans as the corpus expects them: what does not change between two runs, in an order that does not either.

Ids and times are left out; a span names its parent, and its place is that in the tree. Empty fields are left out, too,
so whatever Midspan made of the attributes is there, and a field that nobody thought of shows.
"""

import difflib
import json
import re
from collections.abc import Iterator
from typing import Any, Final

import httpx

from tests.corpus.catalogue import SCRATCH
from tests.speaking import listed, retrieve

Row = dict[str, Any]

FIRST: Final = (
    "name", "parent", "log_type", "status", "status_code", "error_message", "error_code", "model", "response_model",
    "provider_id", "input", "output", "tools", "tool_calls", "finish_reason", "prompt_tokens", "completion_tokens",
    "total_request_tokens", "prompt_cache_hit_tokens", "prompt_cache_creation_tokens", "reasoning_tokens", "cost",
    "time_to_first_token", "stream", "customer_identifier", "customer_email", "customer_name", "thread_identifier",
    "session_identifier", "trace_group_identifier", "span_workflow_name", "span_path", "trace_name", "metadata",
)  # fmt: skip
"""The order of the fields; all others come after them, and `properties` last."""

HIDDEN: Final = frozenset((
    "id", "unique_id", "organization_id", "unique_organization_id", "organization_name", "environment",
    "trace_unique_id", "span_unique_id", "span_parent_id", "span_name", "timestamp", "start_time", "received_at",
    "period_start", "period_end", "latency", "generation_time", "ttft", "tokens_per_second", "input_preview",
    "output_preview", "prompt_messages", "messages", "completion_message", "token_convention", "usage", "cost_details",
    "prompt_unit_price", "completion_unit_price", "has_tool_calls", "log_method", "organization_key_id",
    "organization_key_name", "keywordsai_params",
))  # fmt: skip
"""Ids, times, and what only says again what another field says."""

VOLATILE: Final = re.compile(
    r"otel\.resource\.(?:process|host|os)\..*|(?:otel\.resource\.)?(?:service\.instance\.id|server\.port)"
    r"|otel\.resource\.telemetry\.sdk\.version|thread\.(?:id|name)|code\..*|url\.full|http\.url|net\.peer\.port"
    r"|gen_ai\.(?:client\.operation\..*|execute_tool\.duration)"
    r"|hidden_params|litellm\.call_id"
)
"""Properties that depend on the machine or the moment; that they are there is enough."""

STEADY: Final = ((re.compile(r"http://127\.0\.0\.1:\d+"), "http://provider"), (re.compile(rf"/\S*{SCRATCH}\w+/"), ""))
"""Inside of texts: the provider's address, and the folder that a program ran in, are others each time."""

EMPTY: Final[tuple[Any, ...]] = (None, "", [], {}, 0, False)


def stored(client: httpx.Client) -> list[Row]:
    """Every span of a client's organization, whole, in the order of the trees; as the reading API answers it."""
    found = [retrieve(client, row["id"]) for row in listed(client, start_time="2020-01-01T00:00:00Z")]
    found.sort(key=lambda row: (row["start_time"] or row["timestamp"], row["span_name"], row["span_unique_id"]))
    known = {row["span_unique_id"] for row in found}
    below: dict[str | None, list[Row]] = {}
    for row in found:
        parent = row["span_parent_id"]
        below.setdefault(parent if parent in known else None, []).append(row)
    return list(_walked(below, None))


def _walked(below: dict[str | None, list[Row]], parent: str | None) -> Iterator[Row]:
    for row in below.get(parent, []):
        yield row
        yield from _walked(below, row["span_unique_id"])


def expected(found: list[Row]) -> list[Row]:
    """The same, as `rows.json` has them."""
    names = {row["span_unique_id"]: row["span_name"] for row in found}
    return [_expected(row, names) for row in found]


def _expected(row: Row, names: dict[str, str]) -> Row:
    shown = {name: _read(value) for name, value in row.items() if name not in HIDDEN}
    shown["name"] = row["span_name"]
    if row["span_parent_id"]:
        shown["parent"] = names.get(row["span_parent_id"], "(a span that was not sent)")
    if row["time_to_first_token"] is not None:
        shown["time_to_first_token"] = "…"
    shown["properties"] = {name: _steady(name, value) for name, value in sorted((row["properties"] or {}).items())}
    places = {name: place for place, name in enumerate(FIRST)}
    ordered = sorted(shown, key=lambda name: (places.get(name, 99), name == "properties", name))
    return {name: shown[name] for name in ordered if shown[name] not in EMPTY}


def _read(value: Any) -> Any:
    """A JSON text as what it says."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _steady(name: str, value: Any) -> Any:
    if VOLATILE.fullmatch(name):
        return "…"
    if name == "otel.events":
        value = [{key: inner for key, inner in event.items() if key != "time"} for event in value]
    return _in_texts(value)


def _in_texts(value: Any) -> Any:
    match value:
        case str():
            for pattern, word in STEADY:
                value = pattern.sub(word, value)
        case list():
            return [_in_texts(inner) for inner in value]
        case dict():
            return {name: _in_texts(inner) for name, inner in value.items()}
    return value


def text(rows: Any) -> str:
    """JSON as a reader wants it."""
    return json.dumps(rows, indent=2, ensure_ascii=False) + "\n"


def difference(wanted: list[Row], found: list[Row]) -> str:
    """Where two lists of rows differ, line by line; empty where they do not."""
    lines = difflib.unified_diff(text(wanted).splitlines(), text(found).splitlines(), "expected", "found", lineterm="")
    return "\n".join(lines)
