"""Tokens: what a provider's usage object says, and how its parts are kept from being counted twice.

Three conventions are in use. OpenAI counts cached tokens inside the prompt's, and so does Gemini; Anthropic counts
them beside it. `prompt_tokens` is kept as the provider said it, and `token_convention` remembers which held.
"""

from typing import Any, Final

import msgspec

from midspan.ingest.values import INT64_MAX

Members = dict[str, Any]
Counts = dict[str, int]

_LENGTH_MAX: Final = 65_536

_object = msgspec.json.Decoder(Members).decode

_NAMES: Final = {
    name: meaning
    for meaning, names in {
        "prompt": "prompt_tokens input_tokens promptTokenCount prompt_token_count promptTokens inputTokens",
        "completion": "completion_tokens output_tokens candidatesTokenCount candidates_token_count completionTokens "
        "outputTokens",
        "total": "total_tokens totalTokenCount total_token_count totalTokens",
        "read": "cache_read_input_tokens prompt_cache_hit_tokens cachedContentTokenCount cached_content_token_count "
        "cachedInputTokens cacheReadInputTokens",
        "written": "cache_creation_input_tokens prompt_cache_creation_tokens cacheWriteInputTokens",
        "rewritten": "cache_creation_prompt_tokens",
        "thoughts": "thoughtsTokenCount thoughts_token_count",
        "reasoning": "reasoning_tokens reasoningTokens",
        "tool_prompt": "toolUsePromptTokenCount tool_use_prompt_token_count",
    }.items()
    for name in names.split()
}
"""What each name in a usage object counts. Where two names count the same thing, the one that comes first holds,
but for the two below."""
_BEST: Final = frozenset(("prompt_tokens", "completion_tokens"))

_INPUT_DETAILS: Final = {"cached_tokens": "read", "cache_write_tokens": "written", "cache_creation_tokens": "written"}
_OUTPUT_DETAILS: Final = {"reasoning_tokens": "reasoning"}
_CREATION: Final = {"ephemeral_5m_input_tokens": "minutes", "ephemeral_1h_input_tokens": "hour"}
_DETAILS: Final = {
    "prompt_tokens_details": _INPUT_DETAILS,
    "input_tokens_details": _INPUT_DETAILS,
    "completion_tokens_details": _OUTPUT_DETAILS,
    "output_tokens_details": _OUTPUT_DETAILS,
    "cache_creation": _CREATION,
}


def apply_usage(values: dict[str, Any], repairs: list[str]) -> None:
    """Fill the token fields that were not sent from `usage`, then the total and the convention.

    A count in `usage` that is none is passed over with a warning: the object itself is kept as it came.
    """
    members: Members = {}
    counts: Counts = {}
    if text := values.get("usage"):
        try:
            # No provider's object is longer; anything else is not worth the memory.
            members = _object(text) if len(text) <= _LENGTH_MAX else {}
        except (msgspec.MsgspecError, RecursionError):
            repairs.append("usage could not be read; it was kept as it came.")
        else:
            counts = _counts(members, repairs)
            _fill(values, counts)
    _settle(values, members, counts)


def _counts(members: Members, repairs: list[str]) -> Counts:
    """Every count in the object by what it counts."""
    counts: Counts = {}
    nested = []
    for name, value in members.items():
        if meaning := _NAMES.get(name):
            if (number := _count(name, value, repairs)) is not None and (meaning not in counts or name in _BEST):
                counts[meaning] = number
        elif name in _DETAILS and isinstance(value, dict):
            nested.append(name)
    # What the object says itself comes before its details.
    for name in nested:
        meanings = _DETAILS[name]
        for inner, value in members[name].items():
            meaning = meanings.get(inner)
            if meaning and meaning not in counts and (number := _count(inner, value, repairs)) is not None:
                counts[meaning] = number
    return counts


def _count(name: str, value: Any, repairs: list[str]) -> int | None:
    if type(value) is int and 0 <= value <= INT64_MAX:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, float) and value.is_integer() and 0 <= value < INT64_MAX:
        return int(value)
    if value is not None:
        repairs.append(f"usage.{name} is not a count; it was passed over.")
    return None


def _fill(values: dict[str, Any], counts: Counts) -> None:
    prompt, completion, get = counts.get("prompt"), counts.get("completion"), counts.get
    reasoning = get("reasoning")
    if (thoughts := get("thoughts")) is not None:
        # Gemini counts thinking beside the answer, and what tools fed in beside the prompt.
        completion, reasoning = (completion or 0) + thoughts, thoughts
    if tool_prompt := get("tool_prompt"):
        prompt = (prompt or 0) + tool_prompt
    hour, minutes = get("hour"), get("minutes")
    written = get("rewritten") or get("written")
    if written is None and not (hour is None and minutes is None):
        written = (hour or 0) + (minutes or 0)
    for name, value in (
        ("prompt_tokens", prompt),
        ("completion_tokens", completion),
        ("prompt_cache_hit_tokens", get("read")),
        ("prompt_cache_creation_tokens", written),
        ("prompt_cache_creation_1h_tokens", hour),
        ("reasoning_tokens", reasoning),
    ):
        if value is not None and name not in values:
            values[name] = min(value, INT64_MAX)


def _settle(values: dict[str, Any], members: Members, counts: Counts) -> None:
    """Decide the convention, and sum the parts so that none is counted twice."""
    get = values.get
    prompt, completion = get("prompt_tokens"), get("completion_tokens")
    read, written = get("prompt_cache_hit_tokens") or 0, get("prompt_cache_creation_tokens") or 0
    hour = get("prompt_cache_creation_1h_tokens") or 0
    if hour > written:
        values["prompt_cache_creation_tokens"] = written = hour
    cached = read + written
    total = get("total_request_tokens", counts.get("total"))
    is_outside = False
    if cached:
        is_outside = _is_outside(values, members, counts, cached, total)
        values["token_convention"] = "outside" if is_outside else "inside"
    if not (prompt is None and completion is None and not cached):
        total = (prompt or 0) + (completion or 0) + (cached if is_outside else 0)
    if total is not None:
        values["total_request_tokens"] = min(total, INT64_MAX)


def _is_outside(values: dict[str, Any], members: Members, counts: Counts, cached: int, total: int | None) -> bool:
    """Whether cached tokens are counted beside the prompt's (`*_details` beat the shape, the shape beats the model)."""
    prompt = values.get("prompt_tokens") or 0
    if cached > prompt:
        return True
    if members.get("prompt_tokens_details") is not None or members.get("input_tokens_details") is not None:
        return False
    if _is_beside(members):
        plain = counts.get("prompt", 0)
        if prompt == plain:
            return True
        if prompt == plain + cached:
            # The prompt count that was sent beside the object has the cached tokens in it.
            return False
    if "claude" in f"{values.get('model', '')} {values.get('response_model', '')}".lower():
        return total != prompt + (values.get("completion_tokens") or 0)
    return False


def _is_beside(members: Members) -> bool:
    """Whether the object has Anthropic's shape: `input_tokens`, and `cache_*` beside it."""
    return (
        members.get("input_tokens") is not None
        and members.get("prompt_tokens") is None
        and any(name.startswith("cache_") for name in members)
    )
