"""Metrics and logs of OTLP, which Midspan does not store: how many a request holds, so that the answer can say so."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from google.protobuf.message import DecodeError
from msgspec import Raw
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from midspan.errors import BadRequest
from midspan.ingest.logs import NOT_JSON


class _Points(msgspec.Struct, rename="camel"):
    data_points: list[Raw] | None = None


class _Metric(msgspec.Struct, rename="camel"):
    gauge: _Points | None = None
    sum: _Points | None = None
    histogram: _Points | None = None
    exponential_histogram: _Points | None = None
    summary: _Points | None = None


class _ScopeMetrics(msgspec.Struct):
    metrics: list[_Metric] | None = None


class _ResourceMetrics(msgspec.Struct, rename="camel"):
    scope_metrics: list[_ScopeMetrics] | None = None


class MetricsRequest(msgspec.Struct, rename="camel"):
    """An ExportMetricsServiceRequest, as far as it is read."""

    resource_metrics: list[_ResourceMetrics] | None = None


class _ScopeLogs(msgspec.Struct, rename="camel"):
    log_records: list[Raw] | None = None


class _ResourceLogs(msgspec.Struct, rename="camel"):
    scope_logs: list[_ScopeLogs] | None = None


class LogsRequest(msgspec.Struct, rename="camel"):
    """An ExportLogsServiceRequest, as far as it is read."""

    resource_logs: list[_ResourceLogs] | None = None


Count = Callable[[bytes], int]

_metrics_json: Final = msgspec.json.Decoder(MetricsRequest).decode
_logs_json: Final = msgspec.json.Decoder(LogsRequest).decode


def metrics_in_protobuf(body: bytes) -> int:
    """The data points of a request. Raises `BadRequest`, as all of these do."""
    request = _protobuf(ExportMetricsServiceRequest, body)
    return sum(
        len(getattr(metric, kind).data_points)
        for resource in request.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if (kind := metric.WhichOneof("data"))
    )


def metrics_in_json(body: bytes) -> int:
    """The same."""
    request = _json(_metrics_json, body)
    return sum(
        len(points.data_points or ())
        for resource in request.resource_metrics or ()
        for scope in resource.scope_metrics or ()
        for metric in scope.metrics or ()
        for points in msgspec.structs.astuple(metric)
        if points
    )


def logs_in_protobuf(body: bytes) -> int:
    """The log records of a request."""
    request = _protobuf(ExportLogsServiceRequest, body)
    return sum(len(scope.log_records) for resource in request.resource_logs for scope in resource.scope_logs)


def logs_in_json(body: bytes) -> int:
    """The same."""
    request = _json(_logs_json, body)
    return sum(
        len(scope.log_records or ()) for resource in request.resource_logs or () for scope in resource.scope_logs or ()
    )


def _protobuf(kind: Any, body: bytes) -> Any:
    try:
        return kind.FromString(body)
    except DecodeError:
        raise BadRequest(f"The body is not a whole, valid {kind.__name__} in protobuf.") from None


def _json(decode: Callable[[bytes], Any], body: bytes) -> Any:
    try:
        return decode(body)
    except NOT_JSON as error:
        raise BadRequest(f"The body is not what OTLP writes in JSON: {error}.") from None
