"""Requests that an SDK sent: recorded as they came, kept in files, sent again."""

import json
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx
import msgspec

from tests.corpus import calls
from tests.corpus.listening import Handler, Listening

TELLING: Final = ("content-type", "content-encoding", "transfer-encoding", "user-agent")
"""Headers that are kept. Of `authorization` the scheme is, and never the secret."""

BODY: Final = "{:02}.body"
GZIP_OR_ZLIB: Final = 47


class Request(msgspec.Struct, kw_only=True):
    """One request, its body as it was on the wire."""

    method: str
    path: str
    headers: dict[str, str]
    scheme: str
    """Of its credentials: `Bearer`, `Basic` or none."""
    body: bytes = b""

    @property
    def is_call(self) -> bool:
        """Whether it came over gRPC; its path is the method's then, and its body the message."""
        return self.headers.get("content-type") == calls.CONTENT_TYPE

    @property
    def plain(self) -> bytes:
        """The body, decompressed."""
        is_packed = self.headers.get("content-encoding", "identity") in ("gzip", "deflate")
        return zlib.decompress(self.body, GZIP_OR_ZLIB) if is_packed else self.body


class Recorder(Listening):
    """A server that takes every request, whatever its path, and answers as if all was well; over gRPC, too."""

    def __init__(self) -> None:
        self.requests = list[Request]()
        self._lock = threading.Lock()
        self._calls = calls.Calls(self._keep)
        keep = self._keep

        class Recording(Handler):
            def do_POST(self) -> None:  # noqa: N802 - the name that the base class calls
                sent = {name.lower(): value for name, value in self.headers.items()}
                keep(self.path, sent, self.body())
                kind = sent.get("content-type", "application/json")
                self.answer(200, kind, b"{}" if "json" in kind else b"")

        super().__init__(Recording)

    @property
    def grpc(self) -> str:
        """The address over gRPC."""
        return self._calls.address

    def _keep(self, path: str, sent: dict[str, str], body: bytes) -> None:
        request = Request(
            method="POST",
            path=path,
            headers={name: sent[name] for name in TELLING if name in sent},
            scheme=sent.get("authorization", "").partition(" ")[0],
            body=body,
        )
        with self._lock:
            self.requests.append(request)

    def __enter__(self) -> Self:
        self._calls.start()
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._calls.stop()
        super().__exit__(kind, error, trace)


def write(folder: Path, requests: Sequence[Request]) -> None:
    """Keep requests in a folder: what they say in `requests.json`, each body in a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.body"):
        old.unlink()
    listed = []
    for number, request in enumerate(requests, 1):
        (folder / BODY.format(number)).write_bytes(request.body)
        told = {name: value for name, value in msgspec.to_builtins(request).items() if name != "body"}
        listed.append(told | {"body": BODY.format(number)})
    (folder / "requests.json").write_text(json.dumps(listed, indent=2, ensure_ascii=False) + "\n")


def read(folder: Path) -> list[Request]:
    """The requests of a folder, in the order in which they came."""
    listed = json.loads((folder / "requests.json").read_text())
    return [msgspec.convert(one | {"body": (folder / one["body"]).read_bytes()}, Request) for one in listed]


def send(client: httpx.Client, grpc: str, requests: Sequence[Request]) -> list[httpx.Response]:
    """Send them to the server of a client whose credentials are used, in the scheme that the SDK used.

    `grpc` is the server's address for what came over gRPC; the answer stands in a response, too.
    """
    key = client.headers["authorization"].removeprefix("Bearer ")
    return [_called(grpc, one, key) if one.is_call else _sent(client, one, key) for one in requests]


def _called(address: str, request: Request, key: str) -> httpx.Response:
    is_packed = "content-encoding" in request.headers
    return httpx.Response(200, content=calls.call(address, request.path, request.plain, key, is_packed=is_packed))


def _sent(client: httpx.Client, request: Request, key: str) -> httpx.Response:
    headers = {name: value for name, value in request.headers.items() if name != "transfer-encoding"}
    content = (request.body[at : at + 4096] for at in range(0, len(request.body), 4096))
    is_chunked = "transfer-encoding" in request.headers
    return client.request(
        request.method,
        request.path,
        content=content if is_chunked else request.body,
        headers=headers,
        auth=httpx.BasicAuth("pk-lf-1", key) if request.scheme == "Basic" else None,
    )
