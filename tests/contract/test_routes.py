"""Which addresses answer, to which methods, and what the others get."""

import asyncio
import re
import uuid
from typing import Any

import httpx
import msgspec
import pytest
from starlette.types import Receive, Scope, Send

from midspan.http.endpoint import Json
from midspan.http.frame import Frame
from midspan.http.operation import Operation, routes
from tests.server import Server
from tests.speaking import CREATE, LIST, body_of, create, declared, filled, refused, templates

WRITING = [
    "/api/request-logs/",
    "/api/request-logs/create/",
    "/api/request-logs/bulk/",
    "/api/request-logs/batch/create/",
    "/api/v1/traces/ingest",
    "/api/traces/ingest",
    "/api/openai/v1/traces/ingest",
    "/api/integrations/v1/traces/ingest",
    *(f"/api/{version}/{signal}" for version in ("v1", "v2") for signal in ("traces", "metrics", "logs")),
    *(f"/api/public/otel/v1/{signal}" for signal in ("traces", "metrics", "logs")),
]
READING = ["/api/request-logs/", "/api/request-logs/list/", "/api/request-logs/{id}/"]

CHANGING = {
    "/api/request-logs/{id}/": ("PATCH", "DELETE"),
    "/api/request-logs/batch-update/": ("PATCH",),
    "/api/request-logs/bulk-delete/": ("POST",),
    "/api/scores/": ("GET", "POST"),
    "/api/scores/{id}/": ("GET", "PATCH", "DELETE"),
    "/api/logs/{log_id}/scores/": ("GET", "POST"),
    "/api/logs/{log_id}/scores/{score_id}/": ("GET", "PATCH", "DELETE"),
}


def test_the_documented_routes_are_all_there() -> None:
    """Every route that the contract names for writing, reading and changing is among the operations, by its methods."""
    found = {
        (operation.method, path.rstrip("/"))
        for operation in declared()
        for path in (operation.path, *operation.aliases)
    }
    wanted = {("POST", path) for path in [*WRITING, "/api/request-logs/list/"]} | {("GET", path) for path in READING}
    wanted |= {(method, path) for path, methods in CHANGING.items() for method in methods}
    assert {(method, path.rstrip("/")) for method, path in wanted} <= found


class Told:
    """An endpoint that says which operation it would have answered with."""

    def __init__(self, methods: dict[str, Operation]) -> None:
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self._methods[scope["method"]].name
        await Json(msgspec.json.encode([name, scope.get("path_params", {})]))(scope, receive, send)


def test_each_spelling_is_the_same_address() -> None:
    """With and without /api and the slash an address leads to its operation, with the same parameters, at once."""
    frame = Frame(routes(list(declared()), Told), None)

    async def ask() -> list[tuple[str, str, httpx.Response]]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(frame), base_url="http://localhost") as client:
            return [(o.name, path, await client.request(o.method, filled(path))) for o, path in templates()]

    for name, path, answer in asyncio.run(ask()):
        parameters = dict.fromkeys(re.findall(r"{(\w+)", path), "0" * 32)
        assert (answer.status_code, answer.json()) == (200, [name, parameters]), path
        assert answer.headers["cache-control"] == "no-store", path


@pytest.fixture(scope="module")
def standing(server: Server) -> dict[str, Any]:
    """A span that stays."""
    return create(server.client, customer_identifier=uuid.uuid4().hex)


@pytest.mark.parametrize(
    ("path", "operation"),
    [
        pytest.param(path, o, id=f"{o.method} {path}")
        for o in declared()
        for path in (o.path, *o.aliases)
        # Signing in has an order of its own: tests/test_sessions.py.
        if not o.people and o.tag != "Signing in"
    ],
)
def test_each_address_answers_itself(server: Server, standing: dict[str, Any], path: str, operation: Operation) -> None:
    """What is documented answers at once, never by a redirect that would lose the body."""
    # Who only reads has no span to make, and none to wait for.
    span = standing if operation.right == "read" else create(server.client, customer_identifier=uuid.uuid4().hex)
    path = filled(path, **ids_of(server, span, path))

    body = body_of(operation, span["id"])
    status = min(operation.answers)
    # Read no further than the head: the answer of a live tail has no end.
    with server.client.stream(operation.method, path, json=None if body is None else body) as answer:
        assert answer.status_code == status, answer.read()
        assert "location" not in answer.headers
        kinds = [media.partition(";")[0] for media in operation.answers[status].media]
        assert status == 204 or answer.headers["content-type"].partition(";")[0] in kinds


