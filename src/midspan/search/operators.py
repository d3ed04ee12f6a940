"""The operators of filters: what each means, which kinds of field take it, and every spelling that clients use.

The spellings are those of the wire contract (its section on the filter grammar). `in` and `not_in` are `eq` and `not`
with several values, `isnull` is `empty` or `not_empty`, so trees hold neither.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from midspan.errors import BadFilter, BadRequest

Kind: TypeAlias = Literal["text", "integer", "float", "money", "time", "boolean", "json", "score", "map"]
"""What a field's values are. `json` is a value of any JSON type, `map` a whole object (its keys can be asked for)."""

KINDS: Final[tuple[Kind, ...]] = ("text", "integer", "float", "money", "time", "boolean", "json", "score", "map")

_ORDERED: Final = frozenset[Kind]({"text", "integer", "float", "money", "time", "json", "score"})
_EQUAL: Final = _ORDERED | frozenset[Kind]({"boolean"})
_TEXTS: Final = frozenset[Kind]({"text", "json", "score"})
_MAPS: Final = frozenset[Kind]({"map", "json"})
_ALL: Final = frozenset(KINDS)


@dataclass(frozen=True)
class Operator:
    """One operator. A negated one means "not the other"; what it does where the field is missing is the field's."""

    name: str
    symbol: str
    """What the text language writes for it; "" where it has no sign of its own."""
    help: str
    kinds: frozenset[Kind]
    arity: Literal["none", "one", "many"] = "many"
    """How many values it takes. Several mean any of them."""
    negates: str = ""
    """The operator that this one is the opposite of."""

    @property
    def is_of_text(self) -> bool:
        """Whether it looks at the characters of a text."""
        return self.kinds == _TEXTS


_TABLE: Final = (
    Operator("eq", "=", "Equals; of several values, any.", _EQUAL),
    Operator("not", "!=", "Equals none of the values.", _EQUAL, negates="eq"),
    Operator("lt", "<", "Less than; texts by code point.", _ORDERED, "one"),
    Operator("lte", "<=", "Less than, or equal.", _ORDERED, "one"),
    Operator("gt", ">", "Greater than; texts by code point.", _ORDERED, "one"),
    Operator("gte", ">=", "Greater than, or equal.", _ORDERED, "one"),
    Operator("contains", "", "Contains the text, in this case of letters; of a list: has the element.", _TEXTS),
    Operator("not_contains", "", "Does not contain it.", _TEXTS, negates="contains"),
    Operator("icontains", "~", "Contains the text, in any case of letters.", _TEXTS),
    Operator("not_icontains", "!~", "Does not contain it, in any case of letters.", _TEXTS, negates="icontains"),
    Operator("iexact", "", "Equals, in any case of letters.", _TEXTS),
    Operator("not_iexact", "", "Does not equal, in any case of letters.", _TEXTS, negates="iexact"),
    Operator("startswith", "", "Starts with the text.", _TEXTS),
    Operator("not_startswith", "", "Does not start with the text.", _TEXTS, negates="startswith"),
    Operator("endswith", "", "Ends with the text.", _TEXTS),
    Operator("not_endswith", "", "Does not end with the text.", _TEXTS, negates="endswith"),
    Operator("empty", "", "Is missing, or an empty text, list or object.", _ALL, "none"),
    Operator("not_empty", "", "Is there, and not empty.", _ALL, "none", negates="empty"),
    Operator("regex", "", "Contains a match of the RE2 pattern; `.` matches line breaks too.", _TEXTS),
    Operator("not_regex", "", "Contains no match of the RE2 pattern.", _TEXTS, negates="regex"),
    Operator("full_text", "", "Contains the words, one after the other, in any case of letters.", _TEXTS),
    Operator("not_full_text", "", "Does not contain the words in that order.", _TEXTS, negates="full_text"),
    Operator("has_key", "", "Is an object that has the key.", _MAPS),
    Operator("overlap", "", "Is a list that has any of the values, or equals one.", _EQUAL),
    Operator("not_overlap", "", "Is a list that has none of the values, and equals none.", _EQUAL, negates="overlap"),
    Operator(
        "trigram_word_similar", "",
        "At least half of the value's distinct groups of three characters occur in the text, in any case of letters.",
        _TEXTS,
    ),
)  # fmt: skip

OPERATORS: Final = {operator.name: operator for operator in _TABLE}
"""Canonical name → operator."""

ALIASES: Final = {
    "": "eq", "=": "eq", "==": "eq", "eq": "eq", "equals": "eq", "equal": "eq", "is": "eq", "exact": "eq", "in": "eq",
    "any": "eq",
    "!=": "not", "<>": "not", "ne": "not", "neq": "not", "not_equal": "not", "not_equals": "not", "is_not": "not",
    "not_in": "not", "notin": "not", "nin": "not", "not in": "not",
    "<": "lt", "<=": "lte", "le": "lte", ">": "gt", ">=": "gte", "ge": "gte",
    "ilike": "icontains", "not_ilike": "not_icontains", "notilike": "not_icontains", "~": "icontains",
    "!~": "not_icontains", "notcontains": "not_contains", "noticontains": "not_icontains",
    "starts_with": "startswith", "not_starts_with": "not_startswith", "notstartswith": "not_startswith",
    "ends_with": "endswith", "not_ends_with": "not_endswith", "notendswith": "not_endswith",
    "is_empty": "empty", "isempty": "empty", "is_null": "empty",
    "notempty": "not_empty", "is_not_empty": "not_empty", "isnotempty": "not_empty", "is_not_null": "not_empty",
    "isnotnull": "not_empty", "exists": "not_empty",
    "regexp": "regex", "matches": "regex",
    "full_text_search": "full_text", "fulltext": "full_text", "search": "full_text",
    "haskey": "has_key", "mapcontainskey": "has_key", "notoverlap": "not_overlap",
    **{name: name for name in OPERATORS},
}  # fmt: skip
"""Every spelling, in lower case → canonical name. `isnull` is not among them: its value decides."""

_FALSE: Final = (False, 0, "false", "0", "no")


def read_operator(spelling: object, values: Sequence[object] = ()) -> str:
    """The canonical operator that a client's spelling names, in any case of letters. Raises `BadRequest`."""
    if not isinstance(spelling, str):
        raise BadRequest(f"An operator is a text such as {_some()}; not {str(spelling)[:60]!r}.", code="bad_filter")
    name = spelling.strip().lower()
    if name in ("isnull", "is_null"):
        given = values[0] if values else True
        given = given.lower() if isinstance(given, str) else given
        return "not_empty" if given in _FALSE else "empty"
    if name in ALIASES:
        return ALIASES[name]
    near = difflib.get_close_matches(name[:60], ALIASES, n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Operators are {', '.join(OPERATORS)}."
    raise BadFilter(f"There is no operator {spelling[:60]!r}. {hint}", suggestion=near[0] if near else None)


def _some() -> str:
    return ", ".join(repr(name) for name in ("eq", "not", "gte", "contains"))
