"""One route's door: who is it, may they, which method, and every fault in the one shape."""

import logging
import secrets
from collections.abc import Mapping

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from midspan.domain.principal import NOBODY
from midspan.errors import Fault, Forbidden, MethodNotAllowed
from midspan.http.auth import Authentication, require
from midspan.http.limits import Limits
from midspan.http.metrics import Metrics
from midspan.http.operation import Operation

log = logging.getLogger("midspan.http")

JSON = "application/json"


class Json(Response):
    """JSON that is made already. Its headers are, too: a general response takes as long as reading a span's fields."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]


def refusal(fault: Fault) -> Response:
    """The answer to a fault."""
    return Response(fault.body(), fault.status, fault.headers, JSON)


def _usual(_request: Request, fault: Fault) -> Response:
    return refusal(fault)


def unexpected(error: Exception) -> Fault:
    """What a client is told of a fault of ours: a reference to the log, nothing of the error itself."""
    reference = secrets.token_hex(6)
    log.error("reference %s", reference, exc_info=error)
    return Fault(f"The server failed; this is not your request's fault. Reference: {reference}.")


class Endpoint:
    """An ASGI app for the operations of one path."""

    def __init__(
        self, methods: Mapping[str, Operation], authentication: Authentication, limits: Limits, metrics: Metrics
    ) -> None:
        self._methods = dict(methods)
        if "GET" in methods:
            self._methods.setdefault("HEAD", methods["GET"])
        self._refusal = next((one.refusal for one in methods.values() if one.refusal is not None), _usual)
        self._basic = any(one.basic for one in methods.values())
        self._authentication = authentication
        self._limits = limits
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        operation = self._methods.get(scope["method"])
        try:
            response = await self._answer(request, operation)
        except Fault as fault:
            self._metrics.count_fault(fault.code)
            response = self._refusal(request, fault)
        except ClientDisconnect:
            return
        except Exception as error:
            self._metrics.count_fault("internal_error")
            response = self._refusal(request, unexpected(error))
        self._metrics.count_request(operation.name if operation else "none", response.status_code)
        await response(scope, receive, send)

    async def _answer(self, request: Request, operation: Operation | None) -> Response:
        if operation is not None and not operation.right:
            return await operation.handler(request, NOBODY)
        # Authentication comes first: without a good key a route tells nothing, not even its methods.
        principal = await self._authentication.authenticate(request.scope, basic=self._basic)
        if operation is None:
            allowed = ", ".join(sorted(self._methods))
            verb = "is" if len(self._methods) == 1 else "are"
            fault = f"{request.method} is not answered here; {allowed} {verb}."
            raise MethodNotAllowed(fault, headers={"Allow": allowed})
        if operation.people and principal.key_id:
            raise Forbidden("An API key may not do this: it is for people who have signed in.", code="members_only")
        require(principal, operation.right)
        self._limits.take(principal, requests=1)
        return await operation.handler(request, principal)
