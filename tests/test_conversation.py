"""Inputs and outputs as chat messages."""

from typing import Any

import msgspec
import pytest

from midspan.search.conversation import completion_message, prompt_messages


def decoded(raw: msgspec.Raw | None) -> Any:
    return None if raw is None else msgspec.json.decode(raw)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("Hi", [{"role": "user", "content": "Hi"}]),
        ('[{"role":"user","content":"Hi"}]', [{"role": "user", "content": "Hi"}]),
        ("[]", []),
        ('["one","two"]', [{"role": "user", "content": '["one","two"]'}]),
        ("[not json", [{"role": "user", "content": "[not json"}]),
        ('{"role":"user","content":"Hi"}', [{"role": "user", "content": "Hi"}]),
        ('{"messages":[{"role":"user","content":"Hi"}]}', [{"role": "user", "content": "Hi"}]),
        ('{"input":"Hi","model":"m"}', [{"role": "user", "content": "Hi"}]),
        ('{"question":"Hi"}', [{"role": "user", "content": '{"question":"Hi"}'}]),
        ("42", [{"role": "user", "content": "42"}]),
        ('quote " and \\ and \u2028', [{"role": "user", "content": 'quote " and \\ and \u2028'}]),
    ],
)
def test_an_input_reads_as_messages(text: str, expected: Any) -> None:
    """A list of messages is kept, an object that holds one gives it, and anything else is one user message."""
    assert decoded(prompt_messages(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("Hello", {"role": "assistant", "content": "Hello"}),
        ('{"role":"assistant","content":"Hello"}', {"role": "assistant", "content": "Hello"}),
        ('{"content":null,"tool_calls":[]}', {"content": None, "tool_calls": []}),
        ('{"answer":1}', {"role": "assistant", "content": '{"answer":1}'}),
        (
            '{"output":[{"type":"message","content":[{"type":"output_text","text":"Hello"}]}]}',
            {"role": "assistant", "content": "Hello"},
        ),
        (
            '[{"type":"reasoning"},{"type":"message","content":[{"text":"a"},{"text":"b"}]}]',
            {"role": "assistant", "content": "a\nb"},
        ),
        ("[1,2]", {"role": "assistant", "content": "[1,2]"}),
        ("{broken", {"role": "assistant", "content": "{broken"}),
    ],
)
def test_an_output_reads_as_the_assistants_message(text: str, expected: Any) -> None:
    """A message is kept, the Responses API's list gives its texts, and anything else is the message's content."""
    assert decoded(completion_message(text)) == expected


def test_messages_are_kept_byte_for_byte() -> None:
    """Numbers that no parser of ours could hold come back as they were sent."""
    text = '[ {"role": "user", "content": "x", "seed": 123456789012345678901234567890, "e": 1e400} ]'
    assert bytes(prompt_messages(text) or b"").decode() == text


def test_deep_nesting_is_text() -> None:
    """What is nested deeper than a parser goes is shown as text, not an error."""
    text = "[" * 100_000 + "]" * 100_000
    assert decoded(prompt_messages(text)) == [{"role": "user", "content": text}]
