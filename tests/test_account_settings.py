"""What people set: keys, environments, prices, views and preferences; and how storing goes."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.server import Server
from tests.speaking import CREATE, LIST, cli, create, listed, member, new_key, refused

KEYS, PRICES, VIEWS = "/api/keys/", "/api/prices/", "/api/views/"
NOT_THERE = "0" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of these tests' own: prices and environments hold for everybody in an organization."""
    with Server(tmp_path_factory.mktemp("settings") / "data") as running:
        yield running.start()
        assert "Traceback" not in running.log, running.log


@pytest.fixture(scope="module")
def admin(server: Server) -> httpx.Client:
    return member(server)


@pytest.fixture(scope="module")
def neighbour(server: Server) -> httpx.Client:
    """An admin of another organization."""
    cli(server, "organizations", "create", "Neighbour")
    return member(server, organization="Neighbour")


def made(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def listing(client: httpx.Client, path: str) -> dict[str, dict[str, Any]]:
    """What a list holds, by id or name."""
    results = client.get(path).raise_for_status().json()["results"]
    return {one.get("id") or one["name"]: one for one in results}


def test_a_key_is_made_used_and_revoked(server: Server, admin: httpx.Client) -> None:
    """Its secret is shown once and opens its environment at once; the list says when it was used; revoked, it ends."""
    body = {"name": "checkout", "environment": "test", "rights": ["ingest"], "spans_per_second": 5}
    key = made(admin, KEYS, body)
    client = server.client_of(key["key"])

    span = create(client)

    assert span["environment"] == "test"
    assert (span["organization_key_id"], span["organization_key_name"]) == (key["id"], "checkout")
    refused(client.get(LIST), 403, "forbidden")
    found = listing(admin, KEYS)[key["id"]]
    assert found["last_used_at"] >= key["created_at"]
    assert {**found, "last_used_at": None, "key": key["key"]} == key
    assert key["key"] not in admin.get(KEYS).text
    assert admin.delete(f"{KEYS}{key['id']}/").status_code == 204
    refused(client.post(CREATE, json={"model": "m"}), 401)
    revoked = listing(admin, KEYS)[key["id"]]
    assert revoked["state"] == "revoked"
    assert admin.delete(f"{KEYS}{key['id']}/").status_code == 204
    assert listing(admin, KEYS)[key["id"]] == revoked


def test_a_key_is_changed(server: Server, admin: httpx.Client) -> None:
    """Name, rights, expiry and rates, from the next request on; null takes a limit away; what is not sent stays."""
    key = made(admin, KEYS, {"name": "to change", "requests_per_second": 1000})
    client = server.client_of(key["key"])
    assert client.get(LIST).status_code == 200
    address = f"{KEYS}{key['id']}/"

    changed = admin.patch(address, json={"name": "changed", "rights": ["ingest"], "requests_per_second": None}).json()

    assert (changed["name"], changed["rights"], changed["requests_per_second"]) == ("changed", ["ingest"], None)
    refused(client.get(LIST), 403, "forbidden")
    soon = f"{time.time() + 0.5:.3f}"
    assert admin.patch(address, json={"expires_at": soon}).json()["state"] == "active"
    deadline = time.monotonic() + 5
    while client.post(CREATE, json={"model": "m"}).status_code == 201:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert listing(admin, KEYS)[key["id"]]["state"] == "expired"
    assert admin.patch(address, json={"expires_at": None}).json()["state"] == "active"
    assert client.post(CREATE, json={"model": "m"}).status_code == 201


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({}, {"name"}),
        ({"name": ""}, {"name"}),
        ({"name": "a\nb"}, {"name"}),
        ({"name": "x", "environment": "nowhere"}, {"environment"}),
        ({"name": "x", "rights": []}, {"rights"}),
        ({"name": "x", "rights": ["owner"], "spans_per_second": 0}, {"rights", "spans_per_second"}),
        ({"name": "x", "requests_per_second": "many", "expires_at": 5}, {"requests_per_second", "expires_at"}),
        ({"name": "x", "expires_at": "2001-01-01"}, {"expires_at"}),
        ({"name": "x", "expires_at": "soon"}, {"expires_at"}),
        ({"name": "x", "right": ["read"]}, {"right"}),
        ({"name": None}, {"name"}),
    ],
)
def test_what_no_key_can_be_is_named(admin: httpx.Client, body: dict[str, Any], faults: set[str]) -> None:
    """422 with the fields, and no key is made."""
    before = len(listing(admin, KEYS))
    assert set(refused(admin.post(KEYS, json=body), 422, "invalid")["errors"]) == faults
    assert len(listing(admin, KEYS)) == before


