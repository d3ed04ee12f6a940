"""The routes of OpenTelemetry's exporters: spans in protobuf or JSON; metrics and logs, taken and dropped."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from midspan.domain.principal import Principal
from midspan.errors import BadRequest, Fault
from midspan.http.answers import refusals
from midspan.http.endpoint import JSON
from midspan.http.ingest import INGEST, LARGE_BYTES, Ingest, reason
from midspan.http.operation import Answer, Operation
from midspan.http.otlp_answers import (
    MEDIA,
    PROTOBUF,
    SAID_MAX,
    ExportAnswer,
    Report,
    RpcStatus,
    answer,
    media_of,
    refusal,
)
from midspan.ingest.otel import otlp_dropped, otlp_json, otlp_protobuf
from midspan.ingest.otel.otlp import Sent
from midspan.ingest.otel.otlp_dropped import LogsRequest, MetricsRequest
from midspan.ingest.otel.otlp_shapes import TracesRequest
from midspan.store.rows import Row, row

_SPANS: Final = {PROTOBUF: otlp_protobuf.spans, JSON: otlp_json.spans}
_COUNTS: Final = {
    ("metrics", PROTOBUF): otlp_dropped.metrics_in_protobuf,
    ("metrics", JSON): otlp_dropped.metrics_in_json,
    ("logs", PROTOBUF): otlp_dropped.logs_in_protobuf,
    ("logs", JSON): otlp_dropped.logs_in_json,
}


@dataclass(frozen=True, kw_only=True)
class Otlp:
    """The handlers of OTLP's routes."""

    ingest: Ingest

    async def traces(self, request: Request, principal: Principal) -> Response:
        """Store the spans of an export."""
        media = media_of(request)
        async with self.ingest.bodies.read(request) as body:
            if media == JSON and body[:64].lstrip()[:1] == b"[":
                return await self._rows(request, principal, body)
            rejected, said = await self.take("traces", media, body, principal)
        return answer(media, "traces", rejected, said)

    async def metrics(self, request: Request, principal: Principal) -> Response:
        """Count and drop."""
        return await self._dropped(request, principal, "metrics")

    async def logs(self, request: Request, principal: Principal) -> Response:
        """Count and drop."""
        return await self._dropped(request, principal, "logs")

    async def take(self, signal: str, media: str, body: bytes, principal: Principal) -> tuple[int, str]:
        """Store the spans of a request, or count and drop what it holds of another signal.

        Returns how many were not taken and what to say of it. Raises as `store` does, and `BadRequest` where the body
        is no export.
        """
        if signal == "traces":
            found = await _aside(_SPANS[media], body)
            report = await self.store(found, principal, len(body))
            return report.refused, report.text()
        count: int = await _aside(_COUNTS[signal, media], body)
        self.ingest.metrics.count_dropped(signal, count)
        return count, f"Midspan stores spans only; these {signal} were dropped." if count else ""

    async def store(self, found: list[Sent], principal: Principal, body_bytes: int) -> Report:
        """Store the spans of a request, each for itself. `found` is used up.

        Raises `TooMany`, `Unavailable`, and `BadRequest` where none of them can be stored.
        """
        count = len(found)
        report = Report(count)
        if not count:
            return report
        ingest = self.ingest
        context = ingest.context(principal, "tracing_integration")
        kept: list[Row] = []
        async for sent, span in ingest.spans(found, ingest.intake.exported, principal, context):
            if isinstance(span, Fault):
                report.refuse(len(kept) + report.refused, reason(span))
                continue
            kept.append(row(span))
            if sent.repairs:
                report.repair(sent.repairs)
        if not kept:
            raise BadRequest(report.text())
        await ingest.keep(principal, context.log_method, kept, body_bytes)
        return report

    async def _rows(self, request: Request, principal: Principal, body: bytes) -> Response:
        """An array is no export of OTLP's but spans of Respan's, which some send here."""
        answered = await self.ingest.take(request, principal, body, INGEST)
        if answered.status_code >= 400:
            said = msgspec.json.decode(bytes(answered.body))
            reasons = [error["error"] for error in said["errors"][:SAID_MAX]]
            raise BadRequest(" ".join([said["detail"].replace("; `errors` says why", ""), *reasons]))
        return answered

    async def _dropped(self, request: Request, principal: Principal, signal: str) -> Response:
        media = media_of(request)
        async with self.ingest.bodies.read(request) as body:
            rejected, said = await self.take(signal, media, body, principal)
        return answer(media, signal, rejected, said)


