"""midspan.ingest.usage: token counts of every dialect, and parts that never count a token twice."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midspan.ingest.usage import apply_usage


def fill(usage: Any = None, **sent: Any) -> tuple[dict[str, Any], list[str]]:
    values = dict(sent)
    if usage is not None:
        values["usage"] = json.dumps(usage)
    repairs: list[str] = []
    apply_usage(values, repairs)
    values.pop("usage", None)
    return values, repairs


OPENAI = {
    "prompt_tokens": 1200, "completion_tokens": 230, "total_tokens": 1430,
    "prompt_tokens_details": {"cached_tokens": 1024, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 64},
}  # fmt: skip
RESPONSES = {
    "input_tokens": 1200, "output_tokens": 230, "total_tokens": 1430,
    "input_tokens_details": {"cached_tokens": 1000, "cache_write_tokens": 100},
    "output_tokens_details": {"reasoning_tokens": 64},
}  # fmt: skip
ANTHROPIC = {
    "input_tokens": 100, "output_tokens": 50, "cache_read_input_tokens": 2000, "cache_creation_input_tokens": 300,
    "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
}  # fmt: skip
GEMINI = {
    "promptTokenCount": 500, "candidatesTokenCount": 40, "thoughtsTokenCount": 60, "cachedContentTokenCount": 400,
    "toolUsePromptTokenCount": 10, "totalTokenCount": 610,
}  # fmt: skip


@pytest.mark.parametrize(
    ("usage", "prompt", "completion", "read", "written", "hour", "reasoning", "total", "convention"),
    [
        (OPENAI, 1200, 230, 1024, None, None, 64, 1430, "inside"),
        (RESPONSES, 1200, 230, 1000, 100, None, 64, 1430, "inside"),
        (ANTHROPIC, 100, 50, 2000, 300, 200, None, 2450, "outside"),
        (GEMINI, 510, 100, 400, None, None, 60, 610, "inside"),
        ({"prompt_tokens": 7, "total_tokens": 7}, 7, None, None, None, None, None, 7, None),
        ({"total_tokens": 9}, None, None, None, None, None, None, 9, None),
        ({"prompt_tokens": 10, "completion_tokens": 5, "prompt_cache_hit_tokens": 4}, 10, 5, 4, None, None, None, 15,
         "inside"),
        ({"inputTokens": 10, "outputTokens": 5, "cachedInputTokens": 4}, 10, 5, 4, None, None, None, 15, "inside"),
        ({"input_tokens": 5, "output_tokens": 1, "cache_creation": {"ephemeral_1h_input_tokens": 8}}, 5, 1, None, 8, 8,
         None, 14, "outside"),
        ({"input_tokens": 5, "cache_creation_input_tokens": 1, "cache_creation_prompt_tokens": 4}, 5, None, None, 4,
         None, None, 9, "outside"),
        ({"input_tokens": 5, "cache_creation_input_tokens": 1, "cache_creation_prompt_tokens": 0}, 5, None, None, 1,
         None, None, 6, "outside"),
        ({"prompt_tokens": "12", "completion_tokens": 3.0}, 12, 3, None, None, None, None, 15, None),
        ({"prompt_tokens": None, "input_tokens": 4, "prompt_tokens_details": None}, 4, None, None, None, None, None, 4,
         None),
        ({}, None, None, None, None, None, None, None, None),
    ],
)  # fmt: skip
def test_usage_of_each_dialect(  # noqa: PLR0917
    usage: dict[str, Any], prompt: int | None, completion: int | None, read: int | None, written: int | None,
    hour: int | None, reasoning: int | None, total: int | None, convention: str | None,
) -> None:  # fmt: skip
    """Each provider's usage object fills the same fields, and nothing in the total is counted twice."""
    values, repairs = fill(usage)
    expected = {
        "prompt_tokens": prompt, "completion_tokens": completion, "prompt_cache_hit_tokens": read,
        "prompt_cache_creation_tokens": written, "prompt_cache_creation_1h_tokens": hour,
        "reasoning_tokens": reasoning, "total_request_tokens": total, "token_convention": convention,
    }  # fmt: skip
    assert values == {name: value for name, value in expected.items() if value is not None}
    assert repairs == []


CACHED = {"prompt_tokens": 100, "completion_tokens": 10, "cache_read_input_tokens": 40}


