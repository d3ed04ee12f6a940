"""midspan.search.catalogue and fields: names, values and operators as clients write them, and what is refused."""

import pytest

from midspan.domain.span import Span
from midspan.errors import BadRequest
from midspan.search.fields import SPANS
from midspan.search.operators import OPERATORS
from midspan.search.patterns import PATTERN_MAX
from midspan.search.queries import SORTS
from midspan.search.reading import FIELDS
from midspan.search.where import where
from midspan.search.words import PHRASE_MAX, WORDS_MAX


def names(text: str) -> list[str]:
    """The names of the wire contract."""
    return text.split()


TEXT_FIELDS = names(
    "unique_id trace_unique_id span_unique_id span_parent_id span_name span_workflow_name thread_identifier "
    "customer_identifier customer_email custom_identifier group_identifier evaluation_identifier organization_key_id "
    "prompt_id prompt_name prompt_version_number model provider_id deployment_name log_type log_method status "
    "status_code environment error_class error_code error_message error_fingerprint cache_key note"
)
BOOLEANS = names("stream has_tool_calls cache_bit used_custom_credential positive_feedback is_root_span")
NUMBERS = names(
    "cost latency time_to_first_token tokens_per_second routing_time prompt_tokens completion_tokens "
    "total_request_tokens prompt_cache_hit_tokens prompt_cache_creation_tokens total_cost input_tokens output_tokens "
    "total_tokens"
)
OTHERS = ("metadata__region", "scores__8f3a", "fault_domain", "behaviors", "trace_id")
TEXT_OPERATORS = names(
    '"" not in not_in lt lte gt gte contains not_contains icontains startswith not_startswith endswith not_endswith '
    "empty not_empty iexact regex"
)
NUMBER_OPERATORS = names('"" not in not_in lt lte gt gte empty not_empty')


def values_of(operator: str, value: object) -> list[object]:
    return [""] if operator.endswith("empty") else [value]


@pytest.mark.parametrize("name", TEXT_FIELDS)
def test_the_contract_s_text_fields_take_the_operators_of_texts(name: str) -> None:
    """Each text field of the wire contract is known under its name and takes every public operator."""
    for operator in TEXT_OPERATORS:
        assert where(SPANS.test(name, operator.strip('"'), values_of(operator, "5"))).sql


@pytest.mark.parametrize("name", NUMBERS)
def test_the_contract_s_number_fields_take_the_operators_of_numbers(name: str) -> None:
    """Each number of the wire contract is known, and takes numbers, also written as texts."""
    for operator in NUMBER_OPERATORS:
        assert where(SPANS.test(name, operator.strip('"'), values_of(operator, "5"))).sql


@pytest.mark.parametrize("name", BOOLEANS)
def test_the_contract_s_booleans_are_known(name: str) -> None:
    """Each boolean of the wire contract takes true and false, also written as texts."""
    assert SPANS.test(name, "", ["true"]).values == (True,)
    assert SPANS.test(name, "not", [False]).values == (False,)


@pytest.mark.parametrize("name", OTHERS)
def test_the_contract_s_other_fields_are_known(name: str) -> None:
    """Families and aliases of the wire contract are known."""
    assert where(SPANS.test(name, "", ["x"])).sql


def test_names_count_in_any_case_and_keys_in_theirs() -> None:
    """`Model` is the model; `metadata.Region` is not `metadata.region`."""
    assert SPANS.find("MODEL").name == "model"
    assert SPANS.find("Total_Cost").name == "cost"
    assert SPANS.find("Metadata__Region").name == "metadata.Region"


@pytest.mark.parametrize(
    "name", ["metadata.a.b", "metadata.a__b", "properties.a.b", "extra.é '\"\\", "scores.x-1", "cost"]
)
def test_a_name_in_a_tree_is_found_again(name: str) -> None:
    """A field's own name leads to the same field."""
    assert SPANS.find(name).name == name
    assert SPANS.find(SPANS.find(name).name) == SPANS.find(name)


def test_both_spellings_of_a_path_are_one_field() -> None:
    """`properties__user__tier` is `properties.user.tier`; of metadata, two underscores stay in the key."""
    assert SPANS.find("properties__user__tier").path == ("user", "tier") == SPANS.find("properties.user.tier").path
    assert SPANS.find("metadata__user__tier").path == ("user__tier",)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("modle", "'model'"), ("customer_id entifier", "'customer_identifier'"), ("metadata__", "metadata.<key>"),
     ("scores", "scores.<key>"), ("", "/api/fields/"), ("🦀", "/api/fields/"), ("x" * 100_000, "/api/fields/"),
     ("metadata." + "k" * 501, "500"), ("metadata.\ud800", "half of a character")],
)  # fmt: skip
def test_an_unknown_field_is_refused_with_a_hint(name: str, hint: str) -> None:
    """What no field is called is a 400 that names the nearest one, or where to look; it is not repeated at length."""
    with pytest.raises(BadRequest, match=hint.replace(".", r"\.")) as refused:
        SPANS.find(name)
    assert refused.value.code == "bad_filter"
    assert len(refused.value.detail) < 300
    assert not SPANS.knows("nothing")


