"""midspan.ingest.normalise: the contract's tables, row by row."""

import json
from decimal import Decimal
from typing import Any

import pytest

from midspan.domain.span import LOG_TYPES, Span
from midspan.errors import Invalid
from midspan.ingest.context import Context
from midspan.ingest.ids import pair_id
from midspan.ingest.logs import members
from midspan.ingest.normalise import normalise

NOW = 1_769_860_800_000_000
"""2026-01-31T12:00:00Z."""
CONTEXT = Context(organization_id="a" * 32, environment="test", key_id="k1", received_at=NOW, log_method="batch")


def strict(**body: Any) -> Span:
    body.setdefault("model", "gpt-4o")
    return normalise(members(json.dumps(body).encode()), CONTEXT, strict=True, repairs=[])


def lenient(**body: Any) -> tuple[Span, list[str]]:
    repairs: list[str] = []
    return normalise(members(json.dumps(body).encode()), CONTEXT, strict=False, repairs=repairs), repairs


def refused(**body: Any) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as caught:
        strict(**body)
    assert caught.value.errors is not None
    return {name: list(sentences) for name, sentences in caught.value.errors.items()}


# What create refuses, and what the other routes do instead.


def test_model_missing() -> None:
    """Create needs a model, here or in the recorded request; the others store the span without one."""
    assert list(refused(model=None)) == ["model"]
    assert list(refused(model="")) == ["model"]
    assert strict(model=None, full_request={"model": "gpt-4o"}).model == "gpt-4o"
    assert strict(model=None, full_response={"model": "gpt-4o"}).model == "gpt-4o"
    span, repairs = lenient(input="x")
    assert (span.model, span.log_type, repairs) == ("", "span", [])


def test_log_type_not_known() -> None:
    """Create lists the allowed types; the others store `unknown` and say so."""
    [sentence] = refused(log_type="banana")["log_type"]
    assert all(name in sentence for name in LOG_TYPES)
    span, repairs = lenient(log_type="banana")
    assert span.log_type == "unknown"
    assert repairs == ['log_type "banana" is not known; stored as unknown.']
    span, repairs = lenient(log_type=5)
    assert (span.log_type, span.metadata) == ("unknown", {"log_type": "5"})


def test_status_not_known() -> None:
    """Create lists the allowed values; the others derive the status."""
    assert "pending" in refused(status="great")["status"][0]
    span, repairs = lenient(status="great", status_code=500)
    assert (span.status, len(repairs)) == ("failed", 1)
    assert lenient(status="great")[0].status == "success"


def test_customer_too_long() -> None:
    """Create refuses a customer of over 254 characters; the others cut it."""
    assert list(refused(customer_identifier="é" * 255)) == ["customer_identifier"]
    assert strict(customer_identifier="é" * 254).customer_identifier == "é" * 254
    for body in ({"customer_identifier": "é" * 255}, {"customer_params": {"customer_identifier": "é" * 255}},
                 {"respan_params": {"customer_identifier": "é" * 255}}):  # fmt: skip
        span, repairs = lenient(**body)
        assert span.customer_identifier == "é" * 254
        assert repairs == ["customer_identifier was cut to 254 characters."]
        assert span.warnings == repairs[0]


