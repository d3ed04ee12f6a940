"""Scores over HTTP: what evaluators say of a span, one score of each, in every read at once."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.server import Server
from tests.speaking import CREATE, create, held, listed, new_key, refused, retrieve, tenant

SCORES = "/api/scores/"
NOTHING = "f" * 32
TAKEN = "A score already exists for this evaluator in this log."
UNSET = dict.fromkeys(
    ("numerical_value", "boolean_value", "categorical_value", "string_value", "json_value", "is_passed", "cost")
)


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A tenant of its own."""
    return tenant(server)


def of(log_id: str) -> str:
    return f"/api/logs/{log_id}/scores/"


def score(client: httpx.Client, log_id: str, evaluator: str = "quality", **fields: Any) -> dict[str, Any]:
    """The answer to a score that is good."""
    answer = client.post(of(log_id), json={"evaluator_slug": evaluator, **fields})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def page(client: httpx.Client, path: str = SCORES, **parameters: Any) -> list[str]:
    """The ids of a page, and the count held against them."""
    answer = client.get(path, params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] == len(answer.json()["results"])
    return [row["id"] for row in answer.json()["results"]]


KINDS: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
    ({"numerical_value": 4.5}, "numerical", {"numerical_value": 4.5}),
    ({"numerical_value": 0}, "numerical", {"numerical_value": 0}),
    ({"numerical_value": "-2.5"}, "numerical", {"numerical_value": -2.5}),
    ({"boolean_value": True}, "boolean", {"boolean_value": True}),
    ({"boolean_value": False}, "boolean", {"boolean_value": False}),
    ({"categorical_value": ["good", "brief"]}, "categorical", {"categorical_value": ["good", "brief"]}),
    ({"categorical_value": "good"}, "categorical", {"categorical_value": ["good"]}),
    ({"string_value": 'In "words",\n☃'}, "text", {"string_value": 'In "words",\n☃'}),
    ({"json_value": {"a": [1, None]}}, "json", {"json_value": {"a": [1, None]}}),
    ({"json_value": False}, "json", {"json_value": False}),
    (
        {
            "string_value": "s",
            "boolean_value": True,
            "numerical_value": 1,
            "categorical_value": [],
            "is_passed": True,
        },
        "numerical",
        {"string_value": "s", "boolean_value": True, "numerical_value": 1, "is_passed": True},
    ),
    (
        {"numerical_value": 1, "cost": 0.000123, "dataset_id": "d"},
        "numerical",
        {"numerical_value": 1, "cost": 0.000123},
    ),
]
"""What is sent, of which type that is, and what is read."""


def test_each_kind_of_value(client: httpx.Client) -> None:
    """201 with the whole score; every read of it, of its span and of their lists has the same."""
    spans = [create(client)["id"] for _ in KINDS]
    scores = []
    for span, (sent, type_, read) in zip(spans, KINDS, strict=True):
        made = score(client, span, **sent)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", made["created_at"])
        assert re.fullmatch("[0-9a-f]{32}", made["id"])
        assert made == {
            "id": made["id"], "log_id": span, "evaluator_id": "quality", "evaluator_slug": "quality",
            "evaluator_name": "quality", "environment": "prod", "type": type_, "score_value_type": type_,
            "dataset_id": sent.get("dataset_id"), "created_at": made["created_at"], **UNSET, **read,
        }, sent  # fmt: skip
        scores.append(made)

    rows = {row["id"]: row for row in listed(client)}
    for span, made in zip(spans, scores, strict=True):
        reads = [
            client.get(f"{SCORES}{made['id']}/").json(),
            client.get(f"{of(span)}{made['id']}/").json(),
            *client.get(of(span)).json()["results"],
            *client.get(SCORES, params={"log_id": span}).json()["results"],
            retrieve(client, span)["scores"]["quality"],
            rows[span]["scores"]["quality"],
        ]
        assert reads == [made] * 6


def test_filters_sorts_and_sums_go_by_scores_at_once(server: Server) -> None:
    """Lists filter and sort by an evaluator's id or slug, and the summary holds it, in the answer right after."""
    client = tenant(server)
    first, second, _ = (create(client)["id"] for _ in range(3))
    score(client, first, "quality", numerical_value=2, evaluator_id="ev-1")
    made = score(client, second, "quality", numerical_value=5, evaluator_id="ev-1")
    score(client, second, "tone", categorical_value=["warm"])

    def found(**asked: Any) -> list[str]:
        return [row["id"] for row in listed(client, **asked)]

    assert found(query="scores.quality:>3") == found(query="scores.ev-1:>3") == found(scores__tone="warm") == [second]
    assert found(sort_by="scores__ev-1")[1:] == [first, second]
    summary = client.get("/api/request-logs/summary/").json()["scores"]
    held(
        summary["ev-1"],
        {"evaluator_slug": "quality", "score_value_type": "numerical", "avg_score": 3.5, "score_count": 2},
    )
    assert client.patch(f"{SCORES}{made['id']}/", json={"numerical_value": 1}).json()["numerical_value"] == 1
    assert found(query="scores.quality:>3") == []
    assert client.get("/api/request-logs/summary/").json()["scores"]["ev-1"]["avg_score"] == 1.5
    assert client.delete(f"{SCORES}{made['id']}/").status_code == 204
    assert client.get("/api/request-logs/summary/").json()["scores"]["ev-1"]["avg_score"] == 2
    assert retrieve(client, second)["scores"].keys() == {"tone"}


