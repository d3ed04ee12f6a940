"""Tokens: what a provider's usage object says, and how its parts are kept from being counted twice.

Three conventions are in use. OpenAI counts cached tokens inside the prompt's, and so does Gemini; Anthropic counts
them beside it. `prompt_tokens` is kept as the provider said it, and `token_convention` remembers which held.
"""

from typing import Any, Final

import msgspec

from midspan.ingest.values import INT64_MAX

_object = msgspec.json.Decoder(dict[str, Any]).decode

PROMPT: Final = (
    "prompt_tokens",
    "input_tokens",
    "promptTokenCount",
    "prompt_token_count",
    "promptTokens",
    "inputTokens",
)
COMPLETION: Final = ("completion_tokens", "output_tokens", "candidatesTokenCount", "candidates_token_count",
                     "completionTokens", "outputTokens")  # fmt: skip
TOTAL: Final = ("total_tokens", "totalTokenCount", "total_token_count", "totalTokens")
CACHE_READ: Final = ("cache_read_input_tokens", "prompt_cache_hit_tokens", "cachedContentTokenCount",
                     "cached_content_token_count", "cachedInputTokens", "cacheReadInputTokens")  # fmt: skip
CACHE_WRITE: Final = ("cache_creation_input_tokens", "prompt_cache_creation_tokens", "cacheWriteInputTokens")
THOUGHTS: Final = ("thoughtsTokenCount", "thoughts_token_count")
TOOL_PROMPT: Final = ("toolUsePromptTokenCount", "tool_use_prompt_token_count")
INPUT_DETAILS: Final = ("prompt_tokens_details", "input_tokens_details")
OUTPUT_DETAILS: Final = ("completion_tokens_details", "output_tokens_details")


def apply_usage(values: dict[str, Any], repairs: list[str]) -> None:
    """Fill the token fields that were not sent from `usage`, then the total and the convention.

    A count in `usage` that is none is passed over with a warning: the object itself is kept as it came.
    """
    text = values.get("usage")
    usage = _Usage(_decode(text, repairs), repairs) if text else None
    if usage is not None:
        usage.fill(values)
    _settle(values, usage)


def _decode(text: str, repairs: list[str]) -> dict[str, Any]:
    try:
        return _object(text)
    except (msgspec.MsgspecError, RecursionError):
        repairs.append("usage could not be read.")
        return {}


class _Usage:
    """A provider's usage object, whatever its dialect."""

    def __init__(self, members: dict[str, Any], repairs: list[str]) -> None:
        self.members = members
        self.repairs = repairs
        self.input_details = self._details(INPUT_DETAILS)

    def _details(self, names: tuple[str, ...]) -> dict[str, Any] | None:
        for name in names:
            if isinstance(found := self.members.get(name), dict):
                return found
        return None

    def count(self, names: tuple[str, ...], members: dict[str, Any] | None = None) -> int | None:
        """The first of the names that holds a count."""
        members = self.members if members is None else members
        for name in names:
            value = members.get(name)
            if value is None:
                continue
            if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
                value = int(value)
            if isinstance(value, float) and value.is_integer():
                value = int(value)
            if type(value) is int and 0 <= value <= INT64_MAX:
                return value
            self.repairs.append(f"usage.{name} is not a count; it was passed over.")
        return None

    def fill(self, values: dict[str, Any]) -> None:
        details = self.input_details or {}
        written, hour = self._cache_written(details)
        read = self.count(CACHE_READ)
        found = {
            "prompt_tokens": self.count(PROMPT),
            "completion_tokens": self.count(COMPLETION),
            "prompt_cache_hit_tokens": self.count(("cached_tokens",), details) if read is None else read,
            "prompt_cache_creation_tokens": written,
            "prompt_cache_creation_1h_tokens": hour,
            "reasoning_tokens": self.count(("reasoning_tokens",), self._details(OUTPUT_DETAILS) or {}),
        }
        thoughts = self.count(THOUGHTS)
        if thoughts is not None:
            # Gemini counts thinking beside the answer, and what tools fed in beside the prompt.
            found["completion_tokens"] = (found["completion_tokens"] or 0) + thoughts
            found["reasoning_tokens"] = thoughts
        if tool_prompt := self.count(TOOL_PROMPT):
            found["prompt_tokens"] = (found["prompt_tokens"] or 0) + tool_prompt
        for name, value in found.items():
            if value is not None:
                values.setdefault(name, value)

    def _cache_written(self, details: dict[str, Any]) -> tuple[int | None, int | None]:
        """(tokens written to the cache, those of them written for an hour)."""
        written = self.count(("cache_creation_prompt_tokens",)) or self.count(CACHE_WRITE)
        if written is None:
            written = self.count(("cache_write_tokens", "cache_creation_tokens"), details)
        apart = self.members.get("cache_creation")
        if not isinstance(apart, dict):
            return written, None
        minutes = self.count(("ephemeral_5m_input_tokens",), apart)
        hour = self.count(("ephemeral_1h_input_tokens",), apart)
        if written is None and not (minutes is None and hour is None):
            written = (minutes or 0) + (hour or 0)
        return written, hour

    def is_outside(self, values: dict[str, Any], cached: int) -> bool | None:
        """Whether the object's shape says that cached tokens are beside the prompt's; None: it does not say."""
        members = self.members
        if self.input_details is not None:
            return False
        sent = self.count(("input_tokens",))
        if sent is None or members.get("prompt_tokens") is not None or not any(n.startswith("cache_") for n in members):
            return None
        if values.get("prompt_tokens") in (None, sent):
            return True
        # Another prompt count was sent beside it: the sum proves that it has the cached tokens in it.
        return False if values["prompt_tokens"] == sent + cached else None


def _settle(values: dict[str, Any], usage: _Usage | None) -> None:
    """Decide the convention, and sum the parts so that none is counted twice."""
    get = values.get
    hour = get("prompt_cache_creation_1h_tokens")
    if hour and hour > (get("prompt_cache_creation_tokens") or 0):
        values["prompt_cache_creation_tokens"] = hour
    prompt, completion = get("prompt_tokens"), get("completion_tokens")
    cached = (get("prompt_cache_hit_tokens") or 0) + (get("prompt_cache_creation_tokens") or 0)
    total = get("total_request_tokens")
    if total is None and usage is not None:
        total = usage.count(TOTAL)
    if cached:
        is_outside = _is_outside(values, usage, cached, total)
        values["token_convention"] = "outside" if is_outside else "inside"
    if not (prompt is None and completion is None and not cached):
        total = (prompt or 0) + (completion or 0)
        if cached and is_outside:
            total += cached
    if total is not None:
        values["total_request_tokens"] = min(total, INT64_MAX)


def _is_outside(values: dict[str, Any], usage: _Usage | None, cached: int, total: int | None) -> bool:
    prompt = values.get("prompt_tokens") or 0
    if cached > prompt:
        return True
    said = usage.is_outside(values, cached) if usage is not None else None
    if said is not None:
        return said
    if "claude" in f"{values.get('model', '')} {values.get('response_model', '')}".lower():
        return total != prompt + (values.get("completion_tokens") or 0)
    return False
