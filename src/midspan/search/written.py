"""The filter tree → the query language: the one text that reads back as this tree."""

import json
import re
from collections.abc import Callable
from typing import Final

from midspan.search.catalogue import Catalogue, Field
from midspan.search.fields import SPANS
from midspan.search.moments import moment
from midspan.search.normal import normal
from midspan.search.operators import OPERATORS
from midspan.search.tree import EVERYTHING, And, Filter, Not, Or, Test, Value, Words

_SAFE_WORD: Final = re.compile(r"\w+")
_SAFE_KEY: Final = re.compile(r"[\w.\-/@]+")
_SAFE_VALUE: Final = re.compile(r"(?!\.\.)[\w@+#\-](?:[\w@+#/:\-]|\.(?!\.))*")
_MIXED: Final = ("json", "score")


def write_query(tree: Filter, catalogue: Catalogue = SPANS) -> str:
    """The canonical text of a tree; `read_query` makes the tree of it again, in its normal form."""
    tree = normal(tree)
    return "" if tree == EVERYTHING else _filter(tree, catalogue)


def _filter(tree: Filter, catalogue: Catalogue) -> str:
    match tree:
        case And(()):
            return "*"
        case And(parts):
            return " ".join(_part(part, catalogue) for part in parts)
        case Or(parts):
            return " OR ".join(_part(part, catalogue) for part in parts)
        case Not(part):
            return f"NOT {_filter(part, catalogue)}" if isinstance(part, Not) else f"-{_part(part, catalogue)}"
        case Words(text, is_prefix):
            plain = _SAFE_WORD.fullmatch(text) and text not in ("AND", "OR", "NOT")
            return f"{text if plain else _quoted(text)}{'*' if is_prefix else ''}"
        case Test(name):
            return _test(tree, catalogue.find(name))


def _part(tree: Filter, catalogue: Catalogue) -> str:
    text = _filter(tree, catalogue)
    return f"({text})" if isinstance(tree, And | Or) and tree != EVERYTHING else text


def _test(test: Test, field: Field) -> str:
    name = _name(test.field)
    if test.operator in ("empty", "not_empty"):
        return f"{'has' if test.operator == 'not_empty' else 'missing'}:{name}"
    positive = OPERATORS[test.operator].negates
    shape = _SHAPES.get(positive or test.operator)
    if shape and all(isinstance(value, str) for value in test.values):
        pieces = [shape(str(value)) for value in test.values]
        if all(pieces):
            return f"{name}:{'!=' if positive else ''}{','.join(pieces)}"
    sign = _SIGNS.get(test.operator)
    typed = field.kind in _MIXED and not all(isinstance(value, str) for value in test.values)
    if typed and test.operator in ("eq", "not"):
        sign = "=" if test.operator == "eq" else "!=="
    # Where a number and a text are told apart, a text stands in quotes.
    written = [_value(value, field, bare=field.kind not in _MIXED or sign in ("", "!=")) for value in test.values]
    if sign is None:
        return f"{name}:{test.operator}({', '.join(written)})"
    return f"{name}:{sign}{','.join(written)}"


_SIGNS: Final = {
    "eq": "", "not": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">=", "icontains": "~", "not_icontains": "!~",
}  # fmt: skip


FORMS: Final = {
    "eq": "field:value", "not": "field:!=value", "lt": "field:<value", "lte": "field:<=value", "gt": "field:>value",
    "gte": "field:>=value", "icontains": "field:~value", "not_icontains": "field:!~value",
    "startswith": "field:value*", "not_startswith": "field:!=value*", "endswith": "field:*value",
    "not_endswith": "field:!=*value", "contains": "field:*value*", "not_contains": "field:!=*value*",
    "regex": "field:/value/", "not_regex": "field:!=/value/", "not_empty": "has:field", "empty": "missing:field",
}  # fmt: skip
"""Operator → the short way to type it. Every operator can be typed as `field:operator(value)` too."""


def form(operator: str) -> str:
    """The shortest way to type an operator."""
    return FORMS.get(operator, f"field:{operator}(value)")


def _pattern(text: str) -> str:
    """Between slashes; "" for a pattern that would not read back."""
    return "" if "/" in text or not text.isprintable() or text.endswith("\\") else f"/{text}/"


_SHAPES: Final[dict[str, Callable[[str], str]]] = {
    "startswith": lambda text: f"{_bare(text)}*",
    "endswith": lambda text: f"*{_bare(text)}",
    "contains": lambda text: f"*{_bare(text)}*",
    "regex": _pattern,
}


def _value(value: Value, field: Field, *, bare: bool) -> str:
    if field.kind == "time" and isinstance(value, int):
        return moment(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else repr(value)
    return _bare(value) if bare else _quoted(value)


def _name(name: str) -> str:
    """A field's name, its key in quotes where it holds more than letters, digits and a few signs."""
    head, dot, key = name.partition(".")
    return name if not dot or _SAFE_KEY.fullmatch(key) else f"{head}.{_quoted(key)}"


def _bare(text: str) -> str:
    return text if _SAFE_VALUE.fullmatch(text) else _quoted(text)


def _quoted(text: str) -> str:
    if text.isprintable():
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return json.dumps(text)