def test_an_evaluator_is_summed_up_once(server: Server) -> None:
    """Scores that name it by its id alone count with those that have its slug beside; the newest slug is shown."""
    client = tenant(server)
    for names in ({"evaluator_id": "ev", "evaluator_slug": "old"}, {"evaluator_id": "ev", "evaluator_slug": "new"}):
        assert client.post(of(create(client)["id"]), json={**names, "numerical_value": 1}).status_code == 201
    client.post(of(create(client)["id"]), json={"evaluator_id": "ev", "numerical_value": 4})
    (found,) = client.get("/api/request-logs/summary/").json()["scores"].values()
    held(found, {"evaluator_id": "ev", "evaluator_slug": "new", "avg_score": 2, "score_count": 3})


# One of each evaluator


@pytest.mark.parametrize(
    "again",
    [
        {"evaluator_slug": "quality"},
        {"evaluator_id": "ev"},
        {"evaluator_id": "ev", "evaluator_slug": "other"},
        {"evaluator_id": "other", "evaluator_slug": "quality"},
        {"evaluator_id": "quality"},
    ],
)
def test_a_second_score_of_an_evaluator_is_409(client: httpx.Client, again: dict[str, str]) -> None:
    """By either of its names; the first score stays as it is, and another span may be scored."""
    span = create(client)["id"]
    made = score(client, span, evaluator_id="ev", numerical_value=1)
    for path in (of(span), SCORES):
        answer = client.post(path, json={"log_id": span, "numerical_value": 2, **again})
        assert refused(answer, 409, "conflict")["error"] == TAKEN
    assert client.get(of(span)).json()["results"] == [made]
    assert client.post(of(create(client)["id"]), json={"numerical_value": 2, **again}).status_code == 201
    assert client.post(of(span), json={"numerical_value": 2, "evaluator_slug": "Quality"}).status_code == 201


def test_of_many_at_the_same_time_one_is_made(server: Server, client: httpx.Client) -> None:
    """A race of the same evaluator for the same span has one winner, whose score is the one that is read."""
    span = create(client)["id"]
    key = client.headers["authorization"].removeprefix("Bearer ")
    clients = [server.client_of(key) for _ in range(8)]

    def send(number: int) -> httpx.Response:
        return clients[number].post(of(span), json={"evaluator_slug": "race", "numerical_value": number})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    (winner,) = (answer.json() for answer in answers if answer.status_code == 201)
    assert client.get(of(span)).json()["results"] == [winner]


def test_changes_at_the_same_time_are_all_kept(server: Server, client: httpx.Client) -> None:
    """Two who change different values of one score do not undo each other."""
    span = create(client)["id"]
    made = score(client, span, numerical_value=1)
    key = client.headers["authorization"].removeprefix("Bearer ")
    changes: list[dict[str, Any]] = [
        {"numerical_value": 2}, {"boolean_value": True}, {"string_value": "s"}, {"json_value": [1]}, {"cost": 1},
        {"is_passed": True}, {"dataset_id": "d"}, {"categorical_value": ["c"]},
    ]  # fmt: skip
    clients = [server.client_of(key) for _ in changes]
    with ThreadPoolExecutor(len(changes)) as pool:
        list(
            pool.map(
                lambda one: one[0].patch(f"{SCORES}{made['id']}/", json=one[1]), zip(clients, changes, strict=True)
            )
        )
    expected = {name: value for change in changes for name, value in change.items()}
    assert client.get(f"{SCORES}{made['id']}/").json() == {**made, **expected}


# Changing and deleting


