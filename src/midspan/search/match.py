"""The filter tree, judged in Python: the same truth as `search.where`, for the live tail.

`matcher` turns a tree into one function, once; it then judges span after span. Nothing here takes longer than linear
time in the size of the span.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from midspan.domain.span import Span
from midspan.errors import BadRequest
from midspan.search import scalar_match
from midspan.search.catalogue import Catalogue, Field
from midspan.search.fields import SPANS
from midspan.search.json_match import json_test, map_test
from midspan.search.json_values import at_path
from midspan.search.operators import OPERATORS, Kind
from midspan.search.patterns import compiled_trusted
from midspan.search.score_match import Scores, score_test, scores_of
from midspan.search.tree import DEPTH_MAX, And, Filter, Not, Or, Test, Words, depth
from midspan.search.words import COLUMNS, word_pattern

Matcher: TypeAlias = Callable[[Span, Scores], bool]


def matches(tree: Filter, span: Span, scores: Scores = ()) -> bool:
    """Whether the span, with the scores it has, is one that the tree selects."""
    return matcher(tree)(span, scores)


def matcher(tree: Filter, catalogue: Catalogue = SPANS) -> Matcher:
    """The tree as a function of a span and its scores. Raises `BadRequest` for a tree nested too deep."""
    if depth(tree) > DEPTH_MAX:
        raise BadRequest(f"The filter is nested more than {DEPTH_MAX} deep.", code="bad_filter")
    return _filter(tree, catalogue)


def _filter(tree: Filter, catalogue: Catalogue) -> Matcher:
    match tree:
        case And(parts):
            return _all([_filter(part, catalogue) for part in parts])
        case Or(parts):
            return _any([_filter(part, catalogue) for part in parts])
        case Not(part):
            return _not(_filter(part, catalogue))
        case Words():
            return _words(tree)
        case Test():
            return _test(tree, catalogue.find(tree.field))


def _all(parts: list[Matcher]) -> Matcher:
    return parts[0] if len(parts) == 1 else lambda span, scores: all(part(span, scores) for part in parts)


def _any(parts: list[Matcher]) -> Matcher:
    return parts[0] if len(parts) == 1 else lambda span, scores: any(part(span, scores) for part in parts)


def _not(part: Matcher) -> Matcher:
    return lambda span, scores: not part(span, scores)


def _words(words: Words) -> Matcher:
    pattern = word_pattern(words.text, words.is_prefix)
    if pattern is None:
        return lambda span, scores: True
    search = compiled_trusted(pattern).search
    return lambda span, scores: any(search(getattr(span, column).encode()) for column in COLUMNS)


def _test(test: Test, asked: Field) -> Matcher:
    if asked.is_of_trace:
        raise BadRequest(
            f"{asked.name} cannot be asked here: each span is judged alone, as it comes; ask for "
            f"{asked.name.removeprefix('trace.')}, or list spans.",
            code="bad_filter",
        )
    operator = OPERATORS[test.operator]
    positive = operator.negates or operator.name
    read = _reader(asked)
    if operator.is_of_text and asked.is_also_text:
        of_text = scalar_match.text_test(positive, test.values)
        return lambda span, scores: of_text(str(read(span, scores))) is not bool(operator.negates)
    passes = _TESTS[asked.kind](positive, test.values)
    if positive == "empty":
        wanted = not operator.negates
        return lambda span, scores: ((value := read(span, scores)) is None or passes(value)) is wanted
    if operator.negates:
        return lambda span, scores: (value := read(span, scores)) is not None and not passes(value)
    return lambda span, scores: (value := read(span, scores)) is not None and passes(value)


def _reader(asked: Field) -> Callable[[Span, Scores], Any]:
    """Reads the field's value, None where the field is missing."""
    get, path, key = asked.get, asked.path, asked.key
    if asked.kind == "score":
        return lambda span, scores: scores_of(scores, key)
    assert get is not None, asked.name
    if asked.kind == "json":
        return lambda span, scores: at_path(get(span), path)
    if path:
        return lambda span, scores: get(span).get(key)
    return lambda span, scores: get(span)


_TESTS: Final[Mapping[Kind, Callable[..., Callable[[Any], bool]]]] = {
    "text": scalar_match.text_test,
    "integer": scalar_match.number_test,
    "float": scalar_match.number_test,
    "money": scalar_match.money_test,
    "time": scalar_match.number_test,
    "boolean": scalar_match.boolean_test,
    "json": json_test,
    "map": map_test,
    "score": score_test,
}
