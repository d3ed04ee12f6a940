"""The named questions, as the SQL that the engine gets."""

from pathlib import Path

import pytest

from midspan.errors import BadRequest
from midspan.search.chosen import Chosen
from midspan.search.fields import SPANS
from midspan.search.predicates import OWNER, TENANT, Query
from midspan.search.queries import (
    SORTS,
    Cursor,
    Doomed,
    Page,
    count_spans,
    doomed_spans,
    fingerprint,
    list_spans,
    newest_doomed,
    one_span,
    places,
)
from midspan.search.tree import EVERYTHING, And, Words
from midspan.search.where import where

SNAPSHOTS = Path(__file__).parent / "snapshots"

FEW = Chosen(frozenset({"id", "cost", "completion_message"}))
FILTER = And((SPANS.test("customer_identifier", "", ["ada"]), Words("refund policy")))

QUESTIONS: dict[str, Query] = {
    "one_span": one_span("1" * 32),
    "count_spans": count_spans(Page(start=1, end=2, sort="-timestamp", size=50)),
    "count_spans_after": count_spans(Page(start=1, end=2, sort="cost", size=50, cursor=Cursor("cost", 0.5, "1" * 32))),
    "list_spans": list_spans(Page(start=1, end=2, sort="-timestamp", size=50)),
    "list_spans_to_the_last": list_spans(Page(start=1, end=2, sort="-timestamp", size=50), 7),
    "list_spans_after": list_spans(
        Page(start=1, end=None, sort="cost", size=10, cursor=Cursor("cost", 0.5, "2" * 32), log_type="chat")
    ),
    "list_spans_with_payloads": list_spans(
        Page(start=1, end=None, sort="-id", size=10, offset=20, include=frozenset({"input", "tools"}))
    ),
    "list_spans_of_few_fields": list_spans(
        Page(start=1, end=2, sort="-timestamp", size=50, filter=FILTER, include=FEW.names, chosen=FEW)
    ),
    "list_spans_with_words": list_spans(Page(start=1, end=None, sort="-scores__quality", size=10, filter=FILTER)),
    "places": places(["1" * 32, "2" * 32]),
    "newest_doomed": newest_doomed(Doomed(filter=FILTER, start=None, end=2, size=10)),
    "doomed_spans": doomed_spans(Doomed(filter=FILTER, start=1, end=None, size=10, until=7, after=(5, "2" * 32))),
}


def laid_out(sql: str) -> str:
    """The SQL over several lines, so that a change of it reads as one. How filters read is reviewed elsewhere."""
    sql = sql.replace(where(FILTER).sql, "(the filter)")
    for word in (" FROM ", " WHERE ", " AND ", " ORDER BY ", " LIMIT "):
        sql = sql.replace(word, f"\n{word.strip()} ")
    return sql.replace(", ", ",\n    ") + "\n"


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_sql_is_the_one_in_review(name: str) -> None:
    """The text of every question is in git, so that no change of it goes unseen."""
    path = SNAPSHOTS / f"{name}.sql"
    assert laid_out(QUESTIONS[name][0]) == path.read_text()


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_read_of_a_table_names_the_tenant(name: str) -> None:
    """Wherever a table is read, organization and environment are bound beside it."""
    sql, parameters = QUESTIONS[name]
    assert sql.count("FROM spans @final") == sql.count("FROM spans ") == sql.count(TENANT)
    tables = ("spans", "span_keys", "scores")
    assert sum(sql.count(f"FROM {table} ") for table in tables) == sql.count(OWNER)
    assert not {"organization_id", "environment"} & parameters.keys()


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{name}" for name in SORTS)])
def test_a_cursor_reads_back(sort: str) -> None:
    """A cursor survives the way to a client and back, at every sort."""
    cursor = Cursor(sort, "x" if SORTS[sort.removeprefix("-")] == "id" else 7, "1" * 32)
    assert Cursor.read(cursor.text(), sort) == cursor


@pytest.mark.parametrize("text", ["x", "é", "e30", "W10", "WyJpZCIsMSwxXQ", "A" * 5000])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    """A text that no list answered with is a 400."""
    with pytest.raises(BadRequest):
        Cursor.read(text, "id")


def test_a_cursor_of_another_sort_is_refused() -> None:
    """A cursor holds for the sort that it was made for."""
    with pytest.raises(BadRequest, match="sort_by"):
        Cursor.read(Cursor("id", "x", "1").text(), "-cost")


def test_a_cursor_of_another_filter_is_refused() -> None:
    """A cursor holds for the filter that it was made for, and says so."""
    mine = fingerprint(FILTER, None)
    cursor = Cursor("id", "x", "1", mine).text()
    assert Cursor.read(cursor, "id", mine).fingerprint == mine
    for other in ("", fingerprint(FILTER, "chat"), fingerprint(Words("refund"), None)):
        with pytest.raises(BadRequest, match="another filter"):
            Cursor.read(cursor, "id", other)
    assert fingerprint(EVERYTHING, None) == ""


@pytest.mark.parametrize(
    ("sort", "value"),
    [("id", 5), ("timestamp", "x"), ("timestamp", None), ("timestamp", 1 << 70), ("cost", "x"), ("scores__q", "x")],
)
def test_a_cursor_with_a_strange_value_is_refused(sort: str, value: object) -> None:
    """A cursor whose value does not fit its sort never reaches the engine."""
    with pytest.raises(BadRequest):
        list_spans(Page(start=1, end=None, sort=sort, size=1, cursor=Cursor(sort, value, "1")))  # type: ignore[arg-type]
