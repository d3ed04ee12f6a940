"""Spans whose times are not those of a plain call: open, ended later, backwards, hours long, come late."""

from typing import Any

from tests.contract.test_otlp import new_ids, only, send, stored, succeeded
from tests.exporting import START, body, span
from tests.server import Server

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
WINDOW = {"start_time": "2026-01-01", "end_time": "2026-03-01"}


def export(server: Server, trace: bytes, own: bytes, **fields: Any) -> None:
    succeeded(send(server.client, body(span(trace_id=trace, span_id=own, **fields))))


def test_an_open_span_ends_later(server: Server) -> None:
    """It runs, without a latency, and is the same span when it has ended hours later: in lists, sums and its trace."""
    trace, own = new_ids()
    export(server, trace, own, name="nightly", end_time_unix_nano=0)
    before = only(server.client, trace)
    assert (before["status"], before["latency"]) == ("running", None)

    export(server, trace, own, name="nightly", end_time_unix_nano=START + 5 * HOUR)
    after = only(server.client, trace)
    assert (after["id"], after["status"], after["latency"]) == (before["id"], "success", 5 * 3600)
    seen = server.client.get(f"/api/traces/{trace.hex()}/").json()
    assert (seen["span_count"], seen["duration"]) == (1, 5 * 3600)
    summed = server.client.get("/api/request-logs/summary/", params={**WINDOW, "trace_unique_id": trace.hex()})
    assert summed.json()["number_of_requests"] == 1


def test_the_end_may_come_before_the_beginning(server: Server) -> None:
    """As respan-tracing's `log_batch_results` sends it: both times as they are, and no time less than none."""
    trace, own = new_ids()
    export(server, trace, own, end_time_unix_nano=START - SECOND)
    found = only(server.client, trace)

    assert found["timestamp"] < found["start_time"]
    assert found["latency"] in (0, None)
    assert server.client.get(f"/api/traces/{trace.hex()}/").json()["duration"] >= 0


def test_children_may_come_days_before_their_parent(server: Server) -> None:
    """A trace over many requests: the child is an orphan until its parent comes, then it stands under it."""
    trace, parent = new_ids()
    _, child = new_ids()
    export(server, trace, child, name="child", parent_span_id=parent)
    tree = server.client.get(f"/api/traces/{trace.hex()}/").json()["span_tree"]
    assert [(node["span_name"], node["is_orphan"]) for node in tree] == [("child", True)]

    export(server, trace, parent, name="parent", start_time_unix_nano=START - 72 * HOUR)
    (root,) = server.client.get(f"/api/traces/{trace.hex()}/").json()["span_tree"]
    assert root["span_name"] == "parent"
    assert [(node["span_name"], node["is_orphan"]) for node in root["children"]] == [("child", False)]
    assert len(stored(server.client, trace)) == 2
