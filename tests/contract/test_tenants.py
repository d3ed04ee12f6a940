"""Who may see and do what: every route, every state of a key, every neighbour."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from midspan.http.operation import Operation
from tests.server import Server
from tests.speaking import CREATE, LIST, addresses, body_of, cli, create, declared, filled, listed, new_key, refused

OPERATIONS = [pytest.param(operation, id=operation.name) for operation in declared() if operation.right]
"""The public trace link and signing in alone ask for no key."""
SECRET_INPUT = "only the owner may read this 7e1d"


@dataclass
class Tenants:
    """One span of ours, and a client for each state of a key."""

    span: dict[str, Any]
    owner: httpx.Client
    neighbours: dict[str, httpx.Client]
    """Good keys of others: another environment, another organization."""
    strangers: dict[str, httpx.Client]
    """No key, or none that opens anything."""


@pytest.fixture(scope="module")
def tenants(server: Server) -> Tenants:
    # Far enough off that the key is made by then, on a slow machine too; the others are made meanwhile.
    soon = datetime.now(UTC) + timedelta(seconds=2)
    expired = new_key(server, "--expires", soon.isoformat())
    cli(server, "organizations", "create", "Neighbour")
    other = new_key(server, "--organization", "Neighbour")
    elsewhere = new_key(server, "--organization", "Neighbour", "--environment", "test")
    revoked = new_key(server)
    cli(server, "keys", "revoke", revoked["id"])
    wait_until_refused(server.client_of(expired["key"]), 20)
    good = server.key
    return Tenants(
        create(server.client, input=SECRET_INPUT, trace_unique_id="shared-trace", span_unique_id="shared-span"),
        server.client,
        {
            "other environment": server.client_of(server.test_key),
            "other organization": server.client_of(other["key"]),
            "other organization and environment": server.client_of(elsewhere["key"]),
        },
        {
            "no key": server.client_of(None),
            "revoked": server.client_of(revoked["key"]),
            "expired": server.client_of(expired["key"]),
            "garbage": server.client_of("msp_prod_" + "0" * 32),
            "cut short": server.client_of(good[:-1]),
            "longer": server.client_of(good + "0"),
            "another case": server.client_of(good.upper()),
            "id of the key": server.client_of(revoked["id"]),
        },
    )


def wait_until_refused(client: httpx.Client, seconds: float) -> float:
    """Seconds until a key opens nothing any more."""
    started = time.monotonic()
    while client.put(LIST).status_code != 401:
        assert time.monotonic() - started < seconds
        time.sleep(0.02)
    return time.monotonic() - started


def send(client: httpx.Client, operation: Operation, path: str | None = None, **options: Any) -> httpx.Response:
    if operation.body_example is not None and "content" not in options:
        options["json"] = body_of(operation)
    with client.stream(operation.method, path or filled(operation.path), **options) as answer:
        if not (operation.endless and answer.status_code == 200):
            answer.read()
    return answer


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_address_asks_for_a_key_first(tenants: Tenants, operation: Operation) -> None:
    """Without a good key each route answers 401 and how to do better, whatever the body; so does each spelling."""
    asked = [(state, filled(operation.path)) for state in tenants.strangers]
    asked += [("no key", path) for one, path in addresses() if one is operation]
    for state, path in asked:
        answer = send(tenants.strangers[state], operation, path)
        refused(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer", (state, path)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_bad_body_does_not_come_before_the_key(tenants: Tenants, operation: Operation) -> None:
    """401 is said before a byte of the body is judged."""
    for body in (b"", b"not json", b"[" * 1000, b"\xff\xfe", b"x" * 100_000):
        answer = send(tenants.strangers["no key"], operation, content=body, headers={"Content-Encoding": "rot13"})
        refused(answer, 401, "unauthorized")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_methods_are_not_told_without_a_key(tenants: Tenants, method: str) -> None:
    """Without a key not even a wrong method is judged."""
    answer = tenants.strangers["no key"].request(method, CREATE)
    refused(answer, 401)
    assert "allow" not in answer.headers


@pytest.mark.parametrize(
    "value",
    [
        "{key}",
        "Basic {key}",
        "Bearer",
        "Bearer  ",
        "Bearer {key} {key}",
        "bearer:{key}",
        "Token {key}",
        "Bearer\x00{key}",
    ],
)
def test_a_malformed_authorization_is_401(server: Server, value: str) -> None:
    """A good key in a wrong place opens nothing."""
    header = value.replace("{key}", server.key).encode("latin-1")
    try:
        answer = server.client_of(None).get(LIST, headers={b"Authorization": header})
    except httpx.LocalProtocolError:
        return
    assert answer.status_code in (400, 401)
    assert answer.status_code == 401 or b"\x00" in header


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_needs_its_right(clients_by_right: dict[str, httpx.Client], operation: Operation) -> None:
    """A good key without the right gets 403, which names it; with it, the operation's own answer. What only people
    may, no key may."""
    for rights, client in clients_by_right.items():
        answer = send(client, operation)
        if operation.people:
            refused(answer, 403, "members_only")
        elif operation.right == rights:
            assert answer.status_code in (*operation.answers, 404)
            assert answer.status_code != 403
        else:
            assert operation.right in refused(answer, 403, "forbidden")["detail"]


@pytest.fixture(scope="module")
def clients_by_right(server: Server) -> dict[str, httpx.Client]:
    """Each of an organization of its own: who reads waits for nothing that the others have written."""
    found = {}
    for right in ("ingest", "read", "admin"):
        cli(server, "organizations", "create", f"With the right {right}")
        key = new_key(server, "--organization", f"With the right {right}", "--rights", right)
        found[right] = server.client_of(key["key"])
    return found


def test_neighbours_cannot_get_a_span(tenants: Tenants) -> None:
    """Another's span is 404 with the same words as one that never was, by either form of address."""
    for client in tenants.neighbours.values():
        for path, query in ((f"{CREATE}{tenants.span['id']}/", {}), (f"{CREATE}_/", {"id": tenants.span["id"]})):
            body = refused(client.get(path, params=query), 404, "not_found")
            assert body == client.get(f"{CREATE}{'f' * 32}/").json()
            assert SECRET_INPUT not in str(body)


