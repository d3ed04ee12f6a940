"""Snippets: where full text was found in a span, a few words around it, the hit marked.

The engine cuts the piece out of the text, so that a payload of many megabytes is never brought here. What is shown is
HTML: every character of the span is escaped, and `<mark>` around a hit is the only markup, so hostile text stays text.
"""

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from midspan.search.patterns import compiled_trusted
from midspan.search.tree import And, Filter, Not, Or, Test, Words
from midspan.search.words import COLUMNS, hit_pattern, word_pattern

BEFORE_BYTES = 80
BYTES = 320
"""About how much text is shown around the first hit, and how much of it stands before."""

TERMS_MAX = 32
"""Words and phrases that are looked for; more than that nobody reads."""

PREFIX = "snippet_"


class Term(msgspec.Struct, frozen=True):
    """What is looked for: where it stands between other words, and the words themselves."""

    found: str
    """RE2 pattern that may hold the separators around the hit."""
    hit: str
    """RE2 pattern of the hit alone."""


Patterns = Mapping[str, Sequence[Term]]
"""Column → what to mark in it."""


def patterns(tree: Filter) -> Patterns:
    """What a filter looks for as full text, by column; what it excludes is not looked for."""
    found: dict[str, dict[Term, None]] = {}
    for column, text, is_prefix in _words(tree, wanted=True):
        if (pattern := word_pattern(text, is_prefix)) is not None:
            terms = found.setdefault(column, {})
            if len(terms) < TERMS_MAX:
                terms[Term(pattern, hit_pattern(text, is_prefix))] = None
    return {column: tuple(found[column]) for column in COLUMNS if column in found}


def _words(tree: Filter, *, wanted: bool) -> Iterator[tuple[str, str, bool]]:
    match tree:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _words(part, wanted=wanted)
        case Not(part):
            yield from _words(part, wanted=not wanted)
        case Words(text, is_prefix) if wanted:
            yield from ((column, text, is_prefix) for column in COLUMNS)
        case Test(field, "full_text", values) if wanted and field in COLUMNS:
            yield from ((field, str(value), False) for value in values)


def columns(wanted: Patterns, parameters: dict[str, str | int]) -> list[str]:
    """The SELECT list that cuts the pieces out: for each column the piece, and whether text was left out before and
    after it. Binds what it needs in `parameters`.
    """
    selected = []
    for column, terms in wanted.items():
        joined = "|".join(f"(?:{term.found})" for term in terms)
        name = next((name for name, value in parameters.items() if value == joined), f"words{len(parameters)}")
        parameters[name] = joined
        text, hit, start = f"spans.{column}", f"hit_{column}", f"start_{column}"
        found = f"extract({text}, {{{name}:String}}) AS {hit}"
        # A hit at the very end may stand earlier too, as the beginning of a longer word.
        at = f"if(endsWith({text}, {hit}), length({text}) - length({hit}) + 1, position({text}, {hit}))"
        begin = f"greatest(1, toInt64({at}) - {BEFORE_BYTES}) AS {start}"
        piece = f"toValidUTF8(substring({text}, ({begin}), {BYTES}))"
        cuts = f"{start} > 1, {start} + {BYTES} <= length({text})"
        selected.append(f"if(({found}) = '', ('', false, false), ({piece}, {cuts})) AS {PREFIX}{column}")
    return selected


def read(line: bytes, wanted: Patterns) -> dict[str, str]:
    """The snippets of one row, by field: those in which something was found."""
    row: dict[str, Any] = msgspec.json.decode(line)
    shown = {}
    for column, terms in wanted.items():
        piece, is_cut_before, is_cut_after = row[PREFIX + column]
        if piece:
            marked = mark(piece.strip("\ufffd") if is_cut_before or is_cut_after else piece, terms)
            shown[column] = f"{'…' if is_cut_before else ''}{marked}{'…' if is_cut_after else ''}"
    return shown


def mark(text: str, terms: Sequence[Term]) -> str:
    """The text as HTML, each hit in `<mark>`."""
    parts, at = [], 0
    for start, end in _merged(sorted(hit for term in terms for hit in _hits(text, term))):
        parts += [html.escape(text[at:start]), "<mark>", html.escape(text[start:end]), "</mark>"]
        at = end
    return "".join([*parts, html.escape(text[at:])])


def _hits(text: str, term: Term) -> Iterator[tuple[int, int]]:
    around, alone = compiled_trusted(term.found), compiled_trusted(term.hit)
    at = 0
    while found := around.search(text, at):
        hit = alone.search(text, found.start())
        yield hit.span()
        at = hit.end()


def _merged(hits: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Ranges without overlaps, from sorted ones."""
    start, end = -1, -1
    for next_start, next_end in hits:
        if next_start >= end:
            if end > start:
                yield start, end
            start, end = next_start, next_end
        else:
            end = max(end, next_end)
    if end > start:
        yield start, end
