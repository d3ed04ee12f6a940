"""Whether the server lives, whether it can work, and its figures. No key is needed; nothing is told of any data."""

import asyncio
import logging
from dataclasses import dataclass, field

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from midspan.http.endpoint import JSON
from midspan.http.metrics import CONTENT_TYPE, Metrics
from midspan.store.engine import EngineError
from midspan.store.store import Store

log = logging.getLogger("midspan.health")

PROBE_SECONDS = 5.0


class Health(msgspec.Struct):
    """`status` is "ok" or "unavailable"; each check is "ok" or what is wrong."""

    status: str
    checks: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class HealthRoutes:
    """Handlers of `/health/live`, `/health/ready` and `/metrics`."""

    store: Store
    metrics: Metrics
    _one_probe: asyncio.Lock = field(default_factory=asyncio.Lock)

    def routes(self) -> list[Route]:
        return [
            Route("/health/live", self.live),
            Route("/health/ready", self.ready),
            Route("/metrics", self.figures),
        ]

    async def live(self, request: Request) -> Response:
        """The process answers."""
        return Response(msgspec.json.encode(Health("ok", {})), media_type=JSON)

    async def ready(self, request: Request) -> Response:
        """200 when all checks are good, 503 when one is not."""
        health = await self.check()
        good = health.status == "ok"
        headers = {} if good else {"Retry-After": "1"}
        return Response(msgspec.json.encode(health), 200 if good else 503, headers, JSON)

    async def check(self) -> Health:
        """Writes, an fsync and a query are done for real."""
        checks = {}
        async with self._one_probe:
            for name, probe in (("journal", self.store.probe_journal), ("engine", self.store.probe_engine)):
                try:
                    async with asyncio.timeout(PROBE_SECONDS):
                        await probe()
                    checks[name] = "ok"
                except TimeoutError:
                    checks[name] = f"no answer in {PROBE_SECONDS:g} s"
                except (OSError, EngineError) as error:
                    log.warning("%s: %s", name, error)
                    checks[name] = "failed; the server's log says how"
        if not self.store.journal.leftovers_drained.is_set():
            checks["journal"] = "handing rows of an earlier run to the engine"
        good = all(check == "ok" for check in checks.values())
        return Health("ok" if good else "unavailable", checks)

    async def figures(self, request: Request) -> Response:
        """Prometheus' text form."""
        return Response(self.metrics.text(), media_type=CONTENT_TYPE)