def test_a_change_sets_what_is_sent(client: httpx.Client) -> None:
    """Values that are sent are set, null takes one away, the rest stays; the names may come along unchanged."""
    span = create(client)["id"]
    made = score(client, span, numerical_value=1, string_value="s", is_passed=True)
    path = f"{of(span)}{made['id']}/"
    same = {"evaluator_slug": "quality", "evaluator_id": "quality", "log_id": span}
    for sent, changed in (
        ({}, {}),
        ({"numerical_value": 2.5, **same}, {"numerical_value": 2.5}),
        ({"numerical_value": None, "is_passed": None}, {"numerical_value": None, "is_passed": None, "type": "text"}),
        ({"boolean_value": False}, {"boolean_value": False, "type": "boolean"}),
        ({"string_value": ""}, {"string_value": None}),
    ):
        made |= changed
        made["score_value_type"] = made["type"]
        assert client.patch(path, json=sent).json() == made
        assert client.get(f"{SCORES}{made['id']}/").json() == made
    refused(client.patch(path, json={"boolean_value": None}), 422, "invalid")
    for name, value in {
        "evaluator_slug": "x",
        "log_id": NOTHING,
        "id": "x",
        "type": "json",
        "created_at": None,
    }.items():
        answer = client.patch(path, json={"numerical_value": 1, name: value})
        assert (answer.status_code, answer.json()["code"]) == (400, "immutable_field")
        assert answer.json()["detail"] == f"The field '{name}' cannot be modified"
    assert client.get(path).json() == made


def test_a_deleted_score_is_gone_and_may_be_made_anew(client: httpx.Client) -> None:
    """204, then 404 by every address; the evaluator's next score is another one."""
    span = create(client)["id"]
    made = score(client, span, numerical_value=1)
    stays = score(client, span, "tone", boolean_value=True)
    assert client.delete(f"{of(span)}{made['id']}/").status_code == 204
    for path in (f"{of(span)}{made['id']}/", f"{SCORES}{made['id']}/"):
        for method in ("GET", "PATCH", "DELETE"):
            answer = client.request(method, path, json={"numerical_value": 1} if method == "PATCH" else None)
            assert (answer.status_code, answer.json()["detail"]) == (404, "Score not found")
    assert page(client, of(span)) == [stays["id"]]
    again = score(client, span, numerical_value=2)
    assert again["id"] != made["id"]
    assert page(client, of(span)) == [again["id"], stays["id"]]


# What is refused


@pytest.mark.parametrize(
    ("sent", "fields"),
    [
        ({"numerical_value": 1}, {"evaluator_id"}),
        ({"evaluator_slug": " ", "numerical_value": 1}, {"evaluator_id"}),
        ({"evaluator_slug": "q"}, {"numerical_value"}),
        ({"evaluator_slug": "q", "string_value": "", "categorical_value": [], "json_value": None}, {"numerical_value"}),
        ({}, {"evaluator_id", "numerical_value"}),
        (
            {
                "evaluator_id": "x" * 256, "evaluator_slug": [], "numerical_value": True, "boolean_value": "yes",
                "categorical_value": [1], "string_value": 1, "is_passed": 1, "cost": -1, "dataset_id": {},
            },
            {
                "evaluator_id", "evaluator_slug", "numerical_value", "boolean_value", "categorical_value",
                "string_value", "is_passed", "cost", "dataset_id",
            },
        ),
        ({"evaluator_slug": "q", "numerical_value": "1e999"}, {"numerical_value"}),
        ({"evaluator_slug": "q", "numerical_value": 1, "log_id": NOTHING}, {"log_id"}),
    ],
)  # fmt: skip
def test_faults_are_named_at_once(client: httpx.Client, sent: dict[str, Any], fields: set[str]) -> None:
    """422 with every field that is wrong; nothing is stored."""
    span = create(client)["id"]
    assert refused(client.post(of(span), json=sent), 422, "invalid")["errors"].keys() == fields
    assert page(client, of(span)) == []


def test_what_cannot_be_read_is_400(client: httpx.Client) -> None:
    """A body that is no object, a field that there is not, and a parameter without a meaning."""
    span = create(client)["id"]
    for content in (b"", b"[]", b"{", b'{"evaluator_slug": "\xff", "numerical_value": 1}'):
        refused(client.post(of(span), content=content), 400)
    body = {"evaluator_slug": "q", "numeric_value": 1}
    assert "Did you mean numerical_value?" in refused(client.post(of(span), json=body), 400)["detail"]
    for parameters in (
        {"type": "llm"},
        {"is_passed": "maybe"},
        {"sort_by": "cost"},
        {"start_time": "x"},
        {"page": "0"},
    ):
        refused(client.get(SCORES, params=parameters), 400)
    refused(client.get(SCORES, params={"start_time": "2026-01-02", "end_time": "2026-01-01"}), 400)
    assert "log_id" in refused(client.post(SCORES, json={"evaluator_slug": "q", "numerical_value": 1}), 422)["errors"]