@pytest.mark.parametrize("is_strict", [True, False])
def test_what_both_accept(is_strict: bool) -> None:
    """Numeric texts, integers as identifiers, metadata and response format as texts are accepted everywhere."""
    body = {"model": "m", "temperature": "0.5", "prompt_tokens": "7", "thread_identifier": 12, "custom_identifier": 3,
            "metadata": '{"a": 1}', "response_format": "json_object", "top_p": None, "log_type": None}  # fmt: skip
    span = strict(**body) if is_strict else lenient(**body)[0]
    assert (span.temperature, span.prompt_tokens, span.thread_identifier, span.custom_identifier) == (0.5, 7, "12", "3")
    assert (span.metadata, span.response_format, span.log_type) == ({"a": "1"}, '{"type":"json_object"}', "chat")
    assert span.warnings == ""


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("temperature", "hot", "hot"), ("prompt_messages", "hello", "hello"), ("tools", {"a": 1}, '{"a": 1}'),
        ("span_name", 5, "5"), ("stream", "yes", "yes"), ("max_tokens", 10**30, str(10**30)), ("cost", 1e40, "1e+40"),
        ("prompt_tokens", -1, "-1"), ("metadata", [1], "[1]"), ("start_time", "soon", "soon"), ("model", 5, "5"),
    ],
)  # fmt: skip
def test_wrong_type(name: str, value: Any, kept: str) -> None:
    """Create refuses a wrong type; the others keep the value in `metadata` under the field's name, and warn."""
    assert list(refused(**{name: value})) == [name]
    span, [repair] = lenient(**{name: value})
    assert span.metadata == {name: kept}
    assert repair.startswith(f"{name} must be")
    assert span.warnings == repair


def test_timestamp_that_cannot_be_read() -> None:
    """Create refuses it; the others take the time of arrival, keep the original and derive nothing from it."""
    assert list(refused(timestamp="2026-02-30T00:00:00Z")) == ["timestamp"]
    for bad in ("never", "9999-01-01T00:00:00Z", "0001-01-01T00:00:00Z", 10**30):
        span, repairs = lenient(timestamp=bad, latency=2)
        assert (span.timestamp, span.start_time, span.key_time) == (NOW, None, NOW)
        assert span.metadata == {"timestamp": str(bad)}
        assert len(repairs) == 1


def test_every_fault_at_once() -> None:
    """All faults of a body are named in one answer, wherever they are."""
    errors = refused(
        model=5, temperature="hot", timestamp="never", respan_params={"top_p": []}, customer_params={"email": 5}
    )
    assert set(errors) == {"model", "temperature", "timestamp", "respan_params.top_p", "customer_params.email"}


def test_repairs_do_not_hide_the_client_s_metadata() -> None:
    """A key that the client sent stands beside, and before, what a repair keeps."""
    span, _ = lenient(temperature="hot", top_p="high", metadata={"temperature": "mild", "a": "b"})
    assert span.metadata == {"temperature": "mild", "a": "b", "top_p": "high"}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        (None, "top_p {}"),
        ("mine", "mine\ntop_p {}"),
        ({"a": 1}, {"a": 1, "midspan": ["top_p {}"]}),
    ],
)
def test_warnings(sent: Any, stored: Any) -> None:
    """Our warnings stand beside the client's: as further lines, or as a member of the client's object."""
    repair = "must be a number, not a list; it was kept in metadata."
    span, _ = lenient(top_p=[], warnings=sent)
    found = json.loads(span.warnings) if isinstance(stored, dict) else span.warnings
    assert found == json.loads(json.dumps(stored).replace("{}", repair))


# Where a value comes from.


