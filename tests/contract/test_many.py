"""Bulk, batch and ingest: their answers, row by row, and when the whole request is refused."""

import time
from typing import Any

import pytest

from tests.server import Server, Starter
from tests.speaking import CHAT, LIST, cli, create, refused, retrieve

BULK, BATCH, INGEST = "/api/request-logs/bulk/", "/api/request-logs/batch/create/", "/api/v1/traces/ingest"
INGESTS = [INGEST, "/api/traces/ingest/", "/api/openai/v1/traces/ingest", "/api/integrations/v1/traces/ingest"]
BAD = [7, "text", None, [], True]


def rows(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{**CHAT, "custom_identifier": f"row-{number}", **fields} for number in range(count)]


def test_bulk_counts_and_names_its_rows(server: Server) -> None:
    """201 with counts, the ids of the stored rows in order, and index and reason of each refused one."""
    answer = server.client.post(BULK, json={"logs": [CHAT, 7, {**CHAT, "custom_identifier": "third"}, "x"]})
    body = answer.json()
    assert answer.status_code == 201
    assert (body["success_count"], body["error_count"]) == (2, 2)
    assert [error["index"] for error in body["errors"]] == [1, 3]
    assert all(error["error"] for error in body["errors"])
    assert set(body) == {"success_count", "error_count", "errors", "ids"}
    assert [retrieve(server.client, id_)["custom_identifier"] for id_ in body["ids"]] == [None, "third"]


def test_batch_answers_in_order(server: Server) -> None:
    """201 with one result a row: id and success, or error and reason."""
    answer = server.client.post(BATCH, json={"logs": [CHAT, None, CHAT]})
    first, second, third = answer.json()["results"]
    assert answer.status_code == 201
    assert first == {"id": first["id"], "status": "success"}
    assert set(second) == {"status", "error"}
    assert second["status"] == "error"
    assert retrieve(server.client, third["id"])["log_method"] == "batch"


@pytest.mark.parametrize("path", INGESTS)
@pytest.mark.parametrize(
    "wrap", [lambda r: r, lambda r: {"data": r}, lambda r: {"logs": r}], ids=["[]", "data", "logs"]
)
def test_ingest_satisfies_every_documented_shape(server: Server, path: str, wrap: Any) -> None:
    """200 with one body that holds all three documented shapes, for an array, `data` or `logs`."""
    answer = server.client.post(
        path, json=wrap([*rows(2, trace_unique_id=f"t-{path}"), {"log_type": "tool", "trace_unique_id": "u"}, 7])
    )
    body = answer.json()
    assert answer.status_code == 200
    assert (body["status"], body["success"]) == ("ok", True)
    assert body["ingested_spans"] == body["ingested_count"] == 3
    assert (body["created_traces"], body["trace_ids"]) == (2, [f"t-{path}", "u"])
    assert [error["index"] for error in body["errors"]] == [3]
    assert isinstance(body["message"], str)


@pytest.mark.parametrize("path", [BULK, BATCH, INGEST])
@pytest.mark.parametrize(
    "body", [{"logs": []}, {}, {"logs": None}, {"logs": {}}, {"logs": "x"}, {"log": [CHAT]}, 7, "x", None]
)
def test_no_rows_is_400(server: Server, path: str, body: Any) -> None:
    """An empty, missing or otherwise shaped list is 400 with the route's own members beside the sentence."""
    refusal = refused(server.client.post(path, json=body), 400, "bad_request")
    if path == BULK:
        assert (refusal["success_count"], refusal["error_count"], refusal["errors"], refusal["ids"]) == (0, 0, [], [])
    elif path == INGEST:
        assert (refusal["success"], refusal["ingested_spans"]) == (False, 0)


@pytest.mark.parametrize("path", [BULK, BATCH, INGEST])
def test_no_usable_row_is_400_with_every_reason(server: Server, path: str) -> None:
    """Where no row can be stored the answer is 400, and still says of each row why."""
    before = server.client.get(LIST).json()["count"]
    refusal = refused(server.client.post(path, json={"logs": BAD}), 400)
    reasons = refusal["results"] if path == BATCH else refusal["errors"]
    assert len(reasons) == len(BAD)
    if path == BULK:
        assert refusal["error_count"] == len(BAD)
    assert server.client.get(LIST).json()["count"] == before


