"""OTLP over HTTP: what exporters send, what they are answered, and what is stored then."""

import base64
import gzip
import json
import threading
import time
import uuid
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import zstandard
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tests.exporting import (
    END,
    START,
    body,
    json_body,
    json_pairs,
    json_span,
    pairs,
    raw_body,
    span,
    varint,
)  # fmt: skip
from tests.server import Server, Starter
from tests.speaking import CREATE, listed, new_key, refused, retrieve

TRACES = "/api/v2/traces"
PROTOBUF = "application/x-protobuf"
JSON = "application/json"
ADDRESSES = ["/api/v2/traces", "/api/v1/traces", "/v1/traces", "/v2/traces", "/api/public/otel/v1/traces"]
CUSTOM = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o-mini", "shelf": "top"}


def send(
    client: httpx.Client, content: Any, media: str = PROTOBUF, path: str = TRACES, **headers: str
) -> httpx.Response:
    """The answer to an export."""
    return client.post(path, content=content, headers={"Content-Type": media, **headers})


def new_ids() -> tuple[bytes, bytes]:
    made = uuid.uuid4().bytes
    return made, uuid.uuid4().bytes[:8]


def stored(client: httpx.Client, trace_id: bytes | str) -> list[dict[str, Any]]:
    """The spans of a trace, each whole."""
    wanted = trace_id.hex() if isinstance(trace_id, bytes) else trace_id
    parameters = {"start_time": "1900-01-01", "trace_unique_id": wanted}
    return [retrieve(client, row["id"]) for row in listed(client, **parameters)]


def only(client: httpx.Client, trace_id: bytes | str) -> dict[str, Any]:
    (found,) = stored(client, trace_id)
    return found


def succeeded(answer: httpx.Response, kind: type[Any] = ExportTraceServiceResponse) -> Any:
    """The message that an answer of 200 in protobuf is."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == PROTOBUF
    return kind.FromString(answer.content)


def status(answer: httpx.Response) -> tuple[int, str]:
    """Code and message of a `google.rpc.Status` in protobuf."""
    assert answer.headers["content-type"] == PROTOBUF
    message: Message = Empty.FromString(answer.content)
    unknown: Any = UnknownFieldSet(message)
    fields = {field.field_number: field.data for field in unknown}
    assert set(fields) == {1, 2}
    return int(fields[1]), bytes(fields[2]).decode()


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
@pytest.mark.parametrize("path", ADDRESSES)
def test_an_export_is_stored(server: Server, path: str, media: str) -> None:
    """On every address, in both encodings: the answer says nothing, and the span is there, with its ids and times."""
    trace, own = new_ids()
    if media == PROTOBUF:
        sent = body(span(CUSTOM, trace_id=trace, span_id=own, parent_span_id=b"\xaa" * 8))
    else:
        sent = json_body(json_span(CUSTOM, traceId=trace.hex(), spanId=own.hex().upper(), parentSpanId="aa" * 8))
    answer = send(server.client, sent, media, path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, media)
    assert answer.content == (b"" if media == PROTOBUF else b"{}")
    found = only(server.client, trace)
    assert (found["span_unique_id"], found["span_parent_id"]) == (own.hex(), "aa" * 8)
    assert (found["start_time"], found["timestamp"]) == ("2026-01-31T12:00:00.000000Z", "2026-01-31T12:00:01.250000Z")
    assert (found["latency"], found["model"], found["log_type"]) == (1.25, "gpt-4o-mini", "chat")
    assert (found["log_method"], found["environment"], found["warnings"]) == ("tracing_integration", "prod", None)
    assert "top" in json.dumps([found["metadata"], found["properties"]])


def test_the_key_decides_the_environment(server: Server) -> None:
    """An export with a key of `test` is in `test` and nowhere else."""
    trace, own = new_ids()
    tester = server.client_of(server.test_key)
    succeeded(send(tester, body(span(trace_id=trace, span_id=own))))

    assert only(tester, trace)["environment"] == "test"
    assert stored(server.client, trace) == []


def test_a_span_that_is_sent_again_replaces_itself(server: Server) -> None:
    """Exporters retry after a timeout, and send a span again when it has ended: it is one span all the same."""
    trace, own = new_ids()
    for name in ("open", "ended", "ended"):
        succeeded(send(server.client, body(span(trace_id=trace, span_id=own, name=name))))

    assert only(server.client, trace)["span_name"] == "ended"


CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "identity": bytes,
}


@pytest.mark.parametrize("chunked", [False, True], ids=["whole", "chunked"])
@pytest.mark.parametrize("coding", CODINGS)
def test_compressed_exports_are_read(server: Server, coding: str, chunked: bool) -> None:
    """gzip, deflate and zstd, with Content-Length or in chunks."""
    trace, own = new_ids()
    packed = CODINGS[coding](body(span({"many": "bytes " * 1000}, trace_id=trace, span_id=own)))
    content = iter([packed[at : at + 100] for at in range(0, len(packed), 100)]) if chunked else packed
    succeeded(send(server.client, content, **{"Content-Encoding": coding}))

    assert only(server.client, trace)["span_unique_id"] == own.hex()


@pytest.mark.parametrize(
    ("content", "media"), [(b"", PROTOBUF), (body(), PROTOBUF), (b"{}", JSON), (b'{"resourceSpans": []}', JSON)]
)
def test_an_empty_request_is_good(server: Server, content: bytes, media: str) -> None:
    """Nothing is stored, and nothing is wrong."""
    answer = send(server.client, content, media)

    assert (answer.status_code, answer.content) == (200, b"" if media == PROTOBUF else b"{}")


def test_an_array_on_the_way_of_otlp_is_respans_own(server: Server) -> None:
    """Some send Respan's spans to /v1/traces; they are taken as they are by the trace-ingest routes."""
    trace = uuid.uuid4().hex
    answer = server.client.post("/v1/traces", json=[{"trace_unique_id": trace, "span_unique_id": "a", "model": "m"}])
    assert (answer.status_code, answer.json()["ingested_spans"]) == (200, 1)
    assert only(server.client, trace)["model"] == "m"

    assert "JSON object" in refused(server.client.post("/v1/traces", json=[7]), 400)["detail"]


