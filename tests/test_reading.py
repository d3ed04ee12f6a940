"""The shape in which a span is read."""

from decimal import Decimal
from typing import Any, get_type_hints

import msgspec
import pytest

from midspan.domain.span import Span
from midspan.ingest.body import FIELDS as BODY_FIELDS
from midspan.search import reading
from midspan.search.chosen import Chosen
from midspan.search.moments import moment
from midspan.store.rows import TIMES

DOCUMENTED = (
    "id unique_id span_unique_id trace_unique_id span_name span_parent_id span_workflow_name timestamp start_time "
    "period_start period_end input output prompt_messages completion_message completion_messages full_request "
    "full_response model provider_id environment log_type log_method status status_code error_code error_message "
    "warnings prompt_tokens completion_tokens total_request_tokens prompt_cache_hit_tokens "
    "prompt_cache_creation_tokens reasoning_tokens cost latency time_to_first_token tokens_per_second routing_time "
    "metadata properties variables tools tool_calls scores customer_identifier customer_email customer_name "
    "custom_identifier group_identifier session_identifier thread_identifier organization_id unique_organization_id "
    "organization_key_id organization_key_name prompt_id prompt_name prompt_version_number deployment_id "
    "deployment_name stream temperature top_p max_tokens response_format limit_info blurred"
)
CONTRACT = set(DOCUMENTED.split())
"""Keys of the documented read shape."""

PARAMETERS_ONLY = {name for name, field in BODY_FIELDS.items() if field.group == "Controls"}


def a_span(**fields: Any) -> Span:
    return Span(
        **{
            "organization_id": "0" * 32,
            "environment": "prod",
            "key_time": 0,
            "id": "1" * 32,
            "timestamp": 1_764_032_400_123_456,
            **fields,
        }
    )


def shown(**fields: Any) -> dict[str, Any]:
    found = msgspec.json.decode(reading.encode(a_span(**fields), reading.Names()))
    assert isinstance(found, dict)
    return found


def test_every_documented_key_is_there() -> None:
    """A read span carries every key of the documented shape, set or not."""
    assert shown().keys() >= CONTRACT


