"""midspan.ingest.otel.semantics: what every SDK's attributes mean, and that nothing of them is lost."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Raw

from midspan.domain.span import LOG_TYPES
from midspan.http import tables
from midspan.ingest.body import FIELDS
from midspan.ingest.context import Context
from midspan.ingest.normalise import normalise
from midspan.ingest.otel.attributes import PARAMETERS, READINGS, find, rows
from midspan.ingest.otel.conventions import CONVENTIONS
from midspan.ingest.otel.exported import Event, Exported, Link
from midspan.ingest.otel.semantics import members
from tests import instrumentations, vendors
from tests.cases import BRIEF, CALL, END, HELLO, HI, PARENT, SPAN, START, TRACE, Case

CASES = vendors.CASES | instrumentations.CASES
PLACED = ("trace_unique_id", "span_unique_id", "span_parent_id", "start_time", "timestamp")
BESIDE = ("response_model", "log_method")
"""Fields that a body has no member for."""


def exported(attributes: dict[str, Any] | None = None, **others: Any) -> Exported:
    sent: dict[str, Any] = {
        "trace_id": TRACE,
        "span_id": SPAN,
        "parent_span_id": PARENT,
        "name": "op",
        "start": START,
        "end": END,
    }
    return Exported(attributes=attributes or {}, **(sent | others))


def fields(attributes: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    """Every field but ids, times, and the span's own name."""
    found = {name: value for name, value in members(exported(attributes, **others)).items() if name not in PLACED}
    return {name: value for name, value in found.items() if (name, value) != ("span_name", "op")}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_sdk(case: Case) -> None:
    """The attributes of each SDK mean exactly these fields; what has none is a property, and so is the kind as sent."""
    found = fields(case.attributes, name=case.name, kind=case.kind)

    kinds = {name: sent for name, sent in case.attributes.items() if (rule := find(name)) and rule.slot == "kind"}
    left = {"otel.kind": "internal" if case.kind == 1 else "client"} | kinds | case.left

    assert found.pop("properties") == left
    assert found == case.fields


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_every_field_is_taken(case: Case) -> None:
    """Whatever the table makes of attributes has the type of its field: nothing has to be repaired."""
    found = members(exported(case.attributes, name=case.name, kind=case.kind))
    repairs: list[str] = []
    sent = {name: Raw(msgspec.json.encode(value)) for name, value in found.items() if name not in BESIDE}
    context = Context(
        organization_id="o", environment="prod", key_id="k", log_method="tracing_integration", received_at=0
    )

    span = normalise(sent, context, strict=False, repairs=repairs)

    assert repairs == []
    assert span.extra in ("", '{"environment":"staging"}')
    assert span.latency == 1.25


def test_the_table_is_sound() -> None:
    """Each row names a field or a reading, and no attribute twice; kinds are log types."""
    table = list(rows())
    names = [row.attribute for row in table]

    assert [row for row in table if not _is_known(row.field)] == []
    assert sorted(names) == sorted(set(names))
    assert {kind for one in CONVENTIONS for kind in one.kinds.values()} <= set(LOG_TYPES)
    assert {field for field, _ in PARAMETERS.values()} <= FIELDS.keys()


def test_the_page_shows_the_table() -> None:
    """Every row, with what it becomes."""
    page = tables.parts()["conventions"]

    assert [row for row in rows() if f"| `{row.attribute}` | " not in page] == []
    assert "| `gen_ai.usage.input_tokens` | `prompt_tokens` |" in page


def _is_known(field: str) -> bool:
    return field in READINGS or field in FIELDS or field.partition(".")[0] in ("metadata", "properties", "variables")


