"""Which addresses answer, to which methods, and what the others get."""

import re
import uuid
from typing import Any

import httpx
import pytest

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
]
READING = ["/api/request-logs/", "/api/request-logs/list/", "/api/request-logs/{id}/"]


def test_the_documented_routes_are_all_there() -> None:
    """Every route that the contract names for writing and reading is among the operations, with its methods."""
    found = {
        (operation.method, path.rstrip("/"))
        for operation in declared()
        for path in (operation.path, *operation.aliases)
    }
    wanted = {("POST", path) for path in [*WRITING, "/api/request-logs/list/"]} | {("GET", path) for path in READING}
    assert {(method, path.rstrip("/")) for method, path in wanted} <= found


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [pytest.param(o.method, path, o.name, id=f"{o.method} {path}") for o, path in templates()],
)
def test_each_address_answers_itself(server: Server, method: str, path: str, name: str) -> None:
    """With and without /api and the slash the answer comes at once, never by a redirect that would lose the body."""
    operation = next(operation for operation in declared() if operation.name == name)
    span = create(server.client, customer_identifier=uuid.uuid4().hex)
    path = filled(path, **ids_of(server, span, path))

    body = body_of(operation, span["id"])
    status = min(operation.answers)
    # Read no further than the head: the answer of a live tail has no end.
    with server.client.stream(method, path, json=None if body is None else body) as answer:
        assert answer.status_code == status, answer.read()
        assert "location" not in answer.headers
        kinds = [media.partition(";")[0] for media in operation.answers[status].media]
        assert status == 204 or answer.headers["content-type"].partition(";")[0] in kinds


def ids_of(server: Server, span: dict[str, Any], path: str) -> dict[str, str]:
    """What the parameters of a path may be, so that there is something under it."""
    if "{unique_organization_id}" in path:
        server.client.patch(f"/api/traces/{span['trace_unique_id']}/", json={"is_public": True})
        return {"id": span["trace_unique_id"], "unique_organization_id": span["organization_id"]}
    return {"id": span["id"], "customer_identifier": span["customer_identifier"], "name": "model"}


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
        answer = server.client.get(path)
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