def ids_of(server: Server, span: dict[str, Any], path: str) -> dict[str, str]:
    """What the parameters of a path may be, so that there is something under it."""
    if "{unique_organization_id}" in path:
        server.client.patch(f"/api/traces/{span['trace_unique_id']}/", json={"is_public": True})
        return {"id": span["trace_unique_id"], "unique_organization_id": span["organization_id"]}
    ids = {"id": span["id"], "log_id": span["id"], "customer_identifier": span["customer_identifier"], "name": "model"}
    if path == "/api/keys/{id}/":
        ids["id"] = server.client.post("/api/keys/", json={"name": "to be managed"}).json()["id"]
    if path == "/api/prices/{id}/":
        price = {"model": uuid.uuid4().hex, "input_price": 1, "output_price": 2}
        ids["id"] = server.client.post("/api/prices/", json=price).json()["id"]
    if re.search(r"/scores/{\w+}", path):
        score = {"evaluator_slug": uuid.uuid4().hex, "numerical_value": 1}
        made = server.client.post(f"/api/logs/{span['id']}/scores/", json=score).json()["id"]
        ids |= {"score_id": made} if "{log_id}" in path else {"id": made}
    return ids


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (method, path)
        for path in [*WRITING, *READING, "/request-logs", "/v1/traces/ingest", "/traces/ingest"]
        for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
        if not any(o.method == method and path.rstrip("/") in o.paths() for o in declared())
    ],
)
def test_a_wrong_method_gets_405_and_what_is_allowed(server: Server, method: str, path: str) -> None:
    """405 with `Allow`, in the one shape of errors, once the key is good."""
    answer = server.client.request(method, filled(path))

    refused(answer, 405, "method_not_allowed")
    allowed = answer.headers["allow"].split(", ")
    assert allowed
    assert method not in allowed
    verb = "is" if len(allowed) == 1 else "are"
    said = answer.json().get("detail") or answer.json()["message"]
    assert said == f"{method} is not answered here; {', '.join(allowed)} {verb}."


def test_a_get_on_a_writing_route_is_405(server: Server) -> None:
    """A writing route never answers a GET as though it were somebody's id."""
    for path in ("/api/v1/traces/ingest", "/api/request-logs/bulk/", "/api/request-logs/batch/create"):
        answer = server.client.get(path)
        refused(answer, 405)
        assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("path", [LIST, CREATE, f"{CREATE}{{id}}"])
def test_head_answers_like_get_without_a_body(server: Server, path: str) -> None:
    """HEAD has the status and the headers of GET."""
    path = path.replace("{id}", create(server.client)["id"])
    answer = server.client.head(path)
    assert answer.status_code == 200
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 2


@pytest.mark.parametrize(
    "path",
    [
        "/api/", "/api", "/api/nothing", "/api/nothing/at/all/", "/api/request-logs/create/more/",
        "/api/v1/traces/ingest/x", "/api//request-logs/", "//api/request-logs/", "/api/request-logs//",
        "/API/request-logs/", "/apis/request-logs/",
    ],
)  # fmt: skip
def test_an_unknown_path_is_404_in_json(server: Server, path: str) -> None:
    """There is no nearest match: what is not a route is 404, with and without a key."""
    for client in (server.client, server.client_of(None)):
        refused(client.send(client.build_request("GET", server.url + path)), 404, "not_found")


@pytest.mark.parametrize("word", ["list", "create", "bulk", "batch"])
def test_reserved_words_win_over_ids(server: Server, word: str) -> None:
    """A span whose id is a reserved word is reached by `_/?id=`; the word itself stays the route's."""
    assert server.client.get(f"/api/request-logs/{word}/").status_code in (200, 404, 405)
    refused(server.client.get("/api/request-logs/_/", params={"id": word}), 404, "not_found")


def test_any_id_can_be_a_parameter(server: Server) -> None:
    """`/_/?id=` gives the same span as its own address, in either case of letters."""
    span = create(server.client)
    direct = server.client.get(f"/api/request-logs/{span['id']}/").json()
    for path, value in (
        ("/api/request-logs/_/", span["id"]),
        ("/request-logs/_", span["id"]),
        ("/api/request-logs/_", span["id"].upper()),
    ):  # fmt: skip
        assert server.client.get(path, params={"id": value}).json() == direct
    refused(server.client.get("/api/request-logs/_/"), 404, "not_found")
    refused(server.client.get("/api/request-logs/_/", params={"id": "team/alice"}), 404, "not_found")


def test_other_paths_without_api_are_not_the_apis(server: Server) -> None:
    """Pages of the user interface do not pass for API routes: no JSON of the list appears at a page's address."""
    for path in ("/traces/0123", "/threads/x", "/"):
        answer = server.client.get(path, follow_redirects=True)
        assert answer.status_code in (200, 404)
        assert not re.match(rb'\{"count"', answer.content)


def test_a_chunked_post_keeps_its_body_on_every_spelling(server: Server) -> None:
    """A body without Content-Length arrives whole with and without the slash."""
    for path in ("/request-logs", "/api/request-logs/"):
        answer = httpx.post(
            server.url + path,
            content=iter([b'{"model":"gpt-4o-mini",', b'"input":"in two pieces"}']),
            headers={"Authorization": f"Bearer {server.key}"},
        )
        assert answer.status_code == 201
        assert answer.json()["input"] == "in two pieces"
