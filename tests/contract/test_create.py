"""Create: the answer, every field of the reference there and back, and what strict and lenient make of the same row."""

import json
import re
from typing import Any

import pytest

from tests.server import Server
from tests.speaking import CHAT, CREATE, create, listed, refused, retrieve, tenant

USER = {"role": "user", "content": "Hi"}
ASSISTANT = {"role": "assistant", "content": "Hello"}
TOOL = {"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "search", "arguments": "{}"}}

# Every field of the create reference: (what is sent, what is read back under the same name).
FIELDS: dict[str, tuple[Any, Any]] = {
    "model": ("gpt-4o-mini", "gpt-4o-mini"),
    "prompt_messages": ([USER], [USER]),
    "completion_message": (ASSISTANT, ASSISTANT),
    "prompt_tokens": (12, 12),
    "completion_tokens": (3, 3),
    "usage": ({"prompt_tokens": 12, "x": [1]}, {"prompt_tokens": 12, "x": [1]}),
    "temperature": (0.25, 0.25),
    "top_p": (0.5, 0.5),
    "max_tokens": (512, 512),
    "generation_time": (1.5, 1.5),
    "ttft": (0.25, 0.25),
    "customer_params": ({"customer_identifier": "ada", "name": "Ada"}, {"customer_identifier": "ada", "name": "Ada"}),
    "metadata": ({"a": "b", "n": 1, "o": {"x": 1}, "t": True}, {"a": "b", "n": "1", "o": '{"x":1}', "t": "true"}),
    "stream": (True, True),
    "status_code": (201, 201),
    "tools": ([TOOL], [TOOL]),
    "tool_calls": ([CALL], [CALL]),
    "timestamp": ("2026-01-31T13:00:00.123456+01:00", "2026-01-31T12:00:00.123456Z"),
    "trace_unique_id": ("trace-1", "trace-1"),
    "span_name": ("name", "name"),
    "span_parent_id": ("parent", "parent"),
    "span_workflow_name": ("workflow", "workflow"),
    "custom_identifier": ("custom", "custom"),
    "thread_identifier": ("thread", "thread"),
    "group_identifier": ("group", "group"),
    "latency": (1.5, 1.5),
    "time_to_first_token": (0.25, 0.25),
    "log_type": ("completion", "completion"),
    "input": ("in", "in"),
    "output": ("out", "out"),
    "messages": ([USER], [USER]),
    "cost": (0.000123, 0.000123),
    "tokens_per_second": (65.5, 65.5),
    "properties": ({"n": 1, "f": 1.5, "b": False, "l": [None]}, {"n": 1, "f": 1.5, "b": False, "l": [None]}),
    "variables": ({"name": "Ada"}, {"name": "Ada"}),
    "customer_identifier": ("ada", "ada"),
    "tool_choice": ("auto", "auto"),
    "response_format": ({"type": "json_object"}, {"type": "json_object"}),
    "frequency_penalty": (0.5, 0.5),
    "presence_penalty": (-0.5, -0.5),
    "stop": (["\n\n", "END"], ["\n\n", "END"]),
    "error_message": ("too long", "too long"),
    "warnings": ("careful", "careful"),
    "status": ("error", "failed"),
    "prompt_id": ("042f5f", "042f5f"),
    "prompt_name": ("Summary", "Summary"),
    "is_custom_prompt": (True, True),
    "start_time": ("2026-01-31T11:59:58Z", "2026-01-31T11:59:58.000000Z"),
    "full_request": ({"model": "m", "n": 2}, {"model": "m", "n": 2}),
    "full_response": ({"id": "r", "x": [1.50]}, {"id": "r", "x": [1.5]}),
    "prompt_unit_price": (0.15, 0.15),
    "completion_unit_price": (0.6, 0.6),
    "respan_params": ({"metadata": {"a": "b"}}, {"metadata": {"a": "b"}}),
    "keywordsai_params": ({"group_identifier": "g"}, {"group_identifier": "g"}),
    "positive_feedback": (False, False),
}
ANSWER = """
id unique_id organization_id customer_identifier status cost timestamp environment latency time_to_first_token
prompt_cache_creation_tokens prompt_cache_hit_tokens
""".split()  # noqa: SIM905 - it reads better than a list
# The read shape of the newest client's definition.
SHAPE = """
id unique_id span_unique_id trace_unique_id span_name span_parent_id span_workflow_name timestamp start_time
period_start period_end input output prompt_messages completion_message completion_messages full_request
full_response model provider_id environment log_type log_method status status_code error_code error_message
warnings prompt_tokens completion_tokens total_request_tokens prompt_cache_hit_tokens
prompt_cache_creation_tokens reasoning_tokens cost latency time_to_first_token tokens_per_second routing_time
metadata properties variables tools tool_calls scores customer_identifier customer_email customer_name
custom_identifier group_identifier session_identifier thread_identifier organization_id unique_organization_id
organization_key_id organization_key_name prompt_id prompt_name prompt_version_number deployment_id
deployment_name stream temperature top_p max_tokens response_format limit_info blurred
""".split()  # noqa: SIM905 - it reads better than a list


def bulk(server: Server, *rows: Any) -> dict[str, Any]:
    answer = server.client.post("/api/request-logs/bulk/", json={"logs": rows})
    body: dict[str, Any] = answer.json()
    return {"status_code": answer.status_code, **body}


def stored_leniently(server: Server, row: dict[str, Any]) -> dict[str, Any]:
    """The span that bulk makes of a row."""
    answer = bulk(server, row)
    assert answer["status_code"] == 201, answer
    return retrieve(server.client, answer["ids"][0])


def test_create_answers_201_with_the_stored_span(server: Server) -> None:
    """The answer has every field of the reference and is what a read gives, key for key."""
    span = create(server.client, **CHAT, prompt_tokens=12, completion_tokens=5)
    assert set(ANSWER) <= set(span)
    assert span == retrieve(server.client, span["id"])
    assert span["id"] == span["unique_id"]
    assert re.fullmatch("[0-9a-f]{32}", span["id"])
    assert span["environment"] == "prod"


def test_the_alias_says_that_it_was_successful(server: Server) -> None:
    """`create/` answers the same body, and `message` for older clients."""
    for path in ("/api/request-logs/create/", "/request-logs/create"):
        answer = server.client.post(path, json=CHAT)
        body = answer.json()
        assert answer.status_code == 201
        assert body.pop("message") == "log successful"
        assert body == retrieve(server.client, body["id"])


@pytest.fixture(scope="module")
def by_field(server: Server) -> dict[str, dict[str, Any]]:
    """The answer to a create of each field of the reference, alone beside a model."""
    return {name: create(server.client, **{"latency": 2, name: sent}) for name, (sent, _) in FIELDS.items()}


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_of_the_reference_reads_back(server: Server, by_field: dict[str, dict[str, Any]], name: str) -> None:
    """Each field of the create reference comes back under its own name, in the answer and in a read."""
    span = by_field[name]
    assert span[name] == FIELDS[name][1]
    assert retrieve(server.client, span["id"])[name] == FIELDS[name][1]


def test_all_fields_together(server: Server) -> None:
    """All fields of the reference in one body come back; of two names for one thing the documented one wins."""
    sent = {name: value for name, (value, _) in FIELDS.items()} | {
        "latency": 9, "time_to_first_token": 9, "prompt_messages": [ASSISTANT], "span_unique_id": "span-of-all-fields",
    }  # fmt: skip
    span = retrieve(server.client, create(server.client, **sent)["id"])
    expected = {name: value for name, (_, value) in FIELDS.items()} | {
        # `input` and `output` win over the messages; a text reads as one message.
        "prompt_messages": [{"role": "user", "content": "in"}],
        "messages": [{"role": "user", "content": "in"}],
        "completion_message": {"role": "assistant", "content": "out"},
        "metadata": FIELDS["metadata"][1],
        "respan_params": {"group_identifier": "g", "metadata": {"a": "b"}},
        "keywordsai_params": {"group_identifier": "g", "metadata": {"a": "b"}},
    }
    assert {name: span[name] for name in expected} == expected


def test_unset_fields_are_null_or_their_default(server: Server) -> None:
    """A span of nothing but a model has every documented key, null where nothing is known, and create's defaults."""
    span = create(server.client)
    assert set(SHAPE) | set(FIELDS) <= set(span)
    defaults = {
        "temperature": 1, "top_p": 1, "stream": False, "status_code": 200, "log_type": "chat", "status": "success",
        "is_custom_prompt": False, "metadata": {}, "scores": {}, "blurred": False, "cost": None, "latency": None,
        "prompt_tokens": None, "input": None, "output": None, "start_time": None, "tools": None,
    }  # fmt: skip
    assert {name: span[name] for name in defaults} == defaults
    assert span["timestamp"] == span["received_at"]
    assert span["trace_unique_id"] == span["span_unique_id"] == span["id"]


def test_list_rows_have_every_key_of_the_read_shape(server: Server) -> None:
    """A row of a list carries every documented key, filled or null."""
    create(server.client, **CHAT)
    for row in listed(server.client, page_size=3):
        assert set(SHAPE) <= set(row)


def test_hidden_metadata_and_extra_fields(server: Server) -> None:
    """Metadata keys that start with `_` are hidden on every read; unknown fields are kept under `extra`."""
    client = tenant(server)
    span = create(client, metadata={"_internal": "x", "shown": "y"}, ideal_output="Hello!", nested={"a": [1, None]})
    for read in (span, retrieve(client, span["id"]), *listed(client)):
        assert read["metadata"] == {"shown": "y"}
        assert read["extra"] == {"ideal_output": "Hello!", "nested": {"a": [1, None]}}
        assert "_internal" not in json.dumps(read)


def test_every_fault_is_named_at_once(server: Server) -> None:
    """422 lists each faulty field with its sentence, the allowed values with it, and nothing is stored."""
    before = server.client.get("/api/request-logs/list/").json()["count"]
    answer = server.client.post(
        CREATE,
        json={"log_type": "nonsense", "status": "fine", "prompt_tokens": -1, "timestamp": "tomorrow", "stream": "x"},
    )
    body = refused(answer, 422, "invalid")
    assert set(body["errors"]) == {"model", "log_type", "status", "prompt_tokens", "timestamp", "stream"}
    assert all(isinstance(sentence, str) for sentences in body["errors"].values() for sentence in sentences)
    assert "transcription" in body["errors"]["log_type"][0]
    assert "pending" in body["errors"]["status"][0]
    assert server.client.get("/api/request-logs/list/").json()["count"] == before


def test_the_model_is_required_on_create_only(server: Server) -> None:
    """Strict: 422 unless `full_request` has it. Lenient: stored without."""
    assert set(refused(server.client.post(CREATE, json={"input": "x"}), 422)["errors"]) == {"model"}
    assert "model" in refused(server.client.post(CREATE, json={"model": "", "input": "x"}), 422)["errors"]
    answer = server.client.post(CREATE, json={"full_request": {"model": "gpt-4o"}})
    assert (answer.status_code, answer.json()["model"]) == (201, "gpt-4o")
    span = stored_leniently(server, {"input": "x"})
    assert (span["model"], span["log_type"], span["temperature"]) == (None, "span", None)


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        ({"log_type": "nonsense"}, {"log_type": "unknown"}),
        ({"status": "fine", "status_code": 500}, {"status": "failed"}),
        ({"status": "fine"}, {"status": "success"}),
        ({"customer_identifier": "é" * 255}, {"customer_identifier": "é" * 254}),
        ({"customer_identifier": 1.5}, {"customer_identifier": None, "metadata": {"customer_identifier": "1.5"}}),
        ({"prompt_tokens": "many"}, {"prompt_tokens": None, "metadata": {"prompt_tokens": "many"}}),
        ({"prompt_tokens": -1}, {"prompt_tokens": None, "metadata": {"prompt_tokens": "-1"}}),
        ({"stream": {"a": 1}}, {"stream": False, "metadata": {"stream": '{"a":1}'}}),
        ({"tools": "hammer"}, {"tools": None, "metadata": {"tools": "hammer"}}),
        ({"timestamp": "tomorrow"}, {"metadata": {"timestamp": "tomorrow"}}),
        ({"timestamp": "0001-01-01T00:00:00Z"}, {"metadata": {"timestamp": "0001-01-01T00:00:00Z"}}),
        ({"start_time": []}, {"start_time": None, "metadata": {"start_time": "[]"}}),
        ({"cost": True}, {"metadata": {"cost": "true"}}),
        ({"model": 7}, {"model": None, "metadata": {"model": "7"}}),
        ({"metadata": 7}, {"metadata": {"metadata": "7"}}),
        ({"full_request": 7}, {"full_request": None, "metadata": {"full_request": "7"}}),
    ],
)  # fmt: skip
def test_strict_refuses_what_lenient_repairs(server: Server, row: dict[str, Any], kept: dict[str, Any]) -> None:
    """The same row: 422 that names the field on create; stored, repaired and warned of everywhere else."""
    (name,) = {"prompt_tokens", *row} & set(row) if len(row) == 1 else (next(iter(row)),)
    refusal = refused(server.client.post(CREATE, json={"model": "gpt-4o-mini", **row}), 422, "invalid")
    assert set(refusal["errors"]) == {name}
    span = stored_leniently(server, {"model": "gpt-4o-mini", **row})
    assert {field: span[field] for field in kept} == kept
    assert name in span["warnings"]


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        ({"prompt_tokens": "12", "latency": "1.5", "cost": "0.1"}, {"prompt_tokens": 12, "latency": 1.5, "cost": 0.1}),
        ({"input": None, "prompt_tokens": None, "metadata": None, "timestamp": None}, {"input": None, "metadata": {}}),
        ({"input": {"a": [1, 2.50]}}, {"input": '{"a":[1,2.5]}'}),
        ({"input": [0.1, 0.2], "log_type": "embedding"}, {"input": "[0.1,0.2]"}),
        ({"input": 7, "output": False}, {"input": "7", "output": "false"}),
        ({"custom_identifier": 7, "thread_identifier": 8}, {"custom_identifier": "7", "thread_identifier": "8"}),
        ({"metadata": '{"a": 1}'}, {"metadata": {"a": "1"}}),
        ({"response_format": "json_object"}, {"response_format": {"type": "json_object"}}),
        ({"response_format": {"type": "text"}}, {"response_format": {"type": "text"}}),
        ({"log_type": "TRACE"}, {"log_type": "workflow"}),
        ({"log_type": "step"}, {"log_type": "task"}),
        ({"log_type": "LLM"}, {"log_type": "generation"}),
        ({"log_type": "Model"}, {"log_type": "generation"}),
        ({"log_type": "Reranker"}, {"log_type": "reranker"}),
        ({"status": "error"}, {"status": "failed"}),
        ({"status_code": 404}, {"status": "failed"}),
        ({"error_message": "x"}, {"status": "failed"}),
        ({"customer_identifier": "é" * 254}, {"customer_identifier": "é" * 254}),
        ({"nonsense": {"a": None}}, {"extra": {"nonsense": {"a": None}}}),
    ],
)
def test_strict_and_lenient_agree(server: Server, row: dict[str, Any], kept: dict[str, Any]) -> None:
    """What the contract accepts everywhere is stored alike by create and by bulk, without a warning."""
    for span in (
        create(server.client, **row),
        stored_leniently(server, {"model": "gpt-4o-mini", **row}),
    ):
        assert {field: span[field] for field in kept} == kept
        assert span["warnings"] is None