async def _aside(read: Callable[[bytes], Any], body: bytes) -> Any:
    """What is read of a body: in a thread where it is large."""
    return read(body) if len(body) < LARGE_BYTES else await asyncio.to_thread(read, body)


EXAMPLE: Final[dict[str, Any]] = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]},
            "scopeSpans": [
                {
                    "scope": {"name": "shop.assistant", "version": "1.0"},
                    "spans": [
                        {
                            "traceId": "5b8efff798038103d269b633813fc60c",
                            "spanId": "eee19b7ec3c1b174",
                            "name": "chat gpt-4o-mini",
                            "kind": 3,
                            "startTimeUnixNano": "1769860800000000000",
                            "endTimeUnixNano": "1769860801250000000",
                            "attributes": [
                                {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
                                {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o-mini"}},
                                {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}},
                                {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "5"}},
                            ],
                            "status": {"code": 1},
                        }
                    ],
                }
            ],
        }
    ]
}
POINT: Final = {"asInt": "1", "timeUnixNano": "1769860800000000000"}
METRICS_EXAMPLE: Final[dict[str, Any]] = {
    "resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "calls", "gauge": {"dataPoints": [POINT]}}]}]}]
}
LOGS_EXAMPLE: Final[dict[str, Any]] = {
    "resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": {"stringValue": "called"}}]}]}]
}

HELP: Final = (
    "An ExportTraceServiceRequest of OTLP/HTTP, in protobuf or JSON; the answer has the encoding of the request. "
    "Spans stand for themselves: what can be repaired is repaired, noted in the span's `warnings` and said in "
    "`partialSuccess`, and a span that cannot be is refused alone. 200 means that the others are on disk. "
    "400 where none can be stored. A span that is sent again replaces itself."
)
DROPPED: Final = "Taken so that exporters are content, counted, and dropped: `partialSuccess` says so."
LANGFUSE: Final = " Here the key may come as the password of Basic authentication, with any user's name."


def operations(otlp: Otlp) -> list[Operation]:
    """OTLP's routes, and the same at the address of Langfuse's clients."""
    found = []
    for base, suffix, title, more in (
        ("/api/v1", "", "", ""),
        ("/api/public/otel/v1", "ForLangfuse", " (Langfuse's address)", LANGFUSE),
    ):
        is_ours = not suffix
        for signal, handler, body, example, summary, about in (
            ("traces", otlp.traces, TracesRequest, EXAMPLE, "Export spans", HELP),
            ("metrics", otlp.metrics, MetricsRequest, METRICS_EXAMPLE, "Export metrics, to be dropped", DROPPED),
            ("logs", otlp.logs, LogsRequest, LOGS_EXAMPLE, "Export logs, to be dropped", DROPPED),
        ):
            operation = Operation(
                method="POST",
                path=f"{base}/{signal}",
                aliases=(f"/api/v2/{signal}",) if is_ours else (),
                name=f"export{signal.capitalize()}{suffix}",
                handler=handler,
                right="ingest",
                tag="OpenTelemetry",
                summary=summary + title,
                help=about + more,
                bare=is_ours,
                basic=not is_ours,
                refusal=refusal,
                body=body,
                body_example=example,
                body_media=MEDIA,
            )
            found.append(replace(operation, answers=_answers(operation)))
    return found


def _answers(operation: Operation) -> dict[int, Answer]:
    """What was done, and every refusal in OTLP's words."""
    refused = {
        status: Answer(usual.help, RpcStatus, usual.headers, MEDIA) for status, usual in refusals(operation).items()
    }
    return {200: Answer("What became of it; nothing to say where all was well.", ExportAnswer, media=MEDIA)} | refused
