"""midspan.ingest.messages: what a person asked, what was answered, and which tools were called."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midspan.ingest.messages import call_names, input_preview, output_preview, output_spoken

CALL = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"q":1}'}}


@pytest.mark.parametrize(
    ("value", "preview"),
    [
        ("plain  text\nover lines ", "plain text over lines"),
        ([{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}], "Hi"),
        ([{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}], "one"),
        ([{"role": "user", "content": "one"}, {"role": "user", "content": "two"}], "two"),
        ([{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "input_text", "text": "b"}]}], "a b"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}], "[image_url]"),
        ([{"role": "user", "content": [{"type": "tool_result", "content": "42"}]}], "42"),
        ([{"role": "user", "content": None}, {"role": "tool", "content": "42"}], "42"),
        ([{"role": "system", "content": "Only this"}], "Only this"),
        ([{"role": "user", "parts": [{"text": "gemini"}]}], "gemini"),
        ({"role": "user", "content": "alone"}, "alone"),
        ({"messages": [{"role": "user", "content": "inside"}]}, "inside"),
        ({"model": "m", "input": [{"role": "user", "content": "responses"}]}, "responses"),
        ({"model": "m", "input": "responses"}, "responses"),
        (["embed", "these"], '["embed","these"]'),
        ({"x": 1}, '{"x":1}'),
        ([1.5, 2], "[1.5,2]"),
        ("[not json", "[not json"),
        ("{not json", "{not json"),
        ("x" * 500, "x" * 200),
        ("a" + " " * 3_000 + "b", "a b"),
        ("", ""),
    ],
)
def test_input_preview(value: Any, preview: str) -> None:
    """The preview of an input is the last thing that the user said, else its text."""
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    assert input_preview(text) == preview


OPENAI_CALLS = json.dumps([CALL])


@pytest.mark.parametrize(
    ("value", "preview", "names", "reasoning"),
    [
        ("plain", "plain", [], ""),
        ({"role": "assistant", "content": "Hello"}, "Hello", [], ""),
        ({"role": "assistant", "content": None, "tool_calls": [CALL, CALL]}, "search, search", ["search"] * 2, ""),
        ({"role": "assistant", "content": "Wait", "tool_calls": [CALL]}, "Wait", ["search"], ""),
        ({"role": "assistant", "content": "x", "tool_calls": []}, "x", [], ""),
        ({"role": "assistant", "content": "x", "tool_calls": None}, "x", [], ""),
        ({"role": "assistant", "function_call": {"name": "old", "arguments": "{}"}}, "old", ["old"], ""),
        ({"role": "assistant", "content": "x", "reasoning_content": "because"}, "x", [], '"because"'),
        ({"role": "assistant", "content": [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "y"}]},
         "y", [], '"hm"'),
        ({"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "look", "input": {"a": 1}}]},
         "look", ["look"], ""),
        ([{"type": "reasoning", "summary": [{"text": "s"}]}, {"type": "message", "content": [{"text": "z"}]}],
         "z", [], '[{"text":"s"}]'),
        ([{"type": "function_call", "call_id": "c", "name": "do", "arguments": "{}"}], "do", ["do"], ""),
        ({"role": "assistant", "refusal": "No.", "content": None}, "No.", [], ""),
        ({"other": 1}, '{"other":1}', [], ""),
        ([0.5, 1], "[0.5,1]", [], ""),
        ("{broken", "{broken", [], ""),
    ],
)  # fmt: skip
def test_output(value: Any, preview: str, names: list[str], reasoning: str) -> None:
    """The preview of an output is what the assistant said, else the tools that it calls, else its text."""
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    spoken = output_spoken(text)
    assert output_preview(spoken, text) == preview
    assert call_names(spoken.tool_calls) == names
    assert spoken.reasoning == reasoning


def test_foreign_calls_read_like_openai_s() -> None:
    """Tool calls of other dialects are told in OpenAI's shape, their arguments as JSON text."""
    spoken = output_spoken('{"content":[{"type":"tool_use","id":"t1","name":"look","input":{"a": 1}}]}')
    assert json.loads(spoken.tool_calls) == [
        {"id": "t1", "type": "function", "function": {"name": "look", "arguments": '{"a": 1}'}}
    ]


KEYS = ["role", "content", "text", "type", "tool_calls", "function", "name", "parts", "input"]
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=12,
)


@given(ANY)
def test_any_value_has_a_preview(value: Any) -> None:
    """No value is too strange for a preview, and tool calls are JSON whenever there are any."""
    for text in (json.dumps(value), str(value)):
        assert len(input_preview(text)) <= 200
        spoken = output_spoken(text)
        assert len(output_preview(spoken, text)) <= 200
        json.loads(spoken.tool_calls or "[]")
        json.loads(spoken.reasoning or "null")


def test_deep_value_has_a_preview() -> None:
    """Nesting beyond what can be read is a text like any other."""
    deep = "[" * 5_000 + "]" * 5_000
    assert input_preview(deep) == "[" * 200
    assert output_preview(output_spoken(deep), deep) == "[" * 200
