"""midspan.search.where: the SQL of filters, and that it says what `search.match` says."""

import random
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from midspan.errors import BadRequest
from midspan.search.catalogue import Field
from midspan.search.fields import SPANS
from midspan.search.match import matcher
from midspan.search.operators import OPERATORS
from midspan.search.tree import DEPTH_MAX, EVERYTHING, And, Filter, Not, Or, Words
from midspan.search.where import where
from tests import asking
from tests.asking import Asking

SNAPSHOTS = Path(__file__).parent / "snapshots"
SPAN_COUNT = 250

FILTERS: dict[str, Filter] = {
    "filter_plain": And(
        (
            SPANS.test("model", "in", ["gpt-5", "gpt-4o"]),
            SPANS.test("customer", "", ["team/alice"]),
            SPANS.test("log_type", "not", ["chat"]),
            SPANS.test("latency", ">", [2]),
            SPANS.test("cost", "gte", ["0.0000000000011"]),
            SPANS.test("start_time", "lt", ["2026-01-31T12:00:00Z"]),
            SPANS.test("feedback", "not", [True]),
        )
    ),
    "filter_texts": Or(
        (
            SPANS.test("note", "contains", ["a"]),
            SPANS.test("note", "icontains", ["a"]),
            SPANS.test("note", "iexact", ["é"]),
            SPANS.test("note", "not_startswith", ["a"]),
            SPANS.test("note", "endswith", ["a", "b"]),
            SPANS.test("note", "regex", ["a.b"]),
            SPANS.test("note", "trigram_word_similar", ["abcd"]),
            SPANS.test("note", "empty"),
        )
    ),
    "filter_words": Not(And((Words("refund policy"), Words("poli", is_prefix=True)))),
    "filter_metadata": Or(
        (SPANS.test("metadata.region", "not", ["eu"]), SPANS.test("metadata", "has_key", ["region"]))
    ),
    "filter_properties": And(
        (SPANS.test("properties.tier", ">=", [2]), SPANS.test("properties.tags", "overlap", ["a"]))
    ),
    "filter_extra": And((SPANS.test("cache_bit", "", [True]), SPANS.test("deployment_name", "not", ["blue"]))),
    "filter_scores": Or((SPANS.test("scores__quality", "gte", [0.5]), SPANS.test("scores.tone", "not", ["good"]))),
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    """An engine with spans whose every field is drawn, a part of them sent again with other values, a part changed
    afterwards; and scores.
    """
    asking_ = Asking(tmp_path_factory.mktemp("where"))
    choice = random.Random(20260101)
    asking_.insert(asking.span(choice, number) for number in range(SPAN_COUNT))
    asking_.insert(asking.span(choice, number) for number in range(0, SPAN_COUNT, 4))
    asking_.mark(asking.mark_of(choice, span_id) for span_id in choice.sample(sorted(asking_.spans), SPAN_COUNT // 3))
    asking_.score(score for span_id in asking_.spans for score in asking.scores_of(choice, span_id))
    yield asking_
    asking_.close()


@pytest.mark.parametrize("name", FILTERS)
def test_the_sql_of_a_filter_is_the_one_in_review(name: str) -> None:
    """The text of every kind of test is in git, so that no change of it goes unseen."""
    sql = where(FILTERS[name]).sql
    for word in (" AND ", " OR "):
        sql = sql.replace(word, f"\n{word.strip()} ")
    assert sql + "\n" == (SNAPSHOTS / f"{name}.sql").read_text()


def test_everything_is_true() -> None:
    """The filter that asks nothing is the predicate 1, with nothing bound."""
    assert (where(EVERYTHING).sql, where(EVERYTHING).parameters) == ("1", {})


def test_values_and_keys_are_bound_and_stand_nowhere_in_the_text() -> None:
    """Whatever a client writes, as a value or as a key, is a parameter; equal values share one, named by the prefix."""
    evil = "') OR 1=1 -- {x:String} \\"
    tree = Or(
        tuple(
            SPANS.test(name, operator, [evil])
            for name in ("note", f"metadata.{evil}", f"properties.{evil}", f"extra.{evil}", f"scores.{evil}")
            for operator in ("eq", "contains", "startswith")
        )
    )
    found = where(tree, prefix="q")
    assert "1=1" not in found.sql
    assert set(found.parameters.values()) == {evil}
    assert set(found.parameters) == {"q0"}


def test_a_deep_filter_is_refused_and_one_at_the_bound_is_not(asked: Asking) -> None:
    """A tree of a thousand levels is a fault of the filter, in SQL and in Python; one at the bound is answered."""
    deep: Filter = SPANS.test("note", "eq", ["a"])
    for _ in range(DEPTH_MAX - 1):
        deep = Not(deep)
    assert asked.in_sql([deep]) == [asked.in_python(deep)] == [asked.in_python(Not(SPANS.test("note", "eq", ["a"])))]
    for _ in range(1000):
        deep = And((deep,))
    with pytest.raises(BadRequest, match="deep"):
        where(deep)
    with pytest.raises(BadRequest, match="deep"):
        matcher(deep)


def test_a_deep_filter_of_the_longest_tests_is_answered(asked: Asking) -> None:
    """Groups nested to the bound, with tests inside whose SQL is nested itself, are within what the engine parses."""
    tree: Filter = SPANS.test("properties.a.b", "overlap", [1.5, "x", True])
    for level in range(DEPTH_MAX - 1):
        other = SPANS.test("note", "eq", ["a"])
        tree = (And((tree, other)), Or((tree, other)), Not(tree))[level % 3]
    assert asked.in_sql([tree]) == [asked.in_python(tree)]


def test_a_filter_that_the_engine_would_not_parse_is_refused() -> None:
    """A predicate longer than statements may be is a 400 before the engine sees it."""
    test = SPANS.test("properties.a.b", "overlap", list(range(1000)))
    with pytest.raises(BadRequest, match="too much at once"):
        where(test)


def test_as_many_values_as_fit_are_answered(asked: Asking) -> None:
    """A filter just within the bound reaches the engine, and the engine parses it."""
    test = SPANS.test("note", "in", ["a", *(f"value {number}" for number in range(4000))])
    assert asked.in_sql([test]) == [asked.in_python(test)]


def test_a_bomb_of_a_pattern_takes_linear_time(asked: Asking) -> None:
    """A pattern that backtracking would never end on is answered within seconds, over a text of 200 kB."""
    bomb = SPANS.test("note", "regex", [r"^(a+)+$|(a|aa)+b|(.*a){12}c"])
    began = time.monotonic()
    found = asked.engine.query(
        f"SELECT count() AS n FROM (SELECT repeat('a', 200000) || '!' AS note) WHERE {where(bomb).sql}",
        where(bomb).parameters,
    )
    assert found == b'{"n":0}\n'
    span = next(iter(asked.spans.values()))
    assert not matcher(bomb)(msgspec.structs.replace(span, note="a" * 200_000 + "!"), ())
    assert time.monotonic() - began < 5


def _agrees(asked: Asking, trees: list[Filter]) -> None:
    for tree, in_sql in zip(trees, asked.in_sql(trees), strict=True):
        in_python = asked.in_python(tree)
        differing = [asked.spans[each] for each in sorted(in_sql ^ in_python)[:1]]
        assert in_sql == in_python, (tree, differing)


def _fields() -> list[Field]:
    """Every field, and one of each family."""
    return [
        SPANS.find(field.name.replace("<key>", "quality" if field.kind == "score" else "a"))
        if field.is_family
        else field
        for field in SPANS.fields
    ]


@pytest.mark.parametrize("field", _fields(), ids=lambda field: field.name)
def test_every_operator_of_a_field_agrees_and_is_two_valued(field: Field, asked: Asking) -> None:
    """Each operator of each field, against several values, selects the same in SQL and in Python, and never says NULL.
    An operator and its negation share no span, and a negation leaves out only what is missing.
    """
    choice = random.Random(field.name)
    spans = list(asked.spans.values())
    tests = [asking.test_of(choice, spans, field, operator) for operator in field.operators for _ in range(3)]
    _agrees(asked, list(tests))
    missing = asked.in_python(field.test("empty")) if not field.lets_missing_through else set()
    for test in tests:
        if negated := OPERATORS[test.operator].negates:
            selected, others = asked.in_python(test), asked.in_python(asking.renamed(test, negated))
            assert not selected & others
            if negated != "empty":
                assert asked.spans.keys() - selected - others <= missing


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 2**32))
def test_random_filters_agree(seed: int, asked: Asking) -> None:
    """Ten random trees over random spans select the same in SQL and in Python."""
    choice = random.Random(seed)
    spans = list(asked.spans.values())
    _agrees(asked, [asking.tree(choice, spans) for _ in range(10)])
