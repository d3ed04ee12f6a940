"""Full text: what a word is, and the one pattern that finds words in SQL and in Python.

A word is a run of letters, marks and digits, as Unicode has them; everything else stands between words. Inputs and
outputs are kept as JSON text, exactly as they came, so `\\n` and its like stand between words too, and a letter is
found as itself and as its escape (`é`, `\\u00e9`). In scripts that put no space between words (Han, Hiragana,
Katakana, Thai, Lao, Khmer, Myanmar) a word is found anywhere in a run. Letters are found in either case. Words of a
phrase follow one another with nothing but separators between them.

One word of a text is looked up in the index (`word_sql.py`). It is not found where it stands right after an escape
whose digits end in two letters (`\\u20acword`): the index takes them for letters of the word.
"""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from midspan.errors import BadRequest
from midspan.search.patterns import compiled_trusted

COLUMNS: Final = ("input", "output", "error_message", "span_name", "span_workflow_name", "trace_name")
"""Where full text is looked for. A phrase lies in one of them."""

RUN_MIN: Final = 3
"""Runs of fewer letters are nearly everywhere; the index is not asked for them."""

WORDS_MAX: Final = 1000
"""Longest text, in characters, of which a pattern is made."""

PHRASE_MAX: Final = 24
"""Most words of a phrase: what separates two of them takes 22 kB of a pattern."""

_INSIDE: Final = r"\pL\pM\pN"
_HEX: Final = "[0-9a-fA-F]"
_ESCAPED: Final = rf"(?:00[0-9aAbB]|20{_HEX}|2[1-9aAbB]{_HEX}|30[01]|[dD][89a-fA-F]{_HEX}|[fF][fF][01]){_HEX}"
"""The digits of escapes that stand between words: ASCII, Latin-1 signs, punctuation, symbols, halves of pairs."""

_TWO: Final = rf"(?:{_HEX}[0-9]|[0-9][a-fA-F])"
_ESCAPED_NEAR: Final = (
    rf"(?:00(?:[0-9aAbB][0-9]|[0-9][a-fA-F])|20{_TWO}|2[1-9aAbB]{_TWO}|30[01]{_HEX}|[dD][89a-fA-F]{_TWO}"
    rf"|[fF][fF][01]{_HEX})"
)
"""Those of them that do not end in two letters."""

_SEPARATE: Final = rf"(?:[^{_INSIDE}]|\\[bfnrt]|\\u{_ESCAPED})"
_SEPARATE_NEAR: Final = rf"(?:[^{_INSIDE}]|\\[bfnrt]|\\u{_ESCAPED_NEAR})"
_END: Final = rf"(?:$|[^{_INSIDE}\\]|\\(?:$|[^u])|\\u(?:$|{_ESCAPED}|[^0-9a-fA-F]))"
"""After a word. The escape of a letter goes on with it."""

_RUN: Final = re.compile("[a-z]+")
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"


@lru_cache(maxsize=1024)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(compiled_trusted(rf"[{_INSIDE}]+").findall(text))


class Run(NamedTuple):
    """Letters that stand in a row in a word of a text."""

    letters: str
    word: int
    """Which word it is."""
    is_first: bool
    """The word begins with it."""


@lru_cache(maxsize=1024)
def indexed_run(text: str, is_prefix: bool = False) -> Run | None:
    """The longest run of ASCII letters, in lower case, that stands so wherever the text is found; None for none.

    The run at the end of a prefix may go on.
    """
    words = words_of(text)
    longest: Run | None = None
    for number, word in enumerate(words):
        for found in _RUN.finditer(word.lower()) if word.isascii() else ():
            ends = is_prefix and number == len(words) - 1 and found.end() == len(word)
            if not ends and len(found[0]) >= (len(longest.letters) + 1 if longest else RUN_MIN):
                longest = Run(found[0], number, found.start() == 0)
    return longest


@lru_cache(maxsize=1024)
def word_pattern(text: str, is_prefix: bool = False) -> str | None:
    """The RE2 pattern of the text's words in order; the last may go on where `is_prefix`. None without words.

    Raises `BadRequest` for more than a pattern can hold.
    """
    if len(text) > WORDS_MAX:
        raise BadRequest(f"Words are looked for in texts of at most {WORDS_MAX} characters.", code="bad_filter")
    words = words_of(text)
    if not words:
        return None
    if len(words) > PHRASE_MAX:
        raise BadRequest(f"A phrase has at most {PHRASE_MAX} words, not {len(words)}.", code="bad_filter")
    separate = _SEPARATE_NEAR if _near(text, is_prefix) == 0 else _SEPARATE
    before = "" if _is_unspaced(words[0][0]) else f"(?:^|{separate})"
    after = "" if is_prefix or _is_unspaced(words[-1][-1]) else _END
    return f"{before}{hit_pattern(text, is_prefix)}{after}"


@lru_cache(maxsize=1024)
def hit_pattern(text: str, is_prefix: bool = False) -> str:
    """The part of `word_pattern` that the words themselves are matched by, from the first letter to the last."""
    near = _near(text, is_prefix)
    pattern = ""
    for number, word in enumerate(words_of(text)):
        if number:
            pattern += f"{_SEPARATE}*{_SEPARATE_NEAR}" if number == near else f"{_SEPARATE}+"
        pattern += "".join(map(_letter, word))
    return pattern


def _near(text: str, is_prefix: bool) -> int | None:
    """The word that the index must see as it is."""
    run = indexed_run(text, is_prefix)
    return run.word if run is not None and run.is_first else None


def any_case(text: str) -> str:
    """The RE2 pattern of a text in any case of letters. Each letter is found as itself and as its one-letter pair in
    the other case: `ß` and `SS` are not the same, nor are `K` and the sign of the kelvin.
    """
    return "".join(_either(character) for character in text)


def trigrams(text: str) -> tuple[str, ...]:
    """The text's distinct groups of three characters; a shorter text is one group."""
    return tuple(dict.fromkeys(text[at : at + 3] for at in range(max(1, len(text) - 2))))


@lru_cache(maxsize=4096)
def _letter(character: str) -> str:
    if character.isascii():
        return _either(character)
    return f"(?:{'|'.join((_either(character), *map(_escape, _cases(character))))})"


@lru_cache(maxsize=4096)
def _either(character: str) -> str:
    cases = _cases(character)
    if len(cases) > 1:
        return f"[{''.join(cases)}]"
    if character == "\0":
        return r"\x00"
    return re.escape(character) if character.isascii() else character


def _cases(character: str) -> list[str]:
    cases = {character, *(other for other in (character.lower(), character.upper()) if len(other) == 1)}
    return sorted(other for other in cases if other.isascii() or not character.isascii())


def _escape(character: str) -> str:
    """The pattern of the character's escape in JSON text, its digits in either case."""
    units = character.encode("utf-16-be").hex()
    digits = [f"[{digit}{digit.upper()}]" if digit.isalpha() else digit for digit in units]
    return "".join(rf"\\u{''.join(digits[at : at + 4])}" for at in range(0, len(digits), 4))


@lru_cache(maxsize=4096)
def _is_unspaced(character: str) -> bool:
    return bool(compiled_trusted(rf"[{_UNSPACED}]").search(character))
