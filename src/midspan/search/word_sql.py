"""Full text in SQL: the test of a pattern, and before it what leaves out most texts at little cost.

The index `words` of the table `spans` (`store/schema/0004_words.sql`) keeps a Bloom filter for each granule: the
runs of ASCII letters, in lower case, of all that full text is looked for in. It knows no escapes of JSON: in `\\nword`
the run is `nword`, in `\\u201cword` it is `cword`. So a test names the few runs that there may be.
"""

from collections.abc import Callable
from typing import Final

from midspan.search.words import COLUMNS, indexed_run, words_of

Bind = Callable[[str], str]

RUNS: Final = f"arrayConcat({', '.join(f'alphaTokens(lower({column}))' for column in COLUMNS)})"
"""The expression of the index. Asked in any other form, or with a constant in it, a hint does not find the index."""

PLAIN_WORDS: Final = 3
"""So many words of a phrase are looked for as they are, the longest ones, before its pattern is."""

_ESCAPES: Final = ("", *"abcdefnrt")
"""What may stand before a run as a part of it: nothing, or the last letter of an escape."""


def words_test(expression: str, text: str, pattern: str, bind: Bind) -> str:
    """The Bool expression that the pattern of `text` is found in a text expression.

    The pattern decides. Before it stands what is cheap to look for and cannot be missing where it is found.
    """
    found = f"match({expression}, {bind(pattern)})"
    plain = sorted({word for word in words_of(text) if word.isascii()}, key=lambda word: (-len(word), word))
    if not plain:
        return found
    there = " AND ".join(contains_in_any_case(expression, word, bind) for word in plain[:PLAIN_WORDS])
    # Of conditions that are joined by AND the engine may compute each for every row; of `if` only what is asked for.
    return f"if({there}, {found}, 0)"


def hinted(test: str, text: str, bind: Bind, *, is_prefix: bool = False) -> str:
    """A test that `text` is found in some of `COLUMNS`, with what tells the index which granules that may be in.

    The hint is true for every row: a word that many rows have is not looked for by taking each of them apart.
    """
    run = indexed_run(text, is_prefix)
    if run is None:
        return test
    runs = ", ".join(bind(escape + run.letters) for escape in _ESCAPES)
    return f"(indexHint(hasAny({RUNS}, [{runs}])) AND {test})"


def contains_in_any_case(expression: str, text: str, bind: Bind) -> str:
    """The Bool expression that an ASCII text is in a text expression, in any case of letters."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"lower({expression}) LIKE {bind(f'%{text.lower()}%')}"
