"""midspan.ingest.body, values and given: every declared field is read by its own rule."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given as holds
from hypothesis import strategies as st
from msgspec import Raw

from midspan.domain.span import LOG_TYPES, STATUSES, Span
from midspan.ingest.body import FIELDS, GROUPS, LogBody, LogType, Status
from midspan.ingest.given import read
from midspan.ingest.values import INT64_MAX

CREATE_PAGE = [
    "model",
    "prompt_messages",
    "completion_message",
    "prompt_tokens",
    "completion_tokens",
    "usage",
    "temperature",
    "top_p",
    "max_tokens",
    "generation_time",
    "ttft",
    "customer_params",
    "metadata",
    "stream",
    "status_code",
    "tools",
    "tool_calls",
    "timestamp",
    "trace_unique_id",
    "span_name",
    "span_parent_id",
    "span_workflow_name",
    "custom_identifier",
    "thread_identifier",
    "group_identifier",
    "latency",
    "time_to_first_token",
    "log_type",
    "input",
    "output",
    "messages",
    "cost",
    "tokens_per_second",
    "properties",
    "variables",
    "customer_identifier",
    "tool_choice",
    "response_format",
    "frequency_penalty",
    "presence_penalty",
    "stop",
    "error_message",
    "warnings",
    "status",
    "prompt_id",
    "prompt_name",
    "is_custom_prompt",
    "start_time",
    "full_request",
    "full_response",
    "prompt_unit_price",
    "completion_unit_price",
    "respan_params",
    "keywordsai_params",
    "positive_feedback",
]
"""The fields of the create-span reference."""


def decode(name: str, json_text: str) -> Any:
    return FIELDS[name].decode(Raw(json_text.encode()))


def test_every_field_of_the_reference_is_declared() -> None:
    """No field of the create reference is missing, and each says what it is, with an example that it takes."""
    assert [name for name in CREATE_PAGE if name not in FIELDS] == []
    for field in FIELDS.values():
        assert field.group in GROUPS
        assert field.help.endswith(".")
        assert field.decode(Raw(msgspec.json.encode(field.example))) is not None, field.name
    assert [field.name for field in FIELDS.values() if field.required] == ["model"]


def test_declared_choices_are_the_domain_s() -> None:
    """The lists that the description shows are those that the domain knows."""
    assert LogType.__args__ == LOG_TYPES  # type: ignore[attr-defined]
    assert Status.__args__ == (*STATUSES, "error")  # type: ignore[attr-defined]


def test_body_describes_itself() -> None:
    """The description as a JSON schema holds every field with its words and an example."""
    schema = msgspec.json.schema(LogBody)["$defs"]["LogBody"]["properties"]
    assert list(schema) == list(FIELDS)
    assert all(field["description"] and field["examples"] for field in schema.values())


@pytest.mark.parametrize("name", list(FIELDS))
def test_null_is_not_sent(name: str) -> None:
    """Null counts as not sent, in every field."""
    assert decode(name, "null") is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("model", '"gpt"', "gpt"),
        ("model", '"a\\u0000b"', "a\x00b"),
        ("max_tokens", "5", 5), ("max_tokens", '"5"', 5), ("max_tokens", "5.0", 5), ("max_tokens", "-1", -1),
        ("max_tokens", '" 7 "', 7), ("max_tokens", '""', None), ("prompt_tokens", "1e3", 1000),
        ("prompt_tokens", str(INT64_MAX), INT64_MAX), ("prompt_tokens", "0", 0),
        ("temperature", "0.5", 0.5), ("temperature", '"0.5"', 0.5), ("temperature", "1", 1.0),
        ("latency", '"1.25"', 1.25), ("latency", "0", 0.0),
        ("cost", "0.1", Decimal("0.1")), ("cost", '"1e-12"', Decimal("1e-12")), ("cost", "1e-15", Decimal(0)),
        ("cost", "0.30000000000000004", Decimal("0.3")), ("cost", "1234567890123456.5", Decimal("1234567890123456.5")),
        ("stream", "true", True), ("status_code", '"404"', 404),
        ("customer_identifier", "42", "42"), ("customer_identifier", '"u"', "u"),
        ("customer_identifier", '"%s"' % ("é" * 254), "é" * 254),
        ("thread_identifier", "123456789012345678901234567890", "123456789012345678901234567890"),
        ("prompt_version_number", "3", "3"),
        ("log_type", '"CHAT"', "chat"), ("log_type", '"trace"', "workflow"), ("log_type", '"Step"', "task"),
        ("log_type", '"llm"', "generation"), ("log_type", '"model"', "generation"), ("log_type", '""', None),
        ("log_type", '"function"', "function"), ("status", '"error"', "failed"), ("status", '"Success"', "success"),
        ("input", '"text"', "text"), ("input", '[1,  2.50]', "[1,  2.50]"), ("input", "0", "0"),
        ("input", "false", "false"),
        ("input", '{"a": 1e400}', '{"a": 1e400}'), ("input", '"\\ud83d\\ude00"', "\U0001f600"),
        ("tools", '[ {"a":1} ]', '[ {"a":1} ]'), ("tools", "[]", "[]"), ("usage", '{"a":1}', '{"a":1}'),
        ("tool_choice", '"auto"', '"auto"'), ("tool_choice", '{"type":"x"}', '{"type":"x"}'),
        ("stop", '"x"', '"x"'), ("stop", '["x","y"]', '["x","y"]'),
        ("response_format", '{"type":"json_object"}', '{"type":"json_object"}'),
        ("response_format", '"json_object"', '{"type":"json_object"}'),
        ("response_format", '"{\\"type\\":\\"text\\"}"', '{"type":"text"}'),
        ("metadata", '{"a":"x"}', {"a": "x"}),
        ("metadata", '{"a":1.50,"b":true,"c":{"d": [1]},"e":null,"_f":""}',
         {"a": "1.50", "b": "true", "c": '{"d": [1]}', "_f": ""}),
        ("metadata", '"{\\"a\\":1}"', {"a": "1"}), ("metadata", '""', None),
        ("warnings", '"w"', "w"), ("warnings", '{"a":1}', '{"a":1}'),
        ("full_request", "[1]", "[1]"), ("credential_override", '{"a":"b"}', '{"a":"b"}'),
    ],
)  # fmt: skip
def test_value_is_read(name: str, text: str, value: Any) -> None:
    """A value is read as its field's rule says: numbers from texts, texts from integers, JSON as it came."""
    found = decode(name, text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("model", "5", "must be a text, not a number"),
        ("model", "{}", "must be a text, not an object"),
        ("model", "true", "must be a text, not true or false"),
        ("trace_unique_id", "5", "must be a text, not a number"),
        ("customer_identifier", "1.5", "must be a text"),
        ("customer_identifier", '"%s"' % ("x" * 255), "at most 254 characters"),
        ("max_tokens", "1.5", "without a fraction"),
        ("max_tokens", '"many"', "must be a whole number"),
        ("max_tokens", "true", "must be a whole number, not true or false"),
        ("max_tokens", "9223372036854775808", "must be between"),
        ("max_tokens", "-9223372036854775809", "must be at least"),
        ("max_tokens", "1e999999", "must be between"),
        ("max_tokens", "[5]", "not a list"),
        ("prompt_tokens", "-1", "must be between 0"),
        ("prompt_tokens", "1e" + "9" * 30, "must be"),
        ("prompt_tokens", "1" * 30, "must be between 0"),
        ("prompt_tokens", "1" * 5000, "must be between 0"),
        ("status_code", "1000", "between 0 and 999"),
        ("temperature", "1e400", "fits 64 bits"),
        ("temperature", '"NaN"', "must be a number"),
        ("temperature", '"1_0"', "must be a number"),
        ("temperature", '"0x1"', "must be a number"),
        ("latency", "-0.5", "0 or more"),
        ("latency", '"-1"', "0 or more"),
        ("cost", "1e26", "below 10"),
        ("cost", "1e99999999", "below 10"),
        ("cost", '"Infinity"', "must be a number"),
        ("cost", "{}", "must be a number, not an object"),
        ("prompt_unit_price", "-1", "0 or more"),
        ("stream", '"true"', "must be true or false, not a text"),
        ("stream", "1", "must be true or false, not a number"),
        ("log_type", '"banana"', "must be one of text, chat, completion"),
        ("log_type", "5", "must be a text"),
        ("status", '"great"', "must be one of success, warning, failed, pending, running"),
        ("prompt_messages", '"hi"', "must be a list of objects, not a text"),
        ("prompt_messages", '["hi"]', "must be a list of objects"),
        ("completion_message", "[]", "must be an object, not a list"),
        ("tools", "{}", "must be a list of objects, not an object"),
        ("tool_choice", "5", "must be a text or an object, not a number"),
        ("stop", "[1]", "must be a text or a list of texts"),
        ("response_format", "[]", "must be an object, not a list"),
        ("metadata", "[]", "must be an object, not a list"),
        ("metadata", '"[1]"', "must be an object, not a text that is none"),
        ("properties", '"{}"', "must be an object, not a text"),
        ("warnings", "5", "must be a text or an object"),
        ("timestamp", '"soon"', "must be an ISO 8601 time"),
    ],
)
def test_value_is_refused(name: str, text: str, sentence: str) -> None:
    """A value that breaks its field's rule is refused with a sentence that says what it must be."""
    with pytest.raises(ValueError, match=r"^must be") as caught:
        decode(name, text)
    assert sentence in str(caught.value)


