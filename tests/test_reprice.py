"""Stored spans are priced anew: only what costs something else, once, whatever happens meanwhile."""

import json
import os
import re
import subprocess
import time
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from tests.faults import launch
from tests.server import MIDSPAN, Server, Starter
from tests.speaking import create, held, listed, member, new_key, refused, retrieve, tenant
from tests.test_tail import following, take

PRICES, REPRICE = "/api/prices/", "/api/prices/reprice/"
BULK = "/api/request-logs/bulk/"
COSTS = ("cost", "cost_details")
TOKENS = {"prompt_tokens": 1_000_000, "completion_tokens": 1_000_000}
DAY = {"start_time": "-1d"}
SECONDS = 30


def priced(client: httpx.Client, model: str, amount: float, **fields: Any) -> dict[str, Any]:
    """A price of one's own, set: so many USD for a million tokens in, and twice that out."""
    body = {"model": model, "input_price": amount, "output_price": 2 * amount, **fields}
    answer = client.post(PRICES, json=body)
    assert answer.status_code == 201, answer.text
    price: dict[str, Any] = answer.json()
    return price


def state(client: httpx.Client) -> dict[str, Any]:
    answer = client.get(REPRICE)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ended(client: httpx.Client) -> dict[str, Any]:
    """The state, once nothing runs any more."""
    deadline = time.monotonic() + SECONDS
    while (found := state(client))["state"] == "running":
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def repriced(client: httpx.Client, **body: Any) -> dict[str, Any]:
    """How a re-pricing ended, of a day unless it says otherwise."""
    answer = client.post(REPRICE, json={**DAY, **body})
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] in ("running", "done")
    return ended(client)