def test_the_higher_row_holds_and_two_names_are_never_added() -> None:
    """Whatever order they are sent in. The other value stays under its own name, unless it is the same."""
    both = {"gen_ai.usage.input_tokens": 12, "gen_ai.usage.prompt_tokens": 10, "llm.usage.total_tokens": 15}
    same = {"gen_ai.usage.input_tokens": 12, "gen_ai.usage.prompt_tokens": 12, "llm.usage.total_tokens": 15}
    usage = {"prompt_tokens": 12, "total_tokens": 15}

    for sent in (both, dict(reversed(both.items()))):
        assert fields(sent) == {
            "log_type": "chat", "usage": usage, "properties": {"gen_ai.usage.prompt_tokens": 10},
        }  # fmt: skip
    assert fields(same) == {"log_type": "chat", "usage": usage, "properties": {}}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gen_ai.request.temperature", "hot"), ("gen_ai.usage.input_tokens", -1), ("gen_ai.request.model", 7),
        ("gen_ai.usage.input_tokens", True), ("gen_ai.is_streaming", "maybe"), ("http.status_code", 70_000),
        ("gen_ai.tool.definitions", '["x"]'), ("langfuse.observation.type", "novel"), ("metadata", "[1]"),
        ("llm.invocation_parameters", '{"temperature": "hot", "top_p": 0.5}'), ("gen_ai.server.ttft", 310),
        ("langfuse.observation.completion_start_time", "soon"), ("gen_ai.usage.cost", "NaN"),
        ("gen_ai.request.stop_sequences", [1]), ("events", '[{"x": 1}]'), ("llm.tools.0.tool.json_schema", "{"),
        ("gen_ai.prompt.9999999999.role", "user"), ("gen_ai.prompt.-1.role", "user"), ("x" * 300, 1),
        ("traceloop.association.properties.", 1), ("langfuse.observation.usage_details", '{"characters": 7}'),
        ("traceloop.entity.output", "null"),
    ],
)  # fmt: skip
def test_what_fits_no_field_is_a_property(name: str, value: Any) -> None:
    """With its type, under its own name."""
    assert fields({name: value})["properties"] == {name: value}


def test_numbers_that_json_has_no_form_for_become_texts() -> None:
    """Wherever they stand in a value."""
    sent = {"a": float("nan"), "b": [1.5, float("inf")], "c": {"d": [float("-inf")]}, "e": 1.5}

    assert fields(sent)["properties"] == {"a": "nan", "b": [1.5, "inf"], "c": {"d": ["-inf"]}, "e": 1.5}