def given(**sent: Any) -> Any:
    return read({name: Raw(json.dumps(value).encode()) for name, value in sent.items()})


def test_faults_are_collected() -> None:
    """Every fault is kept beside what could be read, with what was sent."""
    found = given(model=5, temperature="hot", top_p=0.5)
    assert found.values == {"top_p": 0.5}
    assert {name: bytes(raw) for name, (_, raw) in found.faults.items()} == {"model": b"5", "temperature": b'"hot"'}


@pytest.mark.parametrize(
    ("sent", "name", "value"),
    [
        ({"generation_time": 2, "latency": 1}, "latency", 2.0),
        ({"generation_time": None, "latency": 1}, "latency", 1.0),
        ({"ttft": 2, "time_to_first_token": 1}, "time_to_first_token", 2.0),
        ({"messages": [{"a": 1}], "prompt_messages": [{"b": 1}]}, "input", '[{"a": 1}]'),
        ({"prompt_messages": [{"b": 1}]}, "input", '[{"b": 1}]'),
        ({"input": "x", "messages": [{"a": 1}]}, "input", "x"),
        ({"input": "", "messages": [{"a": 1}]}, "input", '[{"a": 1}]'),
        ({"completion_message": {"c": 1}}, "output", '{"c": 1}'),
        ({"output": "y", "completion_message": {"c": 1}}, "output", "y"),
    ],
)
def test_older_names(sent: dict[str, Any], name: str, value: Any) -> None:
    """An older name wins over its newer one; `input` and `output` win over both."""
    assert given(**sent).values[name] == value


def test_unknown_fields_are_kept_verbatim() -> None:
    """What no rule knows is kept as its JSON text; null, and what libraries send with every span, is not."""
    found = read({"x": Raw(b"[1.50 , 2]"), "y": Raw(b"null"), "field_name": Raw(b'"data: "'), "delimiter": Raw(b'"|"')})
    assert found.extra == {"x": "[1.50 , 2]", "delimiter": '"|"'}


def test_what_is_read_goes_by_the_columns_names() -> None:
    """Everything that is read for the span is a column of it."""
    found = read({name: Raw(msgspec.json.encode(field.example)) for name, field in FIELDS.items()})
    assert set(found.values) <= set(Span.__struct_fields__)
    assert found.faults == {}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@holds(st.sampled_from(list(FIELDS)), JSON)
def test_any_value_is_read_or_refused(name: str, value: Any) -> None:
    """No value makes a reader do anything but answer or refuse."""
    try:
        text = msgspec.json.encode(value)
    except msgspec.MsgspecError:
        return
    found = read({name: Raw(text)})
    assert len(found.faults) <= 1
