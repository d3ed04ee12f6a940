"""The models that the demo's applications call: how fast they are, and how their providers count tokens.

What they cost is not said here: prices come from the price list, as for every other span.
"""

from typing import Any, Final, NamedTuple


class Model(NamedTuple):
    """`speed` is output tokens per second, `wait` the seconds until the first token of a short prompt."""

    name: str
    provider: str
    speed: float
    wait: float
    window: int = 400_000
    """Tokens that a prompt may have."""


TERRA: Final = Model("gpt-6.1-terra", "openai", 118, 0.62)
MINI: Final = Model("gpt-5.4-mini", "openai", 164, 0.41)
NANO: Final = Model("gpt-5-nano", "openai", 212, 0.33)
LUNA: Final = Model("gpt-6-luna", "openai", 190, 0.36)
INSTRUCT: Final = Model("gpt-3.5-turbo-instruct", "openai", 92, 0.38, 4_096)
SONNET: Final = Model("claude-sonnet-5-5", "anthropic", 84, 0.88, 1_000_000)
HAIKU: Final = Model("claude-haiku-5-5", "anthropic", 171, 0.44, 200_000)
OPUS: Final = Model("claude-opus-5", "anthropic", 58, 1.35, 200_000)
FLASH: Final = Model("gemini-3.8-flash", "google", 206, 0.47, 1_000_000)
LITE: Final = Model("gemini-3.1-flash-lite", "google", 268, 0.29, 1_000_000)
SMALL_VECTORS: Final = Model("text-embedding-3-small", "openai", 0, 0.09, 8_192)
LARGE_VECTORS: Final = Model("text-embedding-3-large", "openai", 0, 0.14, 8_192)
GOOGLE_VECTORS: Final = Model("gemini-embedding-001", "google", 0, 0.12, 8_192)
HEARING: Final = Model("gpt-4o-mini-transcribe", "openai", 120, 0.5, 16_000)
WHISPER: Final = Model("whisper-1", "openai", 90, 0.8, 16_000)
SPEAKING: Final = Model("gpt-4o-mini-tts", "openai", 260, 0.7, 2_000)


def usage(  # noqa: PLR0913 - one for each kind of token
    model: Model, prompt: int, output: int, *, read: int = 0, written: int = 0, thought: int = 0
) -> dict[str, Any]:
    """A usage object as the model's provider sends it. `prompt` counts every input token, cached ones among them;
    `output` counts `thought`, the tokens of reasoning, too.
    """
    if model.provider == "anthropic":
        found = {"input_tokens": prompt - read - written, "output_tokens": output}
        if read or written:
            found |= {"cache_read_input_tokens": read, "cache_creation_input_tokens": written}
        return found
    if model.provider == "google":
        found = {"promptTokenCount": prompt, "candidatesTokenCount": output - thought}
        if thought:
            found["thoughtsTokenCount"] = thought
        if read:
            found["cachedContentTokenCount"] = read
        return {**found, "totalTokenCount": prompt + output}
    return {
        "prompt_tokens": prompt,
        "completion_tokens": output,
        "total_tokens": prompt + output,
        "prompt_tokens_details": {"cached_tokens": read},
        "completion_tokens_details": {"reasoning_tokens": thought},
    }
