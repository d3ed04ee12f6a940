"""OTLP's spans, decoded: what both encodings mean, and what becomes of those that are not as they should be."""

import base64
import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from midspan.errors import BadRequest
from midspan.ingest.otel import otlp, otlp_dropped, otlp_json, otlp_protobuf
from midspan.ingest.otel.exported import Event, Exported, Link
from tests.exporting import (
    END,
    PARENT,
    READERS,
    SPAN,
    START,
    TRACE,
    Read,
    body,
    export,
    json_body,
    json_pairs,
    json_span,
    one,
    pairs,
    span,
)  # fmt: skip

ATTRIBUTES: dict[str, Any] = {
    "text": "ä", "empty": "", "yes": True, "no": False, "whole": -(2**63) + 1, "zero": 0, "half": 0.5,
    "list": ["a", 1, False, ["b"]], "map": {"a": {"b": [1.5]}}, "none": [], "nothing": {},
}  # fmt: skip
MEANT = Exported(
    trace_id=TRACE.hex(),
    span_id=SPAN.hex(),
    parent_span_id=PARENT.hex(),
    trace_state="a=1",
    name="chat",
    kind=3,
    start=START,
    end=END,
    flags=1,
    status=2,
    status_message="too slow",
    attributes=ATTRIBUTES,
    events=[Event("said", START + 1, {"n": 1}), Event("", 0, {})],
    links=[Link(TRACE.hex(), PARENT.hex(), "b=2", {"why": "cause"})],
    dropped={"attributes": 1, "links": 3},
    resource={"service.name": "shop"},
    scope_name="shop.assistant",
    scope_version="1.0",
    scope={"tier": 1},
    repairs=[],
)


def test_protobuf_carries_all_of_a_span() -> None:
    """Every field of a span, its resource and its scope arrives, each value in its own type."""
    sent = span(ATTRIBUTES, parent_span_id=PARENT, trace_state="a=1", flags=1, dropped_attributes_count=1)
    sent.dropped_links_count = 3
    sent.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message="too slow"))
    sent.events.add(name="said", time_unix_nano=START + 1, attributes=pairs({"n": 1}))
    sent.events.add()
    sent.links.add(trace_id=TRACE, span_id=PARENT, trace_state="b=2", attributes=pairs({"why": "cause"}))

    assert one(otlp_protobuf.spans(body(sent))) == MEANT


@pytest.mark.parametrize("number", [str, int], ids=["texts", "numbers"])
@pytest.mark.parametrize("digits", [str.lower, str.upper], ids=["lower", "upper"])
def test_json_carries_all_of_a_span(number: Callable[[Any], Any], digits: Callable[[str], str]) -> None:
    """The same in JSON, with 64-bit numbers as texts or numbers, and with ids in any case."""
    sent = json_span(
        ATTRIBUTES,
        traceId=digits(TRACE.hex()),
        spanId=digits(SPAN.hex()),
        parentSpanId=digits(PARENT.hex()),
        traceState="a=1",
        flags=number(1),
        startTimeUnixNano=number(START),
        endTimeUnixNano=number(END),
        status={"code": 2, "message": "too slow"},
        events=[{"timeUnixNano": number(START + 1), "name": "said", "attributes": json_pairs({"n": 1})}, {}],
        links=[
            {
                "traceId": digits(TRACE.hex()),
                "spanId": digits(PARENT.hex()),
                "traceState": "b=2",
                "attributes": json_pairs({"why": "cause"}),
            }
        ],
        droppedAttributesCount=1,
        droppedLinksCount=number(3),
        unknownField={"a": 1},
    )

    assert one(otlp_json.spans(json_body(sent))) == MEANT


def test_ids_in_base64_are_read() -> None:
    """What writers of JSON that do not know OTLP's rule make of ids is told by its length, with a warning."""
    encoded = {name: base64.b64encode(raw).decode() for name, raw in (("traceId", TRACE), ("spanId", SPAN))}
    found = one(otlp_json.spans(json_body(json_span(**encoded, links=[encoded]))))

    assert (found.trace_id, found.span_id) == (TRACE.hex(), SPAN.hex())
    assert (found.links[0].trace_id, found.links[0].span_id) == (TRACE.hex(), SPAN.hex())
    assert set(found.repairs) == {otlp_json.BASE64}