@pytest.mark.parametrize(
    ("name", "operator", "values", "hint"),
    [
        ("cost", "contains", ["x"], "cost does not take the operator contains; it takes eq, not, lt"),
        ("stream", "lt", [True], "stream does not take the operator lt"),
        ("metadata", "eq", ["x"], "it takes empty, not_empty, has_key"),
        ("cost", "lt", ["cheap"], "an amount of USD such as 0.01, not 'cheap'"),
        ("cost", "lt", [True], "an amount of USD"),
        ("cost", "lt", ["1e999999999"], "an amount of USD"),
        ("cost", "lt", ["NaN"], "an amount of USD"),
        ("latency", "gt", ["inf"], "a number such as 0.5"),
        ("latency", "gt", [10**400], "a number such as 0.5"),
        ("latency", "gt", [10**5000], "a number such as 0.5"),
        ("latency", "gt", [[1]], "a number such as 0.5"),
        ("latency", "eq", [None], "the operator empty asks for what is missing"),
        ("prompt_tokens", "gt", ["1_000"], "a number such as 200"),
        ("prompt_tokens", "gt", ["٣"], "a number such as 200"),
        ("prompt_tokens", "gt", ["9" * 1000], "a number such as 200"),
        ("start_time", "gt", ["yesterday"], "a time such as 2026-01-31T12:00:00Z"),
        ("start_time", "gt", [1e300], "a time such as"),
        ("start_time", "gt", [True], "a time such as"),
        ("stream", "eq", ["maybe"], "true or false, not 'maybe'"),
        ("stream", "eq", [2], "true or false"),
        ("model", "eq", [{"a": 1}], "a text"),
        ("model", "eq", ["\ud800"], "a text"),
        ("model", "contains", ["\ud800"], "contains takes a text"),
        ("model", "contains", [None], "contains takes a text"),
        ("model", "eq", ["x" * 100_000, None], "a text"),
        ("properties.a", "eq", [[1]], "a text, a number, or true or false"),
        ("model", "lt", ["a", "b"], "takes exactly one value, not 2"),
        ("model", "eq", [], "takes at least one value, not 0"),
        ("input", "regex", ["(a"], "no RE2 pattern: missing"),
        ("input", "regex", [r"(a)\1"], "no RE2 pattern: invalid escape"),
        ("input", "regex", ["(?=a)"], "no RE2 pattern"),
        ("input", "regex", ["(((a{1,100}){1,100}){1,100})"], "no RE2 pattern"),
        ("input", "regex", ["a" * (PATTERN_MAX + 1)], f"longer than {PATTERN_MAX}"),
        ("input", "icontains", ["a" * (WORDS_MAX + 1)], f"at most {WORDS_MAX}"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(name: str, operator: str, values: list[object], hint: str) -> None:
    """An operator or value that a field does not take is a 400 that names the field and what is expected, in short."""
    with pytest.raises(BadRequest) as refused:
        SPANS.test(name, operator, values)
    assert hint in refused.value.detail
    assert name in refused.value.detail
    assert refused.value.code == "bad_filter"
    assert len(refused.value.detail) < 400


def test_a_phrase_of_too_many_words_is_refused() -> None:
    """A phrase is bounded by its words, because each of them makes the pattern longer."""
    assert where(SPANS.test("input", "full_text", ["a " * PHRASE_MAX])).sql
    with pytest.raises(BadRequest, match="at most 24 words"):
        where(SPANS.test("input", "full_text", ["a " * (PHRASE_MAX + 1)]))


def test_values_are_kept_as_the_kind_keeps_them() -> None:
    """Equal amounts are equal texts, with every digit; whole numbers keep theirs; a property keeps its type."""
    assert SPANS.test("cost", "in", ["0.10", 0.1, "1e-1", 1, "-0", "1" * 50]).values == (
        "0.1", "0.1", "0.1", "1", "0", "1" * 50,
    )  # fmt: skip
    assert SPANS.test("prompt_tokens", "in", ["9007199254740993", 2.5]).values == (9007199254740993, 2.5)
    assert SPANS.test("properties.a", "in", ["2", 2, 2.0, True, "true"]).values == ("2", 2, 2.0, True, "true")
    assert SPANS.test("start_time", "gt", ["2026-01-01"]).values == (1_767_225_600_000_000,)
    assert SPANS.test("model", "eq", [5]).values == ("5",)
    assert SPANS.test("status", "in", ["ERROR", "success"]).values == ("failed", "success")
    assert SPANS.test("log_type", "eq", ["CHAT"]).values == ("chat",)


def test_what_a_list_shows_can_be_asked_for() -> None:
    """Every field of a span's read shape that holds one value can be asked for, under the name it is read by."""
    whole = {
        "prompt_messages", "messages", "completion_message", "completion_messages", "embedding", "usage", "stop",
        "cost_details", "tool_choice", "response_format", "parameters", "customer_params", "respan_params",
        "keywordsai_params", "input_preview", "output_preview", "scores", "limit_info", "snippets",
    }  # fmt: skip
    of_the_tenant = {"organization_id", "unique_organization_id", "organization_name", "organization_key_name"}
    of_budgets = {"period_start", "period_end"}
    unknown = {name for name in FIELDS - whole - of_the_tenant - of_budgets if not SPANS.knows(name)}
    assert unknown == set()


def test_every_field_of_the_catalogue_is_whole() -> None:
    """Each field has help, operators, and a way to be read off a span; each name and alias leads to one field."""
    span = Span(organization_id="o", environment="prod", key_time=0, id="1")
    for field in SPANS.fields:
        assert field.help.endswith(".")
        assert field.group
        assert field.operators
        assert set(field.operators) <= set(OPERATORS)
        assert bool(field.fixed) == (field.values == "fixed")
        assert field.get is not None
        field.get(span)
    aliases = [alias for field in SPANS.fields for alias in field.aliases]
    assert len(aliases) == len(set(aliases))


def test_every_documented_sort_is_a_field() -> None:
    """What lists sort by is in the catalogue, so that help and completion know it."""
    assert {name for name in SORTS if not SPANS.knows(name)} == set()
    assert set(SPANS.sorts) <= set(SORTS)
