"""The questions about what is made of spans (traces, threads, sums, customers …), as the SQL that the engine gets."""

import re
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from midspan.search import (
    customers,
    export,
    facets,
    groups,
    hours,
    metrics,
    resume,
    rollups,
    scores,
    summary,
    threads,
    traces,
)
from midspan.search.buckets import buckets
from midspan.search.exported import Choice
from midspan.search.fields import SPANS
from midspan.search.measures import MEASURES
from midspan.search.predicates import OWNER, TENANT, Query
from midspan.search.scope import Scope, group_field
from midspan.search.tree import And, Not, Words
from midspan.search.where import where
from midspan.store.position import Position
from midspan.store.segment import LINES_MAX
from tests import test_queries, test_where
from tests.test_queries import FILTER, SNAPSHOTS
from tests.test_queries import laid_out as lines

A, B = "1" * 32, "2" * 32
DAY = 86_400_000_000


_test = traces.TRACES.catalogue.test

REFUND = Words("refund")

LATEST = rollups.RowPage(start=1, end=2, sort="-timestamp", size=50)
"""The cheapest page: its order and its filter need nothing but when the last span ended."""

DEAR = rollups.RowPage(
    start=1,
    end=None,
    sort="-total_cost",
    size=10,
    offset=20,
    filter=And(
        (
            _test("span_count", "gt", [2]),
            _test("model", "", ["gpt-5"]),
            Not(REFUND),
            _test("metadata.k", "", ["v"]),
        )
    ),
)
"""A test of the row, of any of its spans, of content, of what only some spans say."""

TRACE = cast("traces.Trace", SimpleNamespace(root_id=A, root_key_time=5))

SCOPE = Scope(start=0, end=DAY - 1, filter=FILTER)
MODEL, TIER = group_field("model"), group_field("properties.tier")
HALVES = buckets(0, DAY - 1, "12h", ZoneInfo("UTC"))
MEASURED = metrics.Question(
    scope=SCOPE,
    measures=[MEASURES[name] for name in ("count", "sum_cost", "p95_latency", "distinct_customers", "error_rate")],
    groups=(MODEL, TIER),
    buckets=HALVES,
    sort=MEASURES["sum_cost"],
    limit=2,
)
HOURLY = metrics.Question(
    scope=Scope(start=DAY + 1, end=4 * DAY, filter=Not(SPANS.test("model", "", ["gpt-5"]))),
    measures=[MEASURES[name] for name in ("count", "avg_cost", "p95_latency", "p50_time_to_first_token")],
    groups=(MODEL,),
    buckets=buckets(DAY + 1, 4 * DAY, "1d", ZoneInfo("Asia/Kolkata")),
    sort=MEASURES["count"],
)
WHOLE = metrics.Question(scope=SCOPE, measures=[MEASURES["cache_hit_rate"]], sort=MEASURES["cache_hit_rate"])
SHOWN = metrics.Ranked([("gpt-5", '="pro"'), ("", "")], 7)

KNOWN = [("ada", "Ada", "ada@example.com", 0)]
NAMED = customers.CustomerPage(sort="-name", filter=And((customers.CUSTOMERS.test("cost", "gt", [1]), Words("ada"))))

NARROW = export.Scope(start=1, end=2, filter=FILTER, choice=Choice.read("id,model,metadata,input", "fields"))

CAME_BACK = Position(5 * LINES_MAX, (2 * LINES_MAX + 3,))
GOES_TO = Position(8 * LINES_MAX, (6 * LINES_MAX,))