@pytest.mark.parametrize(("path", "most"), [(BULK, 500), (BATCH, 5000)])
def test_the_list_has_a_longest_length(server: Server, path: str, most: int) -> None:
    """As many rows as documented are stored; one more is 400 and stores nothing."""
    row = {"log_type": "tool", "custom_identifier": f"most-{most}"}
    before = server.client.get(LIST).json()["count"]
    refused(server.client.post(path, json={"logs": [row] * (most + 1)}), 400)
    assert server.client.get(LIST).json()["count"] == before
    answer = server.client.post(path, json={"logs": [row] * most})
    assert answer.status_code == 201
    assert server.client.get(LIST).json()["count"] == before + most


def test_a_row_over_the_limit_is_refused_alone(start_server: Starter) -> None:
    """A row too large is refused with its index; its neighbours are stored; create says 413."""
    server = start_server(settings={"span_bytes_max": 10_000, "body_bytes_max": 100_000})
    big = {**CHAT, "input": "x" * 10_000}
    body = server.client.post(BULK, json={"logs": [CHAT, big, CHAT]}).json()
    assert (body["success_count"], [error["index"] for error in body["errors"]]) == (2, [1])
    results = server.client.post(BATCH, json={"logs": [big, CHAT]}).json()["results"]
    assert [result["status"] for result in results] == ["error", "success"]
    refused(server.client.post("/api/request-logs/", json=big), 413, "too_large")
    refused(server.client.post(BULK, json={"logs": [big] * 11}), 413, "too_large")


@pytest.mark.parametrize(
    ("row", "log_type"),
    [
        ({}, "span"), ({"input": "x"}, "span"), ({"model": "m"}, "chat"), ({"messages": [{"role": "user"}]}, "chat"),
        ({"prompt_messages": [{"role": "user"}]}, "chat"), ({"log_type": "tool", "model": "m"}, "tool"),
    ],
)  # fmt: skip
def test_log_type_of_a_row_without_one(server: Server, row: dict[str, Any], log_type: str) -> None:
    """Chat where there is a model or messages, else span; no temperature is invented."""
    logs = [{**row, "trace_unique_id": "kind", "span_unique_id": "kind"}]
    (id_,) = server.client.post(BULK, json={"logs": logs}).json()["ids"]
    for path in (BULK, INGEST):
        server.client.post(path, json={"logs": logs})
        span = retrieve(server.client, id_)
        assert (span["log_type"], span["temperature"], span["top_p"]) == (log_type, None, None)


def test_one_bad_character_does_not_cost_the_others(server: Server) -> None:
    """NaN, a lone surrogate and bad UTF-8 are mended in their row and warned of; the other rows are untouched."""
    body = (
        b'{"logs":[{"log_type":"tool","input":"fine"},{"log_type":"tool","input":[NaN,-Infinity]},'
        b'{"log_type":"tool","input":"\\ud800!"},{"log_type":"tool","input":"\xff!"},{"log_type":"tool","input":"\xc3\xa9"}]}'
    )
    ids = server.client.post(BULK, content=body).json()["ids"]
    spans = [retrieve(server.client, id_) for id_ in ids]
    assert [span["input"] for span in spans] == ["fine", "[null,null]", "\ufffd!", "\ufffd!", "é"]
    assert [bool(span["warnings"]) for span in spans] == [False, True, True, True, False]


@pytest.mark.parametrize("path", [BULK, BATCH, INGEST])
def test_the_answer_says_what_was_repaired(server: Server, path: str) -> None:
    """Each repaired row is named with its repairs, the first hundred of them; without any the member is not there."""
    bad = {**CHAT, "log_type": "weird", "customer_identifier": "c" * 300}
    answer = server.client.post(path, json={"logs": [CHAT, 7, bad, *[{**CHAT, "timestamp": "x" * 5000}] * 120]}).json()
    if path == BATCH:
        said = {number: row["warning"] for number, row in enumerate(answer["results"]) if "warning" in row}
    else:
        said = {warning["index"]: warning["warning"] for warning in answer["warnings"]}
    assert list(said) == [2, *range(3, 102)]
    assert said[2] == 'log_type "weird" is not known; stored as unknown. customer_identifier was cut to 254 characters.'
    assert "timestamp must be" in said[3]
    assert max(map(len, said.values())) <= 300
    again = server.client.post(path, json={"logs": [CHAT]}).json()
    assert "warning" not in str(again)


# Sending twice


@pytest.mark.parametrize("path", [BULK, BATCH, INGEST])
def test_the_same_span_again_replaces_the_first(server: Server, path: str) -> None:
    """A span with both ids is one span however often it comes: same id, newest content, counted once."""
    ids = {"trace_unique_id": f"again {path}", "span_unique_id": "s"}
    first = create(server.client, **ids, input="first", prompt_tokens=1)
    before = server.client.get(LIST).json()["count"]
    for content in ("second", "third"):
        row = {"model": "gpt-4o-mini", **ids, "input": content}
        assert server.client.post(path, json={"logs": [row, row]}).status_code < 300
        span = retrieve(server.client, first["id"])
        assert (span["input"], span["prompt_tokens"]) == (content, None)
    assert server.client.get(LIST).json()["count"] == before


