"""midspan.search.operators: every spelling that clients use."""

import pytest

from midspan.errors import BadRequest
from midspan.search.operators import ALIASES, KINDS, OPERATORS, read_operator

SPELLINGS = {
    "eq": ["", "=", "==", "eq", "equals", "in", "IN", " Eq "],
    "not": ["not", "not_in", "!=", "<>", "ne", "not_equal", "not_equals", "NOT_IN"],
    "lt": ["lt", "<"],
    "lte": ["lte", "<="],
    "gt": ["gt", ">"],
    "gte": ["gte", ">=", "GTE"],
    "contains": ["contains"],
    "not_contains": ["not_contains"],
    "icontains": ["icontains", "ilike", "ILIKE"],
    "iexact": ["iexact"],
    "startswith": ["startswith"],
    "not_startswith": ["not_startswith"],
    "endswith": ["endswith"],
    "not_endswith": ["not_endswith"],
    "empty": ["empty", "is_empty", "isnull", "IsNull"],
    "not_empty": ["not_empty", "notEmpty"],
    "regex": ["regex"],
    "full_text": ["full_text_search"],
    "trigram_word_similar": ["trigram_word_similar"],
    "overlap": ["overlap"],
    "not_overlap": ["not_overlap"],
    "has_key": ["has_key", "mapContainsKey"],
}
"""The wire contract's, by what they mean."""


@pytest.mark.parametrize(("name", "spelling"), [(name, each) for name, many in SPELLINGS.items() for each in many])
def test_every_spelling_of_the_contract_is_known(name: str, spelling: str) -> None:
    """Whatever a documented client writes, in any case of letters, names the operator it means."""
    assert read_operator(spelling) == name


@pytest.mark.parametrize("value", [True, "true", "", 1])
def test_isnull_asks_for_what_is_missing(value: object) -> None:
    """`isnull` with true, or with nothing, is `empty`."""
    assert read_operator("isnull", [value]) == "empty"


@pytest.mark.parametrize("value", [False, "False", "0", 0])
def test_isnull_with_false_asks_for_what_is_there(value: object) -> None:
    """`isnull` with false is `not_empty`."""
    assert read_operator("isnull", [value]) == "not_empty"


@pytest.mark.parametrize(("spelling", "hint"), [("contain", "contains"), ("startwith", "startswith"), ("§", "eq, not")])
def test_an_unknown_operator_is_refused_with_the_nearest(spelling: str, hint: str) -> None:
    """A spelling that nobody knows is a 400 that names the nearest one, or all."""
    with pytest.raises(BadRequest, match=hint) as refused:
        read_operator(spelling)
    assert refused.value.code == "bad_filter"


@pytest.mark.parametrize("spelling", [None, 5, ["eq"], {}])
def test_an_operator_that_is_no_text_is_refused(spelling: object) -> None:
    """JSON may hold anything in an operator's place."""
    with pytest.raises(BadRequest, match="operator"):
        read_operator(spelling)


def test_the_tables_fit_together() -> None:
    """Aliases lead to operators, negations to what they negate, and every kind of field has operators."""
    assert set(ALIASES.values()) == set(OPERATORS)
    for operator in OPERATORS.values():
        assert operator.help.endswith(".")
        if operator.negates:
            assert OPERATORS[operator.negates].kinds == operator.kinds
            assert OPERATORS[operator.negates].arity == operator.arity
    for kind in KINDS:
        assert any(kind in operator.kinds for operator in OPERATORS.values())
