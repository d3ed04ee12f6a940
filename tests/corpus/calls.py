"""Exports over gRPC: recorded as they came, sent again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import grpc

from tests.corpus.listening import LOOPBACK

CONTENT_TYPE: Final = "application/grpc"
_GZIP: Final = b"\x1f\x8b"
_SECONDS: Final = 30

Called = Callable[[str, dict[str, str], bytes], None]


class Calls(grpc.GenericRpcHandler):
    """A server that takes every call, whatever its method, and answers as if all was well."""

    def __init__(self, called: Called) -> None:
        """`called` is told of each: the method's path, the metadata, and the message as it was on the wire."""
        self._called = called
        # A message that is left as it came needs no deserializer; inflated it would be another one than was sent.
        options = [("grpc.so_reuseport", 0), ("grpc.per_message_decompression", 0)]
        self._server = grpc.server(ThreadPoolExecutor(4), handlers=[self], options=options)
        self._port = self._server.add_insecure_port(f"{LOOPBACK}:0")

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self._port}"

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop(grace=None).wait()

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> "grpc.RpcMethodHandler[bytes, bytes]":
        """What is done with a call."""
        path = handler_call_details.method

        def take(message: bytes, context: grpc.ServicerContext) -> bytes:
            said = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
            said["content-type"] = CONTENT_TYPE
            if message.startswith(_GZIP):
                said["content-encoding"] = "gzip"
            self._called(path, said, message)
            return b""

        return grpc.unary_unary_rpc_method_handler(take)


def call(address: str, path: str, message: bytes, key: str, *, is_packed: bool) -> bytes:
    """The answer to a message, which is packed again on its way where it was. Raises `grpc.RpcError`."""
    compression = grpc.Compression.Gzip if is_packed else grpc.Compression.NoCompression
    with grpc.insecure_channel(address) as channel:
        export: Any = channel.unary_unary(path)
        answer: bytes = export(
            message, timeout=_SECONDS, metadata=[("authorization", f"Bearer {key}")], compression=compression
        )
        return answer
