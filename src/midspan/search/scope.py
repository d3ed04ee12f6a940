"""Which spans a sum is over: those of a window of time that pass a filter, and what they are grouped by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from midspan.errors import BadRequest
from midspan.search.catalogue import Field
from midspan.search.fields import SPANS
from midspan.search.predicates import TENANT, Query, within
from midspan.search.tree import EVERYTHING, Filter
from midspan.search.where import Binder, placed, where


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Spans of a window that pass a filter. Times are microseconds; `end` None means no upper bound."""

    start: int
    end: int | None
    filter: Filter = EVERYTHING

    def where(self, prefix: str = "") -> Query:
        """The predicate over `spans @final`, tenant and all. `prefix` goes before the names of the window's bounds."""
        found = where(self.filter)
        window, bounds = within("spans.timestamp", self.start, self.end, prefix)
        return " AND ".join((TENANT, *window, found.sql)), {**found.parameters, **bounds}


GROUPABLE: Final = ("text", "integer", "float", "boolean", "json")
"""Kinds of field that spans can be grouped by."""
_CONTENT: Final = "Content"


def group_field(name: object) -> Field:
    """The field of spans to group by. Raises `BadRequest` with the nearest known name, or why not."""
    if not isinstance(name, str):
        raise BadRequest("group_by names fields, each as a text such as 'model'.", code="bad_group")
    field = SPANS.find(name)
    if field.group == _CONTENT and field.name != "note":
        raise BadRequest(f"Spans are not grouped by {field.name}, which is content.", code="bad_group")
    if field.is_of_trace:
        raise BadRequest(f"Spans are not grouped by {field.name}, which is asked of a trace.", code="bad_group")
    if field.kind not in GROUPABLE:
        instead = " Send an interval instead." if field.kind == "time" else " Send a key of it." * (field.kind == "map")
        raise BadRequest(f"Spans are not grouped by {field.name}, of kind {field.kind}.{instead}", code="bad_group")
    return field


FEW_VALUED: Final = frozenset({
    "model", "response_model", "provider_id", "log_type", "log_method", "status", "status_code", "finish_reason",
    "cost_source", "organization_key_id", "stream", "has_tool_calls", "is_root_span", "positive_feedback", "is_pinned",
})  # fmt: skip
"""Fields of which a store has few values, as a rule."""


def keys_sql(fields: Sequence[Field]) -> tuple[list[str], dict[str, str | int]]:
    """For each field a String that `read_key` reads, "" where the field is missing; and what is bound."""
    bind = Binder("g")
    return [_key(field, bind) for field in fields], bind.parameters


def _key(field: Field, bind: Binder) -> str:
    if _is_bare(field):
        return field.sql
    value, present = placed(field, bind)
    if field.kind == "json":
        return f"if({present}, concat('=', {value}), '')"
    if field.kind == "boolean":
        return f"multiIf(isNull({value}), '', {value}, '=true', '=false')"
    if field.kind == "text":
        return f"if({present}, concat('=', {value}), '')"
    # Plus nothing, which makes 0 of -0.
    return f"ifNull(concat('=', toString({value} + 0)), '')"


def _is_bare(field: Field) -> bool:
    """Whether an empty text is a missing one: such a text is its own key. Others have "=" before it."""
    return field.lets_missing_through


def read_key(field: Field, text: str) -> Any:
    """The group's value as JSON takes it, None where the field is missing."""
    if not text:
        return None
    if _is_bare(field):
        return text
    text = text[1:]
    if field.kind == "text":
        return text
    if field.kind == "json":
        return _json(text)
    if field.kind == "boolean":
        return text == "true"
    return int(text) if field.kind == "integer" else float(text)


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):  # a number that no float holds, or what is nested too deeply
        return text
