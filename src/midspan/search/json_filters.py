"""The JSON filters of the contract (its section on the filter grammar) → the filter tree, and back.

`{"model": {"operator": "in", "value": ["gpt-5"]}, "cost": [{"operator": "gte", "value": 1}, …]}`: fields, and the
conditions on one field, all hold. A bundle `{"connector": "OR", "filter_params": {…}}` under any key is a group; its
connector joins what is inside it. Two connectors of ours and the key `words` give this language the power of the text
language: `NOT` negates a group, `words` is full text.

A condition's own `connector` "OR" makes it an alternative to all other conditions beside it: A, B, C with C marked is
(A and B) or C. No order is read into the keys of an object.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Literal, TypeAlias

import msgspec

from midspan.errors import BadFilter, BadRequest
from midspan.search.bounds import JSON_BYTES_MAX, Count, check_depth, checked
from midspan.search.catalogue import Catalogue, Field
from midspan.search.fields import SPANS
from midspan.search.normal import all_of, any_of
from midspan.search.operators import ALIASES, read_operator
from midspan.search.tree import EVERYTHING, Filter, Not, Words
from midspan.search.words import word_pattern, words_of

Connector: TypeAlias = Literal["AND", "OR", "NOT"]

CONDITION_KEYS: Final = ("operator", "value", "connector", "operator_function", "operator_args", "field")
WORDS: Final = "words"
"""The key of full text."""
_QUICK: Final = re.compile(r"([^\[\]]+)\[([^\[\]]*)\]")
_FALSE: Final = (False, 0, "false", "0")


def read_filters(filters: object, catalogue: Catalogue = SPANS, *, operator: object = "AND") -> Filter:
    """The tree of JSON filters whose fields `operator` joins. Raises `BadFilter` with the path to the fault."""
    _check_size(filters)
    return checked(_Reader(catalogue).group(filters, _connector(operator, "operator"), "filters", 1))


def read_quick_filters(
    parameters: Iterable[tuple[str, str]], reserved: Iterable[str], catalogue: Catalogue = SPANS
) -> Filter:
    """The tree of a query string's `?field=value` and `?field[value]=…&field[operator]=…&field[connector]=…`.

    A name that comes again gives another value. `reserved` names are skipped; unknown ones are metadata keys.
    """
    skipped, conditions = frozenset(reserved), dict[str, dict[str, Any]]()
    for name, value in parameters:
        match = _QUICK.fullmatch(name)
        field, part = (match[1], match[2] or "value") if match else (name, "value")
        if field in skipped:
            continue
        condition = conditions.setdefault(field, {})
        if part == "value":
            condition.setdefault("value", []).append(value)
        elif part in ("operator", "connector"):
            condition[part] = value
        else:
            raise BadFilter(
                f"{name[:80]}: in brackets stand value, operator or connector.", path=name[:80], expected="value"
            )
    reader = _Reader(catalogue)
    return _joined("AND", [reader.quick(name, condition) for name, condition in conditions.items()])


_Part: TypeAlias = tuple[Filter, bool]
"""A part of a group, and whether it is an alternative to the others."""


class _Reader:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._count = Count()

    def group(self, given: object, connector: Connector, path: str, depth: int) -> Filter:
        """A whole group: an object of fields and bundles, one bundle, or a list of such objects."""
        with _at(path):
            check_depth(depth)
        if given is None:
            return EVERYTHING
        if isinstance(given, list):
            parts = [(self.group(each, "AND", f"{path}[{at}]", depth + 1), False) for at, each in enumerate(given)]
            return _joined(connector, parts)
        if not isinstance(given, dict):
            raise BadFilter(
                f"{path} is an object of fields and conditions, not {_short(given)}.", path=path, expected="an object"
            )
        if "filter_params" in given:
            return self._bundle(given, path, depth)
        if isinstance(given.get("field"), str) and given["field"] != WORDS:
            return _joined(connector, [self._condition(self._field(given["field"], path), given, path)])
        fields = dict(given)
        for key in ("connector", "operator"):
            if isinstance(fields.get(key), str) and fields[key].upper() in ("AND", "OR", "NOT"):
                connector = _connector(fields.pop(key), f"{path}.{key}")
        return _joined(connector, [part for key in fields for part in self._entry(key, fields[key], path, depth)])

    def quick(self, name: str, condition: dict[str, Any]) -> _Part:
        """The condition of a name in a query string."""
        if not self._catalogue.knows(name) and self._catalogue.knows(f"metadata.{name}"):
            name = f"metadata.{name}"
        return self._condition(self._field(name, name), condition, name)

    def _bundle(self, given: Mapping[str, object], path: str, depth: int) -> Filter:
        for key in given:
            if key not in ("connector", "operator", "filter_params"):
                raise BadFilter(
                    f"{path}: a bundle has the keys connector and filter_params, not {key[:60]!r}.", path=path
                )
        connector = _connector(given.get("connector", given.get("operator")), f"{path}.connector")
        return self.group(given["filter_params"], connector, f"{path}.filter_params", depth + 1)

    def _entry(self, key: str, given: object, path: str, depth: int) -> Iterator[_Part]:
        place = f"{path}.{key[:80]}"
        listed = given if isinstance(given, list) else [given]
        if any(isinstance(each, dict) and "filter_params" in each for each in listed):
            for each in listed:
                yield self.group(each, "AND", place, depth), False
        elif key == WORDS:
            yield self._words(given, place)
        else:
            yield from self._conditions(self._field(key, place), given, place)

    def _conditions(self, field: Field, given: object, path: str) -> Iterator[_Part]:
        if isinstance(given, dict):
            yield self._condition(field, given, path)
        elif isinstance(given, list) and given and all(isinstance(each, dict) for each in given):
            parts = [self._condition(field, each, f"{path}[{at}]") for at, each in enumerate(given)]
            yield _joined("AND", parts), False
        elif given is None:
            raise BadFilter(
                f'{path}: null is no value. What is missing is asked for with {{"operator": "empty"}}.', path=path
            )
        else:
            yield self._condition(field, {"value": given}, path)

    def _condition(self, field: Field, given: Mapping[str, Any], path: str) -> _Part:
        _check_keys(given, path)
        is_alternative = _connector(given.get("connector"), f"{path}.connector") == "OR"
        values = _values(given.get("value"))
        if given.get("operator_function"):
            return self._function(field, given, path), is_alternative
        with _at(f"{path}.operator"):
            operator = read_operator(given.get("operator") or "", values)
            if operator not in field.operators:
                field.test(operator, values)  # says which it takes
        with _at(f"{path}.value"):
            self._count.test(len(values))
            return field.test(operator, values), is_alternative

    def _function(self, field: Field, given: Mapping[str, Any], path: str) -> Filter:
        """`mapContainsKey` with the keys in `operator_args`, as the contract's client sends it."""
        name = given["operator_function"]
        if not isinstance(name, str) or ALIASES.get(name.lower()) != "has_key":
            raise BadFilter(
                f"{path}.operator_function is mapContainsKey, not {_short(name)}.",
                path=f"{path}.operator_function",
                expected="mapContainsKey",
            )
        keys, values = _values(given.get("operator_args")), _values(given.get("value"))
        with _at(f"{path}.operator"):
            spelling = given.get("operator") or ""
            operator = "eq" if spelling == name else read_operator(spelling, values)
        with _at(f"{path}.operator_args"):
            self._count.test(len(keys))
            test = field.test("has_key", keys or values)
        given_no = bool(keys and values) and (values[0].lower() if isinstance(values[0], str) else values[0]) in _FALSE
        return Not(test) if given_no != (operator == "not") else test

    def _words(self, given: object, path: str) -> _Part:
        condition: Mapping[str, Any] = given if isinstance(given, dict) else {"value": given}
        _check_keys(condition, path)
        operators = {"eq": False, "full_text": False, "startswith": True, "not": False, "not_startswith": True}
        with _at(f"{path}.operator"):
            operator = read_operator(condition.get("operator") or "")
        if operator not in operators:
            raise BadFilter(
                f"{path}.operator: words takes no operator (the words), startswith (the last word may go on), not or "
                "not_startswith.",
                path=f"{path}.operator",
                expected="startswith",
            )
        values = _values(condition.get("value"))
        with _at(f"{path}.value"):
            tree = any_of([self._phrase(each, is_prefix=operators[operator]) for each in values])
            if not values:
                raise BadFilter("There is nothing to look for.")
        is_alternative = _connector(condition.get("connector"), f"{path}.connector") == "OR"
        return Not(tree) if operator.startswith("not") else tree, is_alternative

    def _phrase(self, given: object, *, is_prefix: bool) -> Words:
        self._count.test()
        return read_words(given, is_prefix=is_prefix)

    def _field(self, name: str, path: str) -> Field:
        with _at(path):
            return self._catalogue.find(name)


