"""The filter tree in English: exactly what is selected, what letter case does, and what becomes of spans without a
value.
"""

import json
from collections.abc import Callable, Sequence
from typing import Final

from midspan.search.catalogue import Catalogue, Field
from midspan.search.fields import SPANS
from midspan.search.moments import moment
from midspan.search.normal import NOTHING, normal
from midspan.search.operators import OPERATORS
from midspan.search.tree import EVERYTHING, And, Filter, Not, Or, Test, Value, Words

SHOWN_MAX: Final = 5
"""More values of one condition are counted, not shown."""
TEXT_MAX: Final = 80

_PLAIN: Final = {
    "lt": "is less than {}", "lte": "is at most {}", "gt": "is more than {}", "gte": "is at least {}",
    "contains": "contains {}", "icontains": "contains {} in any letter case", "iexact": "is {} in any letter case",
    "startswith": "starts with {}", "endswith": "ends with {}", "regex": "has a match of the pattern {}",
    "full_text": "contains the words {} in a row, in any letter case", "has_key": "has the key {}",
    "overlap": "is or lists {}", "trigram_word_similar": "resembles {} in groups of three letters",
    "empty": "is missing or empty", "not_empty": "is there and not empty",
}  # fmt: skip
_NEGATED: Final = {
    "contains": "does not contain {}", "icontains": "does not contain {} in any letter case",
    "iexact": "is not {} in any letter case", "startswith": "does not start with {}",
    "endswith": "does not end with {}", "regex": "has no match of the pattern {}",
    "full_text": "does not contain the words {} in a row, in any letter case", "overlap": "neither is nor lists {}",
}  # fmt: skip
_TIMES: Final = {"lt": "is before {}", "lte": "is {} or before", "gt": "is after {}", "gte": "is {} or after"}
_ORDERS: Final = ("lt", "lte", "gt", "gte")


def explain(tree: Filter, catalogue: Catalogue = SPANS) -> str:
    """What the filter selects, as one sentence."""
    tree = normal(tree)
    if tree == EVERYTHING:
        return f"All {catalogue.title.lower()}."
    if tree == NOTHING:
        return f"No {catalogue.title.lower()}."
    parts = tree.parts if isinstance(tree, And) else (tree,)
    said = [_said(part, catalogue) for part in parts]
    return f"{catalogue.title} where {_and(said)}."


def _said(tree: Filter, catalogue: Catalogue) -> str:  # noqa: PLR0911  (one for each kind of part)
    match tree:
        case And(()):
            return "anything holds"
        case And(parts):
            return f"({_and([_said(part, catalogue) for part in parts])})"
        case Or(parts):
            return f"(either {' or '.join(_said(part, catalogue) for part in parts)})"
        case Not(Test(name) as test):
            whole = "" if _always_there(catalogue.find(name)) else " (nor need there be one)"
            return f"it is not true that {_test(test, catalogue)}{whole}"
        case Not(part):
            return f"it is not true that {_said(part, catalogue)}"
        case Words(text, is_prefix):
            words = f"{_quoted(text)}{' (the last word may go on)' if is_prefix else ''}"
            return f"the words {words} stand in the input, the output, a name or the error, in any letter case"
        case Test():
            return _test(tree, catalogue)


def _and(said: Sequence[str]) -> str:
    return " and ".join(said)


def _test(test: Test, catalogue: Catalogue) -> str:
    field = catalogue.find(test.field)
    negated = OPERATORS[test.operator].negates
    said = f"{test.field.removeprefix('trace.')} {_verb(test, field)}{_missing(test, field, negated)}"
    return f"in its trace there is a span where {said}" if field.is_of_trace else said


def _verb(test: Test, field: Field) -> str:
    operator = test.operator
    negated = OPERATORS[operator].negates
    values = _values(test.values, field, "nor" if negated else "or")
    if operator in ("eq", "not"):
        no = "not " if operator == "not" else ""
        one_of = ("none of" if no else "one of") if len(test.values) > 1 else no.strip()
        return f"is {one_of} {_values(test.values, field, 'and' if no else 'or')}".replace("  ", " ")
    if field.kind == "time" and operator in _TIMES:
        return _TIMES[operator].format(values)
    form = _NEGATED[negated] if negated in _NEGATED else _PLAIN[operator]
    return form.format(values)