@pytest.mark.parametrize(
    ("usage", "sent", "convention"),
    [
        # `*_details` present: inside, whatever the model.
        ({**CACHED, "prompt_tokens_details": {"cached_tokens": 40}}, {"model": "claude-3"}, "inside"),
        ({**CACHED, "prompt_tokens_details": {}}, {"model": "claude-3"}, "inside"),
        ({"input_tokens": 100, "cache_read_input_tokens": 40, "input_tokens_details": {}}, {}, "inside"),
        # `input_tokens` with `cache_*` and no `prompt_tokens`: outside, whatever the model.
        ({"input_tokens": 100, "cache_read_input_tokens": 40}, {"model": "gpt-4o"}, "outside"),
        ({"input_tokens": 100, "cache_read_input_tokens": 40}, {"prompt_tokens": 100}, "outside"),
        # … but a prompt count beside it that is their very sum has them inside.
        ({"input_tokens": 100, "cache_read_input_tokens": 40}, {"prompt_tokens": 140, "model": "claude-3"}, "inside"),
        # Else Claude models: outside, unless the total proves inside.
        (CACHED, {"model": "claude-3"}, "outside"),
        (CACHED, {"model": "anthropic.Claude-sonnet"}, "outside"),
        (CACHED, {"response_model": "claude-3"}, "outside"),
        ({**CACHED, "total_tokens": 110}, {"model": "claude-3"}, "inside"),
        ({**CACHED, "total_tokens": 150}, {"model": "claude-3"}, "outside"),
        (None, {"prompt_tokens": 100, "prompt_cache_hit_tokens": 40, "model": "claude-3"}, "outside"),
        (None, {"prompt_tokens": 100, "prompt_cache_hit_tokens": 40, "model": "claude-3", "total_request_tokens": 100},
         "inside"),
        # Else inside.
        (CACHED, {"model": "gpt-4o"}, "inside"),
        (CACHED, {}, "inside"),
        (None, {"prompt_tokens": 100, "prompt_cache_creation_tokens": 40}, "inside"),
        # More cached than prompt: outside, whatever else is said.
        ({"prompt_tokens": 30, "prompt_tokens_details": {"cached_tokens": 40}}, {"model": "gpt-4o"}, "outside"),
        (None, {"prompt_cache_hit_tokens": 40}, "outside"),
        # No cached tokens: no convention.
        ({"prompt_tokens": 30, "prompt_tokens_details": {"cached_tokens": 0}}, {"model": "claude-3"}, ""),
    ],
)  # fmt: skip
def test_convention(usage: dict[str, Any] | None, sent: dict[str, Any], convention: str) -> None:
    """Which convention held follows from the shape, then the model, then the sums."""
    values, _ = fill(usage, **sent)
    assert values.get("token_convention", "") == convention


def test_what_was_sent_beside_usage_wins() -> None:
    """A count beside the usage object stands; the object fills only what is missing."""
    values, _ = fill(OPENAI, prompt_tokens=1, completion_tokens=2, prompt_cache_hit_tokens=0)
    assert (values["prompt_tokens"], values["completion_tokens"], values["prompt_cache_hit_tokens"]) == (1, 2, 0)
    assert values["total_request_tokens"] == 3


@pytest.mark.parametrize("bad", [-5, 1.5, "many", True, [], 2**63, 1e300])
def test_bad_count_is_passed_over(bad: Any) -> None:
    """What is no count is passed over with a warning, and the other counts are read."""
    values, repairs = fill({"prompt_tokens": bad, "completion_tokens": 3})
    assert values == {"completion_tokens": 3, "total_request_tokens": 3}
    assert repairs == ["usage.prompt_tokens is not a count; it was passed over."]


COUNT = st.none() | st.integers(0, 2**63 - 1)
NAMES = [*OPENAI, *RESPONSES, *ANTHROPIC, *GEMINI, "cache_creation_prompt_tokens"]
DETAILS = st.dictionaries(st.sampled_from(["cached_tokens", "cache_write_tokens", "ephemeral_1h_input_tokens"]), COUNT)


@given(
    st.dictionaries(st.sampled_from(NAMES), COUNT | DETAILS),
    st.sampled_from(["gpt-4o", "claude-3"]),
    st.dictionaries(
        st.sampled_from(["prompt_tokens", "completion_tokens", "prompt_cache_hit_tokens"]), st.integers(0, 9)
    ),
)
def test_parts_are_disjoint(usage: dict[str, Any], model: str, sent: dict[str, Any]) -> None:
    """Whatever is sent, plain input is never negative, and the total is the sum of disjoint parts."""
    values, _ = fill(usage, model=model, **sent)
    prompt, completion = values.get("prompt_tokens") or 0, values.get("completion_tokens") or 0
    read, written = values.get("prompt_cache_hit_tokens") or 0, values.get("prompt_cache_creation_tokens") or 0
    hour = values.get("prompt_cache_creation_1h_tokens") or 0
    plain = prompt - read - written if values.get("token_convention") == "inside" else prompt
    assert plain >= 0
    assert 0 <= hour <= written
    if "prompt_tokens" in values or "completion_tokens" in values:
        assert values["total_request_tokens"] == min(plain + read + written + completion, 2**63 - 1)
