"""The server of gRPC: its port, its bounds, and how it stops."""

from typing import Final

from grpc import aio
from grpc_health.v1.health_pb2_grpc import add_HealthServicer_to_server

from midspan.errors import Misconfigured
from midspan.http.auth import Authentication
from midspan.http.grpc_health import GrpcHealth
from midspan.http.health import HealthRoutes
from midspan.http.otlp import Otlp
from midspan.http.otlp_grpc import SERVICE_NAMES, OtlpGrpc
from midspan.http.ports import GrpcPort
from midspan.http.protocol import HEAD_SECONDS

STREAMS_MAX: Final = 100
"""Calls at once on one connection."""

PING_SECONDS: Final = 60
"""A connection with calls that says nothing for so long is asked whether anybody is there."""

PINGS_SECONDS: Final = 10
"""Clients may ask as often as this, calls or not."""


class GrpcServer:
    """OTLP over gRPC, and the health service beside it."""

    def __init__(
        self, otlp: Otlp, authentication: Authentication, health: HealthRoutes, *, message_bytes_max: int
    ) -> None:
        """Needs a running event loop. `message_bytes_max` is the largest message, as it is sent."""
        self._services = OtlpGrpc(otlp, authentication)
        self._health = GrpcHealth(health, SERVICE_NAMES)
        self._server = aio.server(
            options=[
                ("grpc.so_reuseport", 0),  # or a second server would share the port and take half of the calls
                ("grpc.max_receive_message_length", message_bytes_max),
                ("grpc.per_message_decompression", 0),  # `http/bodies.py` does it, within the budget
                ("grpc.max_concurrent_streams", STREAMS_MAX),
                ("grpc.server_handshake_timeout_ms", round(HEAD_SECONDS * 1000)),
                ("grpc.keepalive_time_ms", PING_SECONDS * 1000),
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.http2.min_ping_interval_without_data_ms", PINGS_SECONDS * 1000),
            ]
        )
        self._server.add_generic_rpc_handlers(self._services.handlers())
        add_HealthServicer_to_server(self._health, self._server)

    async def start(self, port: GrpcPort) -> None:
        """Listen. Raises `Misconfigured` where somebody was faster."""
        try:
            self._server.add_insecure_port(port.hand_over())
        except RuntimeError:
            raise Misconfigured(
                f"cannot listen on {port.address} for OTLP/gRPC. Stop what uses it, or give another with "
                "--otlp-grpc-port."
            ) from None
        await self._server.start()

    async def stop(self, seconds: float) -> None:
        """Take no more calls, and answer those that are there: what is not done in time is ended. Can be repeated with
        less time.
        """
        self._health.stop()
        await self._server.stop(seconds)
        await self._services.finish(seconds)
