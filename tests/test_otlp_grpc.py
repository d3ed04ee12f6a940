"""OTLP over gRPC: what exporters send, what they are answered, and how its server begins and ends."""

import asyncio
import base64
import contextlib
import gzip
import re
import signal
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import hypothesis
import hypothesis.strategies as st
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.empty_pb2 import Empty
from google.protobuf.unknown_fields import UnknownFieldSet
from grpc import aio
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from midspan.errors import Misconfigured
from midspan.http.otlp_grpc import CALLS_MAX, SAID_BYTES_MAX, SERVICE_NAMES, brief, coding_of
from midspan.http.ports import keep_grpc_port
from midspan.settings import Reading, read
from tests.exporting import body, raw_body, span
from tests.faults.load import wait_until
from tests.server import Server, Starter, free_port
from tests.speaking import listed, new_key, retrieve

TRACES, METRICS, LOGS = (f"/{name}/Export" for name in SERVICE_NAMES)
LIMIT = 1 << 20
GZIP, DEFLATE = grpc.Compression.Gzip, grpc.Compression.Deflate


def address(server: Server) -> str:
    return f"127.0.0.1:{server.settings['otlp_grpc_port']}"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes messages of up to 1 MiB and waits a second for them."""
    settings = {
        "otlp_grpc_port": free_port(),
        "span_bytes_max": LIMIT // 2,
        "body_bytes_max": LIMIT,
        "body_timeout_seconds": 1,
    }
    with Server(tmp_path_factory.mktemp("grpc") / "data", settings=settings) as running:
        running.start()
        yield running
        assert running.stop() == 0, running.log
        assert "Traceback" not in running.log, running.log


@pytest.fixture(scope="module")
def channel(small: Server) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(address(small)) as opened:
        yield opened


def metadata(key: str | None) -> tuple[tuple[str, str | bytes], ...]:
    return (("authorization", f"Bearer {key}"),) if key else ()


def send(channel: grpc.Channel, message: bytes, key: str | None, method: str = TRACES, **options: Any) -> bytes:
    """The answer to a call. Raises `grpc.RpcError`."""
    options = {"metadata": metadata(key), "timeout": 30, **options}
    call: Any = channel.unary_unary(method)
    answer: bytes = call(message, **options)
    return answer


def streamed(channel: grpc.Channel, messages: Iterator[bytes], key: str) -> Any:
    """The error with which a call ends whose messages come when they come."""
    call: Any = channel.stream_unary(TRACES)
    with pytest.raises(grpc.RpcError) as caught:
        call(messages, metadata=metadata(key), timeout=4)
    return caught.value


def refused(code: grpc.StatusCode, channel: grpc.Channel, message: bytes, key: str | None, **options: Any) -> Any:
    """Assert that a call ends with a status in a sentence, and return the error."""
    with pytest.raises(grpc.RpcError) as caught:
        send(channel, message, key, **options)
    error: Any = caught.value
    assert error.code() is code, error
    assert error.details().endswith((".", "…")), error
    return error


def new_span(**fields: Any) -> tuple[str, Any]:
    """The trace id of a span that nobody else sends, and the span."""
    trace = uuid.uuid4().bytes
    return trace.hex(), span({"gen_ai.request.model": "gpt-4o-mini"}, trace_id=trace, span_id=trace[:8], **fields)


def only(server: Server, trace: str) -> dict[str, Any]:
    """The one span of a trace."""
    (row,) = listed(server.client, start_time="1900-01-01", trace_unique_id=trace)
    return retrieve(server.client, row["id"])


# What is taken


@pytest.mark.parametrize("compression", [None, GZIP, DEFLATE])
def test_an_export_is_stored(small: Server, channel: grpc.Channel, compression: grpc.Compression | None) -> None:
    """Compressed or not: the answer says nothing, and the span is there as one that came over HTTP would be."""
    trace, sent = new_span(name="x" * 10_000)
    assert send(channel, body(sent), small.key, compression=compression) == b""

    found = only(small, trace)
    assert (found["model"], found["latency"], found["log_method"]) == ("gpt-4o-mini", 1.25, "tracing_integration")
    assert (found["environment"], found["warnings"]) == ("prod", None)


def test_nothing_is_an_export(small: Server, channel: grpc.Channel) -> None:
    """An empty request is good, and stores nothing."""
    assert send(channel, b"", small.key) == b""


def test_one_bad_span_never_costs_the_others(small: Server, channel: grpc.Channel) -> None:
    """What cannot be stored is refused alone, and partial_success says why."""
    trace, sent = new_span()
    answer = send(channel, raw_body(sent.SerializeToString(), b"\xff\xff"), small.key)

    partial = ExportTraceServiceResponse.FromString(answer).partial_success
    assert partial.rejected_spans == 1
    assert partial.error_message == "1 of 2 spans were refused. span 1: The span is not valid protobuf."
    assert only(small, trace)["model"] == "gpt-4o-mini"


def test_metrics_and_logs_are_dropped(small: Server, channel: grpc.Channel) -> None:
    """They are taken and counted, and the answer says that they are not kept."""
    metrics = ExportMetricsServiceRequest()
    metrics.resource_metrics.add().scope_metrics.add().metrics.add().gauge.data_points.add()
    answer = send(channel, metrics.SerializeToString(), small.key, METRICS, compression=GZIP)
    dropped = ExportMetricsServiceResponse.FromString(answer).partial_success
    assert (dropped.rejected_data_points, "dropped" in dropped.error_message) == (1, True)

    logs = ExportLogsServiceRequest()
    logs.resource_logs.add().scope_logs.add().log_records.add()
    answer = send(channel, logs.SerializeToString(), small.key, LOGS)
    assert ExportLogsServiceResponse.FromString(answer).partial_success.rejected_log_records == 1
    for name in ("metrics", "logs"):
        assert small.metric("midspan_otlp_dropped_total", signal=name) == 1
        assert small.metric("midspan_requests_total", operation=f"export{name.capitalize()}OverGrpc", status="200") == 1


# Who may


def test_a_key_is_asked_for(small: Server, channel: grpc.Channel) -> None:
    """Without a good key nothing is taken, and the status says how to send one; a key that may not write is told so."""
    _, sent = new_span()
    error = refused(grpc.StatusCode.UNAUTHENTICATED, channel, body(sent), None)
    assert "Authorization: Bearer <key>" in error.details()
    assert "grpc-status-details-bin" not in dict(error.trailing_metadata())
    refused(grpc.StatusCode.UNAUTHENTICATED, channel, body(sent), "msp_prod_wrong")
    cookie = [("cookie", "midspan_session=a")]
    assert (
        "No API key" in refused(grpc.StatusCode.UNAUTHENTICATED, channel, body(sent), None, metadata=cookie).details()
    )

    reader = new_key(small, "--rights", "read")["key"]
    assert "`ingest`" in refused(grpc.StatusCode.PERMISSION_DENIED, channel, body(sent), reader).details()


def test_the_key_may_be_a_password(small: Server, channel: grpc.Channel) -> None:
    """Of Basic authentication, as at Langfuse's address; and the key decides the environment."""
    trace, sent = new_span()
    password = base64.b64encode(f"any:{small.test_key}".encode()).decode()
    send(channel, body(sent), None, metadata=[("authorization", f"Basic {password}")])

    assert listed(small.client, start_time="1900-01-01", trace_unique_id=trace) == []
    tester = small.client_of(small.test_key)
    assert len(listed(tester, start_time="1900-01-01", trace_unique_id=trace)) == 1