def _missing(test: Test, field: Field, negated: str) -> str:
    """What becomes of spans without a value, where that is not plain."""
    if test.operator in ("empty", "not_empty") or _always_there(field):
        return ""
    if negated:
        return " (or is missing)" if field.lets_missing_through else " (and is there)"
    if field.lets_missing_through and (test.operator in ("lt", "lte") or "" in test.values):
        return " (or is missing, which counts as the empty text)"
    return ""


def _always_there(field: Field) -> bool:
    return field.kind != "text" and not (field.is_nullable or field.present or field.path)


def _values(values: Sequence[Value], field: Field, word: str) -> str:
    shown = [_value(value, field) for value in values[:SHOWN_MAX]]
    if len(values) > SHOWN_MAX:
        return f"{', '.join(shown)} {word} {len(values) - SHOWN_MAX} other values"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}" if shown else ""


def _value(value: Value, field: Field) -> str:
    if field.kind == "time" and isinstance(value, int):
        return moment(value).replace(".000000", "")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        number = f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else repr(value)
        return f"{number} {field.unit}".rstrip()
    return f"{value} {field.unit}" if field.kind == "money" else _quoted(value)


def _quoted(text: str) -> str:
    shown = text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"
    return json.dumps(shown, ensure_ascii=not shown.isprintable())


def warnings(tree: Filter, catalogue: Catalogue = SPANS) -> list[str]:
    """What was probably not meant, a sentence each."""
    tree = normal(tree)
    found: list[str] = []
    waiting = [tree]
    while waiting:
        part = waiting.pop(0)
        for check in _CHECKS:
            found += check(part, catalogue)
        if isinstance(part, And | Or):
            waiting.extend(part.parts)
        elif isinstance(part, Not):
            waiting.append(part.part)
    return list(dict.fromkeys(found))


def _joining_words(part: Filter, _: Catalogue) -> list[str]:
    if isinstance(part, Words) and part.text in ("or", "and", "not"):
        return [f'"{part.text}" is looked for as a word; in capitals, {part.text.upper()} joins conditions.']
    return []


def _unknown_values(part: Filter, catalogue: Catalogue) -> list[str]:
    if not isinstance(part, Test) or part.operator not in ("eq", "not"):
        return []
    field = catalogue.find(part.field)
    if field.values != "fixed":
        return []
    strange = [value for value in part.values if value not in field.fixed]
    return [
        f"{part.field} is never {_value(value, field)}; it is one of {', '.join(field.fixed)}." for value in strange
    ]


def _stars(part: Filter, catalogue: Catalogue) -> list[str]:
    if not isinstance(part, Test) or part.operator not in ("eq", "not"):
        return []
    starred = [value for value in part.values if isinstance(value, str) and value.strip("*") and "*" in value]
    field = catalogue.find(part.field)
    advice = "startswith, endswith and contains look for a part."
    return [f"The * in {_value(value, field)} is a plain character here; {advice}" for value in starred]


def _contradictions(part: Filter, _: Catalogue) -> list[str]:
    """Conditions on one field that no value passes."""
    if not isinstance(part, And):
        return []
    found = []
    tests: dict[str, list[Test]] = {}
    for each in part.parts:
        if isinstance(each, Test):
            tests.setdefault(each.field, []).append(each)
    for name, on_field in tests.items():
        equal = [set(test.values) for test in on_field if test.operator == "eq"]
        if len(equal) > 1 and not set.intersection(*equal):
            found.append(f"{name} cannot equal all of these at once, so nothing matches; OR joins alternatives.")
        if _is_upside_down(on_field):
            found.append(f"The range of {name} ends before it starts, so nothing matches.")
    return found


def _is_upside_down(tests: Sequence[Test]) -> bool:
    lows = [test.values[0] for test in tests if test.operator in ("gt", "gte")]
    highs = [test.values[0] for test in tests if test.operator in ("lt", "lte")]
    return any(_number(low) > _number(high) for low in lows for high in highs if _comparable(low, high))


def _comparable(low: Value, high: Value) -> bool:
    try:
        _number(low), _number(high)
    except ValueError:
        return False
    return True


def _number(value: Value) -> float:
    return float(value)


_CHECKS: Final[Sequence[Callable[[Filter, Catalogue], list[str]]]] = (
    _joining_words, _unknown_values, _stars, _contradictions,
)  # fmt: skip