@pytest.mark.parametrize(
    ("body", "name", "value"),
    [
        ({"respan_params": {"span_name": "in"}}, "span_name", "in"),
        ({"keywordsai_params": {"span_name": "old"}}, "span_name", "old"),
        ({"span_name": "top", "respan_params": {"span_name": "in"}}, "span_name", "top"),
        ({"respan_params": {"span_name": "in"}, "keywordsai_params": {"span_name": "old"}}, "span_name", "in"),
        ({"respan_params": {"generation_time": 3}}, "latency", 3.0),
        ({"latency": 2, "respan_params": {"generation_time": 3}}, "latency", 2.0),
        ({"generation_time": 1, "latency": 2}, "latency", 1.0),
        ({"span_name": None, "respan_params": {"span_name": "in"}}, "span_name", "in"),
        ({"respan_params": {"metadata": {"a": 1}}, "metadata": {"b": 1}}, "metadata", {"b": "1"}),
        ({"temperature": 0.1, "full_request": {"temperature": 0.2}}, "temperature", 0.1),
        ({"respan_params": {"temperature": 0.1}, "full_request": {"temperature": 0.2}}, "temperature", 0.1),
        ({"full_request": {"temperature": 0.2}}, "temperature", 0.2),
        ({}, "temperature", 1.0),
        ({}, "top_p", 1.0),
        ({"full_request": {"messages": [{"role": "user"}]}}, "input", '[{"role": "user"}]'),
        ({"full_request": {"messages": [{"role": "user"}]}, "input": "mine"}, "input", "mine"),
        ({"full_response": {"choices": [{"message": {"content": "x"}}]}}, "output", '{"content": "x"}'),
        ({"full_response": {"usage": {"prompt_tokens": 3}}}, "prompt_tokens", 3),
        ({"full_response": {"usage": {"prompt_tokens": 3}}, "prompt_tokens": 4}, "prompt_tokens", 4),
        ({"full_response": {"model": "gpt-4o-2024"}}, "response_model", "gpt-4o-2024"),
        ({"full_response": {"model": "gpt-4o-2024"}}, "model", "gpt-4o"),
        ({"customer_params": {"customer_identifier": "c"}}, "customer_identifier", "c"),
        ({"customer_params": {"customer_identifier": "c"}, "customer_identifier": "t"}, "customer_identifier", "t"),
        ({"customer_params": {"name": "N", "email": "E"}}, "customer_name", "N"),
        ({"customer_params": {"name": "N", "email": "E"}, "customer_email": "T"}, "customer_email", "T"),
        ({"respan_params": {"customer_params": {"customer_identifier": "c"}}}, "customer_identifier", "c"),
        ({"prompt": {"prompt_id": "p", "version": 3}}, "prompt_id", "p"),
        ({"prompt": {"prompt_id": "p", "version": 3}}, "prompt_version_number", "3"),
        ({"prompt": {"prompt_id": []}}, "prompt_id", ""),
        ({"prompt": "text"}, "prompt_id", ""),
        ({"stream": True}, "stream", True),
        ({}, "stream", False),
        ({}, "status_code", 200),
        ({}, "environment", "test"),
        ({"environment": "prod", "is_test": False}, "environment", "test"),
        ({"respan_params": {"environment": "prod"}}, "environment", "test"),
        ({"respan_api_controls": {"block": False}}, "extra", ""),
        ({"cost": 0.5}, "cost", Decimal("0.5")),
        ({"cost": None}, "cost", None),
    ],
)  # fmt: skip
def test_where_a_value_comes_from(body: dict[str, Any], name: str, value: Any) -> None:
    """Top level, then `respan_params`, then the recorded exchange, then the default."""
    assert getattr(strict(**body), name) == value


def test_defaults_off_create() -> None:
    """Elsewhere no temperature is invented, and the log type follows from model or messages."""
    span, _ = lenient()
    assert (span.temperature, span.top_p, span.stream, span.status_code) == (None, None, False, 200)
    assert lenient(model="m")[0].log_type == "chat"
    assert lenient(messages=[{"role": "user"}])[0].log_type == "chat"
    assert lenient(input="x", output="y")[0].log_type == "span"
    assert lenient(log_type="Tool", model="m")[0].log_type == "tool"


def test_request_s_origin() -> None:
    """What the request says of the span is on it, and never from the body."""
    span = strict(organization_id="x", organization_key_id="y", log_method="z", received_at=1, id="i")
    assert (span.organization_id, span.organization_key_id, span.log_method) == ("a" * 32, "k1", "batch")
    assert span.received_at == NOW
    assert json.loads(span.extra)["id"] == "i"


# Ids, times, status.


