"""Customers: who spans name, with what they come to, and the profiles that people give them."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest

from midspan.domain.profile import Profile
from midspan.domain.timestamps import read_timestamp
from midspan.search.budgets import budget_period
from midspan.search.moments import moment
from tests.server import Server
from tests.speaking import cli, create, new_key, refused
from tests.summing import decimals

LIST = "/api/users/list/"
KEYS = {
    "id", "customer_identifier", "unique_organization_id", "environment", "name", "email", "first_seen",
    "last_active_timeframe", "active_days", "number_of_requests", "total_tokens", "total_cost", "average_latency",
    "average_ttft", "average_monthly_cost", "period_budget", "budget_duration", "total_budget",
}  # fmt: skip
SORTS = (
    "customer_identifier", "email", "name", "first_seen", "last_active_timeframe", "number_of_requests", "total_cost",
    "total_tokens", "active_days", "average_latency", "average_ttft",
)  # fmt: skip


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A client of an organization of its own with three customers, two spans of which were sent again."""
    cli(server, "organizations", "create", "Customers")
    client = server.client_of(new_key(server, "--organization", "Customers")["key"])
    params = {"customer_identifier": "ada", "name": "Ada", "email": "ada@example.com", "period_budget": "12.5",
              "budget_duration": "monthly", "total_budget": 100, "markup_percentage": "many"}  # fmt: skip
    spans: list[dict[str, Any]] = [
        {"customer_params": params, "timestamp": "2031-01-01T23:59:59Z", "cost": "1", "latency": 1},
        {"customer_identifier": "ada", "timestamp": "2031-01-02T00:00:01Z", "cost": "0.000000000001", "latency": 2},
        {
            "customer_identifier": "ada",
            "timestamp": "2031-03-01T12:00:00Z",
            "prompt_tokens": 5,
            "status": "failed",
            "cost": 0,
        },
        {"customer_identifier": "team/eve", "timestamp": "2031-01-05T00:00:00Z", "cost": "3", "customer_name": "Eve"},
        {"customer_identifier": "list", "timestamp": "2031-01-06T00:00:00Z"},
        {"timestamp": "2031-01-07T00:00:00Z", "cost": "9"},
    ]
    for number, span in enumerate(spans):
        create(client, trace_unique_id="customers", span_unique_id=f"s{number}", **{**span, "cost": "77"})
        create(client, trace_unique_id="customers", span_unique_id=f"s{number}", **span)
    return client


def listed(client: httpx.Client, body: Any = None, **parameters: Any) -> list[dict[str, Any]]:
    answer = client.post(LIST, json=body or {}, params=parameters)
    assert answer.status_code == 200, answer.text
    page = decimals(answer.text)
    assert page["count"] == len(page["results"])
    found: list[dict[str, Any]] = page["results"]
    return found


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["customer_identifier"] for row in rows]


def test_customers_are_who_spans_name(client: httpx.Client) -> None:
    """Of all time, the newest first; sums are over the spans as they are now."""
    rows = listed(client)
    ada = rows[2]

    assert names(rows) == ["list", "team/eve", "ada"]
    assert ada.keys() >= KEYS
    assert (ada["name"], ada["email"], ada["environment"]) == ("Ada", "ada@example.com", "prod")
    assert (ada["number_of_requests"], ada["active_days"], ada["error_count"], ada["total_tokens"]) == (3, 3, 1, 5)
    assert ada["total_cost"] == Decimal("1.000000000001")
    assert float(ada["average_latency"]) == 1.5
    assert float(ada["average_monthly_cost"]) == pytest.approx(1.000000000001 * 30 / 60)
    assert (ada["period_budget"], ada["budget_duration"], ada["total_budget"]) == (Decimal("12.5"), "monthly", 100)
    assert (ada["first_seen"], ada["last_active_timeframe"]) == (
        "2031-01-01T23:59:59.000000Z",
        "2031-03-01T12:00:00.000000Z",
    )
    assert ada["id"] == client.get("/api/users/ada/").json()["id"] != rows[0]["id"]


def test_a_window_narrows_to_its_spans(client: httpx.Client) -> None:
    """Sums and days are those of the window; who has no span in it is not listed."""
    (ada,) = listed(client, start_time="2031-01-02", end_time="2031-01-04")

    assert (ada["number_of_requests"], ada["active_days"]) == (1, 1)
    assert names(listed(client, end_time="2031-01-02")) == ["ada"]