def test_what_is_no_attribute_is_kept_beside_them() -> None:
    """Resource, scope, kind, status, trace state, events and links, none in another's way."""
    found = fields(
        {"otel.kind": "mine", "exception.x": 1},
        kind=5, status=1, status_message="fine", trace_state="a=b", flags=257, dropped={"events": 2},
        resource={"service.name": "shop"}, scope={"team": "core"}, scope_name="lib", scope_version="1.0",
        events=[Event("cache", START + 1, {"hit": True}), Event("exception", END, {"exception.message": "handled"})],
        links=[Link("t" * 32, "s" * 16, "c=d", {"why": "batch"}), Link("u" * 32, "v" * 16)],
    )  # fmt: skip

    assert found == {
        "log_type": "span",
        "properties": {
            "otel.kind": "mine", "exception.x": 1, "otel.kind_": "consumer", "otel.status": "ok",
            "otel.status_message": "fine", "otel.trace_state": "a=b", "otel.flags": 257,
            "otel.dropped": {"events": 2}, "otel.resource.service.name": "shop", "otel.scope.team": "core",
            "otel.scope.name": "lib", "otel.scope.version": "1.0",
            "otel.events": [
                {"name": "cache", "time": "2026-09-21T14:13:20.000000001Z", "attributes": {"hit": True}},
                {"name": "exception", "time": "2026-09-21T14:13:21.250000000Z",
                 "attributes": {"exception.message": "handled"}},
            ],
            "otel.links": [
                {"trace_id": "t" * 32, "span_id": "s" * 16, "trace_state": "c=d", "attributes": {"why": "batch"}},
                {"trace_id": "u" * 32, "span_id": "v" * 16},
            ],
        },
    }  # fmt: skip


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (START, END, {"start_time": datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC),
                      "timestamp": datetime(2026, 9, 21, 14, 13, 21, 250_000, tzinfo=UTC)}),
        (END, START, {"start_time": datetime(2026, 9, 21, 14, 13, 21, 250_000, tzinfo=UTC),
                      "timestamp": datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)}),
        (START, 0, {"start_time": datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC), "status": "running"}),
        (0, 0, {"status": "running"}),
        (1, 1_999, {"start_time": datetime(1970, 1, 1, tzinfo=UTC),
                    "timestamp": datetime(1970, 1, 1, 0, 0, 0, 1, tzinfo=UTC)}),
        (1 << 80, -1, {"start_time": str(1 << 80),
                       "timestamp": datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)}),
    ],
)  # fmt: skip
def test_times(start: int, end: int, expected: dict[str, Any]) -> None:
    """Start and end as they are, whichever is first; 0 was not sent, and a span without an end is running."""
    found = members(exported(start=start, end=end))

    assert {name: found[name] for name in ("start_time", "timestamp", "status") if name in found} == expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"status": 2}, {"status": "failed", "status_code": 500}),
        ({"status": 2, "status_message": "boom"}, {"status": "failed", "status_code": 500, "error_message": "boom"}),
        ({"status": 2, "status_message": "ValueError: boom",
          "events": [Event("exception", END, {"exception.message": "boom", "exception.type": "ValueError"})]},
         {"status": "failed", "status_code": 500, "error_message": "boom", "error_code": "ValueError"}),
        ({"events": [Event("exception", END, {"exception.message": "boom", "exception.escaped": True})]},
         {"status": "failed", "status_code": 500, "error_message": "boom"}),
        ({"events": [Event("exception", END, {"exception.message": "handled"})]}, {}),
        ({"attributes": {"error.type": "timeout"}},
         {"status": "failed", "status_code": 500, "error_code": "timeout"}),
        ({"status": 1, "attributes": {"error.type": "timeout"}}, {}),
        ({"status": 2, "attributes": {"status_code": 429}}, {"status": "failed", "status_code": 429}),
        ({"attributes": {"langfuse.observation.level": "WARNING"}}, {"status": "warning"}),
        ({"end": 0, "status": 2}, {"status": "failed", "status_code": 500}),
    ],
)  # fmt: skip
def test_status(others: dict[str, Any], expected: dict[str, Any]) -> None:
    """An error status, an exception that got out, or a named error is a failure; a handled exception is not."""
    names = ("status", "status_code", "error_message", "error_code")
    found = fields(**others)

    assert {name: found[name] for name in names if name in found} == expected


FROM_EVENTS: list[tuple[str, dict[str, Any]]] = [
    ("gen_ai.system.message", {"gen_ai.system": "openai", "content": "Be brief."}),
    ("gen_ai.user.message", {"content": '[{"text": "Hi"}]'}),
    ("gen_ai.assistant.message", {"gen_ai.event.content": json.dumps({"tool_calls": [CALL]})}),
    ("gen_ai.choice", {"message": "Hello!", "finish_reason": "stop", "index": 0}),
]


def test_messages_of_events() -> None:
    """Events of the older conventions are the messages; that they happened, and when, is kept."""
    found = fields(events=[Event(name, START, attributes) for name, attributes in FROM_EVENTS])

    assert found["input"] == [BRIEF, HI, {"role": "assistant", "content": None, "tool_calls": [CALL]}]
    assert found["output"] == {"role": "assistant", "content": "Hello!"}
    assert (found["log_type"], found["finish_reason"]) == ("chat", "stop")
    beside = [{"gen_ai.system": "openai"}, {}, {}, {"index": 0}]
    events = found["properties"]["otel.events"]
    assert [(event["name"], event.get("attributes", {})) for event in events] == [
        (name, left) for (name, _), left in zip(FROM_EVENTS, beside, strict=True)
    ]
    assert {event["time"] for event in events} == {"2026-09-21T14:13:20.000000000Z"}