@pytest.mark.parametrize(
    ("trace", "span_id", "has_client_ids"),
    [
        ("t", "s", True), ("t", None, False), (None, "s", False), (None, None, False), ("", "s", False),
        ("0" * 32, "s", False), ("t", "0000000000000000", False),
    ],
)  # fmt: skip
def test_ids(trace: str | None, span_id: str | None, has_client_ids: bool) -> None:
    """Both ids from the client name the span; what is missing, empty or all zeros is the span's own id."""
    span = strict(trace_unique_id=trace, span_unique_id=span_id)
    again = strict(trace_unique_id=trace, span_unique_id=span_id, input="other")
    assert span.has_client_ids is has_client_ids
    assert (span.id == again.id) is has_client_ids
    if has_client_ids:
        assert span.id == pair_id("a" * 32, "test", "t", "s")
    assert span.trace_unique_id == ("t" if trace == "t" else span.id)
    assert span.span_unique_id == ("s" if span_id == "s" else span.id)


@pytest.mark.parametrize("parent", [None, "", "0" * 16])
def test_parent_not_sent(parent: str | None) -> None:
    """A null, empty or all-zero parent makes a root."""
    assert strict(span_parent_id=parent).span_parent_id == ""
    assert strict(span_parent_id="p").span_parent_id == "p"


SECOND = 1_000_000
END, START = "2026-01-31T11:00:02Z", "2026-01-31T11:00:00Z"
END_AT = NOW - 3_600 * SECOND + 2 * SECOND


@pytest.mark.parametrize(
    ("body", "timestamp", "start", "latency", "key_time"),
    [
        ({}, NOW, None, None, NOW),
        ({"timestamp": END}, END_AT, None, None, END_AT),
        ({"timestamp": END, "start_time": START}, END_AT, END_AT - 2 * SECOND, 2.0, END_AT - 2 * SECOND),
        ({"timestamp": END, "start_time": START, "latency": 9}, END_AT, END_AT - 2 * SECOND, 9.0, END_AT - 2 * SECOND),
        ({"timestamp": END, "latency": 0.5}, END_AT, END_AT - 500_000, 0.5, END_AT - 500_000),
        ({"timestamp": START, "start_time": END}, END_AT - 2 * SECOND, END_AT, None, END_AT),
        ({"start_time": START}, NOW, END_AT - 2 * SECOND, None, END_AT - 2 * SECOND),
        ({"latency": 3}, NOW, None, 3.0, NOW),
        ({"timestamp": END, "latency": 1e10}, END_AT, None, 1e10, END_AT),
        ({"timestamp": END, "latency": 1e300}, END_AT, None, 1e300, END_AT),
    ],
)
def test_times(body: dict[str, Any], timestamp: int, start: int | None, latency: float | None, key_time: int) -> None:
    """What is derived is derived only from times that the client sent, and a latency is never negative."""
    span = strict(**body)
    assert (span.timestamp, span.start_time, span.latency, span.key_time) == (timestamp, start, latency, key_time)
    assert ("before start_time" in span.warnings) == (body.get("timestamp") == START)


@pytest.mark.parametrize(
    ("body", "speed"),
    [
        ({"completion_tokens": 10, "latency": 2}, 5.0),
        ({"completion_tokens": 10, "latency": 2, "ttft": 1}, 10.0),
        ({"completion_tokens": 10, "latency": 2, "ttft": 2}, None),
        ({"completion_tokens": 10, "latency": 0}, None),
        ({"completion_tokens": 10, "latency": 2, "tokens_per_second": 7}, 7.0),
        ({"completion_tokens": 10, "latency": 5e-324}, None),
        ({"latency": 2}, None),
        ({"usage": {"completion_tokens": 10}, "timestamp": END, "start_time": START}, 5.0),
    ],
)
def test_tokens_per_second(body: dict[str, Any], speed: float | None) -> None:
    """Speed is output tokens over the time after the first token, only where it was not sent."""
    assert strict(**body).tokens_per_second == speed


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, "success"), ({"status_code": 399}, "success"), ({"status_code": 400}, "failed"),
        ({"error_message": "no"}, "failed"), ({"error_message": ""}, "success"), ({"status": "error"}, "failed"),
        ({"status": "success", "status_code": 500, "error_message": "x"}, "success"),
        ({"status": "RUNNING"}, "running"),
    ],
)  # fmt: skip
def test_status(body: dict[str, Any], status: str) -> None:
    """A sent status stands; else an error message or a code of 400 and above makes it failed."""
    assert strict(**body).status == status