# Refused alone, and repaired


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
def test_one_bad_span_does_not_sink_the_batch(server: Server, media: str) -> None:
    """It is refused alone, with its place and its reason; the others are stored."""
    trace, _ = new_ids()
    refused_before = server.metric("midspan_spans_refused_total")
    if media == PROTOBUF:
        good = [span(trace_id=trace, span_id=bytes([number]) * 8).SerializeToString() for number in (1, 2)]
        partial = succeeded(send(server.client, raw_body(good[0], b"\xff\xff", good[1]))).partial_success
        rejected, said = partial.rejected_spans, partial.error_message
    else:
        written = [json_span(traceId=trace.hex(), spanId=f"{number:016x}") for number in (1, 2)]
        answer = send(server.client, json_body(written[0], [7], written[1]), JSON)
        assert answer.status_code == 200
        (partial,) = answer.json().values()
        rejected, said = partial["rejectedSpans"], partial["errorMessage"]

    assert rejected == 1
    assert said.startswith("1 of 3 spans were refused. span 1: The span is ")
    assert len(stored(server.client, trace)) == 2
    assert server.metric("midspan_spans_refused_total") == refused_before + 1


def test_repairs_are_said_in_the_answer_and_in_the_span(server: Server) -> None:
    """Nothing was refused, but the message says what was mended, and each span's warnings say it too."""
    trace, _ = new_ids()
    text = body(*(span({"bad": "A?"}, trace_id=trace, span_id=bytes([number]) * 8) for number in (1, 2)))
    partial = succeeded(send(server.client, text.replace(b"A?", b"A\xff"))).partial_success

    assert partial.rejected_spans == 0
    assert partial.error_message == "Stored with repairs: Bytes that are not UTF-8 became U+FFFD. (2 of 2 spans)"
    for found in stored(server.client, trace):
        assert "U+FFFD" in found["warnings"]
        assert "A\ufffd" in json.dumps([found["metadata"], found["properties"]], ensure_ascii=False)


def test_where_no_span_can_be_stored_the_request_is_refused(server: Server) -> None:
    """400, which no exporter passes over, with the reason of each up to a few."""
    code, said = status(send(server.client, raw_body(*[b"\xff\xff"] * 7)))

    assert code == 3
    assert said.startswith("7 of 7 spans were refused. span 0: ")
    assert said.endswith("And 2 more.")


def test_a_huge_span_is_refused_alone(server: Server) -> None:
    """A value over the size limit costs its own span only; below the limit it is kept."""
    trace, _ = new_ids()
    spans = [
        span({"big": "x" * size}, trace_id=trace, span_id=bytes([number + 1]) * 8)
        for number, size in enumerate((1, (20 << 20) + 1, 3 << 20))
    ]
    partial = succeeded(send(server.client, body(*spans))).partial_success

    assert partial.rejected_spans == 1
    assert "span 1: The span has" in partial.error_message
    assert {found["span_unique_id"] for found in stored(server.client, trace)} == {"01" * 8, "03" * 8}