def test_numbers_and_texts_keep_their_own_spelling(server: Server) -> None:
    """Objects are kept as the JSON text that came: digits, spaces and the order of keys."""
    body = b'{"model":"gpt-4o-mini","log_type":"tool","input":{"z": 1.50, "a": 123456789012345678901234567890}}'
    answer = server.client.post(CREATE, content=body)
    assert answer.json()["input"] == '{"z": 1.50, "a": 123456789012345678901234567890}'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"true",
        b"7",
        b'"x"',
        b"[]",
        b"[{}]",
        b"{",
        b'{"model":}',
        b"{'model':'x'}",
        b'{"model":"x"}}',
        b"nonsense",
    ],
)
def test_what_is_no_object_is_400(server: Server, body: bytes) -> None:
    """Not JSON, or not an object: 400, never 422 and never a span."""
    refused(server.client.post(CREATE, content=body), 400, "bad_request")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (None, 201), ("application/json", 201), ("application/json; charset=utf-8", 201), ("Application/JSON", 201),
        ("application/vnd.api+json", 201), ("text/plain", 415), ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415), ("application/json; charset=utf-16", 415), ("application/xml", 415),
    ],
)  # fmt: skip
def test_content_types(server: Server, content_type: str | None, status: int) -> None:
    """JSON in UTF-8, by any of its names or none; anything else is 415."""
    headers = {} if content_type is None else {"Content-Type": content_type}
    answer = server.client.post(CREATE, content=json.dumps({"model": "gpt-4o-mini"}), headers=headers)
    assert answer.status_code == status, answer.text
    if status == 415:
        refused(answer, 415, "unsupported_media_type")