# Payload.


def test_disable_log_stores_no_content() -> None:
    """With `disable_log` nothing that was said is kept; who, when, how much and at what cost is."""
    secret = "SECRET"
    call = [{"id": "c", "type": "function", "function": {"name": secret, "arguments": "{}"}}]
    body = {
        "input": secret, "output": {"content": secret, "tool_calls": call, "reasoning_content": secret},
        "tools": [{"a": secret}], "variables": {"a": secret}, "completion_messages": [secret], "embedding": [secret],
        "full_request": {"messages": [{"role": "user", "content": secret}], "model": "m"},
        "full_response": {"choices": [{"message": {"content": secret}}], "usage": {"prompt_tokens": 3}},
        "prompt": {"variables": {"a": secret}}, "ideal_output": secret, "messages": [{"content": secret}],
    }  # fmt: skip
    for sent in ({**body, "disable_log": True}, {**body, "respan_params": {"disable_log": True, "x": secret}}):
        span = strict(**sent, customer_identifier="c")
        assert secret not in repr(span)
        assert (span.prompt_tokens, span.customer_identifier, span.has_tool_calls) == (3, "c", True)
    wrong = {**body, "messages": secret, "disable_log": "true"}
    assert secret not in repr(lenient(**wrong)[0])
    assert secret in repr(strict(**body, disable_log=False))


def test_credentials_are_not_stored() -> None:
    """No credential in the recorded exchange or the controls reaches the span."""
    key = "sk-secret"
    span = strict(
        full_request={"headers": {"Authorization": f"Bearer {key}"}, "messages": [{"role": "user", "content": "x"}]},
        full_response={"a": [{"api_key": key}]}, respan_params={"credential_override": {"openai": {"api_key": key}}},
        credential_override={"api_key": key}, customer_credentials={"openai": {"api_key": key}},
    )  # fmt: skip
    assert key not in repr(span)
    assert '"content": "x"' in span.full_request


def test_output_s_tool_calls() -> None:
    """Tool calls come from the field, else from the output message."""
    calls = [{"id": "c", "type": "function", "function": {"name": "look", "arguments": "{}"}}]
    span = strict(output={"role": "assistant", "content": None, "tool_calls": calls})
    assert json.loads(span.tool_calls) == calls
    assert (span.has_tool_calls, span.output_preview) == (True, "look")
    assert strict(output="x").has_tool_calls is False
    assert strict(tool_calls=[], output="x").has_tool_calls is False
    assert strict(tool_calls=calls).has_tool_calls is True


def test_parameters_and_extra() -> None:
    """Known parameters without a column and unknown fields are kept as JSON, each in its own place."""
    span = strict(n=2, seed=7, reasoning_effort="low", shoe_size=42.5, prompt={"prompt_id": "p"}, environment="prod")
    assert json.loads(span.parameters) == {"n": 2, "seed": 7, "reasoning_effort": "low"}
    assert json.loads(span.extra) == {"shoe_size": 42.5, "prompt": {"prompt_id": "p"}, "environment": "prod"}
    assert strict(environment="test").extra == ""


def test_respan_params_are_kept() -> None:
    """Both namespaces are kept as one, the newer before the older."""
    span = strict(respan_params={"a": 1, "b": 2}, keywordsai_params={"b": 3, "c": 4})
    assert json.loads(span.respan_params) == {"a": 1, "b": 2, "c": 4}
