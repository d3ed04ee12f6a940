"""midspan.store.answers, through the server: a request under a key happens once, whoever is killed in between."""

import json
import threading
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults import launch
from tests.faults.ledger import read_all
from tests.faults.load import BATCH, BULK, CREATE, INGEST, Sending, span, wait_until
from tests.server import Server, Starter

SLOW = {"segment_age_ms": 60_000}
HOUR = 3600 * 1_000_000


def slots(server: Server) -> list[str]:
    return sorted(each["custom_identifier"] or "" for each in read_all(server.client))


def keyed(key: str, path: str = CREATE, count: int = 1, **fields: Any) -> Sending:
    return Sending(path, [span(f"{key}-{number}", **fields) for number in range(count)], key)


def segment_of(server: Server) -> Path:
    """The one segment that a killed server has left."""
    (path,) = (server.data / "journal").glob("*.ndjson")
    return path


@pytest.fixture
def slow(start_server: Starter) -> Server:
    """A server that drains nothing unless somebody waits for it."""
    return start_server(settings=SLOW)


def test_a_repeat_is_answered_as_the_first(slow: Server) -> None:
    """By every route, from a journal that a killed server left, at once and after a restart: the first answer, once.

    Another body is refused, and the same one on a route that answers in another shape.
    """
    sendings = [keyed("c"), *(keyed(path, path, 3) for path in (BULK, BATCH, INGEST))]
    first = [sending.post(slow.client) for sending in sendings]
    assert [answer.status_code for answer in first] == [201, 201, 201, 200]
    slow.kill()
    slow.start()

    for is_restarted in (False, True):
        if is_restarted:
            slow.restart()
        for _ in range(2):
            answers = [sending.post(slow.client) for sending in sendings]
            assert [answer.content for answer in answers] == [answer.content for answer in first]
            assert [answer.status_code for answer in answers] == [answer.status_code for answer in first]
        for reused in (keyed("c", note="another body"), keyed(BULK, BATCH, 3)):
            refused = reused.post(slow.client)
            assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert slots(slow) == sorted(name for sending in sendings for name, _ in sending.marks)
    other = slow.client_of(slow.test_key)
    assert keyed("c", note="their own").post(other).status_code == 201, "keys belong to an environment"


@pytest.mark.parametrize("protected", [True, False])
def test_half_a_request_is_no_request(start_server: Starter, protected: bool) -> None:
    """What a power cut leaves of a commit does not stand beside the rows of the request that is sent again."""
    server = start_server(settings=SLOW)
    sending = keyed("a", BATCH, 5)
    sending.post(server.client).raise_for_status()
    server.kill()
    path = segment_of(server)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * 0.7)])
    server.prefix = [] if protected else launch.prefix(launch.half_commits_are_kept)
    server.start()

    assert sending.post(server.client).status_code == 201
    assert (slots(server) == [f"a-{number}" for number in range(5)]) == protected


def test_many_at_once_are_one(server: Server) -> None:
    """Of requests that come together one is taken; the others are told to wait, or get its answer."""
    key = uuid.uuid4().hex
    sending = keyed(key, note="x" * 500_000)
    answers: list[httpx.Response] = []
    clients = [server.client_of(server.key) for _ in range(12)]
    threads = [threading.Thread(target=lambda c=client: answers.append(sending.post(c))) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert (answer.json()["code"], answer.headers["Retry-After"]) == ("idempotency_key_in_flight", "1")
    assert slots(server).count(f"{key}-0") == 1


def test_a_refusal_frees_the_key(start_server: Starter, tmp_path: Path) -> None:
    """Only a 2xx is kept: after 400, 422 and 503 the key is as good as new."""
    (tmp_path / "faults").mkdir()
    server = start_server(
        settings=SLOW | {"journal_bytes_max": 1 << 20, "segment_age_ms": 10, "read_wait_seconds": 0.2},
        prefix=launch.prefix(launch.engine_obeys),
        environment={"FAULTS": str(tmp_path / "faults")},
    )
    headers = {"Idempotency-Key": "a", "Content-Type": "application/json"}
    assert server.client.post(CREATE, content=b"{", headers=headers).status_code == 400
    assert server.client.post(CREATE, content=b'{"model":1}', headers=headers).status_code == 422
    assert keyed("a", BATCH, 0).post(server.client).status_code == 400
    full = keyed("a", note="x" * (2 << 20)).post(server.client)
    assert (full.status_code, full.json()["code"]) == (503, "journal_full")
    assert keyed("a").post(server.client).status_code == 201

    # A key that may be known cannot be judged while the engine is behind: 503, never a second span.
    (tmp_path / "faults" / "hold").touch()
    assert keyed("b").post(server.client).status_code == 201
    assert keyed("b").post(server.client).json()["code"] == "not_caught_up"
    (tmp_path / "faults" / "hold").unlink()
    wait_until(lambda: server.metric("midspan_journal_pending_bytes") == 0, 20)  # reads wait a fifth of a second here
    assert slots(server) == ["a-0", "b-0"]
    assert keyed("b").post(server.client).status_code == 201
    assert slots(server) == ["a-0", "b-0"]


def test_a_key_is_good_for_a_day(slow: Server) -> None:
    """Just within 24 hours the first answer stands; after that the key is new."""
    first = {key: keyed(key).post(slow.client) for key in ("within", "beyond")}
    slow.kill()
    path = segment_of(slow)
    lines = [json.loads(line) for line in path.read_bytes().split(b"\n") if line]
    for line, back in zip(lines, (24 * HOUR - HOUR // 10, 24 * HOUR + 1), strict=True):
        line["received_at"] -= back
    path.write_bytes(b"\n\n".join(json.dumps(line).encode() for line in lines) + b"\n\n")
    slow.start()

    assert keyed("within").post(slow.client).content == first["within"].content
    second = keyed("beyond", note="another body").post(slow.client)
    assert second.status_code == 201
    assert second.json()["id"] != first["beyond"].json()["id"]