def test_neighbours_neither_list_nor_count_a_span(tenants: Tenants) -> None:
    """A list and its count hold one's own environment only, whatever window, sort or cursor is asked for."""
    assert tenants.span["id"] in [row["id"] for row in listed(tenants.owner, sort_by="-timestamp")]
    for client in tenants.neighbours.values():
        create(client, input="a span of my own")
        for query in ({}, {"sort_by": "id"}, {"start_time": "1990-01-01", "include_fields": "prompt_messages"}):
            page = client.get(LIST, params={"page_size": 1000, **query}).json()
            assert page["count"] == len(page["results"])
            assert tenants.span["id"] not in [row["id"] for row in page["results"]]
            assert SECRET_INPUT not in str(page)
            assert {row["environment"] for row in page["results"]} <= {"prod", "test"}
            assert tenants.span["organization_id"] not in {
                row["organization_id"] for row in page["results"] if row["environment"] == "prod"
            }


def test_neighbours_do_not_replace_a_span(tenants: Tenants) -> None:
    """The same trace and span ids sent by others are other spans: neither id nor content is shared."""
    for client in tenants.neighbours.values():
        mine = create(client, input="mine", trace_unique_id="shared-trace", span_unique_id="shared-span")
        assert mine["id"] != tenants.span["id"]
    assert tenants.owner.get(f"{CREATE}{tenants.span['id']}/").json()["input"] == SECRET_INPUT


def test_another_pages_cursor_opens_nothing(server: Server, tenants: Tenants) -> None:
    """A cursor tells where a page ended, not whose it was: with another's one sees one's own spans."""
    for number in range(3):
        create(server.client, input=f"{SECRET_INPUT} {number}")
    cursor = server.client.get(LIST, params={"page_size": 2}).json()["next_cursor"]
    for client in tenants.neighbours.values():
        page = client.get(LIST, params={"cursor": cursor, "page_size": 1000}).json()
        assert SECRET_INPUT not in str(page)


@pytest.mark.parametrize(
    "field", ["organization_id", "unique_organization_id", "organization_key_id", "organization_name"]
)
def test_a_body_cannot_choose_its_owner(server: Server, tenants: Tenants, field: str) -> None:
    """What a body says of its organization or key is kept under `extra` at most; the key decides."""
    other = tenants.neighbours["other organization"]
    there = listed(other)[0]["organization_id"] if listed(other) else "0" * 32
    span = create(server.client, **{field: there})
    assert span[field] != there
    assert span["organization_id"] == tenants.span["organization_id"]


@pytest.mark.parametrize("sent", ["test", "prod", "staging", "", None])
@pytest.mark.parametrize("is_test", [True, False, None])
def test_a_body_cannot_choose_its_environment(server: Server, sent: str | None, is_test: bool | None) -> None:
    """`environment` and `is_test` in a body never override the key's environment."""
    for key, environment in ((server.key, "prod"), (server.test_key, "test")):
        span = create(server.client_of(key), environment=sent, is_test=is_test)
        assert span["environment"] == environment


@pytest.mark.parametrize(
    ("query", "prod", "test"),
    [
        ({}, 200, 200),
        ({"environment": "prod"}, 200, 403),
        ({"environment": "test"}, 403, 200),
        ({"environment": "staging"}, 403, 403),
        ({"environment": ""}, 200, 200),
        ({"is_test": "true"}, 403, 200),
        ({"is_test": "false"}, 200, 403),
        ({"all_envs": "true"}, 403, 403),
        ({"all_envs": "false"}, 200, 200),
        ({"is_test": "true", "all_envs": "true"}, 403, 200),
        ({"is_test": "false", "all_envs": "true"}, 200, 403),
        ({"environment": "prod", "is_test": "true"}, 403, 403),
    ],
)
def test_a_read_names_no_environment_but_its_keys(server: Server, query: dict[str, str], prod: int, test: int) -> None:
    """Another environment is refused with 403 on lists and on single spans, never ignored."""
    for key, status in ((server.key, prod), (server.test_key, test)):
        client = server.client_of(key)
        span = create(client)
        for path in (LIST, CREATE, f"{CREATE}{span['id']}/"):
            answer = client.get(path, params=query)
            if status == 403:
                refused(answer, 403, "environment_not_allowed")
            else:
                assert answer.status_code == 200, answer.text
        assert client.post(LIST, params=query, json={}).status_code == status


def test_a_revoked_key_closes_within_a_second(server: Server) -> None:
    """A key that has just worked is refused a second after it was revoked."""
    made = new_key(server)
    client = server.client_of(made["key"])
    create(client)
    cli(server, "keys", "revoke", made["id"])
    assert wait_until_refused(client, 5) <= 1.0


def test_no_answer_or_log_holds_a_key(server: Server, tenants: Tenants) -> None:
    """Neither what the server answers nor what it prints holds a whole key."""
    made = new_key(server)
    client = server.client_of(made["key"])
    span = create(client)
    texts = [
        client.get(LIST).text, client.get(f"{CREATE}{span['id']}").text, client.get("/metrics").text,
        client.get("/docs").text, client.get("/openapi.json").text, client.put(CREATE).text,
        tenants.strangers["cut short"].get(LIST).text, server.log,
    ]  # fmt: skip
    for text in texts:
        assert made["key"] not in text
        assert server.key not in text
