"""The ports that are listened on: HTTP's, and the one that is kept for gRPC until gRPC listens itself."""

import contextlib
import logging
import socket
from collections.abc import Iterator

from midspan.errors import Misconfigured
from midspan.settings import DEFAULT, Reading, Settings

log = logging.getLogger("midspan")


def listen(settings: Settings) -> socket.socket:
    """A socket that listens for HTTP. Raises `Misconfigured` where that cannot be had."""
    return _bound(settings.host, settings.port, "--port", backlog=2048)


class GrpcPort:
    """Where gRPC is to listen."""

    def __init__(self, kept: list[socket.socket]) -> None:
        """The first of the sockets has the address, and is to be closed before gRPC's opens."""
        self._kept = kept
        host, port = kept[0].getsockname()[:2]
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def hand_over(self) -> str:
        """The address, free from now on for who listens there."""
        self._kept[0].close()
        return self.address


@contextlib.contextmanager
def keep_grpc_port(reading: Reading) -> Iterator[GrpcPort | None]:
    """The port for gRPC; None where it is turned off, or the default and in use by others.

    gRPC opens its sockets when all else is open. Whether it will is known before anything is. Raises `Misconfigured`
    where a port that was asked for is not to be had.
    """
    with contextlib.ExitStack() as stack:
        kept = [stack.enter_context(each) for each in _kept(reading)]
        yield GrpcPort(kept) if kept else None


def _kept(reading: Reading) -> list[socket.socket]:
    settings = reading.settings
    if not settings.otlp_grpc_port:
        return []
    try:
        kept = [_bound(settings.host, settings.otlp_grpc_port, "--otlp-grpc-port")]
    except Misconfigured as error:
        if reading.sources["otlp_grpc_port"] != DEFAULT:
            raise
        log.warning("OTLP/gRPC is off: %s", error)
        return []
    if kept[0].getsockname()[0] == "0.0.0.0":  # noqa: S104
        # gRPC takes this for every address of both families, where HTTP takes it for IPv4's. A socket that holds the
        # port of the other family keeps it to them.
        with contextlib.suppress(OSError):
            kept.append(_hold_ipv6(settings.otlp_grpc_port))
    return kept


def _bound(host: str, port: int, flag: str, backlog: int | None = None) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        if backlog is not None:
            bound.listen(backlog)
    except OSError as error:
        bound.close()
        raise Misconfigured(
            f"cannot listen on {host} port {port}: {error.strerror or error}. "
            f"Stop what uses it, or give another with {flag}."
        ) from None
    return bound


def _hold_ipv6(port: int) -> socket.socket:
    """A socket that keeps others from this port on IPv6, and listens to nobody. Raises OSError."""
    held = socket.socket(socket.AF_INET6)
    try:
        held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        held.bind(("::", port))
    except OSError:
        held.close()
        raise
    return held
