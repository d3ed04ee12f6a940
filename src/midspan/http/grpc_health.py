"""`grpc.health.v1`: whether the server can work, as probes and load balancers of gRPC ask for it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

import grpc
from grpc import aio
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthServicer

from midspan.http.health import HealthRoutes

LOOK_SECONDS: Final = 5.0
"""Between two looks for who watches."""

Context = aio.ServicerContext[Any, Any]


class GrpcHealth(HealthServicer):
    """What `/health/ready` says, for the server ("") and each of its services. They are ready together."""

    def __init__(self, health: HealthRoutes, services: Iterable[str]) -> None:
        self._health = health
        self._services = frozenset(services) | {""}
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """The server stops: nothing is served from now on, and no watch goes on."""
        self._stopping.set()

    async def Check(self, request: HealthCheckRequest, context: Context) -> HealthCheckResponse:  # noqa: N802
        """The state now; NOT_FOUND for a service that is not here."""
        if request.service not in self._services:
            names = ", ".join(sorted(self._services - {""}))
            await context.abort(grpc.StatusCode.NOT_FOUND, f"There is no such service here; there are {names}.")
        return await self._state()

    async def Watch(  # noqa: N802
        self, request: HealthCheckRequest, context: Context
    ) -> AsyncIterator[HealthCheckResponse]:
        """The state now and whenever it is another, until the server stops."""
        last = None
        while True:
            is_last = self._stopping.is_set()
            state = HealthCheckResponse(status=HealthCheckResponse.SERVICE_UNKNOWN)
            if request.service in self._services:
                state = await self._state()
            if state != last:
                yield state
                last = state
            if is_last:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._stopping.wait()

    async def _state(self) -> HealthCheckResponse:
        is_ready = not self._stopping.is_set() and (await self._health.check()).status == "ok"
        return HealthCheckResponse(status=HealthCheckResponse.SERVING if is_ready else HealthCheckResponse.NOT_SERVING)