def test_odd_ids_and_times_are_stored(server: Server) -> None:
    """No id, an id that is none, times of 0 and of the year 2300: each span is there, and says what was mended."""
    marks = {name: uuid.uuid4().hex for name in ("text", "never", "late")}
    spans = [
        span(trace_id=bytes(16), span_id=bytes(8)),
        span(trace_id=marks["text"].encode() + b"!", span_id=b"run one"),
        span(trace_id=marks["never"].encode() + b"!", start_time_unix_nano=0, end_time_unix_nano=0),
        span(trace_id=marks["late"].encode() + b"!", end_time_unix_nano=10_413_792_000 * 10**9),
    ]
    answer = succeeded(send(server.client, body(*spans)))

    assert answer.partial_success.rejected_spans == 0
    for words in ("kept as text", "trace_id is all zeros", "span_id is all zeros"):
        assert words in answer.partial_success.error_message
    assert only(server.client, marks["text"] + "!")["span_unique_id"] == "run one"
    for name in ("never", "late"):
        found = only(server.client, marks[name] + "!")
        assert abs(datetime.fromisoformat(found["timestamp"]) - datetime.now(UTC)) < timedelta(hours=1)
        assert found["warnings"]


def test_deep_values_and_unknown_enums_are_stored(server: Server) -> None:
    """Nested a thousand deep, or of a later version: stored, in both encodings."""
    trace, _ = new_ids()
    deep: Any = "end"
    for _ in range(200):
        deep = {"a": deep}
    sent = json_span({"deep": "HERE"}, traceId=trace.hex(), spanId="01" * 8, kind=99, status={"code": 77})
    text = '{"stringValue": "end"}'
    for _ in range(1000):
        text = '{"kvlistValue": {"values": [{"key": "a", "value": ' + text + "}]}}"
    written = json_body(sent).replace(b'{"stringValue": "HERE"}', text.encode())
    answer = send(server.client, written, JSON)
    assert answer.status_code == 200, answer.text
    assert "too deeply" in answer.json()["partialSuccess"]["errorMessage"]
    inner = b"\x0a\x03end"
    for _ in range(1000):
        pair = b"\x0a\x01a\x12" + varint(len(inner)) + inner
        listed_ = b"\x0a" + varint(len(pair)) + pair
        inner = b"\x32" + varint(len(listed_)) + listed_
    attribute = b"\x0a\x04deep\x12" + varint(len(inner)) + inner
    raw = span(trace_id=trace, span_id=b"\x02" * 8).SerializeToString() + b"\x4a" + varint(len(attribute)) + attribute
    assert "too deeply" in succeeded(send(server.client, raw_body(raw))).partial_success.error_message

    assert len(stored(server.client, trace)) == 2


def test_others_are_answered_while_a_large_export_is_read(server: Server) -> None:
    """A span of a million attributes, and a request of many spans, keep nobody waiting for long."""
    many = {f"key {number}": number for number in range(1_000_000)}
    exports = [body(span(many, trace_id=new_ids()[0])), body(*[span(CUSTOM, trace_id=new_ids()[0])] * 5000)]
    answers: list[httpx.Response] = []
    client = server.client_of(
        server.key,
    )
    longest = 0.0

    def work() -> None:
        answers.extend(send(client, export) for export in exports)

    thread = threading.Thread(target=work)
    thread.start()
    while thread.is_alive():
        started = time.monotonic()
        assert server.client.get("/health/live").status_code == 200
        longest = max(longest, time.monotonic() - started)
    thread.join()
    assert [answer.status_code for answer in answers] == [200, 200]
    assert longest < 2


# Refused as a whole


@pytest.mark.parametrize("content", [body(span())[:-1], b"\x08\x01", b"<html>", b"\xff"])
def test_what_is_no_request_is_refused_in_protobuf(server: Server, content: bytes) -> None:
    """400 with a `google.rpc.Status`, whichever bytes came."""
    answer = send(server.client, content)

    assert answer.status_code == 400
    code, said = status(answer)
    assert code == 3
    assert "ExportTraceServiceRequest" in said


@pytest.mark.parametrize("content", [b"", b"nothing", b"7", b'{"spans": []}', b'{"resourceSpans": 7}'])
def test_what_is_no_request_is_refused_in_json(server: Server, content: bytes) -> None:
    """The same in JSON."""
    refused(send(server.client, content, JSON), 400)


@pytest.mark.parametrize(
    "media",
    ["text/plain", "application/x-thrift", "application/x-protobuf-x", "", "application/json; charset=utf-16"],
)
def test_other_content_types_are_415(server: Server, media: str) -> None:
    """415 names what is taken."""
    for path in (*ADDRESSES, "/v1/metrics", "/v1/logs"):
        assert "application/x-protobuf" in refused(send(server.client, body(span()), media, path), 415)["detail"]


@pytest.mark.parametrize("media", ["application/x-protobuf; a=b", "APPLICATION/X-PROTOBUF"])
def test_parameters_and_case_of_a_content_type_mean_nothing(server: Server, media: str) -> None:
    """What is meant is clear."""
    assert send(server.client, body(span(trace_id=new_ids()[0])), media).status_code == 200


