"""Deleting traces over HTTP: gone from every read, their links too."""

from tests.contract.test_traces import WINDOW, at, listed, send, span, tree_of
from tests.server import Server
from tests.speaking import LIST, refused, tenant


def test_deleting_a_trace(server: Server) -> None:
    """200 always; gone from every read, its link too, and what is sent again later is new and private."""
    client = tenant(server)
    send(client, span("gone", 0), span("gone", 1, 0, 100, 101), span("stays", 0))
    link = client.patch("/api/traces/gone/", json={"is_public": True}).json()["public_url"]
    part = client.delete("/api/traces/gone/", params={"start_time": at(100), "end_time": at(200)})
    assert (part.status_code, part.json()["deleted_count"]) == (200, 1)
    assert tree_of(client, "gone")["span_count"] == 1
    whole = client.delete("/api/traces/gone/").json()
    assert (whole["success"], whole["deleted_count"]) == (True, 1)
    assert client.get("/api/traces/gone/").status_code == 404
    assert server.client_of(None).get(link).status_code == 404
    assert listed(client) == ["stays"]
    assert client.get(LIST, params=WINDOW).json()["count"] == 1
    assert client.delete("/api/traces/gone/").json()["deleted_count"] == 0
    send(client, span("gone", 0))
    assert tree_of(client, "gone")["span_count"] == 1
    assert server.client_of(None).get(link).status_code == 404


def test_deleting_by_filter(server: Server) -> None:
    """What a list with the same filter shows is deleted, the rest stays; an empty filter and too many are refused."""
    client = tenant(server)
    send(client, *(span(f"t{number}", 0, customer_identifier="leaves") for number in range(1001)), span("stays", 0))
    asked = {"filters": {"customer_identifier": {"value": ["leaves"]}}}
    bodies: tuple[dict[str, object], ...] = ({}, {"filters": {}}, {"filters": None})
    for body in bodies:
        refused(client.post("/api/traces/bulk/", params=WINDOW, json=body), 400)
    refused(client.post("/api/traces/bulk/", params=WINDOW, json=asked), 422, "too_many_traces")
    one = {"filters": {"trace_unique_id": {"value": ["t7"]}}}
    answer = client.post("/api/traces/bulk-delete/", params=WINDOW, json=one).json()
    assert (answer["success_count"], answer["error_count"], answer["deleted_count"]) == (1, 0, 1)
    answer = client.post("/api/traces/bulk/", params=WINDOW, json=asked).json()
    assert (answer["deleted_count"], answer["deleted_span_count"]) == (1000, 1000)
    assert listed(client) == ["stays"]


def test_deleting_a_large_trace(server: Server) -> None:
    """More spans than are deleted at a time are all deleted, and counted once."""
    client = tenant(server)
    for start in range(0, 12_000, 4_000):
        rows = [span("big", number, 0, number, number + 1) for number in range(start, start + 4_000)]
        assert client.post("/api/request-logs/batch/create/", json={"logs": rows}).status_code == 201
    assert client.delete("/api/traces/big/").json()["deleted_count"] == 12_000
    assert client.get("/api/traces/big/").status_code == 404


def test_neighbours_delete_nothing(server: Server) -> None:
    """The right to delete is one's own environment's: the same id elsewhere stays."""
    client, other = tenant(server), tenant(server)
    send(client, span("mine", 0))
    assert other.delete("/api/traces/mine/").json()["deleted_count"] == 0
    asked = {"filters": {"trace_unique_id": {"value": ["mine"]}}}
    assert other.post("/api/traces/bulk/", params=WINDOW, json=asked).json()["deleted_count"] == 0
    assert tree_of(client, "mine")["span_count"] == 1