def test_nothing_is_read_for_who_has_no_key(small: Server, channel: grpc.Channel) -> None:
    """The refusal comes before the message does."""

    def never() -> Iterator[bytes]:
        threading.Event().wait(5)
        yield b""

    assert streamed(channel, never(), "msp_prod_wrong").code() is grpc.StatusCode.UNAUTHENTICATED


def test_who_is_too_fast_is_told_when_to_come_again(small: Server, channel: grpc.Channel) -> None:
    """RESOURCE_EXHAUSTED with RetryInfo: as gRPC has it, and where Python's exporter looks for it."""
    key = new_key(small, "--spans-per-second", "0.5")["key"]
    send(channel, body(new_span()[1]), key)
    error = refused(grpc.StatusCode.RESOURCE_EXHAUSTED, channel, body(new_span()[1]), key)

    trailing = dict(error.trailing_metadata())
    status = fields(trailing["grpc-status-details-bin"])
    detail = AnyMessage.FromString(status[3])
    assert (status[1], status[2].decode()) == (8, error.details())
    assert detail.type_url == "type.googleapis.com/google.rpc.RetryInfo"
    assert detail.value == trailing["google.rpc.retryinfo-bin"]
    assert Duration.FromString(fields(detail.value)[1]).seconds == 2


def fields(message: bytes) -> dict[int, Any]:
    """The fields of a message of protobuf."""
    unknown: Any = UnknownFieldSet(Empty.FromString(message))
    return {field.field_number: field.data for field in unknown}


