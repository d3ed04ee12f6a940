"""What can be asked for: a catalogue of fields, each with its kind, its place in SQL and in Python, and its help.

A catalogue drives both filter languages, their completion, the field reference and the SQL. The one of spans is
search/fields.py; traces and customers have their own.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from midspan.domain.span import Span
from midspan.errors import BadFilter, BadRequest
from midspan.search.operators import OPERATORS, Kind, Operator, read_operator
from midspan.search.patterns import compiled
from midspan.search.tree import Test, Value
from midspan.search.values import read_value
from midspan.search.words import WORDS_MAX

KEY_MAX: Final = 500
"""Longest key of a family, in characters."""

Getter = Callable[[Span], Any]
"""Reads the field's value off a span: text (absent is ""), number, bool, time in µs; None is missing. Of a `json` field
the whole decoded object, of a `map` field a mapping."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field that a filter can name.

    `sql` is the value's expression: of type String for `text`, a number, Decimal, DateTime64(6) or Bool for the others,
    a Map or a column of JSON text for `map`, and for `json` the column of JSON text in which `path` leads to the value.
    It holds our own names only. In a family's field, `@key` stands for the key, bound as a parameter.
    """

    name: str
    kind: Kind
    group: str
    help: str
    sql: str = ""
    is_nullable: bool = False
    """The expression may be NULL, which is "missing"."""
    present: str = ""
    """A Bool expression, true where the field is there at all. "" means that a text which is empty is absent, and that
    nothing else is ever missing but by NULL."""
    get: Getter | None = None
    """None in catalogues whose rows are not spans."""
    aliases: tuple[str, ...] = ()
    values: Literal["distinct", "fixed", "none"] = "none"
    """Where completion takes values from."""
    fixed: tuple[str, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    """Words in lower case → the value that is stored for them."""
    is_also_text: bool = False
    """A whole number that is asked for by its digits too (`startswith` 5)."""
    sort: str = ""
    """The name under which lists sort by it; "" where they do not."""
    example: str = ""
    unit: str = ""
    is_family: bool = False
    """Named with a key; its own name is then `metadata.<key>`."""
    path: tuple[str, ...] = ()
    """In a family's field: the key, or its parts."""
    is_of_trace: bool = False
    """Asked of any span of the trace, under the name `trace.<field>`."""

    @property
    def operators(self) -> tuple[str, ...]:
        """Canonical names of the operators that it takes."""
        return tuple(name for name, operator in OPERATORS.items() if self._takes(operator))

    def _takes(self, operator: Operator) -> bool:
        return self.kind in operator.kinds or (self.is_also_text and operator.is_of_text)

    @property
    def key(self) -> str:
        return ".".join(self.path)

    @property
    def lets_missing_through(self) -> bool:
        """Whether a missing value is the empty text, so that `not` matches it."""
        return self.kind == "text" and not self.present

    def parse(self, given: object) -> Value:
        """The value as a test of this field keeps it. Raises `BadRequest`."""
        try:
            return read_value(self.kind, given)
        except ValueError as error:
            hint = "; the operator empty asks for what is missing" if given is None else ""
            raise BadRequest(
                f"{self.name} is compared with {error}, not {_short(given)}{hint}.", code="bad_filter"
            ) from None

    def test(self, operator: object, values: Sequence[object] = ()) -> Test:
        """The test of this field by an operator in any spelling. Raises `BadRequest` for what does not fit together."""
        name = read_operator(operator, values)
        meaning = OPERATORS[name]
        if not self._takes(meaning):
            raise BadRequest(
                f"{self.name} does not take the operator {name}; it takes {', '.join(self.operators)}.",
                code="bad_filter",
            )
        if meaning.arity == "none":
            return Test(self.name, name)
        if not values or (meaning.arity == "one" and len(values) > 1):
            wanted = "exactly one value" if meaning.arity == "one" else "at least one value"
            raise BadRequest(f"{self.name}: the operator {name} takes {wanted}, not {len(values)}.", code="bad_filter")
        return Test(self.name, name, tuple(self._value(meaning, each) for each in values))

    def _value(self, operator: Operator, given: object) -> Value:
        if operator.name == "has_key" or operator.is_of_text:
            return self._text(operator, given)
        value = self.parse(given)
        return self.synonyms.get(value.lower(), value) if isinstance(value, str) else value

    def _text(self, operator: Operator, given: object) -> Value:
        if operator.name.removeprefix("not_") == "contains" and self.kind in ("json", "score"):
            return self.parse(given)
        try:
            text = str(read_value("text", given))
        except ValueError:
            raise BadRequest(
                f"{self.name}: {operator.name} takes a text, not {_short(given)}.", code="bad_filter"
            ) from None
        if operator.name in PATTERNS_MADE and len(text) > WORDS_MAX:
            raise BadRequest(
                f"{self.name}: {operator.name} takes at most {WORDS_MAX} characters, not {len(text)}.",
                code="bad_filter",
            )
        if operator.name in ("regex", "not_regex"):
            _check_pattern(self.name, text)
        return text


