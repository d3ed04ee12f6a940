"""Names of what a request filters by, in its body."""

from typing import Any

import httpx
import pytest

from tests.server import Server
from tests.speaking import LIST, create, refused, tenant

FAILED = {"status": {"operator": "", "value": ["failed"]}}


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant with a span that failed and one that did not."""
    reader = tenant(server)
    for code in (200, 500):
        create(reader, status_code=code)
    return reader


@pytest.mark.parametrize(
    "path", [LIST, "/api/request-logs/summary/", "/api/request-logs/groups/", "/api/traces/list/", "/api/users/list/"]
)
@pytest.mark.parametrize(
    ("body", "meant"),
    [({"filter": FAILED}, "filters"), ({"Filters": FAILED}, "filters"), ({"querry": "status:failed"}, "query")],
)
def test_a_name_that_is_nearly_right_is_refused(client: httpx.Client, path: str, body: Any, meant: str) -> None:
    """A filter that nobody reads would select everything; the sentence has the name that was meant."""
    said = refused(client.post(path, json=body), 400, "bad_filter")
    assert said["suggestion"] == meant
    assert said["detail"] == f"The body has no field {next(iter(body))!r}. Did you mean {meant!r}?"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ({"filters": FAILED}, 1),
        ({"q": "status:failed"}, 1),
        ({"q": "status:failed", "query": "status:success"}, 0),
        ({"q": ""}, 2),
        ({"filters_data": {}, "current_filters": {}, "fetch_filters": True, "exporting": False}, 2),
    ],
)
def test_other_names_stand(client: httpx.Client, body: Any, count: int) -> None:
    """`q` is short for `query`; what clients send besides is left alone."""
    assert client.post(LIST, json=body).json()["count"] == count
