"""midspan.store.store, through the server: reads see writes, a span sent again is one, an engine may fail."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults import launch
from tests.faults.ledger import read_all
from tests.faults.load import BATCH, BULK, CREATE, INGEST, Sending, span, wait_until
from tests.faults.report import failures, rows_kept
from tests.server import Server, Starter

SLOW = {"segment_age_ms": 60_000}
"""Nothing is drained unless a reader waits for it."""


@pytest.fixture
def faults(tmp_path: Path) -> Path:
    """Where a server started with `engine_obeys` looks for what is to fail."""
    directory = tmp_path / "faults"
    directory.mkdir()
    return directory


def obeying(start_server: Starter, faults: Path, *others: Callable[[], None], **settings: float) -> Server:
    return start_server(
        prefix=launch.prefix(launch.engine_obeys, *others),
        environment={"FAULTS": str(faults)},
        settings={**SLOW, **settings},
    )


def post(server: Server, sending: Sending) -> dict[str, object]:
    response = sending.post(server.client)
    assert response.status_code in (200, 201), response.text
    answer: dict[str, object] = response.json()
    return answer


def stale_reads(server: Server, writers: int, rounds: int) -> tuple[list[str], int]:
    """Write by every route and read at once, in many threads. Returns what was missing, and the number of reads."""
    missing: list[str] = []
    reads = 0

    def work(name: str) -> None:
        nonlocal reads
        client = server.client_of(server.key, verify=False)
        for turn in range(rounds):
            path = (CREATE, BULK, BATCH, INGEST)[turn % 4]
            slots = [f"{name}-{turn}-{place}" for place in range(1 if path == CREATE else 3)]
            sending = Sending(path, [span(slot) for slot in slots])
            response = sending.post(client)
            assert response.status_code in (200, 201), response.text
            for id_ in sending.ids(response.json()):
                found = client.get(f"/api/request-logs/{id_}/") if id_ else None
                missing.extend([] if found is None or found.status_code == 200 else [found.text])
            listed = client.get("/api/request-logs/list/", params={"page_size": 1000}).json()
            missing.extend(set(slots) - {each["custom_identifier"] for each in listed.get("results", ())})
            reads += 2

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return missing, reads


def test_reads_see_writes(start_server: Starter) -> None:
    """What has a 2xx is in the very next answer, though only the read has it drained; readers share the drains."""
    server = start_server(settings=SLOW)
    began = time.monotonic()
    missing, reads = stale_reads(server, writers=4, rounds=8)
    seconds = time.monotonic() - began

    assert missing == []
    assert server.metric("midspan_engine_inserts_total") <= 2 + seconds * 10, f"{reads} reads in {seconds:.1f} s"


def test_a_reader_that_does_not_wait_is_seen(start_server: Starter) -> None:
    """Without the wait the same check finds rows missing."""
    server = start_server(settings=SLOW, prefix=launch.prefix(launch.reads_do_not_wait))

    assert stale_reads(server, writers=1, rounds=1)[0] != []


def test_a_read_that_cannot_catch_up_says_so(start_server: Starter, faults: Path) -> None:
    """While the engine takes nothing, readers of pending rows get 503 in time, writers and other readers are served."""
    server = obeying(start_server, faults, read_wait_seconds=0.3)
    (faults / "hold").touch()
    answer = post(server, Sending(CREATE, [span("a")]))

    began = time.monotonic()
    refused = server.client.get(f"/api/request-logs/{answer['id']}/")
    assert (refused.status_code, refused.json()["code"]) == (503, "not_caught_up")
    assert refused.headers["Retry-After"] == "1"
    assert 0.25 < time.monotonic() - began < 3
    other = server.client_of(server.test_key, verify=False).get("/api/request-logs/list/")
    assert (other.status_code, other.json()["count"]) == (200, 0)
    post(server, Sending(CREATE, [span("b")]))
    assert server.metric("midspan_journal_pending_bytes") > 0

    (faults / "hold").unlink()
    wait_until(lambda: server.client.get(f"/api/request-logs/{answer['id']}/").status_code == 200, 10)
    assert sorted(each["custom_identifier"] for each in read_all(server.client)) == ["a", "b"]


def test_a_span_sent_again_is_one(start_server: Starter) -> None:
    """In one request, one segment, later ones, after a restart, at another time, in another month: it is one span."""
    server = start_server(settings=SLOW)

    def again(version: int, timestamp: str) -> dict[str, object]:
        return span("again", version, trace_unique_id="t", span_unique_id="s", timestamp=timestamp, latency=1)

    first = post(server, Sending(CREATE, [again(1, "2026-01-31T12:00:00Z")]))
    post(server, Sending(BATCH, [again(2, "2026-01-31T12:00:09Z"), again(3, "2026-03-01T00:00:00Z")]))
    assert newest(server) == [(first["id"], 3, "2026-03-01T00:00:00.000000Z")]
    post(server, Sending(INGEST, [again(4, "2019-07-01T00:00:00Z")]))
    assert newest(server) == [(first["id"], 4, "2019-07-01T00:00:00.000000Z")]

    server.restart()  # the filter of known ids is made anew
    post(server, Sending(BULK, [again(5, "2026-11-01T00:00:00Z"), span("other")]))
    assert newest(server) == [(first["id"], 5, "2026-11-01T00:00:00.000000Z")]
    post(server, Sending(CREATE, [again(6, "2026-10-01T00:00:00Z")]))
    server.kill()  # the last one comes from the journal that is left
    server.start()
    assert newest(server) == [(first["id"], 6, "2026-10-01T00:00:00.000000Z")]
    assert server.client.get(f"/api/request-logs/{first['id']}/").json()["thread_identifier"] == "6"
    old = server.client.get("/api/request-logs/list/", params={"start_time": "2026-01-01", "end_time": "2026-04-01"})
    assert old.json()["count"] == 0, "an older version was found by its time"


def newest(server: Server) -> list[tuple[object, int, str]]:
    return [
        (each["id"], int(each["thread_identifier"]), each["timestamp"])
        for each in read_all(server.client)
        if each["custom_identifier"] == "again"
    ]


@pytest.mark.parametrize("protected", [True, False])
def test_an_engine_that_fails_has_each_row_once(start_server: Starter, faults: Path, protected: bool) -> None:
    """Failing before it has the rows or after, or killed then, it keeps each row once; unprotected it does not."""
    server = obeying(start_server, faults, *([] if protected else [launch.any_token, launch.nothing_is_left_out]))
    kept = 0
    for moment, failing in (("before", 2), ("after", 1), ("after", 3)):
        (faults / moment).write_text(f"{failing} Code: 210. DB::NetException: the network failed")
        post(server, Sending(BATCH, [span(f"{moment}-{failing}-{number}") for number in range(20)]))
        kept += 20
        found = len(list(read_all(server.client)))
        assert found == kept or not protected
        assert not (faults / moment).exists(), "the fault did not happen"
    assert server.metric("midspan_engine_insert_failures_total") == 6
    if not protected:
        assert rows_kept(server) > kept
        return

    (faults / "killed").touch()
    post(server, Sending(BATCH, [span(f"killed-{number}") for number in range(20)]))
    with pytest.raises(Exception, match=r"disconnected|reset|Connection"):
        server.client.get("/api/request-logs/list/")
    server.wait()
    assert len(list((server.data / "journal").glob("*.ndjson"))) == 1, "it was killed before the file was removed"
    server.start()

    assert len(list(read_all(server.client))) == kept + 20
    assert rows_kept(server) == kept + 20
    assert rows_kept(server, "span_keys") >= kept + 20
    assert failures(server) == []


def counts_after_restarts(server: Server, restarts: int) -> list[int]:
    """Write, drain, restart; at the second restart the file of numbers is lost. Returns how many spans were there."""
    counts = []
    for turn in range(restarts + 1):
        if turn:
            server.stop()
            if turn == 2:
                (server.data / "journal" / "next").unlink()
            server.start()
        post(server, Sending(CREATE, [span(f"turn-{turn}")]))
        counts.append(len(list(read_all(server.client))))
    return counts


def test_segment_numbers_never_come_again(start_server: Starter) -> None:
    """Drained, restarted, the file of numbers lost: what is written then is there, because its number is a new one."""
    assert counts_after_restarts(start_server(settings=SLOW), 2) == [1, 2, 3]


def test_numbers_that_come_again_are_seen(start_server: Starter) -> None:
    """With numbers that begin again, the same steps show acknowledged spans vanish."""
    server = start_server(settings=SLOW, prefix=launch.prefix(launch.numbers_begin_again))

    assert counts_after_restarts(server, 1) == [1, 1]
