"""Measures over time: what the measures are, clocks that change, empty answers, and every mistake in a question."""

from typing import Any

import httpx
import pytest

from midspan.errors import BadRequest
from midspan.search.measures import MEASURES, find_measure
from tests.server import Server
from tests.speaking import create, refused
from tests.summing import decimals

QUERY = "/api/metrics/query/"
CUSTOMER = "of the measures' tests"
OWN = {"filters": {"customer_identifier": {"operator": "", "value": [CUSTOMER]}}}


def ask(client: httpx.Client, **body: Any) -> Any:
    answer = client.post(QUERY, json={"measures": ["count"], **OWN, **body})
    assert answer.status_code == 200, answer.text
    return decimals(answer.text)


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A client; spans of one customer lie an hour apart around the change of clocks of October 2032 in Berlin."""
    for hour in range(20, 24):
        create(server.client, timestamp=f"2032-10-30T{hour}:30:00Z", customer_identifier=CUSTOMER, cost="0.1")
    for hour in range(24):
        create(server.client, timestamp=f"2032-10-31T{hour:02}:30:00Z", customer_identifier=CUSTOMER, cost="0.2")
    return server.client


def test_a_day_on_which_clocks_are_set_back_has_25_hours(client: httpx.Client) -> None:
    """By hour there are 25 buckets with a span each; by day that one holds 25."""
    window = {"start_time": "2032-10-30T22:00:00Z", "end_time": "2032-10-31T22:59:59Z", "time_zone": "Europe/Berlin"}

    assert ask(client, interval="1h", **window)["values"]["count"] == [1] * 25
    assert ask(client, interval="1d", **window)["values"]["count"] == [25]


def test_the_period_before_stands_beside_the_window(client: httpx.Client) -> None:
    """Sunday in Berlin, 25 spans, beside Saturday, of which two hours have any."""
    window = {"start_time": "2032-10-30T22:00:00Z", "end_time": "2032-10-31T22:59:59.999999Z"}
    answer = ask(
        client, interval="1d", time_zone="Europe/Berlin", measures=["sum_cost"], compare="previous_period", **window
    )

    assert str(answer["totals"]["sum_cost"]) == "4.8"
    assert answer["previous"]["start_time"] == "2032-10-29T22:00:00.000000Z"
    assert answer["previous"]["end_time"] == "2032-10-30T21:59:59.999999Z"
    assert str(answer["previous"]["totals"]["sum_cost"]) == "0.2"


def test_where_there_is_nothing_sums_are_nought_and_averages_null(client: httpx.Client) -> None:
    """Buckets without spans are there, too, and so is a window without any."""
    names = ["count", "sum_cost", "distinct_traces", "avg_latency", "p95_latency", "error_rate", "max_cost"]
    answer = ask(
        client, measures=names, interval="1d", start_time="2032-01-01", end_time="2032-01-03", group_by=["model"]
    )

    assert answer["totals"] == dict(zip(names, [0, 0, 0, None, None, None, None], strict=True))
    assert answer["values"] == {name: [value] * 2 for name, value in answer["totals"].items()}
    assert (answer["series"], answer["group_count"]) == ([], 0)


def test_what_people_wrote_before_now_is_in_the_last_bucket(server: Server) -> None:
    """Without an end the window is open: a span of a clock that runs ahead is counted, in the last bucket."""
    create(server.client, timestamp="2288-01-01T00:00:00Z", customer_identifier="ahead of its time")
    own = {"filters": {"customer_identifier": {"operator": "", "value": ["ahead of its time"]}}}
    answer = ask(server.client, **own)

    assert answer["end_time"] is None
    assert answer["totals"]["count"] == 1
    assert answer["values"]["count"][-1] == 1


def test_every_measure_is_listed_and_answered(client: httpx.Client) -> None:
    """All at once, twenty a question; each has a unit and a sentence."""
    listed = client.get("/api/metrics/measures/").json()["measures"]
    names = [measure["name"] for measure in listed]

    assert names == list(MEASURES)
    assert all(measure["unit"] and measure["help"].endswith(".") for measure in listed)
    for at in range(0, len(names), 20):
        some = names[at : at + 20]
        answer = ask(client, measures=some, interval="none", start_time="2032-10-30", end_time="2032-11-01")
        assert list(answer["totals"]) == some


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("total_cost", "sum_cost"),
        ("P95_TTFT", "p95_time_to_first_token"),
        ("sum_total_tokens", "sum_total_request_tokens"),
        ("customers", "distinct_customers"),
        ("number_of_requests", "count"),
    ],
)
def test_other_names_for_measures(name: str, found: str) -> None:
    """Names of older answers, and aliases of fields, in any case of letters."""
    assert find_measure(name).name == found


@pytest.mark.parametrize("name", ["", "p95", "p96_latency", "sum_model", "sum_", "count; DROP TABLE spans", "é" * 999])
def test_what_is_no_measure_is_refused(name: str) -> None:
    """With the nearest one, or where they are listed."""
    with pytest.raises(BadRequest, match=r"Did you mean|GET /api/metrics/measures/"):
        find_measure(name)


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({"measures": None}, "bad_question", "measures names what to sum"),
        ({"measures": []}, "bad_question", "measures: "),
        ({"measures": 3}, "bad_question", "measures: "),
        ({"measures": ["count"] * 21}, "bad_question", "measures: "),
        ({"measures": ["cuont"]}, "bad_measure", "Did you mean 'count'?"),
        ({"interval": "2d"}, "bad_interval", "interval is one of"),
        ({"interval": 5}, "bad_question", "interval: "),
        ({"time_zone": "Europe/Berln"}, "bad_interval", "Did you mean 'Europe/Berlin'?"),
        ({"group_by": ["modle"]}, "bad_filter", "Did you mean 'model'?"),
        ({"group_by": ["cost"]}, "bad_group", "not grouped by cost"),
        ({"group_by": ["timestamp"]}, "bad_group", "Send an interval instead"),
        ({"group_by": ["input"]}, "bad_group", "content"),
        ({"group_by": ["metadata"]}, "bad_group", "Send a key of it"),
        ({"group_by": ["model", "status", "stream", "log_type"]}, "bad_question", "group_by: "),
        ({"limit": 0}, "bad_question", "limit: "),
        ({"limit": 1001}, "bad_question", "limit: "),
        ({"sort_by": "-x"}, "bad_measure", "There is no measure 'x'"),
        ({"compare": "last_year"}, "bad_question", "previous_period"),
        ({"limt": 3}, "bad_question", "Did you mean 'limit'?"),
        ({"start_time": "2032-01-02", "end_time": "2032-01-01"}, "bad_request", "swap them"),
        ({"start_time": "yesterday"}, "bad_request", "start_time"),
        ({"start_time": "2032-01-01", "end_time": "2032-03-01", "interval": "1m"}, "bad_interval", "or auto"),
        (
            {
                "start_time": "2032-01-01",
                "end_time": "2032-03-01",
                "interval": "1h",
                "group_by": ["model"],
                "limit": 99,
            },
            "bad_question",
            "Send a limit of at most 11",
        ),
        ({"filters": {"modle": {"operator": "", "value": ["x"]}}}, "bad_filter", "Did you mean"),
        ({"query": "status:failed ("}, "bad_filter", ""),
    ],
)
def test_every_mistake_is_named_with_its_fix(server: Server, body: dict[str, Any], code: str, said: str) -> None:
    """400 with a code for programs and a sentence for people."""
    answer = server.client.post(QUERY, json={"measures": ["count"], **body})

    assert said in refused(answer, 400, code)["detail"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"group_by": "modle"}, "bad_filter"),
        ({"group_by": "cost"}, "bad_group"),
        ({"sort_by": "price"}, "bad_request"),
        ({"date_group": "fortnight"}, "bad_interval"),
        ({"date_group": "1d", "time_zone": "Mars"}, "bad_interval"),
        ({"page": "9"}, "page_beyond_end"),
        ({"page_size": "1001"}, "bad_request"),
        ({"end_time": "2000-01-01", "start_time": "2001-01-01"}, "bad_request"),
    ],
)
def test_mistakes_in_a_question_for_groups(server: Server, query: dict[str, str], code: str) -> None:
    """400 by GET and by POST."""
    for method in ("GET", "POST"):
        refused(server.client.request(method, "/api/request-logs/groups/", params=query), 400, code)
