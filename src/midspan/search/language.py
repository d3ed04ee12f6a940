"""The query language: text that people type → the filter tree.

    query      = [ either ]
    either     = all { "OR" all }
    all        = one { [ "AND" ] one }
    one        = ( "NOT" | "-" ) one | "(" either ")" | "*" | words | test
    words      = ( word | quoted ) [ "*" ]
    test       = field ":" condition | "has:" field | "missing:" field | "is:" flag
    condition  = [ sign ] value { "," value } | call | "(" either-of-conditions ")"
    sign       = "=" | "!=" | "!==" | "<" | "<=" | ">" | ">=" | "~" | "!~"
    value      = bare | quoted | [ "*" ] ( bare | quoted ) [ "*" ] | "/" pattern "/" | [ bare ] ".." [ bare ]
    call       = operator "(" value { "," value } ")"

Spaces join by AND, which binds closer than OR. `docs/filters.md` is the page for people, `search/written.py` the way
back. Faults name the character, from 1.
"""

import re
import time
from typing import Final

from midspan.errors import BadFilter
from midspan.search.bounds import TEXT_MAX, Count, check_depth, checked
from midspan.search.catalogue import Catalogue, Field
from midspan.search.conditions import SIGNS, Item, compared, exact, example, takes_patterns
from midspan.search.fields import SPANS
from midspan.search.json_filters import read_words
from midspan.search.normal import all_of, any_of
from midspan.search.operators import ALIASES, read_operator
from midspan.search.scanner import QUOTED, Scanner
from midspan.search.tree import EVERYTHING, Filter, Not
from midspan.search.written import write_query

__all__ = ["read_query", "write_query"]

_NAME: Final = re.compile(rf'(?:[^\s()":]|(?<=\.){QUOTED})+', re.DOTALL)
_WORD: Final = re.compile(r'[^\s()"]+')
_BARE: Final = re.compile(r'[^\s(),"]+')
_CALL: Final = re.compile(r"([A-Za-z_]+)\(")
_PATTERN: Final = re.compile(r"/((?:[^/\\]|\\.)*)/(?=[\s,)]|\Z)", re.DOTALL)
_SIGN: Final = re.compile("|".join(map(re.escape, SIGNS)))