def test_what_is_unset_is_null() -> None:
    """Absent texts, numbers and payloads read as null; counters of cached tokens as 0."""
    found = shown()
    assert {name for name in CONTRACT | {"prompt_cache_creation_1h_tokens"} if found[name] is not None} == {
        "id", "unique_id", "span_unique_id", "trace_unique_id", "timestamp", "environment", "log_type", "status",
        "status_code", "prompt_cache_hit_tokens", "prompt_cache_creation_tokens",
        "prompt_cache_creation_1h_tokens", "metadata", "scores",
        "organization_id", "unique_organization_id", "stream", "blurred",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("microseconds", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (1_764_032_400_123_456, "2025-11-25T01:00:00.123456Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (-2_208_988_800_000_000, "1900-01-01T00:00:00.000000Z"),
    ],
)
def test_times_have_microseconds_and_end_in_z(microseconds: int, text: str) -> None:
    """Times before and after 1970 read exactly."""
    assert moment(microseconds) == text


def test_reserved_metadata_is_hidden() -> None:
    """Keys that begin with an underscore are kept in the store and not shown."""
    assert shown(metadata={"a": "1", "_b": "2"})["metadata"] == {"a": "1"}


def test_money_keeps_its_digits() -> None:
    """A cost is a JSON number with the digits that are stored."""
    encoded = reading.encode(a_span(cost=Decimal("0.000000001230")), reading.Names())
    assert msgspec.json.decode(encoded, type=dict[str, msgspec.Raw])["cost"] == msgspec.Raw(b"1.23E-9")


def test_only_message_types_read_as_messages() -> None:
    """Chat, completion, text and response are read as messages; a tool's input is not."""
    assert shown(log_type="chat", input="Hi")["prompt_messages"] == [{"role": "user", "content": "Hi"}]
    assert shown(log_type="tool", input="Hi")["prompt_messages"] is None


def test_lists_leave_payload_columns_unread() -> None:
    """A list reads no payload column unless a field that is made of it is asked for."""
    plain = set(reading.list_columns(frozenset()))
    assert not plain & {"input", "output", "tools", "full_request", "full_response", "usage", "respan_params"}
    assert {"input_preview", "output_preview", "metadata", "cost"} <= plain
    assert set(reading.list_columns({"tools"})) - plain == {"tools"}
    assert set(reading.list_columns({"keywordsai_params"})) - plain == {"respan_params"}
    assert reading.whole({"prompt_messages"}) == {"input"}
    assert reading.whole({"completion_message"}) == {"output"}


@pytest.mark.parametrize("name", sorted(reading.FIELDS))
def test_a_field_is_made_of_the_columns_that_are_read_for_it(name: str) -> None:
    """Where only one field is asked for, what is read for it is enough, and the row holds it and the id alone."""
    values = {name: distinct(name, annotation) for name, annotation in get_type_hints(Span).items()}
    extra = '{"routing_time": 0.5, "deployment_id": "d", "deployment_name": "n"}'
    span = Span(**{**values, "log_type": "chat", "extra": extra})
    names, snippets = reading.Names("Org", "Key"), {"input": "…"}
    whole = msgspec.json.decode(reading.encode_page(reading.read(span, names, snippets=snippets)))

    chosen = Chosen.read(name, frozenset())
    assert chosen is not None
    columns = {*chosen.columns, *reading.whole(chosen.names)}
    read = reading.read(Span(**{one: getattr(span, one) for one in columns}), names, chosen.names, snippets=snippets)
    assert msgspec.json.decode(reading.encode_page(chosen.narrow(read))) == {"id": whole["id"], name: whole[name]}


def test_list_rows_have_the_same_keys_as_a_whole_span() -> None:
    """Whether a field was asked for changes its value, never its presence."""
    row = reading.read(a_span(input="Hi", log_type="chat"), reading.Names(), frozenset())
    assert row.__struct_fields__ == reading.ReadSpan.__struct_fields__
    assert row.prompt_messages is None


def test_every_field_of_the_create_page_reads_back() -> None:
    """No field that can be sent is left without a place to be read from."""
    unread = set(BODY_FIELDS) - reading.FIELDS - PARAMETERS_ONLY
    in_parameters = {name for name, field in BODY_FIELDS.items() if field.group == "Parameters"}
    assert unread - in_parameters <= {"prompt"}


def distinct(name: str, annotation: object) -> Any:
    """A value that no other field has."""
    number = Span.__struct_fields__.index(name) + 1
    if annotation in (bool, bool | None):
        return True
    if annotation in (int, int | None):
        return number
    if annotation in (float, float | None):
        return number + 0.5
    if annotation in (Decimal, Decimal | None):
        return Decimal(number)
    return {"key": name} if annotation == dict[str, str] else f'"{name}"'


def test_every_value_stands_under_its_own_name() -> None:
    """No field reads another field's value, and flags and figures that nothing sets stay unset."""
    values = {name: distinct(name, annotation) for name, annotation in get_type_hints(Span).items()}
    span = Span(**{**values, "log_type": "chat"})
    found = reading.read(span, reading.Names("organization", "key"))
    made = {
        "unique_id": values["id"],
        "unique_organization_id": values["organization_id"],
        "organization_name": "organization",
        "organization_key_name": "key",
        "generation_time": values["latency"],
        "ttft": values["time_to_first_token"],
        "keywordsai_params": values["respan_params"],
        "log_type": "chat",
        "scores": {},
    }
    elsewhere = {"prompt_messages", "messages", "completion_message"}
    unset = {"period_start", "period_end", "routing_time", "deployment_id", "deployment_name", "limit_info"}
    assert found.snippets is msgspec.UNSET
    for name in set(found.__struct_fields__) - {"snippets"}:
        value = getattr(found, name)
        if name in unset:
            assert value is None, name
        elif name in TIMES:
            assert value == moment(values[name]), name
        elif name not in elsewhere:
            expected = made.get(name, values.get(name))
            assert (bytes(value).decode() if isinstance(value, msgspec.Raw) else value) == expected, name
