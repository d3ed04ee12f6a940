"""Changing and deleting spans over HTTP: what a 2xx says is what every next read shows, and nothing else moves."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.server import Server, Starter
from tests.speaking import CREATE, LIST, create, held, listed, new_key, refused, retrieve, tenant

BATCH = "/api/request-logs/batch-update/"
BULK_DELETE = "/api/request-logs/bulk-delete/"
NOTHING = "f" * 32


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant of its own."""
    return tenant(server)


def patch(client: httpx.Client, span_id: str, **fields: Any) -> dict[str, Any]:
    """The answer to a change that is good: the whole span, as a read shows it."""
    answer = client.patch(f"{CREATE}{span_id}/", json=fields)
    assert answer.status_code == 200, answer.text
    assert answer.json() == retrieve(client, span_id)
    span: dict[str, Any] = answer.json()
    return span


def ids(client: httpx.Client, **parameters: Any) -> list[str]:
    return [row["id"] for row in listed(client, **parameters)]


CHANGES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"note": "n"}, {"note": "n"}),
    ({"note": ""}, {"note": None}),
    ({"note": None}, {"note": None}),
    ({"note": 'a "quoted" line\nand \u2028 another, ☃ 😀'}, {"note": 'a "quoted" line\nand \u2028 another, ☃ 😀'}),
    ({"is_pinned": True}, {"is_pinned": True}),
    ({"is_pinned": None}, {"is_pinned": False}),
    ({"blurred": True}, {"blurred": True}),
    ({"blurred": False}, {"blurred": False}),
    ({"positive_feedback": True}, {"positive_feedback": True}),
    ({"positive_feedback": False}, {"positive_feedback": False}),
    ({"positive_feedback": None}, {"positive_feedback": None}),
    ({"custom_identifier": "ticket-1"}, {"custom_identifier": "ticket-1"}),
    ({"custom_identifier": 17}, {"custom_identifier": "17"}),
    ({"custom_identifier": None}, {"custom_identifier": None}),
    ({"metadata": {"b": "2"}}, {"metadata": {"a": "1", "b": "2"}}),
    ({"metadata": {"a": 3, "c": {"d": [None]}}}, {"metadata": {"a": "3", "c": '{"d":[null]}'}}),
    ({"metadata": '{"a": ""}'}, {"metadata": {"a": ""}}),
    ({"metadata": {"_secret": "x"}}, {"metadata": {"a": "1"}}),
    ({"metadata": None}, {"metadata": {"a": "1"}}),
    ({"metadata": {}}, {"metadata": {"a": "1"}}),
    ({}, {}),
]
"""What is sent, and what a read shows then that it did not show before."""


def test_a_change_is_what_is_read(client: httpx.Client) -> None:
    """Fields that are sent are set, null takes away what was there, metadata is merged, and nothing else moves."""
    old = {"note": "old", "metadata": {"a": "1"}, "positive_feedback": True, "custom_identifier": "own", "cost": 0.25}
    spans = [create(client, input="Hi", **old) for _ in CHANGES]
    expected = [{**span, **read} for span, (_, read) in zip(spans, CHANGES, strict=True)]
    for span, (sent, _), wanted in zip(spans, CHANGES, expected, strict=True):
        answer = client.patch(f"{CREATE}{span['id']}/", json=sent)
        assert (answer.status_code, answer.json()) == (200, wanted), sent

    assert [retrieve(client, span["id"]) for span in spans] == expected
    assert patch(client, spans[0]["id"]) == expected[0], "a change of nothing"


def test_changes_add_up_and_stay(client: httpx.Client) -> None:
    """Later changes go over earlier ones, and all of them over the span when it is sent again."""
    ours = {"trace_unique_id": "adds-up", "span_unique_id": "1"}
    span = create(client, input="first", note="sent", metadata={"a": "1", "b": "1"}, **ours)
    patch(client, span["id"], note="n", metadata={"b": "2"}, positive_feedback=None)
    patch(client, span["id"], is_pinned=True, metadata={"c": "3"})
    again = create(
        client, input="second", note="sent again", positive_feedback=True, metadata={"b": "9", "d": "4"}, **ours
    )
    assert again["id"] == span["id"]
    held(
        retrieve(client, span["id"]),
        {
            "input": "second", "note": "n", "is_pinned": True, "positive_feedback": None,
            "metadata": {"b": "2", "c": "3", "d": "4"},
        },
    )  # fmt: skip