@pytest.mark.parametrize("sort", SORTS)
def test_every_documented_sort(client: httpx.Client, sort: str) -> None:
    """Up and down, customers without the value last either way."""
    up, down = listed(client, sort_by=sort), listed(client, sort_by=f"-{sort}")
    values = [row[sort] for row in up if row[sort] is not None]

    assert values == sorted(values)
    assert sorted(names(up)) == sorted(names(down)) == ["ada", "list", "team/eve"]
    assert [row[sort] for row in down if row[sort] is not None] == values[::-1]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"filters": {"total_cost": {"operator": "gte", "value": [1]}}}, ["team/eve", "ada"]),
        ({"filters": {"email": {"operator": "endswith", "value": ["@example.com"]}}}, ["ada"]),
        ({"filters": {"name": {"operator": "not", "value": ["Ada"]}}}, ["list", "team/eve"]),
        ({"filters": {"average_latency": {"operator": "empty", "value": [""]}}}, ["list", "team/eve"]),
        ({"filters": {"environment": {"operator": "", "value": ["test"]}}}, []),
        ({"query": "error_count:>0 OR active_days:1"}, ["list", "team/eve", "ada"]),
        ({"query": "eve"}, ["team/eve"]),
        ({"query": "-eve first_seen:<2031-01-06"}, ["ada"]),
    ],
)
def test_customers_are_filtered_by_what_they_come_to(client: httpx.Client, body: Any, found: list[str]) -> None:
    """By the fields of customers, in both languages; a word is looked for in identifier, name and email."""
    assert names(listed(client, body)) == found


@pytest.mark.parametrize("field", ["model", "metadata__plan", "totl_cost"])
def test_fields_that_customers_do_not_have_are_refused(client: httpx.Client, field: str) -> None:
    """400, as the contract says."""
    answer = client.post(LIST, json={"filters": {field: {"operator": "", "value": ["x"]}}})
    assert answer.status_code == 400, answer.text


def test_pages_of_customers(client: httpx.Client) -> None:
    """`count` is of all; a page far beyond the end is refused, the one right after it is empty."""
    first = client.get(LIST, params={"page_size": 2}).json()
    second = client.get(first["next"]).json()

    assert (first["count"], len(first["results"]), len(second["results"])) == (3, 2, 1)
    assert second["next"] is None
    assert client.get(LIST, params={"page_size": 2, "page": 3}).json()["results"] == []
    refused(client.get(LIST, params={"page_size": 2, "page": 4}), 400, "page_beyond_end")


@pytest.mark.parametrize("name", ["customer_identifier", "id"])
@pytest.mark.parametrize("customer", ["team/eve", "list"])
def test_any_identifier_can_be_asked_for(client: httpx.Client, name: str, customer: str) -> None:
    """With a slash in it, or a reserved word: in the query string, `_` in its place."""
    assert client.get("/api/users/_/", params={name: customer}).json()["customer_identifier"] == customer


def customer_of(client: httpx.Client) -> str:
    """A customer of a test's own."""
    name = uuid.uuid4().hex
    create(client, customer_params={"customer_identifier": name, "name": "Sent", "period_budget": 5}, cost="0.25")
    return f"/api/users/{name}/"


def test_a_profile_goes_before_what_spans_say(server: Server) -> None:
    """What is set is answered and found; null leaves the field to the spans again; what is not sent stays."""
    path = customer_of(server.client)
    body = {"name": "Set", "email": "set@example.com", "metadata": {"plan": {"tier": 2}}, "period_budget": "200.50",
            "budget_duration": "weekly", "markup_percentage": 10}  # fmt: skip
    set_ = decimals(server.client.patch(path, json=body).text)

    assert set_ == decimals(server.client.get(path).text)
    assert (set_["name"], set_["metadata"], set_["period_budget"]) == ("Set", {"plan": {"tier": 2}}, Decimal("200.50"))
    assert (set_["budget_duration"], set_["total_period_usage"]) == ("weekly", Decimal("0.25"))
    assert set_["updated_at"] is not None
    found = server.client.post(LIST, json={"filters": {"email": {"operator": "", "value": ["set@example.com"]}}}).json()
    assert set_["customer_identifier"] in names(found["results"])
    less = decimals(server.client.patch(path, json={"name": None, "period_budget": None}).text)
    assert (less["name"], less["period_budget"], less["email"]) == ("Sent", 5, "set@example.com")