def test_names_of_enums_are_understood() -> None:
    """`SPAN_KIND_SERVER` is no number, as it should be, and means one all the same."""
    found = one(otlp_json.spans(json_body(json_span(kind="SPAN_KIND_SERVER", status={"code": "STATUS_CODE_ERROR"}))))

    assert (found.kind, found.status, found.repairs) == (2, 2, [])


@pytest.mark.parametrize("read", READERS)
def test_unknown_values_of_enums_are_kept(read: Read) -> None:
    """A kind or status of a later version is the number that it is."""
    sent = span(kind=77)
    sent.status.code = 9  # type: ignore[assignment]
    text = body(sent) if read is otlp_protobuf.spans else json_body(json_span(kind=77, status={"code": 9}))
    found = one(read(text))

    assert (found.kind, found.status, found.repairs) == (77, 9, [])


IDS: list[tuple[bytes, str]] = [
    (b"", ""), (bytes(16), ""), (bytes(8), ""), (bytes(3), ""), (b"\x01\x02", "0102"),
    (b"run-1 of \xc3\xa4", "run-1 of ä"), (b"\xff" * 20, "ff" * 20),
    (b"7b0ee3a2-0d3c-4f0a-9d1e-6f4c2b1a0987", "7b0ee3a2-0d3c-4f0a-9d1e-6f4c2b1a0987"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "text"), IDS)
def test_odd_ids_in_protobuf_are_kept_as_text(raw: bytes, text: str) -> None:
    """No id, or one of zeros, is none, and an id of any other length is kept: as text, or as its digits."""
    found = one(otlp_protobuf.spans(body(span(trace_id=raw, span_id=raw, parent_span_id=raw))))

    assert (found.trace_id, found.span_id, found.parent_span_id) == (text, text, text)
    assert [sentence.split()[0] for sentence in found.repairs[:2]] == ["trace_id", "span_id"]


@pytest.mark.parametrize(
    ("sent", "text"),
    [("", ""), (None, ""), ("0" * 32, ""), ("0000", ""), ("run-1", "run-1"), ("zz" * 16, "zz" * 16),
     ("é" * 12, "é" * 12), ("ab cd " * 5 + "ab", "ab cd " * 5 + "ab")],
)  # fmt: skip
def test_odd_ids_in_json_are_kept_as_text(sent: str | None, text: str) -> None:
    """The same in JSON."""
    found = one(otlp_json.spans(json_body(json_span(traceId=sent, spanId=sent, parentSpanId=sent))))

    assert (found.trace_id, found.span_id, found.parent_span_id) == (text, text, text)
    assert [sentence.split()[0] for sentence in found.repairs[:2]] == ["trace_id", "span_id"]


@pytest.mark.parametrize("nanoseconds", [0, 1, 10_413_792_000 * 10**9, 2**64 - 1], ids=["0", "1", "2300", "last"])
def test_any_time_is_passed_on(nanoseconds: int) -> None:
    """Times of 0, of the year 2300 and the last one there is are what they are; only no time at all is told."""
    times = {"start_time_unix_nano": nanoseconds, "end_time_unix_nano": nanoseconds}
    written = {"startTimeUnixNano": str(nanoseconds), "endTimeUnixNano": nanoseconds}
    for found in (one(otlp_protobuf.spans(body(span(**times)))), one(otlp_json.spans(json_body(json_span(**written))))):
        assert (found.start, found.end) == (nanoseconds, nanoseconds)
        assert bool(found.repairs) == (not nanoseconds)


@pytest.mark.parametrize("sent", [-1, 2**64, "noon", "9" * 5000, 1e300, -0.5])
def test_what_is_no_time_is_left_out(sent: Any) -> None:
    """A time that is no whole number of 64 bits is as if not sent, with a warning that holds it."""
    found = one(otlp_json.spans(json_body(json_span(endTimeUnixNano=sent))))

    assert (found.start, found.end) == (START, 0)
    assert found.repairs[0].startswith("endTimeUnixNano")
    assert str(sent)[:50] in found.repairs[0]