@pytest.mark.parametrize(
    "ids",
    [
        {}, {"trace_unique_id": "only"}, {"span_unique_id": "only"}, {"trace_unique_id": "", "span_unique_id": "s"},
        {"trace_unique_id": "0" * 32, "span_unique_id": "0" * 16}, {"trace_unique_id": "t", "span_unique_id": None},
    ],
)  # fmt: skip
def test_equal_bodies_without_both_ids_are_different_spans(server: Server, ids: dict[str, Any]) -> None:
    """Without both ids, or with empty or zero ones, nothing is the same span again."""
    before = server.client.get(LIST).json()["count"]
    first, second = create(server.client, **ids), create(server.client, **ids)
    assert first["id"] != second["id"]
    assert server.client.get(LIST).json()["count"] == before + 2


def test_an_idempotency_key_gives_the_first_answer_again(server: Server) -> None:
    """Same key and body: the first answer, nothing stored twice. Same key, other body: 422. Another tenant: its own."""
    for path, body in (
        ("/api/request-logs/", CHAT), (BULK, {"logs": [CHAT, 7]}), (BATCH, {"logs": [CHAT]}), (INGEST, [CHAT]),
    ):  # fmt: skip
        headers = {"Idempotency-Key": f"order {path}"}
        first = server.client.post(path, json=body, headers=headers)
        count = server.client.get(LIST).json()["count"]
        again = server.client.post(path, json=body, headers=headers)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert first.is_success
        other = server.client.post(path, json={"logs": [CHAT], "x": 1}, headers=headers)
        refused(other, 422, "idempotency_key_reused")
        assert server.client.get(LIST).json()["count"] == count
        tester = server.client_of(server.test_key).post(path, json=body, headers=headers)
        assert tester.is_success
        assert tester.content != first.content


def test_a_refused_request_frees_its_idempotency_key(server: Server) -> None:
    """Only 2xx answers are kept: after a 422 the same key takes a better body."""
    headers = {"Idempotency-Key": "freed"}
    refused(server.client.post("/api/request-logs/", json={"input": "no model"}, headers=headers), 422)
    refused(server.client.post("/api/request-logs/", content=b"{", headers=headers), 400)
    assert server.client.post("/api/request-logs/", json=CHAT, headers=headers).status_code == 201


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_idempotency_keys_have_a_length(server: Server, key: str) -> None:
    """1 to 255 characters."""
    refused(server.client.post("/api/request-logs/", json=CHAT, headers={"Idempotency-Key": key}), 400)


# Rates


def test_a_rate_holds_for_its_key_alone(server: Server) -> None:
    """Over its rate a key gets 429 with Retry-After and the documented body; other keys are undisturbed."""
    made = cli(server, "keys", "create", "--name", "slow", "--requests-per-second", "2")
    slow = server.client_of(made["key"])
    answers = [slow.post("/api/request-logs/", json=CHAT) for _ in range(6)]
    late = [answer for answer in answers if answer.status_code == 429]
    assert [answer.status_code for answer in answers[:2]] == [201, 201]
    assert late
    body = refused(late[0], 429, "rate_limited")
    assert 1 <= body["retry_after"] <= 2
    assert create(server.client)["id"]


def test_a_rate_of_spans_counts_rows(server: Server) -> None:
    """A rate of spans is taken by the rows of a list; a larger list passes a full bucket and is paid off later."""
    made = cli(server, "keys", "create", "--name", "few", "--spans-per-second", "10")
    few = server.client_of(made["key"])
    assert few.post(BULK, json={"logs": rows(8)}).status_code == 201
    assert refused(few.post(BULK, json={"logs": rows(8)}), 429)["retry_after"] >= 1
    assert few.get(LIST).status_code == 200


def test_a_limit_takes_effect_on_a_running_server(server: Server) -> None:
    """`midspan keys limit` is felt within a second, and lifted again."""
    made = cli(server, "keys", "create", "--name", "to limit")
    client = server.client_of(made["key"])
    assert {client.get(LIST).status_code for _ in range(5)} == {200}
    for rate, expected in (("0.1", 429), ("none", 200)):
        cli(server, "keys", "limit", made["id"], "--requests-per-second", rate)
        deadline = time.monotonic() + 3
        while client.get(LIST).status_code != expected:
            assert time.monotonic() < deadline, f"no {expected} after the limit became {rate}"
