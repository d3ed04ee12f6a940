"""midspan.ingest.extract: what a recorded request and response say, in every provider's shape."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midspan.ingest.extract import request_values, response_values

USER = {"role": "user", "content": "Hi"}
TOOLS = [{"type": "function", "function": {"name": "search"}}]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        # OpenAI Chat Completions
        (
            {"model": "gpt-4o", "messages": [USER], "tools": TOOLS, "tool_choice": "auto", "temperature": 0.5,
             "top_p": 0.9, "max_completion_tokens": 9, "stop": ["x"], "stream": True, "frequency_penalty": 1,
             "presence_penalty": 2, "response_format": {"type": "json_object"}},
            {"model": "gpt-4o", "input": [USER], "tools": TOOLS, "tool_choice": "auto", "temperature": 0.5,
             "top_p": 0.9, "max_tokens": 9, "stop": ["x"], "stream": True, "frequency_penalty": 1.0,
             "presence_penalty": 2.0, "response_format": {"type": "json_object"}},
        ),
        # OpenAI Responses
        ({"model": "gpt-4o", "input": "Hi"}, {"model": "gpt-4o", "input": "Hi"}),
        ({"input": "Hi", "instructions": "Be kind."}, {"input": [{"role": "system", "content": "Be kind."}, USER]}),
        ({"input": [USER], "instructions": "Be kind."}, {"input": [{"role": "system", "content": "Be kind."}, USER]}),
        ({"input": [USER], "max_output_tokens": 5}, {"input": [USER], "max_tokens": 5}),
        # OpenAI Completions, Embeddings
        ({"prompt": "Once upon"}, {"input": "Once upon"}),
        ({"model": "e", "input": ["a", "b"]}, {"model": "e", "input": ["a", "b"]}),
        # Anthropic Messages
        (
            {"model": "claude-3", "system": "Be kind.", "messages": [USER], "max_tokens": 5, "stop_sequences": ["x"]},
            {"model": "claude-3", "input": [{"role": "system", "content": "Be kind."}, USER], "max_tokens": 5,
             "stop": ["x"]},
        ),
        ({"system": [{"type": "text", "text": "s"}], "messages": []},
         {"input": [{"role": "system", "content": [{"type": "text", "text": "s"}]}]}),
        # Gemini
        (
            {"model": "models/gemini-2.5-pro", "contents": [{"role": "user", "parts": [{"text": "H"}, {"text": "i"}]},
             {"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"a": 1}}}]}],
             "systemInstruction": {"parts": [{"text": "Be kind."}]},
             "generationConfig": {"temperature": 0.5, "topP": 0.9, "maxOutputTokens": 5, "stopSequences": ["x"]}},
            {"model": "gemini-2.5-pro", "temperature": 0.5, "top_p": 0.9, "max_tokens": 5, "stop": ["x"],
             "input": [{"role": "system", "content": "Be kind."}, USER,
                       {"role": "assistant", "content": "", "tool_calls": [
                           {"id": "", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}]}]},
        ),
        ({"contents": "Hi"}, {"input": [USER]}),
        ({"contents": [{"role": "user", "parts": [{"inlineData": {"data": "x"}}]}]},
         {"input": [{"role": "user", "content": [{"inlineData": {"data": "x"}}]}]}),
        # Nothing to be had
        ({}, {}), ([1], {}), ({"model": 5, "messages": "x", "temperature": "hot", "tools": {}}, {}),
        ({"model": None, "messages": None, "system": None}, {}),
    ],
)  # fmt: skip
def test_request(request_: Any, expected: dict[str, Any]) -> None:
    """A request of each provider's shape fills model, messages, tools and parameters."""
    assert decoded(request_values(json.dumps(request_))) == expected


MESSAGE = {"role": "assistant", "content": "Hello"}
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (
            {"model": "gpt-4o-2024", "choices": [{"message": MESSAGE, "finish_reason": "stop"}], "usage": {"a": 1}},
            {"response_model": "gpt-4o-2024", "output": MESSAGE, "finish_reason": "stop", "usage": {"a": 1}},
        ),
        ({"choices": [{"message": MESSAGE}, {"message": USER}]},
         {"output": MESSAGE, "completion_messages": [MESSAGE, USER]}),
        ({"choices": [{"text": "Once", "finish_reason": "length"}]}, {"output": "Once", "finish_reason": "length"}),
        (
            {"output": [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}],
             "status": "completed"},
            {"output": [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}],
             "finish_reason": "completed"},
        ),
        (
            {"model": "claude-3", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn"},
            {"response_model": "claude-3", "output": {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]},
             "finish_reason": "end_turn"},
        ),
        (
            {"modelVersion": "gemini-2.5", "usageMetadata": {"b": 2}, "candidates": [
                {"content": {"role": "model", "parts": [{"text": "Hel"}, {"text": "lo"}]}, "finishReason": "STOP"}]},
            {"response_model": "gemini-2.5", "usage": {"b": 2}, "output": MESSAGE, "finish_reason": "STOP"},
        ),
        ({"data": [{"embedding": [1, 2]}]}, {"output": [1, 2]}),
        ({"data": [{"embedding": [1]}, {"embedding": [2]}]}, {"output": [[1], [2]]}),
        ({}, {}), ([], {}), ({"choices": []}, {}), ({"choices": "x", "usage": 5, "model": None}, {}),
        ({"choices": [None]}, {}), ({"candidates": [{}]}, {}), ({"output": "x", "content": "y", "data": [1]}, {}),
    ],
)  # fmt: skip
def test_response(response: Any, expected: dict[str, Any]) -> None:
    """A response of each provider's shape fills output, usage, model and finish reason."""
    assert decoded(response_values(json.dumps(response))) == expected


def test_client_s_own_text_is_kept() -> None:
    """Messages are joined from the text that came, not written anew."""
    values = request_values('{"system": "s", "messages": [ {"role":"user",  "content": 1.50} ]}')
    assert values["input"] == '[{"role":"system","content":"s"},{"role":"user",  "content": 1.50} ]'


def decoded(values: dict[str, Any]) -> dict[str, Any]:
    """Values with their JSON texts read."""
    plain = {"model", "response_model", "finish_reason"}
    return {
        name: json.loads(value) if isinstance(value, str) and name not in plain and value[:1] in '[{"' else value
        for name, value in values.items()
    }


KEYS = [
    "model", "messages", "system", "input", "prompt", "instructions", "contents", "parts", "role", "text", "choices",
    "message", "candidates", "content", "output", "data", "embedding", "functionCall", "name", "args",
    "generationConfig", "systemInstruction", "usage", "finish_reason",
]  # fmt: skip
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(KEYS), ANY))
def test_any_exchange_is_taken(value: dict[str, Any]) -> None:
    """No shape of request or response makes anything but values; what is told as JSON is JSON."""
    for values in (request_values(json.dumps(value)), response_values(json.dumps(value))):
        for name in ("tools", "usage", "completion_messages", "response_format", "stop"):
            json.loads(values.get(name, "null"))