def test_refusals_have_the_encoding_of_the_request(server: Server) -> None:
    """No key, a key without the right, a wrong method, an unknown coding: a Status each time."""
    reader = server.client_of(new_key(server, "--rights", "read")["key"])
    headers = {"Content-Type": PROTOBUF}
    for answer, code in (
        (send(server.client_of(None), body(span())), 16),
        (send(server.client_of("msp_prod_wrong"), body(span())), 16),
        (send(reader, body(span())), 7),
        (server.client.put(TRACES, content=b"", headers=headers), 12),
        (send(server.client, body(span()), **{"Content-Encoding": "br"}), 3),
        (send(server.client, body(span()), **{"Content-Encoding": "gzip"}), 3),
    ):
        assert answer.status_code >= 400
        assert status(answer)[0] == code


def test_limits_hold_after_inflation(start_server: Starter) -> None:
    """A small body that inflates to one over the limit is 413."""
    server = start_server(settings={"body_bytes_max": 1 << 20, "span_bytes_max": 1 << 20})
    packed = gzip.compress(body(span({"big": "x" * (2 << 20)})))
    assert len(packed) < 10_000
    answer = send(server.client, packed, **{"Content-Encoding": "gzip"})

    assert answer.status_code == 413
    assert status(answer)[0] == 3


def test_rates_hold(server: Server) -> None:
    """429 with Retry-After, counted in spans."""
    slow = server.client_of(new_key(server, "--spans-per-second", "2")["key"])
    sent = body(*[span(trace_id=new_ids()[0])] * 3)
    assert send(slow, sent).status_code == 200
    answer = send(slow, sent)

    assert answer.status_code == 429
    assert status(answer)[0] == 8
    assert int(answer.headers["retry-after"]) >= 1


# Langfuse's address


@pytest.mark.parametrize("user", ["pk-lf-1234", ""])
def test_a_key_is_a_password_at_langfuses_address(server: Server, user: str) -> None:
    """Langfuse's clients send Basic authentication: there the password is the key, and elsewhere it is nothing."""
    stranger = server.client_of(None)
    trace, own = new_ids()
    sent = body(span(trace_id=trace, span_id=own))
    headers = {"Authorization": f"Basic {base64.b64encode(f'{user}:{server.key}'.encode()).decode()}"}
    succeeded(send(stranger, sent, path="/api/public/otel/v1/traces", **headers))
    assert only(server.client, trace)["span_unique_id"] == own.hex()

    assert send(stranger, sent, **headers).status_code == 401
    wrong = {"Authorization": f"Basic {base64.b64encode(f'{server.key}:wrong'.encode()).decode()}"}
    assert send(stranger, sent, path="/api/public/otel/v1/traces", **wrong).status_code == 401


# Metrics and logs


def metrics() -> bytes:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name="calls")
    for _ in range(3):
        metric.sum.data_points.add(as_int=1, attributes=pairs({"a": 1}))
    return request.SerializeToString()


def logs() -> bytes:
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=START, observed_time_unix_nano=END)
    return request.SerializeToString()


@pytest.mark.parametrize("base", ["/api/v1", "/v1", "/api/v2", "/api/public/otel/v1"])
def test_metrics_and_logs_are_taken_and_dropped(server: Server, base: str) -> None:
    """200, so that exporters are content, and an answer that says how many were dropped; they are counted."""
    before = [server.metric("midspan_otlp_dropped_total", signal=signal) for signal in ("metrics", "logs")]
    answer = succeeded(send(server.client, metrics(), path=f"{base}/metrics"), ExportMetricsServiceResponse)
    assert answer.partial_success.rejected_data_points == 3
    assert "these metrics were dropped" in answer.partial_success.error_message
    found = succeeded(send(server.client, logs(), path=f"{base}/logs"), ExportLogsServiceResponse)
    assert found.partial_success.rejected_log_records == 1
    written = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"attributes": json_pairs({"a": 1})}]}]}]}
    in_json = server.client.post(f"{base}/logs", json=written).json()
    assert in_json["partialSuccess"]["rejectedLogRecords"] == 1
    assert send(server.client, b"", path=f"{base}/logs").content == b""

    after = [server.metric("midspan_otlp_dropped_total", signal=signal) for signal in ("metrics", "logs")]
    assert [now - then for now, then in zip(after, before, strict=True)] == [3, 2]
    assert send(server.client, b"\xff", path=f"{base}/logs").status_code == 400


def test_a_create_is_not_otlps(server: Server) -> None:
    """Other routes keep their own refusals, whatever content type is sent."""
    refused(server.client.post(CREATE, content=b"", headers={"Content-Type": PROTOBUF}), 415, "unsupported_media_type")