def test_a_deleted_customer_comes_back_with_its_next_span(server: Server) -> None:
    """204: the profile is gone, the customer is not there, its spans are; a later span makes it one again."""
    path = customer_of(server.client)
    name = path.split("/")[-2]
    server.client.patch(path, json={"name": "Set", "total_budget": 7})

    assert server.client.delete(path).status_code == 204
    refused(server.client.get(path), 404, "not_found")
    refused(server.client.patch(path, json={"name": "x"}), 404, "not_found")
    refused(server.client.delete(path), 404, "not_found")
    only = {"filters": {"customer_identifier": {"operator": "", "value": [name]}}}
    assert server.client.post(LIST, json=only).json()["count"] == 0
    assert server.client.post("/api/request-logs/list/", json=only).json()["count"] == 1
    create(server.client, customer_identifier=name)
    back = server.client.get(path).json()
    assert (back["name"], back["total_budget"], back["number_of_requests"]) == ("Sent", None, 2)


def test_profiles_are_of_one_environment(server: Server) -> None:
    """The same identifier in another environment is another customer, with a profile of its own."""
    path = customer_of(server.client)
    test = server.client_of(server.test_key)
    server.client.patch(path, json={"name": "Set"})

    refused(test.get(path), 404, "not_found")
    refused(test.patch(path, json={"name": "x"}), 404, "not_found")
    refused(test.delete(path), 404, "not_found")
    create(test, customer_identifier=path.split("/")[-2])
    assert test.get(path).json()["name"] is None
    assert test.delete(path).status_code == 204
    assert server.client.get(path).json()["name"] == "Set"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"nam": "x"}, "nam"),
        ({"name": 3}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"email": []}, "email"),
        ({"metadata": "x"}, "metadata"),
        ({"metadata": {"x": "y" * 70_000}}, "metadata"),
        ({"period_budget": -1}, "period_budget"),
        ({"period_budget": True}, "period_budget"),
        ({"total_budget": "1e99"}, "total_budget"),
        ({"total_budget": "NaN"}, "total_budget"),
        ({"budget_duration": "hourly"}, "budget_duration"),
        ({"period_start": "soon"}, "period_start"),
        ({"period_start": "2031-02-01", "period_end": "2031-01-01"}, "period_end"),
        ({"markup_percentage": {}}, "markup_percentage"),
        ({"customer_identifier": "other"}, "customer_identifier"),
    ],
)
def test_what_a_profile_cannot_hold_is_refused(client: httpx.Client, body: Any, field: str) -> None:
    """422 that names the field; nothing is stored."""
    before = client.get("/api/users/ada/").json()
    fault = refused(client.patch("/api/users/ada/", json={"name": "y", **body}), 422, "invalid")

    assert list(fault["errors"]) == [field]
    assert client.get("/api/users/ada/").json() == before


@pytest.mark.parametrize(
    ("given", "period"),
    [
        ({}, None),
        ({"period_start": "2031-01-01"}, None),
        ({"budget_duration": "daily"}, ("2031-03-31", "2031-04-01")),
        ({"budget_duration": "weekly"}, ("2031-03-31", "2031-04-07")),
        ({"budget_duration": "monthly"}, ("2031-03-01", "2031-04-01")),
        ({"budget_duration": "yearly"}, ("2031-01-01", "2032-01-01")),
        ({"budget_duration": "monthly", "period_start": "2031-01-31"}, ("2031-03-31", "2031-04-30")),
        ({"budget_duration": "monthly", "period_start": "2031-02-14"}, ("2031-03-14", "2031-04-14")),
        ({"budget_duration": "monthly", "period_end": "2031-05-31"}, ("2031-04-30", "2031-05-31")),
        ({"budget_duration": "daily", "period_start": "2040-01-01"}, ("2040-01-01", "2040-01-02")),
        ({"period_start": "2031-01-01", "period_end": "2031-06-01"}, ("2031-01-01", "2031-06-01")),
    ],
)
def test_the_period_of_a_budget(given: dict[str, str], period: tuple[str, str] | None) -> None:
    """As set, or renewed from its start, or the calendar's, around a Monday that is the last of March."""
    times = {name: read_timestamp(text) for name, text in given.items() if name.startswith("period")}
    profile = Profile(budget_duration=given.get("budget_duration", ""), **times)  # type: ignore[arg-type]
    found = budget_period(profile, int(datetime(2031, 3, 31, 12, tzinfo=UTC).timestamp()) * 1_000_000)

    assert (found and tuple(moment(time)[:10] for time in found)) == period