def test_filters_and_sums_see_a_change_at_once(server: Server) -> None:
    """The next list, in either filter language, its count, the groups and the trace go by what the span is now."""
    client = tenant(server)
    span = create(client, trace_unique_id="seen", span_unique_id="1", cost=2, custom_identifier="before")
    create(client, cost=1)
    asked: list[Callable[[], list[str]]] = [
        lambda: ids(client, is_pinned="true"),
        lambda: ids(client, query='note:"Check this one."'),
        lambda: ids(client, query="feedback:false"),
        lambda: ids(client, blurred="true"),
        lambda: ids(client, metadata__reviewer="ada"),
        lambda: ids(client, custom_identifier="after"),
    ]
    assert [ask() for ask in asked] == [[]] * len(asked)
    patch(
        client, span["id"], is_pinned=True, note="Check this one.", positive_feedback=False, blurred=True,
        metadata={"reviewer": "ada"}, custom_identifier="after",
    )  # fmt: skip
    assert [ask() for ask in asked] == [[span["id"]]] * len(asked)
    assert ids(client, custom_identifier="before") == []
    summary = client.get("/api/request-logs/summary/", params={"is_pinned": "true"}).json()
    assert (summary["number_of_requests"], summary["total_cost"]) == (1, 2)
    groups = client.get("/api/request-logs/groups/", params={"group_by": "custom_identifier"}).json()["results"]
    assert sorted(row["custom_identifier"] or "" for row in groups) == ["", "after"]
    assert client.get("/api/traces/seen/").json()["metadata"] == {"reviewer": "ada"}
    patch(client, span["id"], is_pinned=False, metadata={"reviewer": "bert"})
    assert ids(client, is_pinned="true") == []
    assert ids(client, metadata__reviewer="bert") == [span["id"]]
    assert client.get("/api/request-logs/summary/").json()["total_cost"] == 3


@pytest.mark.parametrize(
    "field", ["cost", "input", "model", "id", "unique_id", "environment", "scores", "latency", "ttft"]
)
def test_other_fields_cannot_be_changed(client: httpx.Client, field: str) -> None:
    """400 in the very words of the contract; nothing of the body is taken."""
    span = create(client, note="old")
    answer = client.patch(f"{CREATE}{span['id']}/", json={"note": "new", field: None})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Cannot update immutable field",
        "detail": f"The field '{field}' cannot be modified",
        "code": "immutable_field",
    }
    assert retrieve(client, span["id"]) == span


@pytest.mark.parametrize(
    ("name", "hint"), [("notes", "note"), ("pinned", "is_pinned"), ("modle", "model"), ("xyz", "There are note, ")]
)
def test_an_unknown_field_is_400_with_the_nearest_one(client: httpx.Client, name: str, hint: str) -> None:
    """A field that there is not is refused, and the sentence says what was probably meant."""
    span = create(client)
    detail = refused(client.patch(f"{CREATE}{span['id']}/", json={name: "x"}), 400, "bad_request")["detail"]
    assert json.dumps(name) in detail
    assert hint in detail


def test_every_fault_is_named_at_once(client: httpx.Client) -> None:
    """Values of a wrong type are 422, field by field, and nothing is changed."""
    span = create(client, note="old")
    body = {
        "note": 1, "is_pinned": "yes", "positive_feedback": 1, "blurred": [], "custom_identifier": {},
        "metadata": {"a": None},
    }  # fmt: skip
    faults = refused(client.patch(f"{CREATE}{span['id']}/", json=body), 422, "invalid")["errors"]
    assert faults.keys() == body.keys()
    assert 'null under "a"' in faults["metadata"][0]
    refused(client.patch(f"{CREATE}{span['id']}/", json={"metadata": [1]}), 422, "invalid")
    assert retrieve(client, span["id"]) == span


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"{", b'{"note": "\xff"}', b'{"note": "\\ud800"}'])
def test_what_is_no_object_is_400(client: httpx.Client, content: bytes) -> None:
    """A body that cannot be read changes nothing."""
    span = create(client)
    refused(client.patch(f"{CREATE}{span['id']}/", content=content), 400, "bad_request")
    refused(client.patch(BATCH, content=content), 400, "bad_request")
    assert retrieve(client, span["id"]) == span


