"""The filter tree → one predicate of SQL with bound parameters.

The text is made of catalogue expressions and our own names; every value and every key is bound. A predicate is true or
false, never NULL, so that NOT means not. Parameters are named in the order in which they stand in the text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from midspan.errors import BadRequest
from midspan.search import json_sql, scalar_sql
from midspan.search.catalogue import Catalogue, Field
from midspan.search.fields import SPANS
from midspan.search.json_sql import raw
from midspan.search.operators import OPERATORS, Kind
from midspan.search.predicates import TENANT
from midspan.search.scalar_sql import any_of
from midspan.search.score_sql import score, scored
from midspan.search.tree import DEPTH_MAX, And, Filter, Not, Or, Test, Value, Words, depth
from midspan.search.word_sql import hinted, words_test
from midspan.search.words import COLUMNS, word_pattern

SQL_MAX: Final = 100_000
"""Longest predicate, in characters. The engine takes statements of 256 KiB, and some hold the predicate twice."""


@dataclass(frozen=True)
class Where:
    """A predicate in parentheses, and what is bound in it."""

    sql: str
    parameters: dict[str, str | int]


@dataclass
class Binder:
    """Names parameters as they are bound: `f0`, `f1` …; the same value of the same type has one name."""

    prefix: str = "f"
    parameters: dict[str, str | int] = field(default_factory=dict)
    _names: dict[tuple[str, Value], str] = field(default_factory=dict)

    def __call__(self, value: Value, type_: str = "String") -> str:
        """The place of the value in the text."""
        bound = value if isinstance(value, str) else int(value) if isinstance(value, bool | int) else repr(value)
        key = (type_, bound)
        if key not in self._names:
            self._names[key] = f"{self.prefix}{len(self._names)}"
            self.parameters[self._names[key]] = bound
        return f"{{{self._names[key]}:{type_}}}"


def where(tree: Filter, catalogue: Catalogue = SPANS, prefix: str = "f") -> Where:
    """The tree as a predicate over the catalogue's table. Raises `BadRequest` for one too deep or too large."""
    if depth(tree) > DEPTH_MAX:
        raise BadRequest(f"The filter is nested more than {DEPTH_MAX} deep.", code="bad_filter")
    bind = Binder(prefix)
    sql = _filter(tree, catalogue, bind)
    if len(sql) > SQL_MAX:
        raise BadRequest("The filter asks for too much at once; ask for fewer fields or values.", code="bad_filter")
    return Where(sql, bind.parameters)


def _filter(tree: Filter, catalogue: Catalogue, bind: Binder) -> str:
    match tree:
        case And(parts):
            return _joined(" AND ", "1", [_filter(part, catalogue, bind) for part in parts])
        case Or(parts):
            return _joined(" OR ", "0", [_filter(part, catalogue, bind) for part in parts])
        case Not(part):
            return f"(NOT {_filter(part, catalogue, bind)})"
        case Words():
            return _words(tree, bind)
        case Test():
            return _test(tree, catalogue.find(tree.field), bind)


def _joined(word: str, nothing: str, parts: Sequence[str]) -> str:
    if not parts:
        return nothing
    return parts[0] if len(parts) == 1 else f"({word.join(parts)})"


def _words(tree: Words, bind: Binder) -> str:
    pattern = word_pattern(tree.text, tree.is_prefix)
    if pattern is None:
        return "1"
    found = _joined(" OR ", "0", [words_test(column, tree.text, pattern, bind) for column in COLUMNS])
    return hinted(found, tree.text, bind, is_prefix=tree.is_prefix)


def _test(test: Test, asked: Field, bind: Binder) -> str:
    passed = _own_test(test, asked, bind)
    if not asked.is_of_trace:
        return passed
    traces = f"SELECT trace_unique_id FROM spans @final WHERE {TENANT} AND trace_unique_id != '' AND {passed}"
    return f"({passed} OR trace_unique_id IN ({traces}))"  # a span without a trace is one by itself


def _own_test(test: Test, asked: Field, bind: Binder) -> str:
    operator = OPERATORS[test.operator]
    positive = operator.negates or operator.name
    if operator.is_of_text and asked.is_also_text:
        passed = scalar_sql.text(positive, test.values, f"toString({asked.sql})", bind)
        return f"(NOT ({passed}))" if operator.negates else f"({passed})"
    if asked.kind == "score":
        there = scored(asked.key, bind)
        passed = "" if positive == "empty" else scored(asked.key, bind, score(positive, test.values, bind))
    else:
        expression, there = placed(asked, bind)
        passed = _SQL[asked.kind](positive, test.values, expression, bind)
    if positive == "empty":
        empty = any_of([part for part in (f"(NOT {there})" if there else "", passed) if part])
        return f"(NOT ({empty}))" if operator.negates else f"({empty})"
    passed = f"(NOT ({passed}))" if operator.negates else f"({passed})"
    return f"({there} AND {passed})" if there else passed


def placed(asked: Field, bind: Binder) -> tuple[str, str]:
    """The value's expression with its key bound, and the predicate that it is there ("" where it always is)."""
    if asked.kind == "json":
        text = raw(asked.sql, asked.path, bind)
        return text, f"{text} NOT IN ('', 'null')"
    expression, present = asked.sql, asked.present
    if asked.path:
        place = bind(asked.key)
        expression, present = expression.replace("@key", place), present.replace("@key", place)
    if asked.is_nullable:
        present = f"isNotNull({expression})"
    return expression, present


_SQL: Final[Mapping[Kind, Callable[[str, Sequence[Value], str, Binder], str]]] = {
    "text": scalar_sql.text,
    "integer": scalar_sql.integer,
    "float": scalar_sql.float_,
    "money": scalar_sql.money,
    "time": scalar_sql.time,
    "boolean": scalar_sql.boolean,
    "json": json_sql.json,
    "map": json_sql.map_,
}
