"""What OTLP's exporters are answered: in the encoding of their request, refusals included."""

import re
from typing import Annotated, Any, Final

import msgspec
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from msgspec import UNSET, Meta, UnsetType
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.requests import Request
from starlette.responses import Response

from midspan.errors import Fault, UnsupportedMedia
from midspan.http.endpoint import JSON

PROTOBUF: Final = "application/x-protobuf"
MEDIA: Final = (JSON, PROTOBUF)

SAID_MAX: Final = 5
"""Reasons and repairs that one answer names."""
SENTENCE_MAX: Final = 300


class PartialSuccess(msgspec.Struct, rename="camel", omit_defaults=True):
    """What was not taken, and what was repaired. There is none where all was well."""

    rejected_spans: int | UnsetType = UNSET
    rejected_data_points: int | UnsetType = UNSET
    rejected_log_records: int | UnsetType = UNSET
    error_message: str = ""


class ExportAnswer(msgspec.Struct, rename="camel"):
    """OTLP's answer to an export."""

    partial_success: PartialSuccess | UnsetType = UNSET


class RpcStatus(msgspec.Struct):
    """`google.rpc.Status`: how OTLP words a refusal."""

    code: Annotated[int, Meta(ge=1, le=16, description="The code that gRPC has for it.")]
    message: Annotated[str, Meta(description="One sentence that names the fault and the fix.")]


# By status of HTTP: the codes of gRPC, as google.rpc.Code has them. What is not here is INVALID_ARGUMENT.
_CODES: Final = {401: 16, 403: 7, 404: 5, 405: 12, 409: 10, 429: 8, 500: 13, 503: 14}
_INVALID_ARGUMENT: Final = 3

_SIGNALS: Final[dict[str, tuple[Any, str]]] = {
    "traces": (ExportTraceServiceResponse, "rejected_spans"),
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records"),
}


def media_of(request: Request) -> str:
    """The encoding of a request, of `MEDIA`. Raises `UnsupportedMedia`."""
    raw: bytes = dict(request.scope["headers"]).get(b"content-type", b"application/json")
    given = raw.decode("latin-1")
    kind, _, options = given.partition(";")
    kind = kind.strip().lower()
    charset = re.search(r'charset\s*=\s*"?([^\s";]*)', options.lower())
    if kind not in MEDIA or (kind == JSON and charset and charset[1] not in ("utf-8", "utf8", "us-ascii")):
        raise UnsupportedMedia(f"Content-Type {given[:80]!r} is not taken here; send {PROTOBUF} or {JSON} in UTF-8.")
    return kind


def answer(media: str, signal: str, rejected: int, said: str) -> Response:
    """The answer to a request of which some was taken, or all."""
    if media == PROTOBUF:
        return Response(message(signal, rejected, said), 200, media_type=PROTOBUF)
    _, name = _SIGNALS[signal]
    partial = PartialSuccess(**{name: rejected}, error_message=said) if rejected or said else UNSET
    return Response(msgspec.json.encode(ExportAnswer(partial)), 200, media_type=JSON)


def message(signal: str, rejected: int, said: str) -> bytes:
    """The same in protobuf."""
    made, name = _SIGNALS[signal]
    answered = made()
    if rejected or said:
        setattr(answered.partial_success, name, rejected)
        answered.partial_success.error_message = said
    serialized: bytes = answered.SerializeToString()
    return serialized


def refusal(request: Request, fault: Fault) -> Response:
    """The answer to a fault, in the encoding of the request where that is one of OTLP's."""
    code = code_of(fault)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == PROTOBUF:
        return Response(_status(code, fault.detail), fault.status, fault.headers, PROTOBUF)
    return Response(msgspec.json.encode(RpcStatus(code, fault.detail)), fault.status, fault.headers, JSON)


def code_of(fault: Fault) -> int:
    """gRPC's code for a fault."""
    return _CODES.get(fault.status, _INVALID_ARGUMENT)


def retry_info(seconds: int) -> bytes:
    """`google.rpc.RetryInfo`: when to come again."""
    return _field(1, Duration(seconds=seconds).SerializeToString())


def status_with_retry(code: int, said: str, seconds: int) -> bytes:
    """`google.rpc.Status` with such a detail, as `grpc-status-details-bin` holds it."""
    detail = AnyMessage(type_url="type.googleapis.com/google.rpc.RetryInfo", value=retry_info(seconds))
    return _status(code, said) + _field(3, detail.SerializeToString())


def _status(code: int, said: str) -> bytes:
    """`google.rpc.Status` in protobuf: a number and a text."""
    return b"\x08" + bytes([code]) + _field(2, said.encode())


def _field(number: int, content: bytes) -> bytes:
    """A field of protobuf that holds bytes, a text or a message."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    pieces = []
    while number > 0x7F:
        pieces.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*pieces, number])


class Report:
    """What became of a request's spans, in few words however many there are."""

    def __init__(self, spans: int) -> None:
        self._spans = spans
        self.refused = 0
        self._reasons: list[str] = []
        self._repairs: dict[str, int] = {}

    def refuse(self, index: int, reason: str) -> None:
        """A span was refused alone."""
        self.refused += 1
        if len(self._reasons) < SAID_MAX:
            self._reasons.append(f"span {index}: {short(reason)}")

    def repair(self, repairs: list[str]) -> None:
        """A span was stored, with these repairs."""
        for sentence in dict.fromkeys(repairs):
            if sentence in self._repairs or len(self._repairs) < SAID_MAX:
                self._repairs[sentence] = self._repairs.get(sentence, 0) + 1

    def text(self) -> str:
        """What to say of it; "" where all was well."""
        said = []
        if self.refused:
            more = self.refused - len(self._reasons)
            said = [f"{self.refused} of {self._spans} spans were refused.", *self._reasons]
            said += [f"And {more} more."] * (more > 0)
        if self._repairs:
            said.append("Stored with repairs:")
            said += [f"{short(sentence)} ({count} of {self._spans} spans)" for sentence, count in self._repairs.items()]
        return " ".join(said)


def short(sentence: str) -> str:
    """A sentence, or as much of it as an answer has room for."""
    return sentence if len(sentence) <= SENTENCE_MAX else sentence[: SENTENCE_MAX - 1] + "…"