def test_what_is_not_there_is_404(server: Server, client: httpx.Client) -> None:
    """A span or score that is nobody's or a neighbour's, and a score under another span, are one and the same 404."""
    span, other = create(client)["id"], create(client)["id"]
    made = score(client, span, numerical_value=1)
    body = {"evaluator_slug": "q", "numerical_value": 1}
    for each, asked in ((client, NOTHING), (client, "x"), (client, "_"), (server.client, span), (server.client, "_")):
        for answer in (each.get(of(asked)), each.post(of(asked), json=body)):
            assert (answer.status_code, answer.json()["detail"]) == (404, "Log not found")
    assert client.post(SCORES, json={"log_id": NOTHING, **body}).json()["detail"] == "Log not found"
    test = server.client_of(server.test_key)
    for each, path in (
        (client, f"{of(other)}{made['id']}/"),
        (client, f"{SCORES}{NOTHING}/"),
        (server.client, f"{SCORES}{made['id']}/"),
        (test, f"{of(span)}{made['id']}/"),
    ):
        for answer in (each.get(path), each.patch(path, json={"numerical_value": 2}), each.delete(path)):
            assert (answer.status_code, answer.json()["detail"]) == (404, "Score not found")
    assert client.get(f"{SCORES}{made['id']}/").json() == made
    assert page(server.client, SCORES, log_id=span) == []


def test_rights_and_environments(server: Server) -> None:
    """Reading needs read, scoring ingest, deleting admin; no other environment is ever asked for."""
    span = create(server.client)["id"]
    made = score(server.client, span, numerical_value=1)
    path = f"{of(span)}{made['id']}/"
    reader, writer = (server.client_of(new_key(server, "--rights", right)["key"]) for right in ("read", "ingest"))
    assert reader.get(path).status_code == writer.patch(path, json={"numerical_value": 2}).status_code == 200
    refused(reader.patch(path, json={"numerical_value": 3}), 403, "forbidden")
    refused(reader.post(of(span), json={}), 403, "forbidden")
    refused(writer.get(path), 403, "forbidden")
    refused(writer.delete(path), 403, "forbidden")
    for method in ("GET", "POST", "PATCH", "DELETE"):
        for address in (path, f"{SCORES}{made['id']}/", of(span), SCORES):
            answer = server.client.request(method, address, params={"environment": "test"})
            assert answer.status_code == 405 or answer.json()["code"] == "environment_not_allowed"
    assert server.client.get(path).json()["numerical_value"] == 2


# Lists


def test_lists_are_paged_filtered_and_sorted(server: Server) -> None:
    """Newest first, by page, with the same links as other lists; each filter selects what it says."""
    client = tenant(server)
    spans = [create(client)["id"] for _ in range(3)]
    made = [
        score(client, span, evaluator, **{kind: value}, is_passed=value == 1, dataset_id=evaluator)["id"]
        for span, values in zip(spans, ((1, 2), (3, 4), (5, 6)), strict=True)
        for evaluator, kind, value in zip(("a", "b"), ("numerical_value", "json_value"), values, strict=True)
    ]
    assert page(client) == page(client, "/api/scores/list/") == made[::-1]
    assert page(client, of(spans[1])) == page(client, log_id=spans[1].upper()) == [made[3], made[2]]
    assert page(client, evaluator_id="a") == page(client, evaluator_slug="a") == page(client, dataset_id="a")
    assert page(client, type="numerical", sort_by="numerical_value") == [made[0], made[2], made[4]]
    assert page(client, sort_by="-numerical_value")[:3] == [made[4], made[2], made[0]]
    assert page(client, is_passed="true") == [made[0]]
    assert len(page(client, is_passed="false")) == 5
    times = {row["id"]: row["created_at"] for row in client.get(SCORES).json()["results"]}
    assert page(client, start_time=times[made[4]]) == [made[5], made[4]]
    assert page(client, end_time=times[made[1]]) == [made[1], made[0]]
    found, address = [], f"{SCORES}?page_size=4"
    while address:
        answer = client.get(address).json()
        assert answer["count"] == 6
        found += [row["id"] for row in answer["results"]]
        address = answer["next"]
    assert found == made[::-1]
    assert client.get(SCORES, params={"page": 2, "page_size": 6}).json()["results"] == []
    refused(client.get(SCORES, params={"page": 3, "page_size": 6}), 400, "page_beyond_end")


def test_any_id_can_be_a_parameter(client: httpx.Client) -> None:
    """`_` takes an id from the query string, where it could be taken for something else."""
    span = create(client)["id"]
    made = score(client, span, numerical_value=1)
    for path, ids in (
        ("/api/scores/_/", {"id": made["id"]}),
        ("/api/logs/_/scores/_", {"log_id": span.upper(), "score_id": made["id"].upper()}),
    ):
        assert client.get(path, params=ids).json() == made
    assert client.get("/api/logs/_/scores", params={"log_id": span}).json()["results"] == [made]
    assert client.get(f"{CREATE}{span}/").json()["scores"] == {"quality": made}
