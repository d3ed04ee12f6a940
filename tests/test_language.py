"""The query language and the JSON filters: what they read, what they write, and what they refuse."""

import random
import time
import typing
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midspan.errors import BadFilter, BadRequest
from midspan.search.bounds import JSON_BYTES_MAX, NESTING_MAX, TESTS_MAX, TEXT_MAX, VALUES_MAX
from midspan.search.fields import SPANS
from midspan.search.json_filters import read_filters, read_quick_filters
from midspan.search.json_written import write_filters
from midspan.search.language import read_query, write_query
from midspan.search.match import matcher
from midspan.search.normal import NOTHING, normal
from midspan.search.operators import OPERATORS
from midspan.search.tree import EVERYTHING, And, Filter, Not, Or, Test, Words, depth
from midspan.search.where import where
from tests import asking

NOW = 1_750_000_000_000_000
DAY = 86_400_000_000


def eq(field: str, *values: Any) -> Test:
    return Test(field, "eq", values)


TEXTS: list[tuple[str, Filter]] = [
    ("", EVERYTHING),
    ("  ", EVERYTHING),
    ("*", EVERYTHING),
    ("-*", NOTHING),
    ("model:gpt-5", eq("model", "gpt-5")),
    ("model: gpt-5", eq("model", "gpt-5")),
    ('model:"gpt 5"', eq("model", "gpt 5")),
    ("MODEL:GPT", eq("model", "GPT")),
    ("model:a,b, c", eq("model", "a", "b", "c")),
    ("model:(a OR b)", Or((eq("model", "a"), eq("model", "b")))),
    ("model:!=a,b", Test("model", "not", ("a", "b"))),
    ("model:=gpt-*", eq("model", "gpt-*")),
    ("model:gpt-*", Test("model", "startswith", ("gpt-",))),
    ("model:*mini,*nano", Test("model", "endswith", ("mini", "nano"))),
    ('model:*"5 m"*', Test("model", "contains", ("5 m",))),
    ("model:!=*5*", Test("model", "not_contains", ("5",))),
    ("model:a,b*", Or((eq("model", "a"), Test("model", "startswith", ("b",))))),
    ("model:!=a,b*", And((Test("model", "not", ("a",)), Test("model", "not_startswith", ("b",))))),
    ("model:g*5", Test("model", "regex", ("^g.*5$",))),
    ("model:g.*5*", Test("model", "regex", (r"^g\x2e.*5",))),
    ("model:~GPT", Test("model", "icontains", ("GPT",))),
    ("model:!~GPT", Test("model", "not_icontains", ("GPT",))),
    ("model:/^gpt-[45]$/", Test("model", "regex", ("^gpt-[45]$",))),
    ("span_path:/a\\/b c/", Test("span_path", "regex", ("a/b c",))),
    ("model:!=/x/", Test("model", "not_regex", ("x",))),
    ("model:iexact(gpt)", Test("model", "iexact", ("gpt",))),
    ("model:NOT_IN(a, b)", Test("model", "not", ("a", "b"))),
    ("note:isnull(false)", Test("note", "not_empty")),
    ("note:empty()", Test("note", "empty")),
    ("note:*", Test("note", "not_empty")),
    ("has:note", Test("note", "not_empty")),
    ("missing:metadata.region", Test("metadata.region", "empty")),
    ("is:root", eq("is_root_span", True)),
    ("is:streaming", eq("stream", True)),
    ("is:tool_calls", eq("has_tool_calls", True)),
    ("stream:no", eq("stream", False)),
    ("latency:>2", Test("latency", "gt", (2.0,))),
    ("latency:>= 500ms", Test("latency", "gte", (0.5,))),
    ("latency:<1.5m", Test("latency", "lt", (90.0,))),
    ("tokens:>1.5k", Test("total_request_tokens", "gt", (1500,))),
    ("tokens:2M", eq("total_request_tokens", 2_000_000)),
    ("cost:>$0.01", Test("cost", "gt", ("0.01",))),
    ("cost:0.01..0.5", And((Test("cost", "gte", ("0.01",)), Test("cost", "lte", ("0.5",))))),
    ("cost:..0.5", Test("cost", "lte", ("0.5",))),
    ("status_code:400..", Test("status_code", "gte", (400,))),
    ("span_path:a..b", eq("span_path", "a..b")),
    ("status_code:(>=400 <500)", And((Test("status_code", "gte", (400,)), Test("status_code", "lt", (500,))))),
    ("timestamp:>-7d", Test("timestamp", "gt", (NOW - 7 * DAY,))),
    ("timestamp:<now-90m", Test("timestamp", "lt", (NOW - 5_400_000_000,))),
    ("timestamp:now", eq("timestamp", NOW)),
    ("timestamp:2025-06-15T12:00:00Z", eq("timestamp", 1_749_988_800_000_000)),
    ("timestamp:>2025-06-15T14:00+02:00", Test("timestamp", "gt", (1_749_988_800_000_000,))),
    ("timestamp:>2025-06-14", Test("timestamp", "gte", (NOW // DAY * DAY,))),
    ("timestamp:<=2025-06-14", Test("timestamp", "lt", (NOW // DAY * DAY,))),
    ("timestamp:>=today", Test("timestamp", "gte", (NOW // DAY * DAY,))),
    (
        "timestamp:yesterday",
        And((Test("timestamp", "gte", (NOW // DAY * DAY - DAY,)), Test("timestamp", "lt", (NOW // DAY * DAY,)))),
    ),
    ("metadata.region:eu", eq("metadata.region", "eu")),
    ('metadata."a b:c":d', eq("metadata.a b:c", "d")),
    ("metadata:has_key(region)", Test("metadata", "has_key", ("region",))),
    ("properties.user.tier:>=2", Test("properties.user.tier", "gte", (2,))),
    ("properties.n:2,true", eq("properties.n", "2", "true")),
    ('properties.n:=2,"2",true', eq("properties.n", 2, "2", True)),
    ("properties.n:!==2", Test("properties.n", "not", (2,))),
    ("properties.tags:overlap(a, 2)", Test("properties.tags", "overlap", ("a", 2))),
    ("properties.n:1..2", And((Test("properties.n", "gte", (1,)), Test("properties.n", "lte", (2,))))),
    ("scores.quality:>0.5", Test("scores.quality", "gt", (0.5,))),
    ("refund", Words("refund")),
    ("don't", Words("don't")),
    ("refun*", Words("refun", True)),
    ('"refund policy"', Words("refund policy")),
    ('"refund pol"*', Words("refund pol", True)),
    (r'"a \"b\" \\ \n \u00e9 \ud83d\ude00"', Words('a "b" \\ \n é 😀')),
    ("refund or not", And((Words("refund"), Words("or"), Words("not")))),
    ('"OR"', Words("OR")),
    ("a b", And((Words("a"), Words("b")))),
    ("a AND b", And((Words("a"), Words("b")))),
    ("a OR b c", Or((Words("a"), And((Words("b"), Words("c")))))),
    ("(a OR b) c", And((Or((Words("a"), Words("b"))), Words("c")))),
    ("((a))", Words("a")),
    ("-a", Not(Words("a"))),
    ("NOT a b", And((Not(Words("a")), Words("b")))),
    ("-(a OR b)", Not(Or((Words("a"), Words("b"))))),
    ("- model:a".replace("- ", "-"), Not(eq("model", "a"))),
    ("model:(NOT a)", Not(eq("model", "a"))),
]


@pytest.mark.parametrize(("text", "tree"), TEXTS, ids=[text for text, _ in TEXTS])
def test_texts_are_read(text: str, tree: Filter) -> None:
    """Every form of the language means one tree, which is written as a text that means it too, as does its JSON."""
    assert read_query(text, now=NOW) == tree
    assert read_query(write_query(tree)) == tree
    assert read_filters(write_filters(tree)) == tree


BAD_TEXTS = [
    ("modle:gpt-5", 1, "model"),
    ("refund http://example.com", 8, None),
    ("latency>2", 8, "latency:>2"),
    ("model:", 7, None),
    ("a (b OR c", 10, None),
    ("a)", 2, None),
    ('a "b', 3, None),
    ("a OR", 5, None),
    ("OR a", 1, None),
    ("a AND AND b", 7, None),
    ("()", 2, None),
    ("- a", 1, None),
    ("???", 1, None),
    ("is:model", 4, None),
    ("is:", 4, None),
    ("has:nothing", 5, None),
    ("latency:>fast", 9, None),
    ("latency:>1,2", 9, None),
    ("latency:~1", 9, None),
    ("cost:regex(a)", 6, None),
    ("cost:..", 6, None),
    ("model:/(/", 7, None),
    ("model:/abc", 7, None),
    ("model:f(x)", 8, None),
    ("model:>/x/", 7, None),
    ('model:"\\q"', 7, None),
    ("model:in(a", 11, None),
    ("timestamp:>2026-13-01", 11, None),
    ("metadata.:x", 1, None),
    ("metadata:x", 10, None),
    ("stream:maybe", 8, None),
]


@pytest.mark.parametrize(("text", "position", "suggestion"), BAD_TEXTS)
def test_a_mistake_in_a_text_is_placed(text: str, position: int, suggestion: str | None) -> None:
    """A text that cannot be read is refused with the character at fault, and what was probably meant."""
    with pytest.raises(BadFilter) as refused:
        read_query(text, now=NOW)
    assert refused.value.more["position"] == position, refused.value.detail
    assert refused.value.more.get("suggestion") == suggestion
    assert refused.value.detail.startswith(f"Character {position}: ")
    assert refused.value.detail.endswith((".", "?"))


JSONS: list[tuple[Any, str]] = [
    (None, ""),
    ({}, ""),
    ([], ""),
    ({"model": "gpt-5"}, "model:gpt-5"),
    ({"model": ["a", "b"]}, "model:a,b"),
    ({"model": {"value": ["a"]}}, "model:a"),
    ({"model": {"operator": "", "value": "a"}}, "model:a"),
    ({"model": {"operator": "IN", "value": ["a", "b"]}}, "model:a,b"),
    ({"model": {"operator": "not_in", "value": ["a", "b"]}}, "model:!=a,b"),
    ({"cost": [{"operator": "gte", "value": [1]}, {"operator": "lt", "value": 2}]}, "cost:>=1 cost:<2"),
    (
        {"cost": [{"operator": "lt", "value": 1}, {"operator": "gt", "value": 2, "connector": "OR"}]},
        "cost:<1 OR cost:>2",
    ),
    ({"note": {"operator": "isnull", "value": [True]}}, "missing:note"),
    ({"note": {"operator": "isnull", "value": ["false"]}}, "has:note"),
    ({"note": {"operator": "empty", "value": [""]}}, "missing:note"),
    ({"note": {"operator": "notEmpty", "value": [""]}}, "has:note"),
    ({"total_cost": {"operator": ">", "value": 1}, "input_tokens": 5}, "cost:>1 prompt_tokens:5"),
    ({"metadata__region": {"operator": "not", "value": ["eu"]}}, "metadata.region:!=eu"),
    ({"properties__user__tier": {"operator": "gte", "value": [2]}}, "properties.user.tier:>=2"),
    ({"scores__e1": {"operator": "lt", "value": [0.5]}}, "scores.e1:<0.5"),
    ({"metadata": {"operator": "has_key", "value": ["region"]}}, "metadata:has_key(region)"),
    (
        {
            "metadata": {
                "operator_function": "mapContainsKey",
                "operator_args": ["region"],
                "operator": "=",
                "value": [True],
            }
        },
        "metadata:has_key(region)",
    ),
    (
        {"metadata": {"operator_function": "mapContainsKey", "operator_args": ["region"], "value": [False]}},
        "-metadata:has_key(region)",
    ),
    (
        {
            "metadata": {
                "operator_function": "mapContainsKey",
                "operator_args": ["region"],
                "operator": "not",
                "value": 1,
            }
        },
        "-metadata:has_key(region)",
    ),
    (
        {"any": {"connector": "OR", "filter_params": {"model": "a", "cost": {"operator": "gt", "value": 1}}}},
        "model:a OR cost:>1",
    ),
    ({"connector": "OR", "filter_params": {"model": "a", "status": "failed"}}, "model:a OR status:failed"),
    ({"connector": "OR", "model": "a", "status": "failed"}, "model:a OR status:failed"),
    ({"x": {"connector": "NOT", "filter_params": {"model": "a", "status": "failed"}}}, "-(model:a status:failed)"),
    (
        {"status": "failed", "x": [{"connector": "OR", "filter_params": {"model": "a", "words": "refund policy"}}]},
        'status:failed (model:a OR "refund policy")',
    ),
    ([{"model": "a"}, {"status": "failed"}], "model:a status:failed"),
    ([{"field": "model", "operator": "startswith", "value": "a"}], "model:a*"),
    ({"words": {"operator": "startswith", "value": "refun"}}, "refun*"),
    ({"words": {"operator": "not", "value": ["a", "b"]}}, "-(a OR b)"),
    (
        {"model": {"value": "a", "connector": "OR"}, "status": "failed", "stream": True},
        "(status:failed stream:true) OR model:a",
    ),
]


@pytest.mark.parametrize(("filters", "text"), JSONS, ids=[text for _, text in JSONS])
def test_json_filters_are_read(filters: Any, text: str) -> None:
    """Every form of the JSON filters means the same as a text of the query language."""
    assert write_query(read_filters(filters)) == text
    assert read_query(text) == read_filters(filters)


def test_the_operator_of_a_body_joins_its_fields() -> None:
    """OR beside the filters makes their fields alternatives."""
    assert write_query(read_filters({"model": "a", "status": "b"}, operator="or")) == "model:a OR status:b"


BAD_JSONS = [
    (5, "filters"),
    ("model:a", "filters"),
    ({"cst": 1}, "filters.cst"),
    ({"model": {"operator": "eqq", "value": 1}}, "filters.model.operator"),
    ({"model": {"operator": 5, "value": 1}}, "filters.model.operator"),
    ({"cost": {"operator": "contains", "value": "1"}}, "filters.cost.operator"),
    ({"cost": {"operator": "gt", "value": "much"}}, "filters.cost.value"),
    ({"cost": {"operator": "gt", "value": [1, 2]}}, "filters.cost.value"),
    ({"cost": {"operator": "gt"}}, "filters.cost.value"),
    ({"cost": [{"value": 1}, {"operator": "gtx", "value": 1}]}, "filters.cost[1].operator"),
    ({"model": {"op": "eq", "value": 1}}, "filters.model.op"),
    ({"model": None}, "filters.model"),
    ({"model": []}, "filters.model.value"),
    ({"model": {"value": {"a": 1}}}, "filters.model.value"),
    ({"x": {"connector": "XOR", "filter_params": {}}}, "filters.x.connector"),
    ({"x": {"filter_params": 5}}, "filters.x.filter_params"),
    ({"x": {"filter_params": {"y": {"filter_params": {"cst": 1}}}}}, "filters.x.filter_params.y.filter_params.cst"),
    ([{"model": "a"}, {"cst": 1}], "filters[1].cst"),
    ({"words": "!"}, "filters.words.value"),
    ({"words": {"operator": "gt", "value": "a"}}, "filters.words.operator"),
    ({"model": {"operator": "regex", "value": "("}}, "filters.model.value"),
    ({"metadata": {"operator_function": "sleep", "operator_args": ["a"]}}, "filters.metadata.operator_function"),
    ({"": 1}, "filters."),
]


@pytest.mark.parametrize(("filters", "path"), BAD_JSONS)
def test_a_mistake_in_json_is_placed(filters: Any, path: str) -> None:
    """JSON filters that cannot be read are refused with the path to the fault."""
    with pytest.raises(BadFilter) as refused:
        read_filters(filters)
    assert refused.value.more["path"] == path, refused.value.detail
    assert refused.value.detail.startswith(path)
    assert refused.value.detail.endswith((".", "?"))


def test_quick_filters_are_read() -> None:
    """A query string filters by its names: alternatives, operators, several values, and metadata for unknown names."""
    parameters = [("model", "a"), ("model", "b"), ("region", "eu"), ("page", "2"), ("cost[value]", "1")]
    parameters += [
        ("cost[operator]", "gt"),
        ("cost[connector]", "OR"),
        ("metadata__x", "1"),
        ("note[operator]", "empty"),
    ]
    tree = read_quick_filters(parameters, ["page"])
    assert write_query(tree) == "(model:a,b metadata.region:eu metadata.x:1 missing:note) OR cost:>1"
    for name in ("cost[op]", "cost[value]", "cost[operator]"):
        with pytest.raises(BadFilter):
            read_quick_filters([(name, "?")], [])


def test_every_operator_can_be_typed() -> None:
    """Every operator that JSON filters have is reachable by its name in a text, on every kind of field."""
    for field in SPANS.fields:
        name = field.name.replace("<key>", "key")
        for operator in SPANS.find(name).operators:
            wanted = SPANS.find(name).test(operator, [] if OPERATORS[operator].arity == "none" else ["1"])
            values = "" if OPERATORS[operator].arity == "none" else '"1"'
            assert read_query(f"{name}:{operator}({values})") == wanted
            assert read_query(write_query(wanted)) == wanted


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**63))
def test_what_is_written_reads_back(seed: int) -> None:
    """A random tree's text and its JSON filters read back as that tree, through one another too."""
    choice = random.Random(seed)
    spans = [asking.span(choice, number) for number in range(3)]
    tree = asking.tree(choice, spans)
    same = normal(tree)
    text = write_query(tree)
    assert read_query(text) == same, text
    assert read_filters(write_filters(tree)) == same
    assert write_filters(read_query(text)) == write_filters(tree)
    judged, judged_same = matcher(tree), matcher(same)
    assert all(judged(span, ()) == judged_same(span, ()) for span in spans)


def tree_or_refusal(read: Callable[[], Filter]) -> Filter | BadRequest:
    try:
        return read()
    except BadRequest as refused:
        return refused


PIECES = [
    "model", "cost", "timestamp", "metadata.a", "properties.x", "has", "is", "missing", ":", ":", "(", ")", '"', "\\",
    " ", " ", "-", "*", "/", ",", "..", ">", "<=", "!=", "!==", "~", "OR", "AND", "NOT", "regex(", "in(", "1",
    "2026-01-31", "-7d", "today", "5ms", "$1", "a", "é", "\0", "\u202e", "\n", "{f0:String}", "'; DROP TABLE spans; --",
    "/*", "<key>",
]  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Any text is a tree that becomes SQL and reads back, or is refused with a character inside it; nothing else."""
    tree = tree_or_refusal(lambda: read_query(text, now=NOW))
    if isinstance(tree, BadRequest):
        assert 1 <= typing.cast("int", tree.more["position"]) <= len(text) + 1
    else:
        where(tree)
        assert read_query(write_query(tree)) == tree


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**30), 10**30), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20), st.sampled_from(PIECES),
)  # fmt: skip
KEYS = st.one_of(
    st.sampled_from(["model", "cost", "timestamp", "stream", "metadata", "metadata__a", "properties.x", "scores__q"]),
    st.sampled_from(["operator", "value", "connector", "filter_params", "operator_function", "operator_args", "words"]),
    st.text(max_size=10),
)
OPERATORS_OR_NOT = st.one_of(st.sampled_from([*OPERATORS, "isnull", "IN", "mapContainsKey", "AND", "OR"]), SCALARS)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(KEYS, inner, max_size=4),
        st.fixed_dictionaries({"operator": OPERATORS_OR_NOT, "value": inner}),
        st.fixed_dictionaries({"connector": st.sampled_from(["AND", "OR", "NOT", "x"]), "filter_params": inner}),
    ),
    max_leaves=20,
)


@settings(max_examples=600, deadline=None)
@given(st.one_of(st.dictionaries(KEYS, ANY_JSON, max_size=5), ANY_JSON))
def test_any_json_is_read_or_refused(filters: Any) -> None:
    """Any JSON is a tree that becomes SQL and reads back, or is refused with a path; nothing else."""
    tree = tree_or_refusal(lambda: read_filters(filters))
    if isinstance(tree, BadRequest):
        assert str(tree.more["path"]).startswith("filters")
    else:
        where(tree)
        assert read_query(write_query(tree)) == tree


def nested(levels: int) -> Mapping[str, Any]:
    filters: dict[str, Any] = {"model": "a", "cost": 1}
    for _ in range(levels):
        filters = {"x": {"connector": "NOT", "filter_params": filters}}
    return filters


HOSTILE: list[tuple[str, Any]] = [
    ("a long text", "a " * TEXT_MAX),
    ("many groups", "(" * 1000 + "a" + ")" * 1000),
    ("many negations", "-" * 1000 + "a"),
    ("many words NOT", "NOT " * 1000 + "a"),
    ("many open groups of a field", "model:(" * 1000),
    ("many words", "a " * (TESTS_MAX + 1)),
    ("many conditions", {f"metadata.{number}": "a" for number in range(TESTS_MAX + 1)}),
    ("many groups of JSON", nested(1000)),
    ("deep negations of JSON", nested(NESTING_MAX)),
    ("a large filter", {"model": ["x" * 1000] * (JSON_BYTES_MAX // 1000 + 1)}),
    ("many values", {"status_code": [1] * (VALUES_MAX + 1)}),
    ("a pattern that explodes", {"model": {"operator": "regex", "value": "(((a{1,100}){1,100}){1,100})"}}),
    ("a pattern that is long", {"model": {"operator": "regex", "value": "a" * 5000}}),
    ("a phrase that is long", '"' + "a " * 5000 + '"'),
    ("a key that is long", {"metadata." + "k" * 5000: "a"}),
]


@pytest.mark.parametrize(("name", "filters"), HOSTILE, ids=[name for name, _ in HOSTILE])
def test_too_much_is_refused_at_once(name: str, filters: Any) -> None:
    """A filter over a bound is refused within a second of one core, by a sentence."""
    started = time.process_time()
    with pytest.raises(BadRequest) as refused:
        read_query(filters) if isinstance(filters, str) else read_filters(filters)
    assert time.process_time() - started < 1, name
    assert refused.value.code == "bad_filter"


def test_what_is_just_within_the_bounds_is_read() -> None:
    """The longest and the deepest filters allowed become SQL, and their texts read back."""
    deep = read_query("-(a " * ((NESTING_MAX - 2) // 2) + "b" + ")" * ((NESTING_MAX - 2) // 2))
    wide = read_filters({f"metadata.{number}": "a" for number in range(TESTS_MAX)})
    long = read_filters({"status_code": list(range(VALUES_MAX))})
    assert depth(deep) > NESTING_MAX // 2
    for tree in (deep, wide, long):
        assert where(tree).parameters
    assert read_query(write_query(deep)) == deep
    assert read_query(write_query(wide)) == wide