# What is refused


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (b"\xff" * 100, "protobuf"),
        (b"\x0a\x05abc", "protobuf"),
        (gzip.compress(b"a" * 1000, mtime=0)[:-5], "whole, valid gzip"),
        (b"\x78\x9c" + b"\xff" * 100, "whole, valid deflate"),
        (raw_body(b"\xff\xff"), "1 of 1 spans were refused."),
    ],
    ids=["no message", "cut", "cut gzip", "no deflate", "no span"],
)
def test_what_is_no_export_is_refused(small: Server, channel: grpc.Channel, message: bytes, said: str) -> None:
    """INVALID_ARGUMENT, which exporters do not try again, with the reason."""
    error = refused(grpc.StatusCode.INVALID_ARGUMENT, channel, message, small.key)
    assert said in error.details()
    assert "grpc-status-details-bin" not in dict(error.trailing_metadata())


def test_what_is_too_large_is_refused(small: Server, channel: grpc.Channel) -> None:
    """A message over the limit is not read; one that bursts it when it is inflated is, as far as the limit."""
    large = raw_body(bytes(LIMIT))
    with pytest.raises(grpc.RpcError) as caught:
        send(channel, large, small.key)
    error: Any = caught.value
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert str(LIMIT) in error.details()

    packed = refused(grpc.StatusCode.INVALID_ARGUMENT, channel, bytes(64 * LIMIT), small.key, compression=GZIP)
    assert f"over {LIMIT} bytes (counted after decompression)" in packed.details()
    assert small.metric("midspan_inflight_bytes") == 0


def test_silent_callers_hold_nobody_up(small: Server) -> None:
    """More callers than are served at once, who send nothing: they are told so, or go, and the next one is served."""

    async def stall() -> list[str]:
        async with aio.insecure_channel(address(small), options=[("grpc.use_local_subchannel_pool", 1)]) as opened:
            call: Any = opened.stream_unary(TRACES)
            calls = [call(metadata=metadata(small.key)) for _ in range(CALLS_MAX)]
            waiting = [call(metadata=metadata(small.key), timeout=0.5) for _ in range(10)]
            codes = [await each.code() for each in waiting]
            assert set(codes) == {grpc.StatusCode.DEADLINE_EXCEEDED}
            return [await each.details() for each in calls]

    said = asyncio.run(stall())
    assert set(said) == {"Nothing of the body came for 1 seconds."}
    trace, sent = new_span()
    with grpc.insecure_channel(address(small)) as opened:
        send(opened, body(sent), small.key)
    assert only(small, trace)


