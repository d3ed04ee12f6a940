"""Sums: the summary, groups, and measures over time, held against plain Python over the spans that lists show."""

import itertools
import json
import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import summing
from tests.server import Server
from tests.speaking import cli, new_key, tenant
from tests.summing import DAYS, FILTERS, GROUPS, MEASURES, START, Row, Rows, decimals, measured, same

QUERY = "/api/metrics/query/"
SUMMARY = "/api/request-logs/summary/"
GROUPS_PATH = "/api/request-logs/groups/"
SPANS = 240
ZONES = ("UTC", "Europe/Berlin", "America/Santiago", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia")


@pytest.fixture(scope="module")
def client(server: Server) -> httpx.Client:
    """A client of an organization of its own, in which spans were sent and many sent again, changed."""
    cli(server, "organizations", "create", "Sums")
    client = server.client_of(new_key(server, "--organization", "Sums")["key"])
    choice = random.Random(31)
    first = [summing.span(choice, number) for number in range(SPANS)]
    again = [summing.span(choice, number) for number in choice.sample(range(SPANS), SPANS // 2)]
    more = [summing.span(choice, number) for number in choice.sample(range(SPANS), SPANS // 4)]
    for logs in (first, again, more):
        answer = client.post("/api/request-logs/bulk/", json={"logs": logs})
        assert answer.json()["success_count"] == len(logs), answer.text
    return client


@pytest.fixture(scope="module")
def rows(client: httpx.Client) -> Rows:
    """Every span of that organization, as a list shows it."""
    answer = client.get("/api/request-logs/list/", params={"page_size": 1000, "start_time": "2000-01-01"})
    found = Rows(decimals(answer.text)["results"])
    assert len({row["id"] for row in found}) == len(found) == SPANS
    return found


def post(client: httpx.Client, path: str, body: Any, **parameters: Any) -> Any:
    answer = client.post(path, json=body, params=parameters)
    assert answer.status_code == 200, answer.text
    return decimals(answer.text)


@st.composite
def windows(draw: st.DrawFn) -> tuple[datetime, datetime]:
    """Some time in those days, on whole hours of some of them."""
    minutes = DAYS * 24 * 60
    start = draw(st.integers(-60, minutes))
    length = draw(st.one_of(st.integers(0, minutes), st.sampled_from([1440, 7 * 1440, DAYS * 1440])))
    return START + timedelta(minutes=start), START + timedelta(minutes=start + length)


QUESTIONS = st.fixed_dictionaries({
    "window": windows(),
    "measures": st.lists(st.sampled_from(MEASURES), min_size=1, max_size=6, unique=True),
    "group_by": st.lists(st.sampled_from(list(GROUPS)), max_size=3, unique=True),
    "interval": st.sampled_from(["none", "1h", "6h", "1d", "1w", "1M", "1y"]),
    "time_zone": st.sampled_from(ZONES),
    "filter": st.sampled_from(list(FILTERS)),
    "sort_by": st.tuples(st.sampled_from(["", "-"]), st.sampled_from(summing.EXACT)).map("".join),
    "limit": st.integers(1, 8),
    "compare": st.booleans(),
    "approximate": st.booleans(),
})  # fmt: skip
HOURLY = st.fixed_dictionaries({
    "window": windows(),
    "measures": st.lists(st.sampled_from(summing.HOURLY), min_size=1, max_size=6, unique=True),
    "group_by": st.sampled_from([[], ["model"], ["status_code"], ["model", "status_code"]]),
    "interval": st.sampled_from(["none", "6h", "1d", "1w", "1M"]),
    "time_zone": st.sampled_from(ZONES),
    "filter": st.sampled_from(["all", "one model", "failed", "nothing"]),
    "sort_by": st.sampled_from(["count", "-sum_cost", "error_count", "-sum_total_request_tokens"]),
    "limit": st.integers(1, 4),
    "compare": st.booleans(),
    "approximate": st.booleans(),
})  # fmt: skip
"""What the sums of whole hours can answer, in zones whose days begin within an hour of others too."""


@given(question=QUESTIONS)
@settings(max_examples=80)
def test_measures_equal_the_sums_over_the_visible_spans(
    client: httpx.Client, rows: Rows, question: dict[str, Any]
) -> None:
    """Any measure, group, filter, bucket and zone: each cell is what Python makes of the spans that a list shows."""
    check_question(client, rows, question)


@given(question=HOURLY)
@settings(max_examples=60)
def test_sums_of_hours_are_those_of_the_spans(client: httpx.Client, rows: Rows, question: dict[str, Any]) -> None:
    """So are those that are added up of whole hours, whichever spans were sent again.

    Quantiles are beside the exact ones by a hundredth at most where the answer says so.
    """
    check_question(client, rows, question)


def test_quantiles_are_approximate_only_where_that_is_allowed(client: httpx.Client) -> None:
    """The answer says which they are; those of a single hour are exact in any case, and so are sums alone."""
    body = {"measures": ["p95_latency", "count"], "start_time": START.isoformat(), "interval": "1d"}
    body["end_time"] = (START + timedelta(days=DAYS)).isoformat()
    hour = body | {"end_time": (START + timedelta(hours=1)).isoformat(), "interval": "none"}

    assert post(client, QUERY, body | {"approximate": True})["is_approximate"] is True
    assert post(client, QUERY, body)["is_approximate"] is False
    assert post(client, QUERY, hour | {"approximate": True})["is_approximate"] is False
    assert post(client, QUERY, body | {"measures": ["count"], "approximate": True})["is_approximate"] is False


def check_question(client: httpx.Client, rows: Rows, question: dict[str, Any]) -> None:
    """Ask, and hold the answer against what Python makes of the spans."""
    start, end = question["window"]
    filters, passes = FILTERS[question["filter"]]
    asked = ("measures", "group_by", "interval", "time_zone", "sort_by", "limit", "approximate")
    body = {name: question[name] for name in asked}
    body |= {"start_time": start.isoformat(), "end_time": end.isoformat(), "filters": filters}
    answer = post(client, QUERY, body | ({"compare": "previous_period"} if question["compare"] else {}))
    inside = [row for row in rows if start <= summing.time_of(row) <= end and passes(row)]
    groups = summing.grouped(inside, question["group_by"])
    shown = summing.ranked(groups, question["sort_by"])[: question["limit"]] if question["group_by"] else []

    assert question["approximate"] or not answer["is_approximate"]
    check_period(answer, question, inside, shown)
    has_other = any(series["is_other"] for series in answer["series"])
    assert has_other or not question["group_by"] or len(shown) == len(groups)
    if question["group_by"]:
        assert answer["group_count"] == len(groups)
    if question["compare"]:
        before = answer["previous"]
        since, until = (datetime.fromisoformat(before[name]) for name in ("start_time", "end_time"))
        assert since <= until < start
        assert len(before["buckets"]) == len(answer["buckets"])
        assert [each["group"] for each in before["series"]] == [each["group"] for each in answer["series"]]
        earlier = [row for row in rows if since <= summing.time_of(row) <= until and passes(row)]
        near = answer["is_approximate"]
        check_sums(before["totals"], earlier, near=near)
        for series in before["series"]:
            check_sums(series["totals"], members(earlier, question["group_by"], shown, series), near=near)
        counts = [series["totals"].get("count", 0) for series in before["series"]]
        assert not question["group_by"] or sum(counts) == before["totals"].get("count", 0)


def check_period(answer: Any, question: dict[str, Any], inside: list[Row], shown: Sequence[tuple[str, ...]]) -> None:
    """The whole, its buckets, its groups, and the groups' buckets."""
    fields = question["group_by"]
    near = answer["is_approximate"]
    check_sums(answer["totals"], inside, near=near)
    check_cells(answer, answer["values"], inside, question)
    keys = [
        tuple(summing.key_text(field, series["group"][field]) for field in fields)
        for series in answer["series"]
        if not series["is_other"]
    ]
    assert keys == list(shown)
    for series in answer["series"]:
        found = members(inside, fields, shown, series)
        check_sums(series["totals"], found, near=near)
        check_cells(answer, series["values"], found, question)
    if fields:
        for column in answer["measures"]:
            if column["is_additive"] and column["kind"] != "number":
                name = column["name"]
                assert sum(series["totals"][name] for series in answer["series"]) == answer["totals"][name]


def members(rows: list[Row], fields: Sequence[str], shown: Sequence[tuple[str, ...]], series: Any) -> list[Row]:
    """The spans of a group of an answer."""
    groups = summing.grouped(rows, fields)
    if series["is_other"]:
        return [row for key, found in groups.items() if key not in shown for row in found]
    return groups.get(tuple(summing.key_text(field, series["group"][field]) for field in fields), [])


def check_sums(given: dict[str, Any], rows: list[Row], *, near: bool = False) -> None:
    for name, value in given.items():
        assert same(name, value, measured(name, rows), near=near), (name, value, measured(name, rows), len(rows))


def check_cells(answer: Any, values: dict[str, list[Any]], rows: list[Row], question: dict[str, Any]) -> None:
    interval, zone = question["interval"], ZoneInfo(question["time_zone"])
    if interval == "none":
        assert answer["buckets"] == []
        assert not any(values.values())
        return
    labels = [summing.label(datetime.fromisoformat(begin), interval, zone) for begin in answer["buckets"]]
    assert len(set(labels)) == len(labels)
    cells: list[list[Row]] = [[] for _ in labels]
    for row in rows:
        label = summing.label(summing.time_of(row), interval, zone)
        # The end of the window is inclusive, and belongs to the bucket that it ends.
        cells[labels.index(label) if label in labels else -1].append(row)
    for name, found in values.items():
        assert len(found) == len(cells)
        for value, cell in zip(found, cells, strict=True):
            wanted = measured(name, cell)
            assert same(name, value, wanted, near=answer["is_approximate"]), (name, value, wanted, len(cell))


@given(window=windows(), name=st.sampled_from(list(FILTERS)))
@settings(max_examples=25)
def test_the_summary_is_the_sum_over_the_visible_spans(
    client: httpx.Client, rows: Rows, window: tuple[datetime, datetime], name: str
) -> None:
    """Every number of it; an average is 0 where there is nothing, because clients take no null here."""
    filters, passes = FILTERS[name]
    times = {"start_time": window[0].isoformat(), "end_time": window[1].isoformat()}
    given = post(client, SUMMARY, {"filters": filters}, **times)
    inside = [row for row in rows if window[0] <= summing.time_of(row) <= window[1] and passes(row)]

    measures = {
        "number_of_requests": "count", "total_cost": "sum_cost", "total_tokens": "sum_total_request_tokens",
        "total_prompt_tokens": "sum_prompt_tokens", "total_completion_tokens": "sum_completion_tokens",
        "avg_latency": "avg_latency", "avg_tps": "avg_tokens_per_second", "avg_ttft": "avg_time_to_first_token",
        "error_count": "error_count",
    }  # fmt: skip
    assert given.keys() == {*measures, "scores"}
    by_get = decimals(client.get(SUMMARY, params={**times, "filters": json.dumps(filters)}).text)
    for key, measure in measures.items():
        assert same(measure, given[key], measured(measure, inside) or 0), key
        assert same(measure, by_get[key], given[key]), key


PAGES = st.fixed_dictionaries({
    "window": windows(),
    "filter": st.sampled_from(list(FILTERS)),
    "group_by": st.sampled_from([*GROUPS, "trace", "thread"]),
    "size": st.sampled_from([1, 2, 3, 1000]),
    "by_day": st.booleans(),
})  # fmt: skip


@given(asked=PAGES)
@settings(max_examples=30)
def test_groups_are_the_sums_over_their_spans(client: httpx.Client, rows: Rows, asked: dict[str, Any]) -> None:
    """Page after page every group once, `count` of them, with the sums of its spans."""
    window, group_by, size, by_day = (asked[name] for name in ("window", "group_by", "size", "by_day"))
    field = {"trace": "trace_unique_id", "thread": "thread_identifier"}.get(group_by, group_by)
    read: Callable[[Row], Any] = GROUPS.get(field, lambda row: row[field])
    filters, passes = FILTERS[asked["filter"]]
    inside = [row for row in rows if window[0] <= summing.time_of(row) <= window[1] and passes(row)]
    wanted: dict[Any, list[Row]] = {}
    zone = ZoneInfo("Europe/Berlin")
    for row in inside:
        if group_by != "thread" or read(row):
            day = summing.label(summing.time_of(row), "1d", zone) if by_day else None
            wanted.setdefault((summing.key_text(field, read(row)), day), []).append(row)
    parameters = {
        "start_time": window[0].isoformat(),
        "end_time": (window[1]).isoformat(),
        "page_size": max(size, len(wanted) // 3),
    }
    parameters |= {"group_by": group_by, "sort_by": "-total_tokens"} | (
        {"date_group": "1d", "time_zone": zone.key} if by_day else {}
    )
    pages = [post(client, GROUPS_PATH, {"filters": filters}, **parameters)]
    while pages[-1]["next"]:
        pages.append(decimals(client.post(pages[-1]["next"], json={"filters": filters}).text))
    found = [row for page in pages for row in page["results"]]

    assert {page["count"] for page in pages} == {len(found)}
    assert [row["total_tokens"] for row in found] == sorted((row["total_tokens"] for row in found), reverse=True)
    last = window[1].astimezone(zone).date()
    keys = [
        (
            summing.key_text(field, row[field]),
            datetime.fromisoformat(row["date_group"]).astimezone(zone).date() if by_day else None,
        )
        for row in found
    ]
    if by_day and window[1].astimezone(zone).time() == datetime.min.time():  # the end belongs to the day that it ends
        for key in [key for key in wanted if key[1] == last and window[0] != window[1]]:
            wanted.setdefault((key[0], last - timedelta(days=1)), []).extend(wanted.pop(key))
    assert sorted(keys, key=str) == sorted(wanted, key=str)
    for key, row in zip(keys, found, strict=True):
        check_group(row, wanted[key])


@pytest.mark.parametrize(
    ("path", "sort"),
    [(GROUPS_PATH, "average_latency"), (GROUPS_PATH, "-average_ttft"), (GROUPS_PATH, "average_tps"),
     ("/api/users/list/", "average_latency"), ("/api/users/list/", "-average_ttft")],
)  # fmt: skip
def test_equal_averages_are_equal_in_rank(server: Server, path: str, sort: str) -> None:
    """Whatever the order is in which the engine adds floats up: those of equal averages come by their names."""
    client = tenant(server)
    turns = list(itertools.permutations((0.1, 0.2, 0.3, 0.7)))
    names = [f"c{turn:02}" for turn in range(len(turns))]
    logs = [
        {"customer_identifier": name, "latency": value, "time_to_first_token": value, "tokens_per_second": value}
        for name, values in zip(names, turns, strict=True)
        for value in values
    ]
    assert client.post("/api/request-logs/bulk/", json={"logs": logs}).json()["success_count"] == len(logs)
    found = post(client, path, {}, sort_by=sort, group_by="customer_identifier")["results"]

    assert [row["customer_identifier"] for row in found] == sorted(names, reverse=sort.startswith("-"))


def check_group(row: dict[str, Any], rows: list[Row]) -> None:
    measures = {
        "number_of_requests": "count", "span_count": "count", "total_cost": "sum_cost", "error_count": "error_count",
        "total_tokens": "sum_total_request_tokens", "average_cost": "avg_cost", "average_latency": "avg_latency",
        "average_ttft": "avg_time_to_first_token", "average_tps": "avg_tokens_per_second",
    }  # fmt: skip
    for key, measure in measures.items():
        assert same(measure, row[key], measured(measure, rows)), key
    for key, measure in {"error_percentage": "error_rate", "cache_hit_percentage": "cache_hit_rate"}.items():
        assert float(row[key]) == pytest.approx(float(measured(measure, rows) * 100))
    average = measured("avg_total_request_tokens", rows)
    assert (
        row["average_tokens"] is None
        if average is None
        else row["average_tokens"] == pytest.approx(float(average), abs=0.51, rel=1e-9)
    )
