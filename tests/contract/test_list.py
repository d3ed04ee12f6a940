"""Lists: the window, the order, paging by page and by cursor, and what a row holds."""

import itertools
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from midspan.search.queries import SORTS, Cursor
from tests.server import Server
from tests.speaking import LIST, create, refused, tenant

COUNT = 137
START = datetime(2026, 1, 31, 12, tzinfo=UTC)
WINDOW = {"start_time": "2026-01-31T12:00:00Z", "end_time": "2026-01-31T13:00:00Z"}
BIG = "x" * 9000


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant of its own with 137 spans within an hour: equal values, missing ones, equal times, and counts of tokens
    that no float tells apart.
    """
    reader = tenant(server)
    logs = []
    for number in range(COUNT):
        row: dict[str, Any] = {
            "log_type": "chat" if number % 3 else "tool",
            "timestamp": (START + timedelta(seconds=number // 4)).isoformat(),
            "custom_identifier": f"n{number}",
            "model": "gpt-4o-mini",
        }
        if number % 5:
            row |= {
                "latency": number % 7,
                "prompt_tokens": number % 11 + 2**53 * (number % 7 > 3),
                "completion_tokens": number % 4,
            }
        if number % 7:
            row |= {"cost": (number % 6) / 10, "time_to_first_token": number % 3}
        logs.append(row)
    answer = reader.post("/api/request-logs/bulk/", json={"logs": logs})
    assert answer.json()["success_count"] == COUNT
    return reader


def page(client: httpx.Client, **parameters: Any) -> dict[str, Any]:
    answer = client.get(LIST, params={**WINDOW, **parameters})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def by_pages(client: httpx.Client, **parameters: Any) -> Iterator[list[dict[str, Any]]]:
    for number in itertools.count(1):
        found = page(client, page=number, **parameters)
        yield found["results"]
        assert (found["next"] is None) == (number * parameters["page_size"] >= COUNT)
        assert (found["previous"] is None) == (number == 1)
        if found["next"] is None:
            return


def by_cursor(client: httpx.Client, **parameters: Any) -> Iterator[list[dict[str, Any]]]:
    cursor = None
    while True:
        found = page(client, **parameters, **({"cursor": cursor} if cursor else {}))
        assert found["count"] == COUNT
        yield found["results"]
        cursor = found["next_cursor"]
        if cursor is None:
            return


def by_links(client: httpx.Client, **parameters: Any) -> Iterator[list[dict[str, Any]]]:
    found = page(client, **parameters)
    yield found["results"]
    while found["next"]:
        assert found["next"].startswith("http://127.0.0.1")
        found = client.get(found["next"]).json()
        yield found["results"]


@pytest.mark.parametrize(("walk", "size"), [(by_pages, 60), (by_cursor, 25), (by_links, 60)])
@pytest.mark.parametrize("sort", [sign + name for name in SORTS for sign in ("", "-")])
def test_a_walk_meets_every_span_once(client: httpx.Client, sort: str, walk: Any, size: int) -> None:
    """By number, by cursor or by link, at every sort: no gap, no repeat, in order, also among equals and nulls."""
    rows = [row for rows in walk(client, sort_by=sort, page_size=size) for row in rows]
    assert len(rows) == COUNT
    assert len({row["id"] for row in rows}) == COUNT
    name = {"all_tokens": "total_request_tokens"}.get(sort.removeprefix("-"), sort.removeprefix("-"))
    values = [(-1.0 if row[name] is None else row[name]) for row in rows]
    assert values == sorted(values, reverse=sort.startswith("-"))


def test_the_newest_come_first(client: httpx.Client) -> None:
    """Without a sort the order is `-timestamp`, 50 a page, and `count` is of all matches."""
    found = page(client)
    assert len(found["results"]) == 50
    assert found["count"] == COUNT
    assert [row["id"] for row in found["results"]] == [
        row["id"] for row in page(client, sort_by="-timestamp", page_size=50)["results"]
    ]
    assert found["results"][0]["timestamp"] == "2026-01-31T12:00:34.000000Z"


def test_the_window_is_inclusive(client: httpx.Client) -> None:
    """Spans at either bound belong to the window; a microsecond beyond they do not."""
    for start, end, count in (
        ("2026-01-31T12:00:01Z", "2026-01-31T12:00:01Z", 4),
        ("2026-01-31T12:00:01Z", "2026-01-31T12:00:02Z", 8),
        ("2026-01-31T12:00:01.000001Z", "2026-01-31T12:00:02Z", 4),
        ("2026-01-31T12:00:01Z", "2026-01-31T12:00:01.999999Z", 4),
        ("2026-01-31T13:00:01+01:00", "2026-01-31T13:00:01+01:00", 4),
        ("2026-01-31T13:00:01 01:00", "2026-01-31T13:00:01 01:00", 4),
        ("1769860801", "1769860801000", 4),
        ("2026-01-31", "2026-01-31T12:00:00", 4),
    ):
        found = page(client, start_time=start, end_time=end)
        assert (found["count"], len(found["results"])) == (count, count), (start, end)


def test_the_window_starts_an_hour_before_its_end(client: httpx.Client) -> None:
    """`end_time` alone: an hour before it. Neither: an hour before now, with no end, for clocks that run ahead."""
    for end, count in (("2026-01-31T13:00:00Z", COUNT), ("2026-01-31T13:00:00.000001Z", COUNT - 4), ("2026-01-31", 0)):
        assert client.get(LIST, params={"end_time": end}).json()["count"] == count
    now = datetime.now(UTC)
    for shift, is_there in (
        (timedelta(days=400), True),
        (timedelta(minutes=-59), True),
        (timedelta(minutes=-61), False),
    ):
        span = create(client, timestamp=(now + shift).isoformat())
        assert (span["id"] in [row["id"] for row in client.get(LIST).json()["results"]]) is is_there


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ({"page_size": "1001"}, "page_size"), ({"page_size": "0"}, "page_size"), ({"page_size": "-1"}, "page_size"),
        ({"page_size": "ten"}, "page_size"), ({"page_size": "1e2"}, "page_size"),
        ({"page_size": "\uff19"}, "page_size"),
        ({"page": "0"}, "page"), ({"page": "-1"}, "page"), ({"page": "9" * 30}, "page"), ({"page": "1.0"}, "page"),
        ({"cursor": "nonsense"}, "cursor"), ({"cursor": "bnVsbA"}, "cursor"), ({"cursor": "é"}, "cursor"),
        ({"cursor": urlsafe_b64encode(b'["-id",1,"","",1,' + b"[" * 3000).decode()}, "cursor"),
        ({"cursor": "W10", "page": "2"}, "cursor"), ({"cursor": "WyJpZCIsMSwiYSJd", "sort_by": "id"}, "cursor"),
        ({"sort_by": "note"}, "sort_by"), ({"sort_by": "--id"}, "sort_by"),
        ({"sort_by": "id; DROP TABLE x"}, "sort_by"),
        ({"start_time": "soon"}, "start_time"), ({"end_time": "0000-00-00"}, "end_time"),
        ({"start_time": "1e99"}, "start_time"),
        ({"start_time": "2026-02-01", "end_time": "2026-01-01"}, "end_time"), ({"log_type": "nonsense"}, "log_type"),
        ({"include_fields": "input,nonsense"}, "include_fields"), ({"include_fields": "key_time"}, "include_fields"),
        ({"fields": "model,key_time"}, "'key_time'"), ({"fields": "latncy"}, "Did you mean 'latency'?"),
        ({"fields": "metadata."}, "Did you mean 'metadata'?"),
    ],
)  # fmt: skip
def test_bad_parameters_are_named(client: httpx.Client, query: dict[str, str], word: str) -> None:
    """A parameter that cannot be read is 400 and named in the sentence."""
    assert word in refused(client.get(LIST, params=query), 400, "bad_request")["detail"]


def test_a_cursor_keeps_to_its_sort(client: httpx.Client) -> None:
    """A cursor of one sort with another is 400, not a page of the wrong rows."""
    cursor = page(client, sort_by="cost", page_size=3)["next_cursor"]
    for sort in ("-cost", "latency"):
        refused(client.get(LIST, params={"sort_by": sort, "cursor": cursor}), 400)


def test_the_page_after_the_last_is_empty(client: httpx.Client) -> None:
    """Clients that page on until nothing comes stop there; its link back leads to the last page."""
    found = page(client, page=4, page_size=50)
    assert (found["results"], found["next"], found["count"]) == ([], None, COUNT)
    assert len(client.get(found["previous"]).json()["results"]) == COUNT - 100


def test_a_cursor_keeps_to_its_window(client: httpx.Client) -> None:
    """A window that begins an hour before now stays where it was while a cursor is followed."""
    old = create(client, timestamp=(datetime.now(UTC) - timedelta(minutes=90)).isoformat())["id"]
    create(client)
    create(client)
    asked: dict[str, Any] = {"sort_by": "-timestamp", "page_size": 1}
    text = client.get(LIST, params=asked).json()["next_cursor"]
    cursor = Cursor.read(text, "-timestamp")
    assert cursor.start is not None
    assert cursor.start / 1e6 == pytest.approx(datetime.now(UTC).timestamp() - 3600, abs=30)
    later = {"sort_by": "-timestamp", "page_size": 1000, "cursor": text}
    assert old not in [row["id"] for row in client.get(LIST, params=later).json()["results"]]
    cursor.start -= 3600 * 1_000_000
    assert old in [row["id"] for row in client.get(LIST, params={**later, "cursor": cursor.text()}).json()["results"]]


def test_parameters_may_stand_in_the_body(client: httpx.Client) -> None:
    """Clients that send everything as JSON are understood; the address wins, and what is no parameter is refused."""
    body = {**WINDOW, "page_size": 3, "page": "2", "sort_by": "cost", "include_fields": ["tools", "usage"]}
    asked = {**WINDOW, "page_size": 3, "page": 2, "sort_by": "cost"}
    assert client.post(LIST, json=body).json()["results"] == page(client, **asked)["results"]
    first = page(client, **{**asked, "page": 1})["results"]
    assert client.post(LIST, params={"page": 1}, json=body).json()["results"] == first
    bad: tuple[dict[str, Any], ...] = ({"page_size": 1.5}, {"sort_by": {}}, {"include_fields": [1]})
    for wrong in bad:
        (name,) = wrong
        assert name in refused(client.post(LIST, params=WINDOW, json=wrong), 400)["detail"]
    refused(client.post(LIST, json={"environment": "test"}), 403, "environment_not_allowed")


def test_a_page_beyond_the_end_is_refused(client: httpx.Client) -> None:
    """A page further off is nobody's next one: 400, with the last one's number."""
    answer = client.get(LIST, params={**WINDOW, "page": 5, "page_size": 50})
    assert "the last one is 3" in refused(answer, 400, "page_beyond_end")["detail"]


def test_links_keep_the_question(client: httpx.Client) -> None:
    """`next` and `previous` are absolute and hold every parameter of the question."""
    first = page(client, page_size=40, sort_by="cost", log_type="tool")
    second = client.get(first["next"]).json()
    assert client.get(second["previous"]).json()["results"] == first["results"]
    assert second["count"] == first["count"] == len(range(0, COUNT, 3))
    assert {row["log_type"] for row in second["results"]} == {"tool"}


def test_log_type_takes_aliases(client: httpx.Client) -> None:
    """`log_type` narrows, in any case and by its aliases."""
    assert page(client, log_type="TOOL")["count"] == len(range(0, COUNT, 3))
    assert page(client, log_type="trace")["count"] == page(client, log_type="workflow")["count"] == 0


def test_get_and_post_answer_alike(client: httpx.Client) -> None:
    """The list by POST, with any harmless body, is the list by GET; so is the older address."""
    wanted = page(client, page_size=5)["results"]
    bodies: tuple[dict[str, Any], ...] = ({}, {"filters": {}}, {"filters": None, "operator": "AND"})
    for body in bodies:
        assert client.post(LIST, params={**WINDOW, "page_size": 5}, json=body).json()["results"] == wanted
    assert client.post(LIST, params={**WINDOW, "page_size": 5}).json()["results"] == wanted
    assert client.get("/api/request-logs/", params={**WINDOW, "page_size": 5}).json()["results"] == wanted
    for content in (b"[]", b"{", b"7", b"\xff"):
        refused(client.post(LIST, params=WINDOW, content=content), 400)


def test_long_payloads_are_left_out_unless_asked_for(client: httpx.Client) -> None:
    """Up to 8 kB input and output come whole, above that null with a preview, and whole again by `include_fields`."""
    messages = [{"role": "user", "content": BIG}]
    span = create(
        client, input=messages, output="short", tools=[{"type": "function"}], full_request={"model": "m"},
        timestamp="2026-03-01T00:00:00Z",
    )  # fmt: skip
    window = {"start_time": "2026-03-01", "end_time": "2026-03-01"}
    (row,) = client.get(LIST, params=window).json()["results"]
    assert (row["input"], row["output"]) == (None, "short")
    assert row["input_preview"].startswith("xxx")
    assert len(row["input_preview"]) < 1000
    assert [row[name] for name in ("prompt_messages", "completion_message", "tools", "full_request", "usage")] == [
        None
    ] * 5
    asked = "input, prompt_messages,completion_message,tools,full_request"
    (row,) = client.get(LIST, params={**window, "include_fields": asked}).json()["results"]
    assert row["input"] == span["input"]
    assert row["prompt_messages"] == messages
    assert row["completion_message"] == {"role": "assistant", "content": "short"}
    assert (row["tools"], row["full_request"]) == ([{"type": "function"}], {"model": "m"})


@pytest.mark.parametrize(("length", "whole"), [(8192, True), (8193, False)])
def test_the_limit_of_inline_payloads(client: httpx.Client, length: int, whole: bool) -> None:
    """8,192 bytes come inline; one more does not."""
    when = f"2026-03-02T00:00:{length % 60:02d}Z"
    create(client, input="x" * length, timestamp=when, log_type="tool")
    (row,) = client.get(LIST, params={"start_time": when, "end_time": when}).json()["results"]
    assert (row["input"] is not None) is whole


def test_rows_hold_only_the_fields_that_are_asked_for(client: httpx.Client) -> None:
    """With `fields` a row holds these and its id: the values of the whole row, in the same order, page by page, by the
    address and in a body; what is named is whole, and `include_fields` adds to it.
    """
    names = ["model", "cost", "timestamp", "generation_time", "custom_identifier", "organization_key_name"]
    for sort in ("-timestamp", "latency", "id"):
        asked: dict[str, Any] = {"sort_by": sort, "page_size": 50}
        wanted = [[{name: row[name] for name in ("id", *names)} for row in rows] for rows in by_cursor(client, **asked)]
        assert list(by_cursor(client, **asked, fields=",".join(names))) == wanted
        body = {**WINDOW, **asked, "fields": names}
        assert client.post(LIST, json=body).json()["results"] == wanted[0]

    span = create(
        client, input=BIG, output="y", timestamp="2026-03-03T00:00:00Z", metadata={"a": 1, "a.b": 2, "c": 3, "_d": 4}
    )
    window = {"start_time": "2026-03-03", "end_time": "2026-03-03"}

    def row(**more: str) -> dict[str, Any]:
        (found,) = client.get(LIST, params={**window, **more}).json()["results"]
        assert found.pop("id") == span["id"]
        return dict(found)

    assert row(fields="input") == {"input": BIG}
    assert row(fields=" input_preview, metadata.a.b,metadata.none") == {
        "input_preview": span["input_preview"], "metadata": {"a.b": "2"},
    }  # fmt: skip
    assert row(fields="metadata.a,metadata") == {"metadata": {"a": "1", "a.b": "2", "c": "3"}}
    assert row(fields="metadata._d", include_fields="output") == {"metadata": {}, "output": "y"}
    assert row(fields="id") == {}
    assert len(row(fields=" ,")) > 90


def test_scores_and_snippets_come_when_they_are_asked_for(client: httpx.Client) -> None:
    """Among few fields these two are there only by name."""
    span = create(client, input="the refund policy", timestamp="2026-03-04T00:00:00Z")
    score = {"evaluator_id": "quality", "log_id": span["id"], "numerical_value": 0.5}
    assert client.post(f"/api/logs/{span['id']}/scores/", json=score).status_code == 201
    asked = {"start_time": "2026-03-04", "end_time": "2026-03-04", "query": "refund", "sort_by": "-scores__quality"}

    def row(fields: str) -> dict[str, Any]:
        (found,) = client.get(LIST, params={**asked, "fields": fields}).json()["results"]
        return dict(found)

    assert row("status") == {"id": span["id"], "status": "success"}
    found = row("scores,snippets")
    assert found["scores"]["quality"]["numerical_value"] == 0.5
    assert found == {
        "id": span["id"], "scores": found["scores"], "snippets": {"input": "the <mark>refund</mark> policy"},
    }  # fmt: skip


def test_a_single_span_can_be_read_without_its_payload(client: httpx.Client) -> None:
    """What `exclude_fields` names is null, and the rest is as ever; `messages`, which older clients take as a list, is
    not there then.
    """
    messages = [{"role": "user", "content": BIG}]
    span = create(client, input=messages, full_request={"messages": messages})
    address = f"/api/request-logs/{span['id']}/"
    whole = client.get(address).json()
    without = client.get(address, params={"exclude_fields": "input, prompt_messages,messages,full_request"}).json()

    assert whole["full_request"] == {"messages": messages}
    left_out = dict.fromkeys(("input", "prompt_messages", "full_request"))
    assert without == {name: value for name, value in whole.items() if name != "messages"} | left_out
    assert "'metadata'" in refused(client.get(address, params={"exclude_fields": "metadata"}), 400)["detail"]