def test_what_was_read_is_stored(small: Server, channel: grpc.Channel) -> None:
    """A caller that goes away while its export is being stored has sent it all the same, as over HTTP."""
    trace = uuid.uuid4().bytes
    large = body(*(span({"n": n}, trace_id=trace, span_id=n.to_bytes(8)) for n in range(1, 4001)))
    call: Any = channel.unary_unary(TRACES)
    sent = call.future(large, metadata=metadata(small.key))
    wait_until(lambda: small.metric("midspan_inflight_bytes") > 0)
    sent.cancel()
    wait_until(lambda: small.metric("midspan_inflight_bytes") == 0)

    parameters = {"start_time": "1900-01-01", "trace_unique_id": trace.hex()}
    assert small.client.get("/api/request-logs/list/", params=parameters).json()["count"] == 4000


def test_a_call_without_a_message_is_refused(small: Server, channel: grpc.Channel) -> None:
    """It ends with the status that says so."""
    error = streamed(channel, iter(()), small.key)
    assert (error.code(), error.details()) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "The call ended without a message.",
    )


def test_other_methods_are_unimplemented(channel: grpc.Channel) -> None:
    """What is not there is gRPC's own answer."""
    with pytest.raises(grpc.RpcError) as caught:
        send(channel, b"", None, "/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export")
    error: Any = caught.value
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED


@hypothesis.given(st.text() | st.text("ä", min_size=SAID_BYTES_MAX))
def test_a_sentence_fits_into_a_status(said: str) -> None:
    """On the wire all but plain ASCII is three bytes for each one, and clients take 8 kB of it all."""
    sent = brief(said)
    assert sent == said or sent.endswith("…")
    assert sum(1 if " " <= c <= "~" and c != "%" else 3 * len(c.encode(errors="replace")) for c in sent) <= (
        SAID_BYTES_MAX + 9
    )


def test_exports_do_not_look_compressed() -> None:
    """The first bytes tell a compressed message from an export, whatever follows."""
    assert coding_of(b"") == coding_of(b"\x0a") == coding_of(body(new_span()[1])) == ""
    for second in range(256):
        assert coding_of(bytes([0x0A, second])) == ""


# Health


def test_health_is_told(small: Server, channel: grpc.Channel) -> None:
    """Without a key: the server and its services serve; another service is not known."""
    health: Any = HealthStub(channel)
    for name in ("", *SERVICE_NAMES):
        assert health.Check(HealthCheckRequest(service=name)).status == HealthCheckResponse.SERVING
    with pytest.raises(grpc.RpcError) as caught:
        health.Check(HealthCheckRequest(service="shop"))
    error: Any = caught.value
    assert error.code() is grpc.StatusCode.NOT_FOUND
    watch = health.Watch(HealthCheckRequest(service="shop"))
    assert next(watch).status == HealthCheckResponse.SERVICE_UNKNOWN
    watch.cancel()


# How it begins and ends


def test_stopping_answers_what_was_taken(start_server: Starter) -> None:
    """An export that is being stored when the server is told to stop gets its answer; who watches is told, and later
    exports find nobody, which exporters try again; all that was acknowledged is there afterwards.
    """
    server = start_server(settings={"otlp_grpc_port": free_port()})
    trace = uuid.uuid4().bytes
    large = body(*(span({"n": n}, trace_id=trace, span_id=n.to_bytes(8)) for n in range(1, 15_001)))
    with grpc.insecure_channel(address(server)) as opened, ThreadPoolExecutor() as pool:
        states = pool.submit(watched, opened)
        sent = pool.submit(send, opened, large, server.key)
        wait_until(lambda: server.metric("midspan_inflight_bytes") > 0)
        assert not sent.done()
        server.send(signal.SIGTERM)
        assert sent.result() == b""
        assert states.result() == [HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING]
        refused_later(opened, server)
        assert server.wait() == 0
    assert "Traceback" not in server.log
    page = server.start().client.get("/api/request-logs/list/", params={"start_time": "1900-01-01"}).json()
    assert page["count"] == 15_000


def watched(opened: grpc.Channel) -> list[Any]:
    """Every state of the server, until it has no more."""
    health: Any = HealthStub(opened)
    return [state.status for state in health.Watch(HealthCheckRequest())]


def refused_later(opened: grpc.Channel, server: Server) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        send(opened, b"", server.key)
    error: Any = caught.value
    assert error.code() is grpc.StatusCode.UNAVAILABLE