def test_others_keys_are_not_there(server: Server, admin: httpx.Client, neighbour: httpx.Client) -> None:
    """Neither another organization nor who is no admin sees a key or manages it."""
    key = made(admin, KEYS, {"name": "ours"})
    assert key["id"] not in neighbour.get(KEYS).text
    for answer in (
        neighbour.patch(f"{KEYS}{key['id']}/", json={"name": "theirs"}), neighbour.delete(f"{KEYS}{key['id']}/"),
        admin.delete(f"{KEYS}{NOT_THERE}/"), admin.patch(f"{KEYS}ours/", json={}),
    ):  # fmt: skip
        refused(answer, 404, "not_found")
    for client in (member(server, "member"), server.client_of(new_key(server, "--rights", "read,ingest")["key"])):
        for answer in (client.get(KEYS), client.post(KEYS, json={"name": "x"}), client.delete(f"{KEYS}{key['id']}/")):
            refused(answer, 403, "forbidden")


def test_an_environment_is_made_and_used(server: Server, admin: httpx.Client, neighbour: httpx.Client) -> None:
    """Keys are made for it, sessions choose it, its spans are in no other; other organizations do not have it."""
    name = f"e{uuid.uuid4().hex[:8]}"
    assert made(admin, "/api/environments/", {"name": name})["name"] == name
    key = made(admin, KEYS, {"name": "its own", "environment": name})
    assert key["key"].startswith(f"msp_{name}_")

    span = create(server.client_of(key["key"]))

    assert list(listing(admin, "/api/environments/"))[:2] == ["prod", "test"]
    assert name in admin.get("/api/session/").json()["environments"]
    rows = admin.get(LIST, headers={"Midspan-Environment": name}).json()["results"]
    assert [row["id"] for row in rows] == [span["id"]]
    assert span["id"] not in [row["id"] for row in listed(admin)]
    assert name not in listing(neighbour, "/api/environments/")
    refused(neighbour.get(LIST, headers={"Midspan-Environment": name}), 403, "environment_not_allowed")
    refused(neighbour.post(KEYS, json={"name": "x", "environment": name}), 422)
    refused(admin.post("/api/environments/", json={"name": name}), 409, "environment_taken")
    refused(admin.post("/api/environments/", json={"name": "No Name"}), 422, "invalid")
    refused(member(server, "member").post("/api/environments/", json={"name": "mine"}), 403, "forbidden")
    refused(server.client.post("/api/environments/", json={"name": "mine"}), 403, "members_only")
    assert cli(server, "keys", "create", "--environment", name)["environment"] == name


def test_a_price_of_ones_own_prices_spans(server: Server, admin: httpx.Client, neighbour: httpx.Client) -> None:
    """From the next span on, digit for digit, until it is taken away; other organizations pay the usual."""
    model = f"own-{uuid.uuid4().hex[:8]}"
    tokens = {"model": model, "prompt_tokens": 1_000_000, "completion_tokens": 0}
    price = made(admin, PRICES, {"model": model, "input_price": 0.1, "output_price": "12.50", "cache_read_price": 0})
    assert (price["input_price"], price["output_price"], price["provider"]) == (0.1, 12.5, "")

    assert create(server.client, **tokens)["cost"] == 0.1
    assert create(neighbour, **tokens)["cost"] is None

    assert listing(admin, PRICES)[price["id"]] == price
    assert price["id"] not in neighbour.get(PRICES).text
    refused(neighbour.delete(f"{PRICES}{price['id']}/"), 404, "not_found")
    assert admin.delete(f"{PRICES}{price['id']}/").status_code == 204
    assert create(server.client, **tokens)["cost"] is None
    refused(admin.delete(f"{PRICES}{price['id']}/"), 404, "not_found")


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"input_price": -1}, "input_price"),
        ({"input_price": "NaN"}, "input_price"),
        ({"output_price": "1e400"}, "output_price"),
        ({"output_price": "1e-400"}, "output_price"),
        ({"output_price": None}, "output_price"),
        ({"output_price": "a lot"}, "output_price"),
        ({"cache_read_price": []}, "cache_read_price"),
        ({"model": ""}, "model"),
        ({"provider": "x" * 256}, "provider"),
        ({"valid_from": "yesterday"}, "valid_from"),
        ({"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, "valid_to"),
        ({"currency": "EUR"}, "currency"),
    ],
)
def test_what_is_no_price_is_named(admin: httpx.Client, fields: dict[str, Any], fault: str) -> None:
    """422 with the field."""
    body = {"model": "m", "input_price": 1, "output_price": 1, **fields}
    assert fault in refused(admin.post(PRICES, json=body), 422, "invalid")["errors"]


