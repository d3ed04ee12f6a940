"""Tokens and cost from a span's attributes, handed on as a usage object whose shape says what is inside what.

By the GenAI conventions, OpenInference and OpenLLMetry cached tokens are inside the input's. Langfuse keeps them beside
it, and so do Vercel's SDK before version 6 and OpenLIT for Anthropic's models. `ingest/usage.py` reads the shape.
"""

from typing import Any, Final

from midspan.ingest.otel.attributes import OWN_RANK_MAX
from midspan.ingest.otel.exported import Exported
from midspan.ingest.otel.found import Found, Held
from midspan.ingest.otel.readers import amount, count, from_json, known_cost

Values = dict[str, Any]

_COUNTS: Final[tuple[str, ...]] = (
    "usage:prompt",
    "usage:completion",
    "usage:total",
    "usage:read",
    "usage:written",
    "usage:reasoning",
)
_PARTS: Final = ("usage:read", "usage:written", "usage:reasoning")
"""Counts of tokens that are among another count's."""
_WHOLES: Final = ("usage:prompt", "usage:completion", "usage:total", "usage:details")
_SUMS: Final = (*_COUNTS, "usage:details", "cost", "cost:details")
_SUMMED_UP: Final = ("workflow", "agent")
_CLIENT: Final = 3
"""The kind of a span that calls something elsewhere."""

_DIALECTS: Final = frozenset(("prompt_tokens", "input_tokens", "promptTokenCount", "promptTokens", "inputTokens"))
_USAGE_OBJECT: Final = "metadata.usage_object"
_READ: Final = ("cache_read_input_tokens", "input_cached_tokens", "input_cache_read", "input_cached", "cache_read")
_WRITTEN: Final = ("cache_creation_input_tokens", "input_cache_creation", "input_cache_write", "cache_creation")
_THOUGHT: Final = ("output_reasoning_tokens", "output_reasoning", "reasoning", "reasoning_tokens")


def take_tallies(found: Found, exported: Exported, log_type: str, values: Values) -> None:
    """Fill `usage` and `cost`.

    Spans of agents and workflows repeat the sums of what they call, which counts already where it was spent; there
    the sums are left over. A span that calls an agent elsewhere is the only one to know.
    """
    held = found.held
    if log_type in _SUMMED_UP and exported.kind != _CLIENT:
        for slot in _SUMS:
            if slot in held and held[slot].rank > OWN_RANK_MAX:
                found.give_back(slot)
    _take_cost(found, values)
    if held.keys().isdisjoint(_WHOLES):
        # A step of an agent, of which the call below it has the whole.
        for slot in _PARTS:
            found.give_back(slot)
    _read_usage_object(found)
    if "usage:details" in held:
        _take_details(found, values)
    is_beside = _is_beside(found, exported)
    counts = {slot: held.pop(slot).value for slot in _COUNTS if slot in held}
    if counts and "usage" not in values:
        values["usage"] = _usage(counts, is_beside)


def _read_usage_object(found: Found) -> None:
    """LiteLLM sends the provider's usage as Python writes a dictionary of numbers."""
    if isinstance(sent := found.rest.get(_USAGE_OBJECT), str) and "usage:details" not in found.held:
        usage = from_json(sent.replace("'", '"').replace("None", "null"))
        if isinstance(usage, dict) and _DIALECTS & usage.keys():
            found.held["usage:details"] = Held(OWN_RANK_MAX + 1, _USAGE_OBJECT, sent, usage)


def _take_cost(found: Found, values: Values) -> None:
    if (details := found.held.pop("cost:details", None)) is None:
        return
    members: dict[str, Any] = details.value
    total = next((members[name] for name in ("total", "total_cost") if name in members), None)
    if total is None and all(amount(cost) is not None for cost in members.values()):
        total = sum(amount(cost) or 0 for cost in members.values())
    if (cost := known_cost(total)) is not None:
        own = found.held.get("cost")
        if own is None or details.rank < own.rank:
            found.give_back("cost")
            values["cost"] = cost
    if len(members) > 1 or "cost" not in values:
        found.rest[details.name] = details.sent


def _take_details(found: Found, values: Values) -> None:
    """A usage object: a provider's own, or Langfuse's, whose members are apart. It beats single counts."""
    details = found.held["usage:details"]
    members: dict[str, Any] = details.value
    if _DIALECTS & members.keys():
        del found.held["usage:details"]
        values["usage"] = members
    elif (usage := _apart(members)) is not None:
        found.give_back("usage:details")
        values["usage"] = usage
    else:
        found.give_back("usage:details")
        return
    for slot in _COUNTS:
        if slot in found.held and found.held[slot].value in members.values():
            del found.held[slot]
        found.give_back(slot)


def _apart(members: dict[str, Any]) -> dict[str, Any] | None:
    """Langfuse's `input` and `output`, with cached and reasoning tokens beside them unless the total says otherwise."""

    def first(*names: str) -> int | None:
        return next((found for name in names if (found := count(members.get(name))) is not None), None)

    prompt, completion, total = first("input"), first("output"), first("total")
    read, written, thought = first(*_READ), first(*_WRITTEN), first(*_THOUGHT)
    if prompt is None and completion is None and total is None:
        return None
    plain = (prompt or 0) + (completion or 0)
    cached = (read or 0) + (written or 0)
    if thought and total is not None and total in (plain + thought, plain + cached + thought):
        completion = (completion or 0) + thought
    counts = {
        "usage:prompt": prompt, "usage:completion": completion, "usage:total": total, "usage:read": read,
        "usage:written": written, "usage:reasoning": thought,
    }  # fmt: skip
    return _usage({slot: value for slot, value in counts.items() if value is not None}, total != plain)


def _usage(counts: dict[str, int], is_beside: bool) -> dict[str, Any]:
    """A usage object in OpenAI's shape, or where cached tokens are beside the input's in Anthropic's."""
    get = counts.get
    read, written, reasoning = get("usage:read"), get("usage:written"), get("usage:reasoning")
    usage: dict[str, Any]
    if is_beside and (read or written):
        usage = {"input_tokens": get("usage:prompt", 0), "output_tokens": get("usage:completion")}
        usage |= {"cache_read_input_tokens": read or 0, "cache_creation_input_tokens": written or 0}
        if reasoning is not None:
            usage["output_tokens_details"] = {"reasoning_tokens": reasoning}
    else:
        usage = {"prompt_tokens": get("usage:prompt"), "completion_tokens": get("usage:completion")}
        usage["total_tokens"] = get("usage:total")
        cached = {"cached_tokens": read, "cache_creation_tokens": written}
        if read is not None or written is not None:
            usage["prompt_tokens_details"] = {name: value for name, value in cached.items() if value is not None}
        if reasoning is not None:
            usage["completion_tokens_details"] = {"reasoning_tokens": reasoning}
    return {name: value for name, value in usage.items() if value is not None}


def _is_beside(found: Found, exported: Exported) -> bool:
    """Whether cached tokens stand beside the input's: of Anthropic's models, in what two instrumentations send."""
    read = found.held.get("usage:read")
    written = found.held.get("usage:written")
    model = found.held.get("model") or found.held.get("response_model")
    if (read is None and written is None) or model is None or "claude" not in model.value.lower():
        return False
    if exported.scope_name.startswith("openlit.") or exported.resource.get("telemetry.sdk.name") == "openlit":
        return True
    return read is not None and read.name == "ai.usage.cachedInputTokens"