def test_attributes_stand_above_events_that_say_otherwise() -> None:
    """Then the events stay as they came."""
    found = fields({"gen_ai.input.messages": [HI]}, events=[Event("gen_ai.user.message", START, {"content": "Ho"})])

    assert found["input"] == [HI]
    assert found["properties"]["otel.events"][0]["attributes"] == {"content": "Ho"}


def test_details_of_an_operation_are_read_like_attributes() -> None:
    """Below the span's own."""
    details = {
        "gen_ai.request.model": "other", "gen_ai.input.messages": '[{"role": "user", "content": "Hi"}]',
        "gen_ai.output.messages": [{"role": "assistant", "parts": [{"type": "text", "content": "Hello!"}]}],
    }  # fmt: skip
    events = [Event("gen_ai.client.inference.operation.details", END, details)]
    found = fields({"gen_ai.request.model": "gpt-4o"}, events=events)

    assert (found["model"], found["input"], found["output"]) == ("gpt-4o", [HI], HELLO)
    assert found["properties"]["gen_ai.request.model"] == "other"


def test_the_first_token_by_its_event() -> None:
    """The first of the events that are one."""
    events = [Event("llm.content.completion.chunk", START + offset, {}) for offset in (500_000_000, 310_000_000)]

    assert fields(events=events)["time_to_first_token"] == 0.31


@pytest.mark.parametrize(
    ("attributes", "log_type"),
    [
        ({}, "span"), ({"http.route": "/x"}, "span"), ({"gen_ai.request.model": "gpt-4o"}, "chat"),
        ({"gen_ai.usage.prompt_tokens": 1}, "chat"), ({"gen_ai.prompt.0.content": "Hi"}, "chat"),
        ({"gen_ai.tool.name": "search"}, "tool"), ({"agent_name": "planner"}, "agent"),
        ({"gen_ai.handoff.to_agent": "b"}, "handoff"), ({"ai.embedding": "[0.5]"}, "embedding"),
        ({"respan.entity.log_type": "Guardrail", "traceloop.span.kind": "task"}, "guardrail"),
        ({"traceloop.span.kind": "tool", "gen_ai.operation.name": "chat"}, "tool"),
        ({"gen_ai.operation.name": "chat", "llm.request.type": "rerank"}, "chat"),
        ({"openinference.span.kind": "CHAIN"}, "workflow"), ({"traceloop.span.kind": "unknown"}, "span"),
    ],
)  # fmt: skip
def test_log_type(attributes: dict[str, Any], log_type: str) -> None:
    """Respan's word above all, then the vendors', then the operation; without one, what the span carries."""
    assert fields(attributes)["log_type"] == log_type


def test_pictures_and_thoughts_become_what_openai_has_for_them() -> None:
    """A picture's address or bytes are `image_url`, with what stands beside it; summaries of thoughts are words."""
    parts = [
        {"type": "uri", "modality": "image", "mime_type": "image/png", "uri": "https://example.com/a.png"},
        {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "aGk="},
        {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "aGk="},
    ]
    thoughts = json.dumps([{"type": "summary_text", "text": text} for text in ("First this.", "Then that.")])
    said = [{"type": "reasoning", "content": thoughts}, {"type": "text", "content": "Hello!"}]
    found = fields(
        {
            "gen_ai.input.messages": json.dumps([{"role": "user", "parts": parts}]),
            "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": said}]),
        }
    )

    assert found["input"][0]["content"] == [
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}, "mime_type": "image/png"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
        parts[2],
    ]
    assert found["output"] == HELLO | {"reasoning_content": "First this.\nThen that."}