def test_values_without_a_json_form_become_texts() -> None:
    """NaN, the infinities and whole numbers beyond 64 bits are texts; bytes are base64; no value is not sent."""
    sent: dict[str, Any] = {"a": math.nan, "b": math.inf, "c": -math.inf, "d": b"\xff\x00", "e": None, "f": [None, 1]}
    meant = {"a": "NaN", "b": "Infinity", "c": "-Infinity", "d": "/wA=", "f": [None, 1]}
    assert one(otlp_protobuf.spans(body(span(sent)))).attributes == meant

    written = [
        {"key": "a", "value": {"doubleValue": "NaN"}},
        {"key": "b", "value": {"doubleValue": "Infinity"}},
        {"key": "c", "value": {"doubleValue": "-Infinity"}},
        {"key": "d", "value": {"bytesValue": "/wA="}},
        {"key": "e", "value": {}},
        {"key": "f", "value": {"arrayValue": {"values": [None, {"intValue": 1}]}}},
        {"key": "g", "value": {"intValue": str(2**70)}},
        {"key": "h", "value": {"intValue": 2**70}},
        {"key": "i", "value": None},
        {"key": "j", "value": {"doubleValue": "0.5"}},
        {"key": "k", "value": {"doubleValue": 2}},
    ]
    found = one(otlp_json.spans(json_body(json_span(written))))
    assert found.attributes == {**meant, "g": str(2**70), "h": str(2**70), "j": 0.5, "k": 2.0}
    assert found.repairs == []


@pytest.mark.parametrize("read", READERS)
def test_of_two_attributes_of_one_name_the_last_counts(read: Read) -> None:
    """Names should be unique; where they are not, a warning says what was lost."""
    twice = span({"a": 1})
    twice.attributes.extend(pairs({"a": 2}))
    written = json_span(json_pairs({"a": 1}) + json_pairs({"a": 2}))
    found = one(read(body(twice) if read is otlp_protobuf.spans else json_body(written)))

    assert (found.attributes, found.repairs) == ({"a": 2}, [otlp.TWICE])


# Metrics and logs


def test_data_points_and_records_are_counted() -> None:
    """What is dropped is counted as OTLP counts it, in both encodings."""
    metrics = ExportMetricsServiceRequest()
    within = metrics.resource_metrics.add().scope_metrics.add()
    within.metrics.add().gauge.data_points.add()
    histogram = within.metrics.add().histogram
    histogram.data_points.add()
    histogram.data_points.add()
    within.metrics.add()
    assert otlp_dropped.metrics_in_protobuf(metrics.SerializeToString()) == 3
    written = {"metrics": [{"gauge": {"dataPoints": [{}]}}, {"histogram": {"dataPoints": [{}, {}]}}, {"name": "a"}]}
    assert otlp_dropped.metrics_in_json(json.dumps({"resourceMetrics": [{"scopeMetrics": [written]}]}).encode()) == 3

    logs = ExportLogsServiceRequest()
    logs.resource_logs.add().scope_logs.add().log_records.add()
    assert otlp_dropped.logs_in_protobuf(logs.SerializeToString()) == 1
    assert otlp_dropped.logs_in_json(b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [{}, {}]}]}]}') == 2
    assert otlp_dropped.logs_in_json(b"{}") == otlp_dropped.metrics_in_protobuf(b"") == 0


@pytest.mark.parametrize(
    "count",
    [otlp_dropped.metrics_in_json, otlp_dropped.metrics_in_protobuf, otlp_dropped.logs_in_json,
     otlp_dropped.logs_in_protobuf],
)  # fmt: skip
def test_what_is_no_metrics_or_logs_is_refused(count: Callable[[bytes], int]) -> None:
    """They are dropped, but read."""
    with pytest.raises(BadRequest):
        count(b"\xff\xff no")


def test_the_test_requests_are_otlp() -> None:
    """What these tests send is what the official classes read."""
    assert Span.FromString(otlp_protobuf.spans(export(span()).SerializeToString())[0].raw) == span()
