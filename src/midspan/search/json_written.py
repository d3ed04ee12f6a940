"""The filter tree → the JSON filters that read back as this tree."""

from collections.abc import Sequence
from typing import Any

from midspan.search.catalogue import Catalogue
from midspan.search.fields import SPANS
from midspan.search.json_filters import WORDS
from midspan.search.moments import moment
from midspan.search.normal import normal
from midspan.search.tree import And, Filter, Not, Or, Test, Value, Words


def write_filters(tree: Filter, catalogue: Catalogue = SPANS) -> dict[str, Any]:
    """The canonical JSON filters of a tree; `read_filters` makes the tree of them again, in its normal form."""
    tree = normal(tree)
    if isinstance(tree, And):
        return _group(tree.parts, catalogue)
    return _group((tree,), catalogue)


def _group(parts: Sequence[Filter], catalogue: Catalogue) -> dict[str, Any]:
    """Each part under its field's name; under `group_1` … what is a group, or comes again."""
    found: dict[str, Any] = {}
    for part in parts:
        key, written = _part(part, catalogue)
        if not key or key in found:
            found[f"group_{len(found) + 1}"] = {"filter_params": {key: written}} if key else written
        else:
            found[key] = written
    return found


def _part(tree: Filter, catalogue: Catalogue) -> tuple[str, Any]:
    """A part's key, "" for a group, and what stands under it."""
    match tree:
        case Words(text, is_prefix):
            return WORDS, {"operator": "startswith", "value": [text]} if is_prefix else {"value": [text]}
        case Test(name, operator, values):
            kind = catalogue.find(name).kind
            return name, {"operator": operator, "value": [_value(value, kind) for value in values]}
        case Not(And(parts)):
            return "", {"connector": "NOT", "filter_params": _group(parts, catalogue)}
        case Not(part):
            return "", {"connector": "NOT", "filter_params": _group((part,), catalogue)}
        case And(parts):
            return "", {"connector": "AND", "filter_params": _group(parts, catalogue)}
        case Or(parts):
            return "", {"connector": "OR", "filter_params": _group(parts, catalogue)}


def _value(value: Value, kind: str) -> Value:
    return moment(value) if kind == "time" and isinstance(value, int) else value