def test_metadata_does_not_grow_without_end(start_server: Starter) -> None:
    """Merged metadata stays under the size limit of a span; the change that would break it is refused with 413."""
    client = start_server(settings={"span_bytes_max": 10_000}).client
    span = create(client)
    for key in ("a", "b"):
        patch(client, span["id"], metadata={key: "x" * 4_000})
    refused(client.patch(f"{CREATE}{span['id']}/", json={"metadata": {"c": "x" * 4_000}}), 413, "too_large")
    row = {"unique_id": span["id"], "metadata": {"c": "x" * 900}}
    found = client.patch(BATCH, json={"logs": [row, row, row, {**row, "metadata": {}, "note": "n"}]}).json()
    assert (found["success_count"], [each["index"] for each in found["errors"]]) == (3, [2])
    assert [len(value) for value in retrieve(client, span["id"])["metadata"].values()] == [4_000, 4_000, 900]


# Not there, or not ours


def test_what_is_not_there_is_404(server: Server, client: httpx.Client) -> None:
    """PATCH and DELETE of an id that is nobody's, of no id, or of a neighbour's are one and the same 404."""
    span = create(client, note="old")
    neighbours = [server.client, server.client_of(server.test_key)]
    for asker, span_id in [
        (client, NOTHING),
        (client, "x"),
        (client, "_"),
        *((each, span["id"]) for each in neighbours),
    ]:
        for answer in (asker.patch(f"{CREATE}{span_id}/", json={"note": "x"}), asker.delete(f"{CREATE}{span_id}/")):
            assert (answer.status_code, answer.json()["detail"]) == (404, "Log not found")
    body = {"logs": [{"unique_id": span["id"], "note": "x"}]}
    for each in neighbours:
        assert each.patch(BATCH, json=body).json()["errors"] == [{"index": 0, "error": "Log not found"}]
        window = {"start_time": "2000-01-01"}
        deleted = each.post(BULK_DELETE, json={"filters": {"id": {"value": [span["id"]]}}}, params=window)
        assert deleted.json()["deleted_count"] == 0
    assert retrieve(client, span["id"]) == span


def test_another_environment_is_refused(client: httpx.Client) -> None:
    """A key changes and deletes in its own environment; asking for the other one is 403 and does nothing."""
    span = create(client)
    other = {"environment": "test"}
    one, rows = f"{CREATE}{span['id']}/", {"logs": [{"unique_id": span["id"], "note": "x"}]}
    for answer in (
        client.patch(one, json={"note": "x"}, params=other),
        client.patch(BATCH, json=rows, params=other),
        client.delete(one, params=other),
        client.post(BULK_DELETE, json={"query": "note:x"}, params=other),
        client.post(BULK_DELETE, json={"query": "note:x", "all_envs": True}),
    ):
        refused(answer, 403, "environment_not_allowed")
    assert retrieve(client, span["id"]) == span


def test_deleting_takes_the_right_to(server: Server, client: httpx.Client) -> None:
    """A key that may write may change a span, and may not delete one."""
    span = create(server.client)
    writer = server.client_of(new_key(server, "--rights", "ingest")["key"])
    assert writer.patch(f"{CREATE}{span['id']}/", json={"note": "n"}).status_code == 200
    refused(writer.delete(f"{CREATE}{span['id']}/"), 403, "forbidden")
    refused(writer.post(BULK_DELETE, json={"query": "note:n"}), 403, "forbidden")
    assert retrieve(server.client, span["id"])["note"] == "n"


# Many at once


def test_one_bad_row_does_not_sink_the_others(client: httpx.Client) -> None:
    """Good rows are applied in order; each bad one is named with its index and what is wrong with it."""
    first, second = create(client)["id"], create(client, metadata={"a": "1"})["id"]
    rows: list[Any] = [
        {"unique_id": first, "note": "n"},
        {"unique_id": second, "cost": 1},
        {"unique_id": NOTHING, "note": "n"},
        {"note": "n"},
        7,
        {"unique_id": 7, "note": "n"},
        {"unique_id": second, "notes": "n"},
        {"unique_id": second, "note": 1, "is_pinned": 2},
        {"id": second.upper(), "metadata": {"b": "2"}, "positive_feedback": True, "custom_identifier": "c"},
        {"unique_id": first, "is_pinned": True},
        {"unique_id": first},
    ]
    answer = client.patch(BATCH, json={"logs": rows})
    assert answer.status_code == 200
    found = answer.json()
    assert (found["success_count"], found["error_count"]) == (4, 7)
    assert found["ids"] == [first, second, first, first]
    assert {each["index"]: each["error"] for each in found["errors"]} == {
        1: "The field 'cost' cannot be modified",
        2: "Log not found",
        3: "unique_id is required: the id of the span to change.",
        4: "The row must be a JSON object.",
        5: "unique_id must be a text, not a number.",
        6: '"notes" is no field that can be set. Did you mean note?',
        7: "note: note must be a text, not a number. is_pinned: is_pinned must be true or false, not a number.",
    }
    held(retrieve(client, first), {"note": "n", "is_pinned": True})
    held(retrieve(client, second), {"note": None, "metadata": {"a": "1", "b": "2"}, "positive_feedback": True})


