"""Ids that applications choose may hold anything: each names its traces, threads and customers, and nobody else's."""

from typing import Any

import httpx
import pytest

from tests.server import Server
from tests.speaking import create, tenant

IDS = [
    "it's", "'", "\\", "\\'", "'\\''", "back\\slash", "\\0", "\\n", "nul\0here", "tab\there", "new\nline", "cr\rhere",
    "['a','b']", "a','b", "]", "%_*?", "{x:String}", '"quoted"', "/* */ --", "é\u202e", "\U0001f600", " spaced out ",
]  # fmt: skip


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """Somebody who has a span of each id."""
    client = tenant(server)
    for name in IDS:
        create(
            client, trace_unique_id=name, thread_identifier=name, customer_identifier=name, span_name=name, input="Hi"
        )
    return client


def got(client: httpx.Client, path: str, **params: str) -> dict[str, Any]:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_lists_hold_all_of_them(client: httpx.Client) -> None:
    """No id keeps the others from being listed."""
    traces = got(client, "/api/traces/list/", page_size="100")["results"]
    threads = client.post("/api/log_threads/", params={"page_size": 100}, json={}).json()["results"]
    customers = got(client, "/api/users/list/", page_size="100")["results"]

    assert sorted(row["trace_unique_id"] for row in traces) == sorted(IDS)
    assert len(threads) == len(IDS)
    assert len(customers) == len(IDS)


@pytest.mark.parametrize("name", IDS)
def test_each_is_found_by_its_id(client: httpx.Client, name: str) -> None:
    """Its tree, its contents, its thread, and what a filter selects are of this id alone."""
    tree = got(client, "/api/traces/_/", id=name)
    assert (tree["trace_unique_id"], tree["span_count"]) == (name, 1)
    (root,) = tree["span_tree"]
    contents = got(client, "/api/traces/_/contents/", id=name, ids=root["id"])
    assert [span["id"] for span in contents["results"]] == [root["id"]]
    filters = {"trace_unique_id": {"operator": "", "value": [name]}}
    listed = client.post("/api/request-logs/list/", json={"filters": filters}).json()
    assert [span["id"] for span in listed["results"]] == [root["id"]]