def test_choices_and_a_response_model_alone() -> None:
    """The first choice is the answer, all are kept; without a model asked for, the one that answered counts."""
    choices = [{"role": "assistant", "content": text, "finish_reason": "stop"} for text in ("one", "two")]
    found = fields({"gen_ai.output.messages": json.dumps(choices), "gen_ai.response.model": "gpt-4o"})

    assert (found["model"], found["response_model"], found["finish_reason"]) == ("gpt-4o", "gpt-4o", "stop")
    assert found["output"] == {"role": "assistant", "content": "one"}
    assert found["completion_messages"] == choices


NAMES = [row.attribute.replace(".N", ".1") for row in rows()]
KEYS = st.sampled_from(["role", "content", "parts", "message", "type", "name", "0"]) | st.text(max_size=3)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
VALUES = JSON_VALUES | JSON_VALUES.map(json.dumps)
ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=6), VALUES, max_size=12)
EVENTS = st.builds(
    Event,
    st.sampled_from(["exception", "gen_ai.choice", "gen_ai.user.message", "gen_ai.client.inference.operation.details"]),
    st.integers(),
    ATTRIBUTES,
)


@settings(max_examples=300, deadline=None)
@given(ATTRIBUTES, st.lists(EVENTS, max_size=2), st.integers(), st.integers(-1, 9))
def test_nothing_raises(attributes: dict[str, Any], events: list[Event], start: int, kind: int) -> None:
    """Any attributes of any types give fields that have a JSON form."""
    found = members(exported(attributes, events=events, start=start, kind=kind))

    assert msgspec.json.encode(found)


SHAPES: list[Callable[[str], Any]] = [
    lambda mark: mark,
    lambda mark: [mark],
    lambda mark: {"content": mark},
    lambda mark: json.dumps({"role": "user", "content": mark}),
    lambda mark: [{"role": "user", "parts": [{"type": "text", "content": mark}]}],
    lambda mark: json.dumps([{"type": "tool_call", "name": mark}]),
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=6), st.sampled_from(SHAPES)), max_size=12))
def test_nothing_is_lost(sent: list[tuple[str, Callable[[str], Any]]]) -> None:
    """Every text that was sent is somewhere in the fields, in whatever shape and company it came."""
    shapes = dict(sent)
    marks = {name: f"mark{number}." for number, name in enumerate(shapes)}
    found = members(exported({name: shape(marks[name]) for name, shape in shapes.items()}))
    text = msgspec.json.encode(found).decode()

    assert [name for name, mark in marks.items() if mark not in text] == []


def test_values_nested_beyond_measure_are_kept() -> None:
    """As they came: as JSON text, and as values that cannot even be compared."""
    text = '{"a":' * 100_000 + "1" + "}" * 100_000
    deep: Any = {}
    other: Any = {}
    for _ in range(20_000):
        deep, other = {"content": [deep]}, {"content": [other]}
    kept = {"input": deep, "langfuse.observation.input": other, "x": 1}

    assert fields({"gen_ai.input.messages": text, "x": 1}) == {
        "log_type": "chat",
        "input": text,
        "properties": {"x": 1},
    }
    assert fields(kept)["properties"].keys() == kept.keys()


def test_a_million_attributes_and_huge_numbers_cost_no_more_than_themselves() -> None:
    """Linear in what was sent: an index makes no list of its size, and depth no deep recursion."""
    sent: dict[str, Any] = {f"gen_ai.prompt.{number * 900}.content": "x" for number in range(100_000)}
    sent |= {f"app.{number}": number for number in range(200_000)}
    sent["gen_ai.completion.0." + "a." * 5_000 + "b"] = 1
    before = time.process_time()
    found = members(exported(sent))

    assert time.process_time() - before < 10
    assert len(found["input"]) == 100_000
    assert len(found["properties"]) == 200_001
    assert find("gen_ai.prompt.1.role") is not None