def test_views_are_ones_own_or_shared(server: Server, admin: httpx.Client, neighbour: httpx.Client) -> None:
    """A private view is there for its owner alone; a shared one for the organization; changing it is its owner's."""
    owner, colleague, viewer = member(server, "member"), member(server, "member"), member(server, "viewer")
    state = "query=status%3Afailed&columns=name,cost"
    view = made(owner, VIEWS, {"name": "Failures", "page": "spans", "state": state})
    address = f"{VIEWS}{view['id']}/"
    assert (view["state"], view["is_shared"], view["is_own"], view["owner_name"]) == (state, False, True, "A member")
    for client in (colleague, admin, viewer, neighbour):
        assert view["id"] not in listing(client, VIEWS)
        refused(client.patch(address, json={"name": "x"}), 404, "not_found")
        refused(client.delete(address), 404, "not_found")

    assert owner.patch(address, json={"is_shared": True, "name": "All failures"}).json()["name"] == "All failures"

    for client in (colleague, admin, viewer):
        assert listing(client, VIEWS)[view["id"]]["is_own"] is False
        assert listing(client, VIEWS)[view["id"]]["owner_name"] == "A member"
    assert view["id"] not in listing(neighbour, VIEWS)
    for client in (colleague, viewer):
        refused(client.patch(address, json={"name": "x"}), 403, "forbidden")
        refused(client.delete(address), 403, "forbidden")
    assert admin.patch(address, json={"page": "dashboard"}).json()["state"] == state
    assert owner.delete(address).status_code == 204
    refused(owner.delete(address), 404, "not_found")


def test_a_viewer_keeps_private_views(server: Server) -> None:
    """And shares none."""
    viewer = member(server, "viewer")
    body = {"name": "Mine", "page": "sql", "state": "q=SELECT+1"}
    view = made(viewer, VIEWS, body)
    refused(viewer.post(VIEWS, json={**body, "is_shared": True}), 403, "forbidden")
    refused(viewer.patch(f"{VIEWS}{view['id']}/", json={"is_shared": True}), 403, "forbidden")
    assert viewer.patch(f"{VIEWS}{view['id']}/", json={"state": ""}).json()["state"] == ""
    assert viewer.delete(f"{VIEWS}{view['id']}/").status_code == 204
    for fields, fault in (
        ({"name": "\x07"}, "name"), ({"page": "Spans"}, "page"), ({"state": "x" * 65_537}, "state"),
        ({"is_shared": "yes"}, "is_shared"), ({"owner_id": "x"}, "owner_id"), ({"state": None}, "state"),
    ):  # fmt: skip
        assert set(refused(viewer.post(VIEWS, json={**body, **fields}), 422)["errors"]) == {fault}


def test_preferences_are_ones_own(server: Server, admin: httpx.Client) -> None:
    """Any object comes back as it was sent, to nobody else; at most 64 KiB of it."""
    client, other = member(server, "viewer"), member(server, "viewer")
    path = "/api/preferences/"
    assert client.get(path).json() == {}
    text = (
        '{"theme":"dark","widths":{"cost":1e2,"big":123456789012345678901234567890},"\\u0000":[null,"\\ud83d\\ude00"]}'
    )

    assert client.put(path, content=text).json()["theme"] == "dark"

    assert client.get(path).json() == httpx.Response(200, text=text).json()
    assert other.get(path).json() == {}
    assert client.put(path, json={"theme": "light"}).json() == {"theme": "light"}
    assert client.get(path).json() == {"theme": "light"}
    refused(client.put(path, json={"theme": "x" * 65_536}), 422, "invalid")
    for content in (b"[]", b'"x"', b"{", b"\xff"):
        refused(client.put(path, content=content), 400)
    refused(server.client.get(path), 403, "members_only")


def test_storage_says_how_storing_goes(server: Server, admin: httpx.Client) -> None:
    """To admins: what waits in the journal, rows and parts of each table, and the disk."""
    create(server.client)
    deadline = time.monotonic() + 10
    while (found := admin.get("/api/storage/").json())["journal"]["pending_bytes"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    spans = next(table for table in found["tables"] if table["name"] == "spans")
    assert spans["rows"] > 0
    assert spans["bytes"] > spans["parts"] > 0
    assert 0 < found["disk"]["free_bytes"] <= found["disk"]["size_bytes"]
    assert found["engine"]["rows_inserted"] >= 1
    assert (found["engine"]["rows_rejected"], found["rejected_files"], found["journal"]["lag_seconds"]) == (0, 0, 0)
    refused(member(server, "member").get("/api/storage/"), 403, "forbidden")
    refused(server.client.get("/api/storage/"), 403, "members_only")
