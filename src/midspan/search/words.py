"""Full text: what a word is, and the one pattern that finds words in SQL and in Python.

A word is a run of letters, marks and digits, as Unicode has them; everything else stands between words. Inputs and
outputs are kept as JSON text, exactly as they came, so `\\n` and its like stand between words too, and a letter is
found as itself and as its escape (`é`, `\\u00e9`). In scripts that put no space between words (Han, Hiragana,
Katakana, Thai, Lao, Khmer, Myanmar) a word is found anywhere in a run. Letters are found in either case. Words of a
phrase follow one another with nothing but separators between them.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from midspan.errors import BadRequest
from midspan.search.patterns import compiled_trusted

COLUMNS: Final = ("input", "output", "error_message", "span_name", "span_workflow_name", "trace_name")
"""Where full text is looked for. A phrase lies in one of them."""

WORDS_MAX: Final = 1000
"""Longest text, in characters, of which a pattern is made."""

PHRASE_MAX: Final = 24
"""Most words of a phrase: what separates two of them takes 22 kB of a pattern."""

_INSIDE: Final = r"\pL\pM\pN"
_HEX: Final = "[0-9a-fA-F]"
_ESCAPED: Final = rf"(?:00[0-9aAbB]|20{_HEX}|2[1-9aAbB]{_HEX}|30[01]|[dD][89a-fA-F]{_HEX}|[fF][fF][01]){_HEX}"
"""The digits of escapes that stand between words: ASCII, Latin-1 signs, punctuation, symbols, halves of pairs."""

_SEPARATE: Final = rf"(?:[^{_INSIDE}]|\\[bfnrt]|\\u{_ESCAPED})"
_END: Final = rf"(?:$|[^{_INSIDE}\\]|\\(?:$|[^u])|\\u(?:$|{_ESCAPED}|[^0-9a-fA-F]))"
"""After a word. The escape of a letter goes on with it."""

_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"


@lru_cache(maxsize=1024)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(compiled_trusted(rf"[{_INSIDE}]+").findall(text))


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
    pattern = f"{_SEPARATE}+".join("".join(map(_letter, word)) for word in words)
    if not _is_unspaced(words[0][0]):
        pattern = rf"(?:^|{_SEPARATE}){pattern}"
    return pattern if is_prefix or _is_unspaced(words[-1][-1]) else pattern + _END


def words_test(expression: str, text: str, pattern: str, bind: Callable[[str], str]) -> str:
    """The Bool expression that the pattern of `text` is found in a text expression.

    The pattern decides. Before it stands what is cheap to look for and cannot be missing where it is found.
    """
    found = f"match({expression}, {bind(pattern)})"
    plain = [word for word in words_of(text) if word.isascii()]
    if not plain:
        return found
    return f"({contains_in_any_case(expression, max(plain, key=len), bind)} AND {found})"


def contains_in_any_case(expression: str, text: str, bind: Callable[[str], str]) -> str:
    """The Bool expression that an ASCII text is in a text expression, in any case of letters.

    The form is the one that an index of groups of letters over `lower(…)` serves.
    """
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"lower({expression}) LIKE {bind(f'%{text.lower()}%')}"


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
