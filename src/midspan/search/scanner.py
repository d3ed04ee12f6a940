"""A place in the text of a query: what stands there, and faults that say where it is."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from midspan.errors import BadFilter, BadRequest

QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
"""The expression of a text in quotes."""

ESCAPES: Final = {'"': '"', "\\": "\\", "n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "/": "/", "*": "*"}

_PIECES: Final = re.compile(rf"({QUOTED})", re.DOTALL)
_STRING: Final = re.compile(QUOTED, re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_SPACE: Final = re.compile(r"\s*")


class Scanner:
    """A text and a place in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def string(self) -> str:
        match = _STRING.match(self.text, self.at)
        if match is None:
            raise self.fault("The quotes that open here are not closed.", '"')
        start, self.at = self.at, match.end()
        return self.unescaped(match[0], start)

    def unescaped(self, quoted: str, start: int) -> str:
        def plain(match: re.Match[str]) -> str:
            mark = match[1]
            if mark[0] == "u" and len(mark) == 5:
                return chr(int(mark[1:], 16))
            if mark not in ESCAPES:
                raise self.fault(
                    rf"\{mark} is no escape; \\ is a backslash.", r"\\, \", \n, \t or \u00e9", at=start + match.start()
                )
            return ESCAPES[mark]

        text = _ESCAPE.sub(plain, quoted[1:-1])
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise self.fault("Half of a surrogate pair is no character.", "both halves", at=start) from None

    def unquoted(self, name: str, start: int) -> str:
        """A field's name without the quotes around parts of its key."""
        pieces = _PIECES.split(name)
        return "".join(self.unescaped(piece, start) if at % 2 else piece for at, piece in enumerate(pieces))

    def star(self) -> bool:
        found = self.peek() == "*"
        self.at += found
        return found

    def keyword(self, word: str) -> bool:
        self.skip()
        found = self.is_keyword(word)
        self.at += len(word) if found else 0
        return found

    def is_keyword(self, word: str) -> bool:
        end = self.at + len(word)
        return self.text.startswith(word, self.at) and (
            end == len(self.text) or self.text[end] in '()"' or self.text[end].isspace()
        )

    def skip(self) -> None:
        match = _SPACE.match(self.text, self.at)
        assert match is not None
        self.at = match.end()

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def fault(self, detail: str, expected: str, *, at: int | None = None, suggestion: str | None = None) -> BadFilter:
        at = self.at if at is None else at
        return BadFilter(f"Character {at + 1}: {detail}", position=at + 1, expected=expected, suggestion=suggestion)

    @contextmanager
    def located(self, at: int | None = None) -> Iterator[None]:
        """Say where a fault of the catalogue or the bounds is."""
        place = (self.at if at is None else at) + 1
        try:
            yield
        except BadRequest as fault:
            if "position" in fault.more:
                raise
            found = BadFilter(f"Character {place}: {fault.detail}", position=place)
            found.more = {**fault.more, **found.more}
            raise found from None
