"""What is added to spans, and what is deleted, holds through kills and restarts; the page on it works as printed."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.environments import ROOT
from tests.faults import launch
from tests.server import Server, Starter
from tests.speaking import CREATE, LIST, create, held, listed, retrieve, tenant

OURS = {"trace_unique_id": "t", "span_unique_id": "1"}


class Clients:
    """Clients of one tenant each: what one of them has sent does not wait for what another has."""

    def __init__(self, server: Server) -> None:
        self.marks, self.scores, self.deletes, self.leaves = (tenant(server) for _ in range(4))
        self.spans = {client: create(client, input="sent", note="sent", **OURS)["id"] for client in self.all}
        self.stays = create(self.leaves, customer_identifier="stays")["id"]
        for client in self.all:
            listed(client)  # all of it is in the engine

    @property
    def all(self) -> tuple[httpx.Client, ...]:
        return self.marks, self.scores, self.deletes, self.leaves

    def change(self) -> None:
        """One acknowledged change of each tenant's span."""
        row = {"unique_id": self.spans[self.marks], "note": "added", "is_pinned": True, "metadata": {"k": "v"}}
        assert self.marks.patch(f"{CREATE}batch-update/", json={"logs": [row]}).status_code == 200
        score = {"log_id": self.spans[self.scores], "evaluator_slug": "q", "numerical_value": 2.5}
        assert self.scores.post("/api/scores/", json=score).status_code == 201
        assert self.deletes.delete(f"{CREATE}{self.spans[self.deletes]}/").status_code == 204
        answer = self.leaves.post(f"{CREATE}bulk-delete/", json={"query": "note:sent"})
        assert answer.json()["deleted_count"] == 1

    def check(self) -> None:
        """Each change is there once, in every way of reading."""
        (marked,) = listed(self.marks, is_pinned="true", metadata__k="v", note="added")
        held(marked, {"id": self.spans[self.marks], "input": "sent", "metadata": {"k": "v"}})
        (scored,) = listed(self.scores, scores__q="2.5")
        assert scored["scores"]["q"]["numerical_value"] == 2.5
        assert self.scores.get("/api/scores/").json()["count"] == 1
        for client, left in ((self.deletes, []), (self.leaves, [self.stays])):
            assert [row["id"] for row in listed(client)] == left
            assert client.get(f"{CREATE}{self.spans[client]}/").status_code == 404
            assert client.get("/api/request-logs/summary/").json()["number_of_requests"] == len(left)


@pytest.mark.parametrize("when", ["before the engine has it", "after its spans are in the engine"])
def test_what_was_acknowledged_survives_a_kill(start_server: Starter, tmp_path: Path, when: str) -> None:
    """Marks, scores and deletions that were answered hold after kill -9, wherever the engine was, and a restart."""
    faults = tmp_path / "faults"
    faults.mkdir()
    server = start_server(
        prefix=launch.prefix(launch.engine_obeys),
        environment={"FAULTS": str(faults)},
        settings={"segment_age_ms": 60_000},
    )
    clients = Clients(server)
    (faults / "hold").touch()
    clients.change()
    create(server.client)
    if when == "before the engine has it":
        server.kill()
        (faults / "hold").unlink()
    else:
        (faults / "killed").touch()
        (faults / "hold").unlink()
        with pytest.raises(httpx.TransportError):
            server.client.get(LIST)
        server.wait()
    assert list((server.data / "journal").glob("*.ndjson")), "the engine has all of it already"
    server.start()
    clients.check()
    server.restart()
    clients.check()
    for client in clients.all:
        create(client, input="sent again", note="sent again", **OURS)
    held(retrieve(clients.marks, clients.spans[clients.marks]), {"input": "sent again", "note": "added"})
    assert retrieve(clients.scores, clients.spans[clients.scores])["scores"].keys() == {"q"}
    for client in (clients.deletes, clients.leaves):
        held(retrieve(client, clients.spans[client]), {"input": "sent again", "note": "sent again", "is_pinned": False})


def commands() -> list[str]:
    """Every command of the page, in order."""
    return re.findall(r"```sh\n(.*?)\n```", (ROOT / "docs" / "changing.md").read_text(), flags=re.DOTALL)


@pytest.mark.debian("curl")
def test_the_commands_work_as_printed(server: Server) -> None:
    """Each does what the page says of it."""
    client = tenant(server)
    span = create(client, input="Refund?")["id"]
    left = create(client, customer_identifier="customer-who-left")["id"]
    key = client.headers["authorization"].removeprefix("Bearer ")

    def run(command: str) -> Any:
        text = command.replace("http://127.0.0.1:8400", server.url).replace("THE-ID", span)
        text = text.replace("curl ", "curl --silent --fail-with-body --globoff ", 1)
        environment = {**os.environ, "MIDSPAN_API_KEY": key, "no_proxy": "127.0.0.1"}
        done = subprocess.run(["sh", "-c", text], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return httpx.Response(200, text=done.stdout).json() if done.stdout else None

    change, many, found, score, scored, delete_many, delete = commands()
    held(run(change), {"id": span, "is_pinned": True, "note": "Refund refused.", "metadata": {"reviewed_by": "ada"}})
    assert run(many) == {
        "success_count": 1, "error_count": 1, "errors": [{"index": 1, "error": "Log not found"}], "ids": [span],
    }  # fmt: skip
    assert [row["id"] for row in run(found)["results"]] == [span]
    held(run(score), {"log_id": span, "type": "numerical", "numerical_value": 4.5})
    assert [row["id"] for row in run(scored)["results"]] == [span]
    assert run(delete_many)["deleted_count"] == 1
    assert [row["id"] for row in listed(client)] == [span] != [left]
    assert run(delete) is None
    assert listed(client) == []