def test_a_list_without_a_good_row_is_400_with_the_reasons(client: httpx.Client) -> None:
    """The same body as for a good one, and the members of every refusal; bounds are said with the fix."""
    answer = client.patch(BATCH, json={"logs": [{"unique_id": NOTHING}, {}]})
    assert answer.status_code == 400
    assert answer.json()["success_count"] == 0
    assert [each["index"] for each in answer.json()["errors"]] == [0, 1]
    assert answer.json()["detail"] == answer.json()["error"] == "None of the 2 spans is changed; `errors` says why."
    bodies: list[dict[str, Any]] = [{}, {"logs": []}, {"logs": {}}, {"logs": [{"unique_id": NOTHING}] * 501}]
    for body in bodies:
        refused(client.patch(BATCH, json=body), 400, "bad_request")


def test_five_hundred_rows_at_once(server: Server) -> None:
    """As many as are allowed are all changed."""
    client = tenant(server)
    rows = [{"model": "m", "input": str(number)} for number in range(500)]
    made = client.post("/api/request-logs/bulk/", json={"logs": rows}).json()["ids"]
    answer = client.patch(BATCH, json={"logs": [{"unique_id": each, "note": f"n {each}"} for each in made]})
    assert answer.json()["success_count"] == 500
    assert {row["id"]: row["note"] for row in listed(client)} == {each: f"n {each}" for each in made}


# Deleting


def test_a_deleted_span_is_gone_from_every_read(server: Server) -> None:
    """204, and no list, sum, trace, thread, customer, query or export shows it; once more is 404."""
    client = tenant(server)
    ours = {"trace_unique_id": "gone", "span_unique_id": "1"}
    span = create(client, input="secret words", customer_identifier="ada", thread_identifier="talk", cost=2, **ours)
    other = create(client, cost=1)
    client.post(f"/api/logs/{span['id']}/scores/", json={"evaluator_slug": "q", "numerical_value": 1})
    answer = client.delete(f"{CREATE}{span['id']}/")
    assert (answer.status_code, answer.content) == (204, b"")

    refused(client.get(f"{CREATE}{span['id']}/"), 404)
    assert client.delete(f"{CREATE}{span['id']}/").status_code == 404
    assert client.patch(f"{CREATE}{span['id']}/", json={"note": "x"}).status_code == 404
    assert ids(client) == [other["id"]]
    assert client.get(LIST).json()["count"] == 1
    assert ids(client, query='"secret words"') == ids(client, scores__q="1") == []
    summary = client.get("/api/request-logs/summary/").json()
    assert (summary["number_of_requests"], summary["total_cost"], summary["scores"]) == (1, 1, {})
    assert client.get("/api/scores/").json()["count"] == 0
    assert client.get("/api/traces/gone/").status_code == 404
    assert [row["id"] for row in client.get("/api/traces/list/").json()["results"]] == [other["trace_unique_id"]]
    assert client.post("/api/log_threads/", json={}).json()["count"] == 0
    assert client.get("/api/users/list/").json()["count"] == 0
    exported = client.get("/api/request-logs/export/").text
    assert other["id"] in exported
    assert span["id"] not in exported


def test_the_last_span_of_a_trace_takes_its_link_with_it(server: Server) -> None:
    """A public link lives as long as a span of its trace does; a trace of that id that comes later is private."""
    client, stranger = tenant(server), server.client_of(None)
    makes = [{"trace_unique_id": trace, "span_unique_id": span} for trace in ("one", "two") for span in ("a", "b")]
    spans = [create(client, **each)["id"] for each in makes]
    links = [
        client.patch(f"/api/traces/{each}/", json={"is_public": True}).json()["public_url"] for each in ("one", "two")
    ]
    assert client.delete(f"{CREATE}{spans[0]}/").status_code == 204
    assert client.post(BULK_DELETE, json={"query": "trace:two span_id:a"}).json()["deleted_count"] == 1
    assert [stranger.get(link).status_code for link in links] == [200, 200]
    assert client.delete(f"{CREATE}{spans[1]}/").status_code == 204
    assert client.post(BULK_DELETE, json={"query": "trace:two"}).json()["deleted_count"] == 1
    for each in makes:
        create(client, **each)
    assert [stranger.get(link).status_code for link in links] == [404, 404]