def test_a_silent_caller_does_not_keep_it(start_server: Starter) -> None:
    """The server ends when its time is up, and no call is waited for after a second Ctrl-C."""
    server = start_server.prepare(settings={"otlp_grpc_port": free_port(), "drain_seconds_max": 1})
    for interrupts, seconds in ((1, 1), (2, 300)):
        server.settings["drain_seconds_max"] = seconds
        server.start()
        with silent_caller(server):
            for _ in range(interrupts):
                server.send(signal.SIGINT)
                time.sleep(0.3)  # it is to be seen waiting
                assert server.is_running or interrupts == 2
            assert server.wait(10) == 0
    assert "Traceback" not in server.log


@contextlib.contextmanager
def silent_caller(server: Server) -> Iterator[None]:
    """A call that the server waits for."""
    over = threading.Event()

    def silent() -> Iterator[bytes]:
        over.wait()
        yield from ()

    with grpc.insecure_channel(address(server)) as opened:
        call: Any = opened.stream_unary(TRACES)
        waiting = call.future(silent(), metadata=metadata(server.key))
        send(opened, b"", server.key)  # comes after it on the same connection
        try:
            yield
        finally:
            over.set()
            waiting.cancel()


def test_a_full_store_is_unavailable(start_server: Starter) -> None:
    """What cannot be stored now is to be sent again: UNAVAILABLE, with RetryInfo."""
    server = start_server(settings={"otlp_grpc_port": free_port(), "disk_free_bytes_min": 1 << 44})
    with grpc.insecure_channel(address(server)) as opened:
        error = refused(grpc.StatusCode.UNAVAILABLE, opened, body(new_span()[1]), server.key)
    assert "google.rpc.retryinfo-bin" in dict(error.trailing_metadata())


def test_a_taken_port_is_refused(start_server: Starter) -> None:
    """A port that was asked for and is in use ends the start, before any key is made."""
    with taken() as port:
        server = start_server.prepare(settings={"otlp_grpc_port": port}).start(wait=False)
        assert server.wait(20) == 2
    (said,) = server.log.strip().splitlines()
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in said
    assert "--otlp-grpc-port" in said


def test_a_taken_default_turns_it_off(start_server: Starter) -> None:
    """Nobody asked for port 4317, so what uses it already is left in peace; the server says that it is without."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):  # then somebody else has it, who serves as well
            stack.enter_context(taken(4317))
        server = start_server(settings={"otlp_grpc_port": None})
    assert re.search("OTLP/gRPC is off: cannot listen on .* port 4317: Address already in use", server.log)
    assert "gRPC      off: port 4317 is in use; --otlp-grpc-port gives another" in server.log


@contextlib.contextmanager
def taken(port: int = 0) -> Iterator[int]:
    """A port that somebody listens on. Raises OSError."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        yield listener.getsockname()[1]


def asked(port: int) -> Reading:
    """Settings with this port, and every address of IPv4."""
    return read({"host": "0.0.0.0", "otlp_grpc_port": port}, {})


def test_the_port_is_kept_until_it_is_listened_on() -> None:
    """Nobody else can listen there in the meantime; and IPv4's every address is not IPv6's, too."""
    port = free_port()
    with keep_grpc_port(asked(port)) as kept:
        assert kept is not None
        assert kept.hand_over() == f"0.0.0.0:{port}"
        with socket.create_server(("0.0.0.0", port)):
            with pytest.raises(OSError, match="in use"):
                socket.create_server(("::", port), family=socket.AF_INET6)
            with pytest.raises(Misconfigured, match="--otlp-grpc-port"), keep_grpc_port(asked(port)):
                pass


def test_zero_turns_it_off(start_server: Starter) -> None:
    """Then the server says nothing of it, and loads nothing of it."""
    server = start_server(settings={"otlp_grpc_port": 0})
    assert "gRPC" not in server.log
    assert "cygrpc" not in Path(f"/proc/{server.pid}/maps").read_text()
