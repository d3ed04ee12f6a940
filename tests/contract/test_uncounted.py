"""Lists that need not say how many rows match: the same rows, found in the end of the window where that has enough."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

import httpx
import pytest

from midspan.search import latest
from tests.server import Server
from tests.speaking import LIST, refused, tenant

TRACES, THREADS = "/api/traces/list/", "/api/log_threads/"
END = datetime(2031, 6, 30, tzinfo=UTC)
WINDOW = {"start_time": "2031-06-01T00:00:00Z", "end_time": "2031-06-30T00:00:00Z"}
IDS = {LIST: "id", TRACES: "trace_unique_id", THREADS: "thread_identifier"}

AGES = [timedelta(minutes=2**power) for power in range(-4, 15)]
"""How long before the window's end spans are: some in its last thousandth, in its last thirtieth, the rest before."""


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant with spans close to the end of a month and far from it, and with some after it.

    Traces last from a moment to weeks; of some the root alone names the thread, and lies in another part of the window.
    """
    reader = tenant(server)
    logs = []
    for number, age in enumerate(AGES):
        time = END - age
        for span in range(3):
            row: dict[str, Any] = {
                "timestamp": (time + span * age / 3).isoformat(),
                "trace_unique_id": f"t{number % 7}" if number % 2 else f"alone-{number}",
                "span_unique_id": f"{number}-{span}",
                "cost": span,
                "model": "gpt-4o" if number % 3 else "o3",
            }
            if span:
                row["span_parent_id"] = f"{number}-0"
            if span == 0 or number % 5 == 0:
                row["thread_identifier"] = f"talk-{number % 6}"
            logs.append(row)
    late = {"trace_unique_id": "t1", "span_unique_id": "late", "thread_identifier": "talk-1"}
    logs.append({**late, "timestamp": "2031-07-02T00:00:00Z"})
    answer = reader.post("/api/request-logs/bulk/", json={"logs": logs})
    assert answer.json()["success_count"] == len(logs)
    return reader


def walk(client: httpx.Client, path: str, **parameters: Any) -> Iterator[list[str]]:
    """The ids of each page, from one `next` to the other."""
    answer = client.get(path, params=parameters)
    while True:
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert (found["count"] is None) == ("count" in parameters)
        yield [row[IDS[path]] for row in found["results"]]
        if found["next"] is None:
            return
        answer = client.get(found["next"])


@pytest.mark.parametrize("path", IDS)
@pytest.mark.parametrize("window", [WINDOW, {"start_time": WINDOW["start_time"]}], ids=["a month", "until now"])
@pytest.mark.parametrize("asked", [{}, {"query": "model:o3"}, {"sort_by": "timestamp"}, {"query": "cost:>=2"}], ids=str)
def test_the_rows_are_those_of_a_counted_list(
    client: httpx.Client, path: str, window: dict[str, str], asked: dict[str, str]
) -> None:
    """Page by page, in the same order, with and without a filter, whichever end of the window comes first."""
    counted = list(chain(*walk(client, path, **window, **asked, page_size=500)))
    assert list(chain(*walk(client, path, **window, **asked, page_size=5, count="false"))) == counted
    assert len(counted) > 2


@pytest.mark.parametrize("path", IDS)
def test_the_last_page_has_no_next(client: httpx.Client, path: str) -> None:
    """Nobody is sent to a page of traces or threads that is empty."""
    pages = list(walk(client, path, **WINDOW, page_size=2, count="false"))
    assert all(pages if path != LIST else pages[:-1])


@pytest.mark.parametrize("path", IDS)
def test_count_is_true_or_false(client: httpx.Client, path: str) -> None:
    """Anything else is refused with what it may be."""
    assert "count" in refused(client.get(path, params={"count": "maybe"}), 400)["detail"]
    assert client.get(path, params={**WINDOW, "count": "true"}).json()["count"] > 0


def test_a_window_is_looked_at_from_its_end() -> None:
    """First its last thousandth, then its last thirtieth, then all; a short one at once."""
    day = 86_400_000_000
    assert list(latest.starts(0, day)) == [day - day // 1024, day - day // 32, 0]
    assert list(latest.starts(0, 30_000_000)) == [0]
    assert list(latest.starts(day, 0)) == [day]
