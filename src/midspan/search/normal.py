"""The normal form of a filter tree: what both filter languages read into, so that the same question is the same tree.

A group has at least two parts and none of its own kind inside it; what always matches is `EVERYTHING`, what never does
is its negation. The meaning of a tree and of its normal form are the same.
"""

from collections.abc import Iterable
from typing import Final

from midspan.search.tree import EVERYTHING, And, Filter, Not, Or, Words
from midspan.search.words import words_of

NOTHING: Final = Not(EVERYTHING)


def all_of(parts: Iterable[Filter]) -> Filter:
    """Every part matches."""
    flat: list[Filter] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else (part,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(parts: Iterable[Filter]) -> Filter:
    """At least one part matches."""
    flat: list[Filter] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Or) else (part,))
    if not flat:
        return NOTHING
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def normal(tree: Filter) -> Filter:
    """The tree in its normal form."""
    match tree:
        case And(parts):
            return all_of(map(normal, parts))
        case Or(parts):
            return any_of(map(normal, parts))
        case Not(part):
            return Not(normal(part))
        case Words(text) if not words_of(text):
            return EVERYTHING
    return tree