PATTERNS_MADE: Final = frozenset(
    {"icontains", "not_icontains", "iexact", "not_iexact", "full_text", "not_full_text", "trigram_word_similar"}
)
"""Operators that make a pattern of the text."""


def _check_pattern(name: str, text: str) -> None:
    try:
        compiled(text)
    except ValueError as error:
        raise BadRequest(f"{name}: {_short(text)} is no RE2 pattern: {error}.", code="bad_filter") from None


class Catalogue:
    """The fields of one kind of row, by name and alias."""

    def __init__(self, title: str, fields: Iterable[Field], *, has_traces: bool = False) -> None:
        """`has_traces` says that rows belong to traces: every field can be asked of these, as `trace.<field>`."""
        self.title = title
        self._has_traces = has_traces
        self.fields = tuple(fields)
        self._plain = {field.name: field for field in self.fields if not field.is_family}
        self._families = {field.name.partition(".")[0]: field for field in self.fields if field.is_family}
        self._aliases = {alias: field for field in self.fields for alias in field.aliases}
        clashes = self._aliases.keys() & self._plain.keys()
        assert not clashes, clashes

    @property
    def sorts(self) -> dict[str, Field]:
        """Name to sort by → field."""
        return {field.sort: field for field in self.fields if field.sort}

    @property
    def names(self) -> tuple[str, ...]:
        """Every name and alias."""
        return (*self._plain, *self._aliases)

    def knows(self, name: str) -> bool:
        """Whether `find` would find it."""
        return self._find(name) is not None

    def find(self, name: str) -> Field:
        """The field of a name, an alias, or a family's name with a key (`metadata.region`, `metadata__region`).

        Names count in any case of letters, keys in theirs. Raises `BadRequest` with the nearest known name.
        """
        field = self._find(name)
        if field is None:
            raise self._unknown(name)
        return field

    def test(self, name: str, operator: object, values: Sequence[object] = ()) -> Test:
        """The test of a field by an operator, both in any spelling. Raises `BadRequest`."""
        return self.find(name).test(operator, values)

    def _find(self, name: str) -> Field | None:
        for known in (name, name.lower()):
            if field := self._plain.get(known) or self._aliases.get(known):
                return field
        for mark in (".", "__"):
            head, found, key = name.partition(mark)
            family = self._families.get(head.lower())
            if family and found and key:
                return _member(family, key, mark)
            if self._has_traces and head.lower() == "trace" and found and (field := self._find(key)):
                return None if field.is_of_trace else _of_trace(field)
        return None

    def _unknown(self, name: str) -> BadRequest:
        head = name.partition(".")[0].partition("__")[0].lower()
        if head in self._families:
            return BadRequest(f"{head} is asked for by key: {head}.<key>.", code="bad_filter")
        near = difflib.get_close_matches(name[:60].lower(), self.names, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "GET /api/fields/ lists them."
        return BadFilter(f"{self.title} have no field {name[:60]!r}. {hint}", suggestion=near[0] if near else None)


def _member(family: Field, key: str, mark: str) -> Field:
    if len(key) > KEY_MAX:
        raise BadRequest(f"A key of {family.name} has at most {KEY_MAX} characters.", code="bad_filter")
    try:
        key.encode()
    except UnicodeEncodeError:
        raise BadRequest(f"A key of {family.name} is a text; half of a character is none.", code="bad_filter") from None
    has_parts = family.kind == "json"
    if has_parts and mark == "__":
        key = key.replace("__", ".")
    path = tuple(key.split(".")) if has_parts else (key,)
    head = family.name.partition(".")[0]
    return replace(family, name=f"{head}.{key}", is_family=False, path=path, aliases=())


def _of_trace(field: Field) -> Field:
    return replace(
        field, name=f"trace.{field.name}", help=f"{field.help} Of any span of its trace.", aliases=(), sort="",
        get=None, is_of_trace=True,
    )  # fmt: skip


def _short(given: object) -> str:
    try:
        text = repr(given)
    except ValueError:  # more digits than Python writes
        text = "a number of very many digits"
    return text if len(text) <= 60 else text[:57] + "…"