QUESTIONS: dict[str, Query] = {
    "traces_find": rollups.find(traces.TRACES, LATEST),
    "traces_find_by_sums": rollups.find(traces.TRACES, DEAR),
    "traces_count": rollups.count(traces.TRACES, LATEST),
    "traces_summary": traces.summary(LATEST),
    "traces_read": traces.read_traces(["one", "an'other"]),
    "traces_payloads": traces.read_payloads([TRACE]),
    "traces_tree": traces.tree_spans("one", "id, span_parent_id", 50_000),
    "traces_tree_payloads": traces.tree_payloads("one"),
    "traces_content_sizes": traces.content_sizes("one", ["a", "b"]),
    "traces_contents": traces.contents("one", ["a", "b"]),
    "traces_doomed": traces.doomed(["one"], (1, None), 9, traces.NOWHERE, 1000),
    "threads_find": rollups.find(threads.THREADS, LATEST),
    "threads_find_by_sums": rollups.find(
        threads.THREADS, rollups.RowPage(start=1, end=2, sort="log_count", size=100, filter=FILTER)
    ),
    "threads_count": rollups.count(threads.THREADS, LATEST),
    "threads_read": threads.read_threads(["one"], ["named"]),
    "threads_read_by_name": threads.read_threads(["one"], []),
    "threads_unnamed": threads.traces_with_unnamed(["one"]),
    "metrics_rank": metrics.rank(MEASURED),
    "metrics_ask": metrics.ask(MEASURED, SHOWN, 20_000),
    "metrics_ask_all_groups": metrics.ask(MEASURED),
    "metrics_ask_whole": metrics.ask(WHOLE),
    "metrics_hours": hours.ask(cast("hours.Plan", hours.plan(HOURLY, approximate=True))),
    "groups_list": groups.list_groups(groups.GroupPage(scope=SCOPE, field=MODEL, sort="-total_cost", size=50)),
    "groups_list_by_day": groups.list_groups(
        groups.GroupPage(scope=SCOPE, field=TIER, sort="date_group", size=50, buckets=HALVES, is_named=True)
    ),
    "groups_count": groups.count_groups(groups.GroupPage(scope=SCOPE, field=MODEL, sort="key", size=50)),
    "summary_sums": summary.sums(SCOPE),
    "summary_scores": summary.scores(SCOPE),
    "customers_find": customers.find_customers(customers.CustomerPage(start=1, end=2), []),
    "customers_find_by_name": customers.find_customers(NAMED, KNOWN),
    "customers_read": customers.read_customers(customers.CustomerPage(start=1, end=2), ["ada"]),
    "customers_count": customers.count_customers(customers.CustomerPage(only="ada"), KNOWN),
    "customers_profiles": customers.profiles(["ada", "bob"]),
    "customers_usage": customers.usage("ada", 1, 2),
    "export_place_of": export.place_of(A),
    "export_ids_here": export.ids_here(f"['{A}']"),
    "export_places": export.places(NARROW, export.BEGINNING),
    "export_page": export.page(NARROW, [export.Place(5, A), export.Place(6, B)]),
    "facets_values": facets.values_of(SPANS.find("model"), start=1, end=2, prefix="gp", limit=20),
    "facets_values_of_properties": facets.values_of(
        SPANS.find("properties.tier"), start=1, end=None, prefix="", limit=20
    ),
    "facets_values_of_scores": facets.values_of(SPANS.find("scores.quality"), start=1, end=2, prefix="", limit=20),
    "facets_keys_of_metadata": facets.keys_of("metadata") or ("", {}),
    "facets_keys_of_properties": facets.keys_of("properties") or ("", {}),
    "facets_keys_of_scores": facets.keys_of("scores") or ("", {}),
    "live_between": resume.between(CAME_BACK, GOES_TO, 2 * LINES_MAX, FILTER, frozenset({"input"})),
    "live_sent_before": resume.sent_before([A, B]),
    "scores_list": scores.list_scores(scores.Wanted(log_id=A, type="boolean", is_passed=True, start=1, end=2)),
    "scores_count": scores.count_scores(scores.Wanted(evaluator_slug="quality")),
    "scores_one": scores.one_score("s", A),
    "scores_of": scores.scores_of([A, B]),
}

TABLES = ("spans", "span_keys", "trace_times", "scores")


def laid_out(sql: str) -> str:
    """The SQL over several lines, a line for what is grouped and joined too. How words read is reviewed elsewhere."""
    for tree in (REFUND, FILTER.parts[1]):
        for leaf in range(4):
            sql = sql.replace(where(tree, SPANS, f"f{leaf}_").sql, "(the words)")
    text = lines(sql)
    for word in (" GROUP BY ", " HAVING ", " LEFT ANY JOIN "):
        text = text.replace(word, f"\n{word.strip()} ")
    return text


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_sql_is_the_one_in_review(name: str) -> None:
    """The text of every question is in git, so that no change of it goes unseen."""
    assert laid_out(QUESTIONS[name][0]) == (SNAPSHOTS / f"{name}.sql").read_text()


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_read_of_a_table_names_the_tenant(name: str) -> None:
    """Wherever a table is read, organization and environment are bound beside it, and spans are read once each."""
    sql, parameters = QUESTIONS[name]
    if name != "metrics_hours":  # which counts every version, and takes away what is superseded
        assert sql.count("FROM spans @final") == sql.count(TENANT)
    assert sum(sql.count(f"FROM {table} ") for table in TABLES) == sql.count(OWNER) > 0
    assert not {"organization_id", "environment"} & parameters.keys()


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_place_is_bound_and_nothing_else(name: str) -> None:
    """What the text has a place for comes with it, but for the tenant, whom the store binds; nothing comes beside."""
    sql, parameters = QUESTIONS[name]
    places = set(re.findall(r"\{(\w+):", sql)) - {"organization_id", "environment"}
    assert places == parameters.keys()


def test_no_snapshot_is_left_over() -> None:
    """Every file is some question's: one that nothing asks any more says nothing."""
    assert {path.stem for path in SNAPSHOTS.glob("*.sql")} == {*QUESTIONS, *test_queries.QUESTIONS, *test_where.FILTERS}
