"""The demo: what it holds, that it stands apart, and that nothing of it is left."""

import os
import re
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import httpx
import msgspec
import pytest

from midspan.demo.people import particulars
from midspan.demo.plan import DAY, DAYS, plan
from midspan.demo.traffic import first, record
from midspan.domain.span import LOG_TYPES, STATUSES, Span
from midspan.ingest.context import Context
from midspan.ingest.ids import pair_id
from midspan.ingest.intake import Intake, Row
from midspan.ingest.price import PriceBook
from tests.server import MIDSPAN, Server, Starter
from tests.speaking import cli, create, listed, new_key, refused

DEMO = "/api/demo/"
NOW = 1_796_000_000_000_000
SPANS = 2_000
MONTH = {"start_time": "-31d"}


def recorded(seed: int = 2026, now: int = NOW, spans: int = SPANS) -> list[dict[str, Any]]:
    """Every body of a demo's traffic."""
    made = plan(seed, now, spans)
    return [body for visit in made.visits for body in record(made, visit).bodies]


@pytest.fixture(scope="module")
def spans() -> list[Span]:
    """The traffic as the intake makes spans of it."""
    intake = Intake(PriceBook().apply, 1 << 24)
    context = Context(organization_id="o", environment="demo", key_id="k", received_at=NOW, log_method="batch")
    return [intake.row(Row(0, msgspec.json.encode(body), []), context) for body in recorded()]


# ---- the traffic itself


def test_the_same_seed_and_time_make_the_same_rows() -> None:
    """Nothing but the arguments decides: neither the clock nor chance."""
    assert recorded() == recorded()
    assert recorded(seed=7) != recorded()
    assert plan(2026, NOW, SPANS) == plan(2026, NOW, SPANS)


def test_the_rows_need_no_repair(spans: list[Span]) -> None:
    """They are good bodies: no warning is ours, no id is doubled, and each parent is in its trace."""
    assert {span.warnings for span in spans} <= {
        "", "flagged: prompt_injection", "the model refused", "the text was cut at max_tokens",
        "a tool failed; the answer is a stopgap",
    }  # fmt: skip
    assert len({span.id for span in spans}) == len(spans)
    known = {(span.trace_unique_id, span.span_unique_id) for span in spans}
    assert all((span.trace_unique_id, span.span_parent_id) in known for span in spans if span.span_parent_id)


def test_every_kind_of_span_is_there(spans: list[Span]) -> None:
    """Each log type, each status, several providers and failures, and what pages show beside texts."""
    assert {span.log_type for span in spans} == set(LOG_TYPES)
    assert {span.status for span in spans} == set(STATUSES)
    assert {"openai", "anthropic", "google"} <= {span.provider_id for span in spans}
    for name in (
        "prompt_cache_hit_tokens", "prompt_cache_creation_tokens", "reasoning_tokens", "time_to_first_token", "tools",
        "positive_feedback", "note", "prompt_version_number", "full_request", "reasoning", "thread_identifier",
    ):  # fmt: skip
        assert any(getattr(span, name) for span in spans), name
    assert any("data:image/png;base64," in span.input for span in spans)
    assert any("<script>" in span.input for span in spans)


def test_no_slot_of_a_template_is_left(spans: list[Span]) -> None:
    """A visitor reads sentences and not what they were made of."""
    words = {*particulars(Random(1)), "shop", "file", "symbol", "test", "folder", "version", "model", "wait", "branch"}
    slot = re.compile(rf"\{{(?:{'|'.join(words)})\}}")

    assert [found for span in spans for found in slot.findall(span.input + span.output + span.error_message)] == []


def test_a_list_does_not_repeat_itself() -> None:
    """Of fifty answers to customers that follow one another, hardly two are the same."""
    made = plan(2026, NOW, 20_000)
    chats = [visit for visit in made.visits if visit.app in ("support", "docs", "voice")][:60]
    answers = [body for visit in chats for body in record(made, visit).bodies if body["span_name"] == "answer"][:50]
    counts = Counter(msgspec.json.encode(body.get("output")) for body in answers)

    assert len(answers) == 50
    assert len(counts) >= 46