def read_words(given: object, *, is_prefix: bool) -> Words:
    """Full text of a client. Raises `BadRequest`."""
    if not isinstance(given, str):
        raise BadFilter(f"Words are a text, not {_short(given)}.", expected="a text")
    word_pattern(given, is_prefix)  # says what is too much
    if not words_of(given):
        raise BadFilter(f"There is no letter or digit to look for in {_short(given)}.", expected="a word")
    return Words(given, is_prefix)


def _joined(connector: Connector, parts: Sequence[_Part]) -> Filter:
    if connector == "OR":
        return any_of([tree for tree, _ in parts])
    together = [tree for tree, is_alternative in parts if not is_alternative]
    apart = [tree for tree, is_alternative in parts if is_alternative]
    joined = any_of([all_of(together), *apart] if together else apart) if apart else all_of(together)
    return Not(joined) if connector == "NOT" else joined


def _values(given: object) -> list[Any]:
    return given if isinstance(given, list) else [] if given is None else [given]


def _connector(given: object, path: str) -> Connector:
    if given is None or given == "":
        return "AND"
    word = given.upper() if isinstance(given, str) else given
    if word == "AND" or word == "OR" or word == "NOT":  # noqa: PLR1714  (this form narrows the type)
        return word
    raise BadFilter(f"{path} is AND, OR or NOT, not {_short(given)}.", path=path, expected="AND, OR or NOT")


def _check_keys(given: Mapping[str, object], path: str) -> None:
    for key in given:
        if key not in CONDITION_KEYS:
            near = difflib.get_close_matches(key[:60], CONDITION_KEYS, n=1)
            raise BadFilter(
                f"{path}.{key[:60]}: a condition has the keys operator and value, not {key[:60]!r}.",
                path=f"{path}.{key[:60]}",
                expected="operator, value",
                suggestion=near[0] if near else None,
            )


def _check_size(filters: object) -> None:
    try:
        size = len(msgspec.json.encode(filters))
    except RecursionError:
        check_depth(1 << 30)
    else:
        if size > JSON_BYTES_MAX:
            raise BadFilter(f"JSON filters have at most {JSON_BYTES_MAX:,} bytes, not {size:,}.", path="filters")


@contextmanager
def _at(path: str) -> Iterator[None]:
    """Say where a fault is."""
    try:
        yield
    except BadRequest as fault:
        if "path" in fault.more:
            raise
        found = BadFilter(f"{path}: {fault.detail}", path=path)
        found.more = {**fault.more, **found.more}
        raise found from None


def _short(given: object) -> str:
    text = repr(given)
    return text if len(text) <= 60 else text[:57] + "…"