def estimated(client: httpx.Client, **body: Any) -> dict[str, Any]:
    """What a re-pricing would change."""
    answer = client.post(REPRICE, json={**DAY, "dry_run": True, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def superseded(server: Server) -> int:
    """How many versions of spans are known to be superseded: none that a merge has removed before it was listed."""
    answer = member(server).get("/api/storage/")
    assert answer.status_code == 200, answer.text
    return sum(table["rows"] for table in answer.json()["tables"] if table["name"] == "superseded")


@pytest.fixture
def client(server: Server) -> httpx.Client:
    return tenant(server)


def test_a_new_price_reaches_every_read(client: httpx.Client) -> None:
    """A dry run tells what changes and changes nothing; then spans, lists, filters, sums, traces and exports agree."""
    ours = {"trace_unique_id": "t", "span_unique_id": "1"}
    span = create(client, model="my-model", customer_identifier="ada", **TOKENS, **ours)
    assert (span["cost"], span["cost_details"]["source"]) == (None, "none")
    priced(client, "my-model", 1.25)

    told = estimated(client)
    assert (told["state"], told["dry_run"], told["spans"], told["changed"]) == ("done", True, 1, 1)
    assert (told["cost_before"], told["cost_after"], told["progress"]) == (0, 3.75, 1)
    (example,) = told["examples"]
    assert example == {
        "id": span["id"], "timestamp": example["timestamp"], "model": "my-model",
        "cost_before": None, "cost_after": 3.75, "source_before": "none", "source_after": "override",
    }  # fmt: skip
    assert retrieve(client, span["id"]) == span
    assert state(client)["state"] == "none"

    done = repriced(client)
    assert (done["state"], done["dry_run"], done["changed"], done["cost_after"]) == ("done", False, 1, 3.75)
    after = retrieve(client, span["id"])
    assert (after["cost"], after["cost_details"]["source"]) == (3.75, "override")
    assert after["cost_details"]["parts"]["output"] == {"tokens": 1_000_000, "price_per_million": 2.5, "usd": 2.5}
    changed = {"cost", "cost_details", "input_cost", "output_cost", "cache_read_cost", "cache_write_cost"}
    same = {name for name in span if after[name] == span[name]}
    assert set(span) - same <= changed, set(span) - same - changed
    (row,) = listed(client, query="cost:>3")
    assert row["cost"] == 3.75
    assert client.get("/api/request-logs/summary/").json()["total_cost"] == 3.75
    assert client.get("/api/traces/t/").json()["total_cost"] == 3.75
    lines = client.get("/api/request-logs/export/", params={"format": "jsonl"}).text.splitlines()
    assert [json.loads(line)["cost"] for line in lines] == [3.75]
    sql = client.post("/api/sql/", json={"query": "SELECT sum(cost) AS cost FROM spans"}).json()
    assert "3.75" in json.dumps(sql)
    assert estimated(client)["changed"] == 0
    assert state(client) == done
    assert repriced(client)["changed"] == 0


def test_what_was_sent_stays(server: Server, client: httpx.Client) -> None:
    """Costs and unit prices that came with a span, and costs that come out the same: none of them is written anew."""
    priced(client, "same", 1)
    sent = create(client, model="m", cost=0.5, **TOKENS)
    unit = create(client, model="m", prompt_unit_price=2, **TOKENS)
    same = create(client, model="same", **TOKENS)
    library = create(client, model="gpt-4o-mini", prompt_tokens=1000, completion_tokens=10)
    assert [each["cost_details"]["source"] for each in (sent, unit, same, library)] == [
        "sent", "unit_price", "override", "library",
    ]  # fmt: skip
    priced(client, "m", 7)
    priced(client, "same", 1)  # another id, the same price

    before = superseded(server)
    done = repriced(client)
    assert (done["spans"], done["examined"], done["changed"], done["examples"]) == (2, 2, 0, [])
    for span in (sent, unit, same, library):
        assert retrieve(client, span["id"]) == span
    assert superseded(server) == before

    priced(client, "gpt-4o-mini", 3)
    assert repriced(client)["changed"] == 1
    assert retrieve(client, library["id"])["cost"] == 0.00306
    assert superseded(server) <= before + 1


def test_the_date_of_a_span_decides(client: httpx.Client) -> None:
    """Of prices that hold one after the other each span takes that of its own time, and leaves go back to none."""
    old, new = (create(client, model="m", timestamp=at, **TOKENS)["id"] for at in ("2026-01-31", "2026-03-01"))
    first = priced(client, "m", 1, valid_to="2026-02-01")
    second = priced(client, "m", 2, valid_from="2026-02-01")
    window = {"start_time": "2026-01-01", "end_time": "2026-12-31"}
    assert repriced(client, **window)["changed"] == 2
    assert [retrieve(client, span)["cost"] for span in (old, new)] == [3, 6]
    assert retrieve(client, new)["cost_details"]["price_date"] == "2026-03-01"
    for price in (first, second):
        assert client.delete(f"{PRICES}{price['id']}/").status_code == 204
    only_new = repriced(client, **{**window, "start_time": "2026-02-15"})
    assert (only_new["changed"], only_new["cost_before"], only_new["cost_after"]) == (1, 6, 0)
    assert only_new["start_time"] == "2026-02-15T00:00:00.000000Z"
    assert [retrieve(client, span)["cost"] for span in (old, new)] == [3, None]
    assert repriced(client, **window, filters={"model": {"operator": "", "value": ["other"]}})["spans"] == 0
    assert repriced(client, **window, query="cost:3")["query"] == "cost:3"
    assert retrieve(client, old)["cost"] is None


def test_what_was_added_stays_and_the_first_answer_too(client: httpx.Client) -> None:
    """Notes, pins and scores lie over the new cost as over the old one; an Idempotency-Key is answered as at first."""
    headers = {"Idempotency-Key": "k"}
    body = {"model": "m", "input": "a", **TOKENS}
    first = client.post("/api/request-logs/", json=body, headers=headers)
    span = first.json()["id"]
    path = f"/api/request-logs/{span}/"
    assert client.patch(path, json={"note": "n", "metadata": {"k": "v"}}).status_code == 200
    assert client.post(f"/api/logs/{span}/scores/", json={"evaluator_slug": "q", "numerical_value": 1}).is_success
    priced(client, "m", 1)
    repriced(client)
    held(retrieve(client, span), {"cost": 3, "note": "n", "metadata": {"k": "v"}})
    assert client.patch(path, json={"is_pinned": True}).json()["cost"] == 3
    held(retrieve(client, span), {"cost": 3, "note": "n", "is_pinned": True})
    assert retrieve(client, span)["scores"].keys() == {"q"}
    again = client.post("/api/request-logs/", json=body, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert [row["cost"] for row in listed(client)] == [3]


def test_tenants_and_rights(server: Server, client: httpx.Client) -> None:
    """It takes the right admin, and reaches the spans of the key's own environment; what is asked is checked."""
    other = tenant(server)
    for each in (client, other, server.client):
        create(each, model="m-of-tenants", **TOKENS)
    priced(client, "m-of-tenants", 1)
    assert repriced(client)["changed"] == 1
    assert (state(other)["state"], state(other)["spans"]) == ("none", 0)
    assert [row["cost"] for row in listed(other)] == [None]
    assert [row["cost"] for row in listed(server.client, model="m-of-tenants")] == [None]

    for rights, may_see in (("read", True), ("ingest", False), ("read,ingest", True)):
        limited = server.client_of(new_key(server, "--rights", rights)["key"])
        refused(limited.post(REPRICE, json=DAY), 403)
        assert limited.get(REPRICE).status_code == (200 if may_see else 403)
    refused(server.client_of(None).post(REPRICE), 401)

    for body in (
        {"dry_run": "perhaps"},
        {"start_time": "never"},
        {"start_time": "2026-02-01", "end_time": "2026-01-01"},
    ):
        refused(client.post(REPRICE, json=body), 400)
    refused(client.post(REPRICE, json={"query": "no_such_field:1"}), 400, "bad_filter")
    refused(client.post(REPRICE, json={"filter": {}}), 400, "bad_filter")
    refused(client.post(REPRICE, json={"environment": "test"}), 403, "environment_not_allowed")
    assert client.post(REPRICE, params={"dry_run": "true"}).status_code == 200


@pytest.mark.parametrize("seed", range(2))
def test_sums_are_those_of_the_spans(client: httpx.Client, seed: int) -> None:
    """Whatever is sent, sent again, marked, deleted and priced anew in any order: each span costs what the model says,
    and every sum is theirs.
    """
    random = Random(seed)
    prices: dict[str, int] = {}
    costs: dict[int, int | None] = {}
    models: dict[int, str] = {}
    ids: dict[int, str] = {}
    for _ in range(25):
        place, model = random.randrange(6), random.choice("ab")
        match random.choice(["send", "send", "price", "reprice", "mark", "delete"]):
            case "send":
                ours = {"trace_unique_id": f"t{place % 2}", "span_unique_id": f"s{place}"}
                ids[place] = create(client, model=model, **TOKENS, **ours)["id"]
                models[place] = model
                costs[place] = 3 * prices[model] if model in prices else None
            case "price":
                prices[model] = random.randrange(4)
                priced(client, model, prices[model])
            case "reprice":
                expected = {
                    each: 3 * prices[model] if model in prices else None for each in costs if models[each] == model
                }
                changed = {each: cost for each, cost in expected.items() if cost != costs[each]}
                done = repriced(client, query=f"model:{model}")
                assert (done["spans"], done["changed"]) == (len(expected), len(changed))
                assert done["cost_before"] == sum(costs[each] or 0 for each in changed)
                assert done["cost_after"] == sum(cost or 0 for cost in changed.values())
                costs |= expected
            case "mark" if place in costs:
                assert client.patch(f"/api/request-logs/{ids[place]}/", json={"is_pinned": True}).status_code == 200
            case "delete" if place in costs:
                assert client.delete(f"/api/request-logs/{ids[place]}/").status_code == 204
                del costs[place]
        assert {row["id"]: row["cost"] for row in listed(client)} == {ids[each]: cost for each, cost in costs.items()}
    total = sum(cost or 0 for cost in costs.values())
    assert client.get("/api/request-logs/summary/").json()["total_cost"] == total
    assert sum(trace["total_cost"] or 0 for trace in client.get("/api/traces/list/").json()["results"]) == total


def test_many_pages_and_large_spans(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """More spans than are read at once, and more text than is copied at once: each is priced once."""
    for start in range(0, 5500, 500):
        rows = [{"model": "m", "prompt_tokens": start + i, "completion_tokens": 0} for i in range(500)]
        assert client.post(BULK, json={"logs": rows}).json()["success_count"] == 500
    for _ in range(3):
        create(client, model="m", input="x" * (7 << 20), prompt_tokens=0)
    priced(client, "m", 1_000_000)
    done = repriced(client)
    assert (done["spans"], done["examined"], done["changed"]) == (5503, 5503, 5503)
    assert done["cost_after"] == client.get("/api/request-logs/summary/").json()["total_cost"] == sum(range(5500))
    assert (done["state"], done["progress"], done["examples"][0]["cost_after"]) == ("done", 1, 5499)


def test_a_live_tail_is_told_nothing(client: httpx.Client) -> None:
    """Who follows sees spans that are sent, none that is only priced anew."""
    create(client, model="m", **TOKENS)
    priced(client, "m", 1)
    with following(client) as found:
        assert repriced(client)["changed"] == 1
        span = create(client, model="m", **TOKENS)
        (event,) = take(found, 1)
        assert event.data["id"] == span["id"]


class Held:
    """A server of which the engine takes nothing while it is held, with three spans that are to be priced anew."""

    def __init__(self, start_server: Starter, directory: Path) -> None:
        self.faults = directory / "faults"
        self.faults.mkdir()
        self.server = start_server(
            prefix=launch.prefix(launch.engine_obeys),
            environment={"FAULTS": str(self.faults)},
            settings={"segment_age_ms": 60_000, "read_wait_seconds": 60},
        )
        self.client = tenant(self.server)
        # Two of them are as much as is laid over at once.
        self.ours = [{"trace_unique_id": "t", "span_unique_id": f"s{place}"} for place in range(3)]
        self.spans = [create(self.client, model="m", input="x" * (7 << 20), **TOKENS, **ours) for ours in self.ours]
        listed(self.client)  # all of them are in the engine
        priced(self.client, "m", 1)
        self.other = tenant(self.server)

    def begin(self) -> None:
        """Price them; when this returns, the new costs of the first two are on disk and not in the engine."""
        (self.faults / "hold").touch()
        create(self.other)  # what the engine is held at
        assert self.client.post(REPRICE, json=DAY).status_code == 202
        deadline = time.monotonic() + SECONDS
        while not any(
            b'"kind":"price"' in path.read_bytes() for path in (self.server.data / "journal").glob("*.ndjson")
        ):
            assert time.monotonic() < deadline, self.server.log_tail
            time.sleep(0.02)

    def go_on(self) -> None:
        (self.faults / "hold").unlink()

    def costs(self) -> list[float | None]:
        return [retrieve(self.client, span["id"])["cost"] for span in self.spans]


def test_what_is_sent_and_changed_meanwhile_wins(start_server: Starter, tmp_path: Path) -> None:
    """A span that is sent again while it is priced anew keeps what was sent, wherever that overtakes it; and
    another re-pricing of the environment is refused meanwhile.
    """
    held_ = Held(start_server, tmp_path)
    held_.begin()
    refused(held_.client.post(REPRICE, json=DAY), 409, "repricing_runs")
    refused(held_.client.post(REPRICE, json={**DAY, "dry_run": True}), 409, "repricing_runs")
    found = state(held_.client)
    assert (found["state"], found["ended_at"], found["detail"]) == ("running", None, None)
    assert (found["spans"], found["examined"], found["changed"]) == (3, 0, 3)
    create(held_.client, model="m", input="again", cost=0.25, **held_.ours[0])
    create(held_.client, model="m", input="again", prompt_tokens=10, **held_.ours[2])
    held_.go_on()
    assert ended(held_.client)["state"] == "done"
    assert held_.costs() == [0.25, 3, 0.00001]
    assert retrieve(held_.client, held_.spans[0]["id"])["input"] == "again"
    assert repriced(held_.client)["changed"] == 0
    assert repriced(held_.other)["state"] == "done"


def test_a_kill_in_the_middle(start_server: Starter, tmp_path: Path) -> None:
    """What was on disk is priced after kill -9 and a restart, the rest is not, the state says so; the next call does
    the rest, each span is there once, and how it ended is known to the next process.
    """
    held_ = Held(start_server, tmp_path)
    held_.begin()
    (held_.faults / "killed").touch()
    held_.go_on()
    with pytest.raises(httpx.TransportError):
        listed(held_.client)
    held_.server.wait()
    held_.server.start()
    found = state(held_.client)
    assert (found["state"], found["dry_run"], found["environment"]) == ("partial", False, "prod")
    assert held_.costs() == [3, 3, None]
    assert estimated(held_.client)["changed"] == 1
    done = repriced(held_.client)
    assert (done["state"], done["changed"], done["cost_after"]) == ("done", 1, 3)
    assert held_.costs() == [3, 3, 3]
    assert len(listed(held_.client)) == 3
    assert superseded(held_.server) <= 3
    held_.server.restart()
    assert state(held_.client) == done
    assert held_.costs() == [3, 3, 3]
    assert superseded(held_.server) <= 3


def command(client: httpx.Client, *arguments: str, code: int = 0) -> tuple[str, str]:
    """What `midspan prices reprice` printed and complained of."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MIDSPAN_")}
    key = client.headers["authorization"].removeprefix("Bearer ")
    env = {**inherited, "MIDSPAN_URL": str(client.base_url), "MIDSPAN_API_KEY": key}
    done = subprocess.run(
        [str(MIDSPAN), "prices", "reprice", *arguments], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout, done.stderr


def test_the_command(client: httpx.Client) -> None:
    """It says what would change, changes it and says what did; in JSON as well; and says what it cannot."""
    span = create(client, model="m", **TOKENS)["id"]
    create(client, model="other", **TOKENS)
    priced(client, "m", 1)
    printed, said = command(client, "--since", "1d", "--dry-run", "model:m")
    assert printed.startswith("1 of 1 spans would cost something else: $3.000000 instead of $0.000000.\n")
    assert re.search(rf"{span} +m +no cost \(none\) +\$3\.000000 \(override\)\n", printed)
    assert said.startswith("Looked at 1 spans in ")
    assert retrieve(client, span)["cost"] is None
    printed, said = command(client, "--since", "1d")
    assert printed.startswith("1 of 2 spans cost something else: $3.000000 instead of $0.000000.\n")
    assert said.startswith("Priced 2 spans in ")
    assert json.loads(command(client, "--since", "1d", "--json")[0])["changed"] == 0
    assert command(client, "--since", "1d")[0] == "None of 2 spans cost anything else.\n"
    assert "--since" in command(client, code=2)[1]
    assert "no_such_field" in command(client, "--since", "1d", "no_such_field:1", code=2)[1]