def test_the_month_ends_now(spans: list[Span]) -> None:
    """Nothing lies in the future or before the month; what goes on has no end, no output and no cost."""
    assert all(NOW - DAYS * DAY <= span.key_time <= NOW for span in spans)
    assert all(span.timestamp <= NOW for span in spans)
    running = [span for span in spans if span.status == "running"]
    assert 5 <= len(running) <= 25
    assert all(span.output == "" and span.cost is None and span.latency is None for span in running)


@pytest.mark.parametrize("age", range(7))
def test_yesterday_is_the_expensive_day(age: int) -> None:
    """Whatever day of the week it is, yesterday cost most, for one customer, and its largest trace says why."""
    now = NOW - age * DAY
    intake = Intake(PriceBook().apply, 1 << 24)
    context = Context(organization_id="o", environment="demo", key_id="k", received_at=now, log_method="batch")
    costs: Counter[int] = Counter()
    whose: Counter[str] = Counter()
    for body in recorded(now=now):
        span = intake.row(Row(0, msgspec.json.encode(body), []), context)
        costs[now // DAY - span.key_time // DAY] += float(span.cost or 0)  # type: ignore[assignment]
        whose[span.customer_identifier] += float(span.cost or 0)  # type: ignore[assignment]

    (day, most), (_, second) = costs.most_common(2)
    assert (day, whose.most_common(1)[0][0]) == (1, "trailhead-supply-co")
    assert most > 1.5 * second > 0


def test_a_provider_is_slow_for_a_day() -> None:
    """On one Wednesday its calls take several times as long as on other days, and more of them fail."""
    made = plan(2026, NOW, 20_000)
    weather = made.weather
    inside: list[dict[str, Any]] = []
    outside: list[dict[str, Any]] = []
    for visit in made.visits:
        if visit.app in ("support", "voice"):
            for body in record(made, visit).bodies:
                if body.get("provider_id") == weather.provider:
                    (inside if weather.slow_from <= body["start_time"] < weather.slow_until else outside).append(body)

    assert inside
    assert _seconds(inside) > 3 * _seconds(outside)
    assert _failed(inside) > 4 * _failed(outside)


def test_weekends_are_quiet() -> None:
    """A week has its rhythm: less than half as much on Sundays as on Tuesdays."""
    visits = plan(2026, NOW, 30_000).visits
    days = Counter(time.gmtime(visit.at / 1e6).tm_wday for visit in visits)

    assert days[6] < days[1] / 2


def _seconds(bodies: list[dict[str, Any]]) -> float:
    took: list[float] = [body["timestamp"] - body["start_time"] for body in bodies if "status" not in body]
    return statistics.median(took) / 1e6


def _failed(bodies: list[dict[str, Any]]) -> float:
    return statistics.mean(body.get("status") == "failed" for body in bodies)


# ---- the demo of a server


class House:
    """An organization with a demo in it."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.name = server, name
        cli(server, "organizations", "create", name)
        self.admin = self.client()

    def client(self, *options: str) -> httpx.Client:
        return self.server.client_of(new_key(self.server, "--organization", self.name, *options)["key"])

    def fill(self, spans: int = SPANS) -> dict[str, Any]:
        """Fill it and wait until it is there."""
        answer = self.admin.post(DEMO, json={"spans": spans})
        assert answer.status_code == 202, answer.text
        return self.settled()

    def settled(self) -> dict[str, Any]:
        """The state once nothing is being filled."""
        deadline = time.monotonic() + 60
        while (state := self.state())["state"] == "filling":
            assert time.monotonic() < deadline, state
            time.sleep(0.02)
        return state

    def state(self) -> dict[str, Any]:
        answer = self.admin.get(DEMO)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state

    def has_environment(self) -> bool:
        """Whether a key can be made for it. That key is revoked at once: a good one would keep the environment."""
        try:
            key = new_key(self.server, "--organization", self.name, "--environment", "demo")
        except AssertionError as error:
            if "environment is one of prod, test." not in str(error):
                raise
            return False
        cli(self.server, "keys", "revoke", key["id"])
        return True


@pytest.fixture(scope="module")
def house(server: Server) -> Iterator[House]:
    """One that is filled; who changes that fills it again."""
    made = House(server, "Demo house")
    state = made.fill()
    assert state["state"] == "ready", state
    yield made
    made.admin.delete(DEMO)


@pytest.fixture(scope="module")
def visitor(house: House) -> httpx.Client:
    """Somebody who looks around in the demo."""
    return house.client("--environment", "demo", "--rights", "read")


def count(client: httpx.Client, path: str = "/api/request-logs/list/") -> int:
    """How many rows a month's list has."""
    answer = client.get(path, params={**MONTH, "page_size": 1})
    assert answer.status_code == 200, answer.text
    number: int = answer.json()["count"]
    return number


def test_every_page_has_something_to_show(house: House, visitor: httpx.Client) -> None:
    """Spans, traces, threads, customers with profiles, sums by day and scores: all are there and agree."""
    state = house.state()
    assert state["spans"] == state["expected"] == count(visitor) > SPANS / 2
    assert count(visitor, "/api/traces/list/") > 100
    threads = visitor.post("/api/log_threads/", params=MONTH, json={}).json()
    assert threads["count"] > 20
    customers = visitor.get("/api/users/list/", params={"sort_by": "-total_cost"}).json()
    assert customers["count"] > 15
    costly = customers["results"][0]
    assert (costly["customer_identifier"], costly["period_budget"]) == ("trailhead-supply-co", 40)
    assert costly["email"].endswith(".example")
    summary = visitor.post("/api/request-logs/summary/", params=MONTH).json()
    assert summary["total_cost"] > 1
    assert {"helpfulness", "groundedness", "tone"} <= summary["scores"].keys()
    assert any(span["note"] for span in listed(visitor, **MONTH, query="is_pinned:true"))


def test_the_incident_is_found_where_one_looks(visitor: httpx.Client) -> None:
    """Yesterday costs most, and the largest trace of that day is the loop, which somebody has stopped and noted why."""
    asked = {**MONTH, "measures": ["sum_cost"], "interval": "1d", "time_zone": "UTC"}
    days = visitor.post("/api/metrics/query/", json=asked).json()
    costs = days["series"][0]["values"]["sum_cost"] if days["series"] else days["values"]["sum_cost"]
    assert costs.index(max(costs)) == len(costs) - 2
    asked = {"start_time": days["buckets"][-2], "end_time": days["buckets"][-1], "sort_by": "-total_cost"}
    trace = visitor.get("/api/traces/list/", params=asked).json()["results"][0]
    assert (trace["name"], trace["customer_identifier"]) == ("Catalogue sync", "trailhead-supply-co")
    assert trace["error_count"] > 50
    (root,) = listed(visitor, **MONTH, query=f"trace_id:{trace['trace_unique_id']} is_pinned:true")
    assert "version conflict" in root["note"]
    assert root["status"] == "failed"


def test_what_is_there_is_not_made_again(house: House) -> None:
    """A second wish changes nothing, however much is wished for."""
    before = house.state()
    answer = house.admin.post(DEMO, json={"spans": SPANS + 1})
    assert (answer.status_code, answer.json()) == (202, before)


def test_prod_and_test_see_nothing_of_it(house: House) -> None:
    """Neither spans nor customers of the demo are in another environment."""
    for client in (house.admin, house.client("--environment", "test")):
        assert count(client) == 0
        assert client.get("/api/users/list/").json()["count"] == 0


def test_another_organization_neither_sees_nor_removes_it(server: Server, house: House) -> None:
    """The demo is one organization's own."""
    before = house.state()
    other = House(server, "Demo neighbour")
    assert other.state()["state"] == "absent"
    assert other.admin.delete(DEMO).json()["state"] == "absent"
    assert house.state() == before


def test_filling_and_removing_take_the_right_admin(house: House, visitor: httpx.Client) -> None:
    """Who reads may look how it is; any environment's admin may fill it."""
    writer = house.client("--rights", "ingest,read")
    for client in (visitor, writer):
        assert client.get(DEMO).json()["state"] == "ready"
        refused(client.post(DEMO), 403)
        refused(client.delete(DEMO), 403)
    assert house.client("--environment", "test").post(DEMO).status_code == 202


@pytest.mark.parametrize("spans", [499, 60_001, 2.5, "many", None])
def test_a_size_that_is_none_is_refused(house: House, spans: object) -> None:
    """The refusal names the field; so it does for a field that there is not."""
    assert "spans" in refused(house.admin.post(DEMO, json={"spans": spans}), 422)["errors"]
    assert "span" in refused(house.admin.post(DEMO, json={"span": 900}), 422)["errors"]


def test_a_demo_that_was_cut_is_made_anew(server: Server) -> None:
    """Without its last row it counts as cut short; filled again it is one demo, with nothing left of the one before."""
    house = House(server, "Demo cut")
    spans = house.fill(1_500)["spans"]
    organization = create(house.admin)["organization_id"]
    last = pair_id(organization, "demo", *first(2026))
    inside = house.client("--environment", "demo")
    assert inside.delete(f"/api/request-logs/{last}/").status_code == 204
    assert house.state()["state"] == "partial"

    state = house.fill(500)

    assert state["state"] == "ready"
    assert state["spans"] == count(inside) < 0.7 * spans


def test_a_server_that_stops_meanwhile_ends_well(start_server: Starter) -> None:
    """It does not wait for the rest. What was stored counts as cut short, and can be removed."""
    server = start_server()
    assert server.client.post(DEMO).json()["state"] == "filling"
    deadline = time.monotonic() + 30
    while not server.client.get(DEMO).json()["spans"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)

    server.restart()

    state = server.client.get(DEMO).json()
    assert (state["state"], state["expected"]) == ("partial", state["spans"])
    assert server.client.delete(DEMO).json()["state"] == "absent"
    assert "Traceback" not in server.log


def test_removing_leaves_nothing(server: Server) -> None:
    """No read of any kind shows it any more, the environment is gone, and it can be filled again."""
    house = House(server, "Demo gone")
    house.fill(500)
    key = new_key(server, "--organization", house.name, "--environment", "demo")
    visitor = server.client_of(key["key"])
    assert count(visitor) > 0

    answer = house.admin.delete(DEMO)

    gone = {"state": "absent", "environment": "demo", "spans": 0, "expected": 0, "progress": 0, "detail": None}
    assert (answer.status_code, answer.json()) == (200, gone)
    for path in ("/api/request-logs/list/", "/api/traces/list/", "/api/users/list/", "/api/scores/"):
        assert visitor.get(path, params={"start_time": "1970-01-01"}).json()["count"] == 0, path
    # A key that is good keeps the environment.
    assert house.has_environment()
    cli(server, "keys", "revoke", key["id"])
    house.admin.delete(DEMO)
    assert not house.has_environment()
    assert house.fill(500)["state"] == "ready"


def test_removing_ends_a_filling(server: Server) -> None:
    """What is on its way is stopped, and nothing of it comes later."""
    house = House(server, "Demo stopped")
    assert house.admin.post(DEMO, json={"spans": 30_000}).json()["state"] == "filling"
    assert house.admin.post(DEMO).json()["state"] == "filling"

    assert house.admin.delete(DEMO).json()["state"] == "absent"

    assert count(house.client()) == 0
    assert house.state()["state"] == "absent"


def test_spans_of_ones_own_are_left_alone(server: Server) -> None:
    """Where somebody's own spans are, no demo is filled; and what comes to it later stays when it is removed."""
    house = House(server, "Demo shared")
    house.fill(500)
    key = new_key(server, "--organization", house.name, "--environment", "demo")
    own = server.client_of(key["key"])
    span = create(own)

    house.admin.delete(DEMO)

    assert [row["id"] for row in listed(own, **MONTH)] == [span["id"]]
    refused(house.admin.post(DEMO), 409, "environment_in_use")
    cli(server, "keys", "revoke", key["id"])
    house.admin.delete(DEMO)
    assert house.has_environment()


def command(house: House, *arguments: str, code: int = 0) -> tuple[str, str]:
    """What `midspan demo` printed and complained of."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MIDSPAN_")}
    key = house.admin.headers["authorization"].removeprefix("Bearer ")
    env = {**inherited, "MIDSPAN_URL": house.server.url, "MIDSPAN_API_KEY": key}
    done = subprocess.run([str(MIDSPAN), "demo", *arguments], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


def test_the_command_fills_and_removes(server: Server) -> None:
    """It waits until all is there and says where; a second time it says that it is; and it takes it away."""
    house = House(server, "Demo command")
    printed, said = command(house, "--spans", "500")
    spans = f"{house.state()['spans']:,} spans"
    assert said.startswith(f"Filled {spans} in ")
    assert f"environment demo at {server.url}" in printed
    assert command(house)[0].startswith(f"The demo is there already, with {spans}.")
    assert command(house, "--remove")[0] == f"The demo is gone: {spans}.\n"
    assert command(house, "--remove")[0] == "There was no demo.\n"
    assert "--spans" in command(house, "--spans", "3", code=2)[1]