def read_query(text: str, catalogue: Catalogue = SPANS, *, now: int | None = None) -> Filter:
    """The tree of a query; an empty one is `EVERYTHING`. Raises `BadFilter` with the character.

    Times such as `-7d` count from `now`, in microseconds since 1970; by default that is the present.
    """
    if len(text) > TEXT_MAX:
        raise BadFilter(f"A query has at most {TEXT_MAX:,} characters, not {len(text):,}.", position=TEXT_MAX + 1)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadFilter("Half of a surrogate pair is no character.", position=error.start + 1) from None
    return checked(_Parser(text, catalogue, time.time_ns() // 1000 if now is None else now).query())


class _Parser(Scanner):
    def __init__(self, text: str, catalogue: Catalogue, now: int) -> None:
        super().__init__(text)
        self._catalogue = catalogue
        self._now = now
        self._count = Count()

    def query(self) -> Filter:
        self.skip()
        if self.at == len(self.text):
            return EVERYTHING
        tree = self._either(1, None)
        if self.at < len(self.text):
            raise self.fault("This ) closes nothing.", "the end")
        return tree

    def _either(self, level: int, field: Field | None) -> Filter:
        parts = [self._all(level, field)]
        while self.keyword("OR"):
            parts.append(self._all(level, field))
        return any_of(parts)

    def _all(self, level: int, field: Field | None) -> Filter:
        parts = [self._one(level, field)]
        while True:
            joined = self.keyword("AND")
            if not joined and (self.peek() in ("", ")") or self.is_keyword("OR")):
                return all_of(parts)
            parts.append(self._one(level, field))

    def _one(self, level: int, field: Field | None) -> Filter:
        """One part; inside `field:( … )` a part is a condition on the field."""
        with self.located():
            check_depth(level)
        self.skip()
        if self.keyword("NOT") or (field is None and self._minus()):
            return Not(self._one(level + 1, field))
        if self.peek() == "(":
            return self._group(level, field)
        if self.peek() in ("", ")") or self.is_keyword("OR") or self.is_keyword("AND"):
            raise self.fault("Something to look for is missing here.", "a condition or a word")
        return self._single(level) if field is None else self._condition(field, level)

    def _group(self, level: int, field: Field | None) -> Filter:
        opened = self.at
        self.at += 1
        tree = self._either(level + 1, field)
        if self.peek() != ")":
            raise self.fault(f"The ( at character {opened + 1} is not closed.", ")")
        self.at += 1
        return tree

    def _single(self, level: int) -> Filter:
        start = self.at
        match = _NAME.match(self.text, start)
        if match and self.text[match.end() : match.end() + 1] == ":":
            self.at = match.end() + 1
            return self._test(self.unquoted(match[0], start), start, level)
        if self.peek() == '"':
            text, is_prefix = self.string(), self.star()
        elif (word := _WORD.match(self.text, start)) is None:
            raise self.fault("This cannot stand here.", "a condition or a word")
        elif word[0] == "*":
            self.at = word.end()
            return EVERYTHING
        else:
            self.at = word.end()
            text, is_prefix = word[0].removesuffix("*"), word[0].endswith("*")
            self._check_word(word[0], start)
        with self.located(start):
            self._count.test()
            return read_words(text, is_prefix=is_prefix)

    def _check_word(self, word: str, start: int) -> None:
        """Refuse what was meant for a condition."""
        head, sign, rest = _partition(word, "<>=!~")
        if sign and head and self._catalogue.knows(head):
            raise self.fault(
                f"A colon stands between a field and its sign: {head}:{sign}{rest}.",
                "a colon",
                at=start + len(head),
                suggestion=f"{head}:{sign}{rest}",
            )

    def _test(self, name: str, start: int, level: int) -> Filter:
        self.skip()
        if name.lower() in ("has", "missing", "is"):
            return self._named(name.lower())
        with self.located(start):
            try:
                field = self._catalogue.find(name)
            except BadFilter as fault:
                fault.detail += " Put quotes around a text to look for."
                raise
        return self._condition(field, level)

    def _named(self, word: str) -> Filter:
        start = self.at
        match = _NAME.match(self.text, start)
        if match is None:
            raise self.fault(f"{word}: takes a field.", "a field")
        name = self.unquoted(match[0], start)
        self.at = match.end()
        with self.located(start):
            self._count.test()
            if word != "is":
                return self._catalogue.test(name, "not_empty" if word == "has" else "empty")
            for known in (name, f"is_{name}", f"has_{name}"):
                if self._catalogue.knows(known) and self._catalogue.find(known).kind == "boolean":
                    return self._catalogue.test(known, "eq", [True])
            flags = ", ".join(
                field.name.removeprefix("is_") for field in self._catalogue.fields if field.kind == "boolean"
            )
            raise BadFilter(f"is: takes a field that is true or false: {flags}; not {name[:60]!r}.", expected=flags)

    def _condition(self, field: Field, level: int) -> Filter:
        self.skip()
        if self.peek() == "(":
            return self._group(level, field)
        call = _CALL.match(self.text, self.at)
        if call and (call[1].lower() in ALIASES or call[1].lower() == "isnull"):
            return self._call(field, call)
        start = self.at
        sign = _SIGN.match(self.text, start)
        if sign:
            self.at = sign.end()
            self.skip()
        items = self._items(field)
        with self.located(start):
            self._count.test(len(items))
            return compared(field, sign[0] if sign else "", items, self._now)

    def _call(self, field: Field, call: re.Match[str]) -> Filter:
        start = self.at
        self.at = call.end()
        self.skip()
        items = [] if self.peek() == ")" else self._items(field)
        self.skip()
        if self.peek() != ")":
            raise self.fault(f"The ( at character {call.end()} is not closed.", ")")
        self.at += 1
        with self.located(start):
            self._count.test(len(items))
            operator = read_operator(call[1], [item.text for item in items])
            return field.test(operator, [exact(field, operator, item, self._now) for item in items])

    def _items(self, field: Field) -> list[Item]:
        items = [self._item(field)]
        while True:
            end = self.at
            self.skip()
            if self.peek() != ",":
                self.at = end
                return items
            self.at += 1
            self.skip()
            items.append(self._item(field))

    def _item(self, field: Field) -> Item:
        start = self.at
        if self.peek() == "/" and takes_patterns(field):
            match = _PATTERN.match(self.text, start)
            if match is None:
                raise self.fault("A pattern ends with /; a text that begins with / stands in quotes.", "/")
            self.at = match.end()
            return Item(match[1].replace(r"\/", "/"), "pattern")
        before = self.text.startswith('*"', start)
        self.at += before
        if self.peek() == '"':
            return Item(self.string(), "quoted", before, self.star())
        match = _BARE.match(self.text, start)
        if match is None:
            raise self.fault(f"A value for {field.name} is missing here.", example(field))
        self.at = match.end()
        if self.peek() in ("(", '"') and self.peek():
            raise self.fault(f"A value with {self.peek()} in it stands in quotes.", "a space")
        return Item(match[0])

    def _minus(self) -> bool:
        if self.peek() != "-":
            return False
        following = self.text[self.at + 1 : self.at + 2]
        if not following.strip():
            raise self.fault("- stands right before what it negates.", "a condition or a word")
        self.at += 1
        return True


def _partition(text: str, signs: str) -> tuple[str, str, str]:
    at = next((at for at, character in enumerate(text) if character in signs), len(text))
    end = at
    while end < len(text) and text[end] in signs:
        end += 1
    return text[:at], text[at:end], text[end:]
