"""The filter tree: what a question selects, whichever language it was asked in.

A tree is frozen and holds names, operators and values only. `search.where` turns it into SQL, `search.match` judges one
span by it, `search.explain` says it in English. All three agree; a property test holds them against each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = str | int | float | bool
"""A value as the field's kind keeps it; times are microseconds since 1970."""


@dataclass(frozen=True)
class Test:
    """One field against values. Several values mean any of them, and none of them for a negated operator."""

    __test__ = False  # not one of pytest's

    field: str
    """A name of the catalogue, or one of its families with a key: `metadata.region`, `properties.user.tier`,
    `scores.<evaluator>`."""
    operator: str
    """A canonical name of `search.operators.OPERATORS`."""
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Words:
    """Full text: in input, output, names and errors. Case does not matter."""

    text: str
    """One word, or the words of a phrase in order."""
    is_prefix: bool = False
    """The last word may go on."""


@dataclass(frozen=True)
class And:
    """Every part matches; with no parts, everything does."""

    parts: "tuple[Filter, ...]" = ()


@dataclass(frozen=True)
class Or:
    """At least one part matches."""

    parts: "tuple[Filter, ...]"


@dataclass(frozen=True)
class Not:
    """The part does not match, for whatever reason: a span that lacks the field is let through."""

    part: "Filter"


Filter: TypeAlias = Test | Words | And | Or | Not

EVERYTHING = And()

DEPTH_MAX = 100
"""The engine's parser and our recursion go deeper; nobody's question does."""


def leaves(tree: Filter) -> Iterator[Test | Words]:
    """Every condition of the tree, whether it is to hold or not."""
    match tree:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case Test() | Words():
            yield tree


def depth(tree: Filter) -> int:
    """How deep the tree is nested; 1 for a single test."""
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        part, level = waiting.pop()
        deepest = max(deepest, level)
        below = part.parts if isinstance(part, And | Or) else (part.part,) if isinstance(part, Not) else ()
        waiting.extend((each, level + 1) for each in below)
    return deepest
