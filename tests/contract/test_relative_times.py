"""Windows that begin or end some time before now: `start_time=-7d`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.server import Server
from tests.speaking import LIST, create, listed, refused, tenant


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant with spans of two hours and of eight days ago."""
    reader = tenant(server)
    for hours in (2, 8 * 24):
        create(reader, cost="1", timestamp=(datetime.now(UTC) - timedelta(hours=hours)).isoformat())
    return reader


@pytest.mark.parametrize(
    ("window", "count"),
    [
        ({"start_time": "-7d"}, 1),
        ({"start_time": "now-2w"}, 2),
        ({"start_time": "-90m"}, 0),
        ({"start_time": "-9d", "end_time": "-1d"}, 1),
        ({"start_time": "-3h", "end_time": "now"}, 1),
        ({"start_time": "-999999999w"}, 2),
    ],
)
def test_every_question_takes_them(client: httpx.Client, window: dict[str, str], count: int) -> None:
    """In the address and in the body; lists, sums, measures, traces, customers, export alike."""
    assert len(listed(client, **window)) == count
    assert client.post(LIST, json=window).json()["count"] == count
    assert client.post("/api/request-logs/summary/", params=window).json()["number_of_requests"] == count
    asked = {"measures": ["count"], "interval": "none", **window}
    assert client.post("/api/metrics/query/", json=asked).json()["totals"]["count"] == count
    assert client.get("/api/traces/list/", params=window).json()["count"] == count
    assert client.get("/api/request-logs/export/", params=window).text.count("\n") == count


@pytest.mark.parametrize("wrong", ["-7", "7d", "-7x", "- 7d", "-7D", "yesterday", "-1234567890d"])
def test_what_is_neither_is_refused(client: httpx.Client, wrong: str) -> None:
    """The sentence shows both forms. A number alone is a time since 1970, also a negative one."""
    answer = client.get(LIST, params={"start_time": wrong})
    if wrong == "-7":
        assert answer.json()["count"] == 2
        return
    said = refused(answer, 400)["detail"]
    assert "2026-01-31T12:00:00Z" in said
    assert "-7d" in said


def test_a_cursor_keeps_the_window_that_it_began_with(client: httpx.Client, server: Server) -> None:
    """What falls out of a moving window while somebody reads on is still on his next page."""
    reader = tenant(server)
    sent = [create(reader)["id"] for _ in range(2)]
    asked: dict[str, Any] = {"start_time": "-2s", "page_size": 1, "sort_by": "timestamp"}
    first = reader.get(LIST, params=asked).json()
    while listed(reader, start_time="-2s"):
        pass
    second = reader.get(LIST, params={**asked, "cursor": first["next_cursor"]}).json()
    assert [page["results"][0]["id"] for page in (first, second)] == sent
