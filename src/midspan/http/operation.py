"""One API operation: what it answers, and how it is described. Routes and `/openapi.json` are both made from these."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from midspan.domain.principal import Principal
from midspan.errors import Fault

Handler = Callable[[Request, Principal], Awaitable[Response]]
Refusal = Callable[[Request, Fault], Response]


@dataclass(frozen=True)
class Parameter:
    """A path or query parameter. `type` is a msgspec type; `where` is "path", "query" or "header"."""

    name: str
    where: str
    type: Any
    help: str
    example: Any = None


@dataclass(frozen=True)
class Answer:
    """One documented answer. `type` is a msgspec type, or None for no body."""

    help: str
    type: Any = None
    headers: tuple[str, ...] = ()
    media: tuple[str, ...] = ("application/json",)
    """Its content types; `type` says what the first of them holds."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method on one route.

    `path` is the documented form, under `/api` with a trailing slash where the contract writes one. The route answers
    with and without the slash and, where `bare`, without `/api`. `aliases` are further documented paths.
    """

    method: str
    path: str
    name: str
    """camelCase; the operationId."""
    handler: Handler
    right: str
    """What the key must be allowed. "": no key is asked for, and the handler is given `NOBODY`."""
    tag: str
    summary: str
    help: str = ""
    bare: bool = False
    aliases: tuple[str, ...] = ()
    deprecated: bool = False
    """Kept for older clients; the description says so."""
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    body_required: bool = True
    body_example: Any = None
    body_media: tuple[str, ...] = ("application/json",)
    """Content types of the body; `body` says what the first of them holds."""
    answers: dict[int, Answer] = field(default_factory=dict)
    endless: bool = False
    """A good answer goes on until the client has had enough."""
    people: bool = False
    """Only people may, not programs: who has signed in, and anybody where authentication is off. A key may not."""
    basic: bool = False
    """The key may come as the password of Basic authentication, too."""
    refusal: Refusal | None = None
    """What makes an answer of a fault, where it is not the one shape of all others. One for all methods of a path."""

    def paths(self) -> list[str]:
        """Every path that this operation answers on, without a trailing slash."""
        paths = []
        for path in (self.path, *self.aliases):
            stem = path.rstrip("/")
            paths.append(stem)
            if self.bare:
                paths.append(stem.removeprefix("/api"))
        return list(dict.fromkeys(paths))


def routes(operations: list[Operation], endpoint: Callable[[dict[str, Operation]], Any]) -> list[Route]:
    """Starlette routes for the operations: one route a path, its methods told apart by `endpoint`.

    Words win over ids: a path without a parameter comes before those that would take its word for one.
    """
    table: dict[str, dict[str, Operation]] = {}
    for operation in operations:
        for path in operation.paths():
            methods = table.setdefault(path, {})
            assert operation.method not in methods, (operation.method, path)
            methods[operation.method] = operation
    found = []
    for path in sorted(table, key=lambda path: path.count("{")):
        handle = endpoint(table[path])
        found += [Route(path, handle, methods=None), Route(path + "/", handle, methods=None)]
    return found
