"""OTLP over gRPC: its services take what the routes of OTLP over HTTP take, and answer as they do."""

import asyncio
from typing import Any, Final, NoReturn

import grpc
from grpc import aio
from starlette.types import Message

from midspan.domain.principal import Principal
from midspan.errors import BadRequest, Fault
from midspan.http.auth import Authentication, require
from midspan.http.endpoint import unexpected
from midspan.http.otlp import Otlp
from midspan.http.otlp_answers import PROTOBUF, code_of, message, retry_info, status_with_retry

CALLS_MAX: Final = 64
"""Calls that are read and stored at once; further ones wait. How large a message is shows when it is there."""

SAID_BYTES_MAX: Final = 4000
"""Of a status's sentence as it is sent: clients refuse answers with more than 8 kB of metadata."""

_SERVICES: Final = {
    "traces": "opentelemetry.proto.collector.trace.v1.TraceService",
    "metrics": "opentelemetry.proto.collector.metrics.v1.MetricsService",
    "logs": "opentelemetry.proto.collector.logs.v1.LogsService",
}
SERVICE_NAMES: Final = tuple(_SERVICES.values())

_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}

Context = aio.ServicerContext[bytes, bytes]


class OtlpGrpc:
    """The services, and the calls that they work on."""

    def __init__(self, otlp: Otlp, authentication: Authentication) -> None:
        self._otlp = otlp
        self._ingest = otlp.ingest
        self._authentication = authentication
        self._places = asyncio.Semaphore(CALLS_MAX)
        self._working: set[asyncio.Task[bytes | Fault]] = set()

    def handlers(self) -> tuple[grpc.GenericRpcHandler, ...]:
        """What a server of gRPC is given."""
        return tuple(
            grpc.method_handlers_generic_handler(name, {"Export": self._handler(signal)})
            for signal, name in _SERVICES.items()
        )

    async def finish(self, seconds: float) -> None:
        """Wait for the calls whose callers have gone, at most so long."""
        if self._working:
            await asyncio.wait(self._working, timeout=seconds)

    def _handler(self, signal: str) -> "grpc.RpcMethodHandler[bytes, bytes]":
        async def export(_requests: object, context: Context) -> bytes:
            return await self._export(signal, context)

        # A call with one message is the same on the wire as one with many. As such it comes here before its message is
        # read, so that nothing is read for who has no key. Without a deserializer the message is the bytes it came as.
        return grpc.stream_unary_rpc_method_handler(export)

    async def _export(self, signal: str, context: Context) -> bytes:
        """Answer a call, whatever comes."""
        metrics = self._ingest.metrics
        operation = f"export{signal.capitalize()}OverGrpc"
        try:
            answered = await self._answer(signal, context)
        except Fault as fault:
            answered = fault
        except Exception as error:
            answered = unexpected(error)
        if isinstance(answered, Fault):
            metrics.count_fault(answered.code)
            metrics.count_request(operation, answered.status)
            await _refuse(context, answered)
        metrics.count_request(operation, 200)
        return answered

    async def _answer(self, signal: str, context: Context) -> bytes | Fault:
        principal = await self._authentication.authenticate({"headers": _headers(context)}, basic=True)
        require(principal, "ingest")
        self._ingest.limits.take(principal, requests=1)
        await self._places.acquire()
        try:
            sent = await self._read(context)
        except BaseException:
            self._places.release()
            raise
        # A caller that goes away cancels its call. What was read is stored all the same, as over HTTP.
        work = asyncio.create_task(self._take(signal, sent, principal))
        self._working.add(work)
        work.add_done_callback(self._done)
        return await asyncio.shield(work)

    def _done(self, work: "asyncio.Task[bytes | Fault]") -> None:
        self._working.discard(work)
        self._places.release()

    async def _read(self, context: Context) -> bytes:
        """The message of a call, as it came."""

        async def receive() -> Message:
            return {"message": await context.read()}

        sent = (await self._ingest.bodies.patience.bound(receive))["message"]
        if sent is aio.EOF:
            raise BadRequest("The call ended without a message.")
        assert isinstance(sent, bytes)
        return sent

    async def _take(self, signal: str, sent: bytes, principal: Principal) -> bytes | Fault:
        """The answer, or the fault that there is instead: nobody may be left to catch it."""
        try:
            async with self._ingest.bodies.message(sent, coding_of(sent)) as body:
                rejected, said = await self._otlp.take(signal, PROTOBUF, body, principal)
        except Fault as fault:
            return fault
        except Exception as error:
            return unexpected(error)
        return message(signal, rejected, said)


def coding_of(sent: bytes) -> str:
    """How a message is compressed: "gzip", "deflate", or "" where it is not.

    gRPC tells nobody, and would inflate without a budget. The first bytes tell: of gzip, of zlib (RFC 1950: the method
    is 8, and the two make a multiple of 31), or of an export, which begins with the tag of a message.
    """
    if sent[:2] == b"\x1f\x8b":
        return "gzip"
    if len(sent) > 1 and sent[0] & 0x0F == 8 and int.from_bytes(sent[:2]) % 31 == 0:
        return "deflate"
    return ""


def _headers(context: Context) -> list[tuple[bytes, bytes]]:
    """A call's metadata, as the headers that they are on the wire. Cookies are browsers', which do not come here."""
    found: Any = context.invocation_metadata() or ()
    return [
        (name.encode(), value if isinstance(value, bytes) else value.encode())
        for name, value in found
        if name != "cookie"
    ]


async def _refuse(context: Context, fault: Fault) -> NoReturn:
    """End a call with the status that a fault is."""
    code = code_of(fault)
    said = brief(fault.detail)
    details: list[tuple[str, bytes]] = []
    if fault.retry_after is not None:
        details = [
            ("grpc-status-details-bin", status_with_retry(code, said, fault.retry_after)),
            # Where exporters of Python look for it.
            ("google.rpc.retryinfo-bin", retry_info(fault.retry_after)),
        ]
    await context.abort(_CODES[code], said, tuple(details))


def brief(said: str) -> str:
    """As much of a sentence as may be sent. Each byte that is not plain ASCII is sent as three."""
    room = SAID_BYTES_MAX
    for at, character in enumerate(said):
        room -= 1 if " " <= character <= "~" and character != "%" else 3 * len(character.encode())
        if room < 0:
            return f"{said[:at]}…"
    return said
