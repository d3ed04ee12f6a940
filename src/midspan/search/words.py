"""Full text: what a word is, and the one pattern that finds words in SQL and in Python.

A word is a run of letters, marks and digits, as Unicode has them; everything else stands between words, and so does an
escape of JSON text (`\\n`, `\\t`, `\\u2014`), because inputs and outputs are kept as JSON text. In scripts that put no
space between words (Han, Hiragana, Katakana, Thai, Lao, Khmer, Myanmar) a word is found anywhere in a run. Letters are
found in either case. Words of a phrase follow one another with nothing but separators between them.
"""

import re
from functools import lru_cache
from typing import Any, Final

from midspan.search.patterns import compiled_trusted

COLUMNS: Final = ("input", "output", "error_message", "span_name", "span_workflow_name", "trace_name")
"""Where full text is looked for. A phrase lies in one of them."""

_INSIDE: Final = r"\pL\pM\pN"
_SEPARATE: Final = rf"(?:[^{_INSIDE}]|\\[bfnrt]|\\u[0-9a-fA-F]{{4}})"
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"


@lru_cache(maxsize=1024)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(_words().findall(text))


@lru_cache(maxsize=1)
def _words() -> Any:
    return compiled_trusted(rf"[{_INSIDE}]+")


@lru_cache(maxsize=1024)
def word_pattern(text: str, is_prefix: bool = False) -> str | None:
    """The RE2 pattern of the text's words in order; the last may go on where `is_prefix`. None without words."""
    words = words_of(text)
    if not words:
        return None
    between = f"{_SEPARATE}+"
    pattern = between.join(any_case(word) for word in words)
    if not _is_unspaced(words[0][0]):
        pattern = rf"(?:^|{_SEPARATE}){pattern}"
    if not is_prefix and not _is_unspaced(words[-1][-1]):
        pattern = rf"{pattern}(?:$|[^{_INSIDE}])"
    return pattern


@lru_cache(maxsize=4096)
def _is_unspaced(character: str) -> bool:
    return bool(compiled_trusted(rf"[{_UNSPACED}]").search(character))


def any_case(text: str) -> str:
    """The RE2 pattern of a text in any case of letters. Each letter is found as itself and as its one-letter pair in
    the other case: `ß` and `SS` are not the same, nor are `K` and the sign of the kelvin.
    """
    return "".join(_either(character) for character in text)


@lru_cache(maxsize=4096)
def _either(character: str) -> str:
    pairs = {character, *(other for other in (character.lower(), character.upper()) if len(other) == 1)}
    if character.isascii():
        pairs = {other for other in pairs if other.isascii()}
    if len(pairs) == 1:
        return _escaped(character)
    return f"[{''.join(sorted(pairs))}]"


def _escaped(character: str) -> str:
    return r"\x00" if character == "\0" else re.escape(character) if character.isascii() else character


def words_test(expression: str, pattern: str, parameter: str) -> str:
    """The Bool expression that the pattern, bound as `parameter`, is found in a text expression."""
    del pattern
    return f"match({expression}, {parameter})"


def trigrams(text: str) -> tuple[str, ...]:
    """The text's distinct groups of three characters; a shorter text is one group."""
    return tuple(dict.fromkeys(text[at : at + 3] for at in range(max(1, len(text) - 2))))