def test_a_span_sent_after_its_deletion_is_new(client: httpx.Client) -> None:
    """The same ids make the same id, without what was added before."""
    ours = {"trace_unique_id": "again", "span_unique_id": "1"}
    span = create(client, input="first", **ours)
    patch(client, span["id"], note="n", is_pinned=True, metadata={"a": "1"})
    client.post(f"/api/logs/{span['id']}/scores/", json={"evaluator_slug": "q", "numerical_value": 1})
    assert client.delete(f"{CREATE}{span['id']}/").status_code == 204
    create(client, input="second", **ours)
    held(
        retrieve(client, span["id"]),
        {"input": "second", "note": None, "is_pinned": False, "metadata": {}, "scores": {}},
    )
    assert patch(client, span["id"], note="m")["note"] == "m"


def test_a_repeated_request_does_not_bring_a_span_back(client: httpx.Client) -> None:
    """An Idempotency-Key that comes again after the DELETE gets its first answer, and the span stays away."""
    body = {"model": "gpt-4o-mini", "input": "once"}
    first = client.post(CREATE, json=body, headers={"Idempotency-Key": "delete-me"})
    assert client.delete(f"{CREATE}{first.json()['id']}/").status_code == 204
    again = client.post(CREATE, json=body, headers={"Idempotency-Key": "delete-me"})
    assert (again.status_code, again.json()) == (201, first.json())
    refused(client.get(f"{CREATE}{first.json()['id']}/"), 404)
    assert first.json()["id"] not in ids(client)


def test_deleting_by_filter(server: Server) -> None:
    """What a list with the same filters and window shows is deleted on all its pages, and counted; the rest stays."""
    client = tenant(server)
    rows = [{"model": "m", "customer_identifier": "leaves", "input": f"word {number}"} for number in range(120)]
    client.post("/api/request-logs/bulk/", json={"logs": rows})
    old = create(client, customer_identifier="leaves", timestamp="2020-01-01T00:00:00Z")
    stays = create(client, customer_identifier="stays", input="word 5")
    asked = {"filters": {"customer_identifier": {"operator": "", "value": ["leaves"]}}}

    one = client.post(BULK_DELETE, json={**asked, "query": 'input:"word 5"'}).json()
    assert (one["success_count"], one["error_count"], one["errors"], one["deleted_count"]) == (1, 0, [], 1)
    assert client.post(BULK_DELETE, json=asked).json()["deleted_count"] == 119
    assert ids(client) == [stays["id"]]
    assert ids(client, start_time="2020-01-01", customer_identifier="leaves") == [old["id"]]
    end = {"start_time": "2019-01-01", "end_time": "2019-12-31"}
    assert client.post(BULK_DELETE, json={**asked, **end}).json()["deleted_count"] == 0
    assert client.post(BULK_DELETE, json=asked, params={"start_time": "2020-01-01"}).json()["deleted_count"] == 1
    assert ids(client, start_time="2000-01-01") == [stays["id"]]


@pytest.mark.parametrize("body", [{}, {"filters": {}}, {"filters": None}, {"query": ""}, {"query": " "}])
def test_a_filter_that_selects_everything_is_refused(client: httpx.Client, body: dict[str, Any]) -> None:
    """Nobody deletes all by leaving something out."""
    create(client)
    count = client.get(LIST).json()["count"]
    refused(client.post(BULK_DELETE, json=body), 400, "bad_filter")
    refused(client.post(BULK_DELETE, json={"filters": {"nosuchfield": {"value": ["x"]}}}), 400)
    assert client.get(LIST).json()["count"] == count


def test_more_spans_than_are_deleted_at_a_time(server: Server) -> None:
    """Piece after piece until none is left, each counted once."""
    client = tenant(server)
    rows = [{"model": "m", "customer_identifier": "many"} for _ in range(3_500)]
    for _ in range(3):
        assert client.post("/api/request-logs/batch/create/", json={"logs": rows}).status_code == 201
    stays = create(client)
    answer = client.post(BULK_DELETE, json={"query": "customer:many"})
    assert answer.json()["deleted_count"] == 10_500
    assert ids(client) == [stays["id"]]
