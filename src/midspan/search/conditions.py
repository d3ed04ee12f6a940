"""What a condition of the query language means: a field, a sign and values → a tree."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from midspan.errors import BadFilter
from midspan.search.catalogue import Field
from midspan.search.normal import all_of, any_of
from midspan.search.quantities import Day, read_quantity
from midspan.search.tree import Filter, Not, Value
from midspan.search.values import number_of

SIGNS: Final = {
    "!==": "not", "!=": "not", "!~": "not_icontains", "<=": "lte", ">=": "gte", "=": "eq", "<": "lt", ">": "gt",
    "~": "icontains",
}  # fmt: skip
"""Sign → operator; longer signs first."""

TYPED_OPERATORS: Final = frozenset(
    {"eq", "not", "lt", "lte", "gt", "gte", "contains", "not_contains", "overlap", "not_overlap"}
)
"""Operators that tell the number 2 from the text "2" where a field may be either."""


_ORDERS: Final = ("lt", "lte", "gt", "gte")
_MIXED: Final = ("json", "score")
_JSON_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Item:
    """A value as it stands in the text."""

    text: str
    form: str = "bare"
    """`bare`, `quoted` or `pattern`."""
    before: bool = False
    """A `*` stands before quotes."""
    after: bool = False


def compared(field: Field, sign: str, items: Sequence[Item], now: int) -> Filter:
    """The tree of `field:` + sign + values. Raises `BadRequest`. `now` is in microseconds since 1970."""
    operator = SIGNS.get(sign, "eq")
    if operator in _ORDERS:
        if len(items) > 1:
            raise BadFilter(f"{field.name}: {sign} takes exactly one value, not {len(items)}.")
        return _ordered(field, operator, items[0], now)
    if sign in ("=", "!==", "~", "!~"):
        typed = sign in ("=", "!==")
        values = [exact(field, operator, item, now) if typed else item.text for item in items]
        return field.test(operator, values)
    joined: Callable[[Sequence[Filter]], Filter] = all_of if sign else any_of
    return joined(list(_equal(field, items, now, negated=bool(sign))))


def _equal(field: Field, items: Sequence[Item], now: int, *, negated: bool) -> Iterator[Filter]:
    """The tests of `field:a,b*,/c/`: values of one form are one test."""
    found: dict[str, list[str | int | float]] = {}
    for item in items:
        if item.form == "bare" and item.text == "*":
            found.setdefault("not_empty", [])
            continue
        if item.form == "bare" and ".." in item.text and field.kind not in ("text", "boolean", "map"):
            tree = _range(field, item, now)
            if tree is not None:
                yield Not(tree) if negated else tree
                continue
        operator, value = _shaped(field, item)
        if operator == "eq" and item.form == "bare":
            read = read_quantity(field, value, now)
            if isinstance(read, Day):
                day = all_of([field.test("gte", [read.start]), field.test("lt", [read.end])])
                yield Not(day) if negated else day
                continue
            found.setdefault(operator, []).append(read)
        else:
            found.setdefault(operator, []).append(value)
    for operator, values in found.items():
        opposite = {"eq": "not", "not_empty": "empty"}.get(operator, f"not_{operator}")
        yield field.test(opposite if negated else operator, values)


def _range(field: Field, item: Item, now: int) -> Filter | None:
    """`a..b` with both ends inside; None where a field of any type holds no numbers to compare."""
    low, _, high = item.text.partition("..")
    ends = [end for end in (low, high) if end]
    if field.kind in _MIXED and not all(_JSON_NUMBER.fullmatch(end) for end in ends):
        return None
    if not ends:
        raise BadFilter(f"{field.name}: a range has an end, as in 1..2, 1.. or ..2.", expected="1..2")
    tests = []
    if low:
        tests.append(_ordered(field, "gte", Item(low), now))
    if high:
        tests.append(_ordered(field, "lte", Item(high), now))
    return all_of(tests)


def _ordered(field: Field, operator: str, item: Item, now: int) -> Filter:
    """A comparison; after a day means after all of it."""
    value = exact(field, operator, item, now, days=True)
    if isinstance(value, Day):
        after = operator in ("gt", "lte")
        operator = {"gt": "gte", "lte": "lt"}.get(operator, operator)
        value = value.end if after else value.start
    return field.test(operator, [value])


def exact(field: Field, operator: str, item: Item, now: int, *, days: bool = False) -> Value | Day:
    """The value of an item in which nothing is a wildcard."""
    if item.form == "pattern" or item.before or item.after:
        raise BadFilter(f"{field.name}: the operator {operator} takes a plain value.", expected=example(field))
    if item.form == "quoted":
        return item.text
    if field.kind in _MIXED and operator in TYPED_OPERATORS:
        return _typed(item.text)
    read = read_quantity(field, item.text, now)
    return read.start if isinstance(read, Day) and not days else read


def _shaped(field: Field, item: Item) -> tuple[str, str]:
    """The operator that an item's form stands for, and its value."""
    text = item.text
    if item.form == "pattern":
        return "regex", text
    if item.form == "quoted":
        before, after, inner = item.before, item.after, False
    elif "*" in text and takes_patterns(field):
        before, after = text.startswith("*"), text.endswith("*")
        text = text[before : len(text) - after]
        inner = "*" in text
    else:
        return "eq", text
    if inner:
        pattern = ".*".join(map(_escaped, text.split("*")))
        return "regex", f"{'' if before else '^'}{pattern}{'' if after else '$'}"
    shape = {(True, True): "contains", (True, False): "endswith", (False, True): "startswith"}
    return shape.get((before, after), "eq"), text


def _escaped(text: str) -> str:
    """The text as a pattern."""
    return "".join(rf"\x{ord(c):02x}" if ord(c) < 128 and not c.isalnum() else c for c in text)


def _typed(text: str) -> Value:
    if text in ("true", "false"):
        return text == "true"
    number = number_of(text) if _JSON_NUMBER.fullmatch(text) else None
    return text if number is None else number


def takes_patterns(field: Field) -> bool:
    """Whether wildcards and patterns are read in values of the field."""
    return "regex" in field.operators


def example(field: Field) -> str:
    """What a value of the field looks like, for faults."""
    return f"a value such as {field.example}" if field.example else f"a value of {field.kind}"
