"""Snippets: what is shown of a hit, and that nothing of a span becomes markup."""

import html
import re

import hypothesis
import hypothesis.strategies as st
import pytest

from midspan.search import snippets
from midspan.search.fields import SPANS
from midspan.search.tree import And, Filter, Not, Or, Words
from midspan.search.words import COLUMNS


def marked(text: str, *words: Words) -> str:
    """The text with the hits of these words marked."""
    return snippets.mark(text, snippets.patterns(Or(words))["input"])


@pytest.mark.parametrize(
    ("text", "words", "shown"),
    [
        ("The refund policy.", Words("refund"), "The <mark>refund</mark> policy."),
        ("REFUND refund Refund", Words("refund"), "<mark>REFUND</mark> <mark>refund</mark> <mark>Refund</mark>"),
        ("refunds", Words("refund"), "refunds"),
        ("refunds", Words("refund", is_prefix=True), "<mark>refund</mark>s"),
        ("a refund,  policy", Words("refund policy"), "a <mark>refund,  policy</mark>"),
        ('{"a":"one\\nrefund"}', Words("refund"), "{&quot;a&quot;:&quot;one\\n<mark>refund</mark>&quot;}"),
        ("<b>refund</b>&amp;", Words("b"), "&lt;<mark>b</mark>&gt;refund&lt;/<mark>b</mark>&gt;&amp;amp;"),
        ("退款政策", Words("政策"), "退款<mark>政策</mark>"),
        ("crème brûlée", Words("BRÛLÉE"), "crème <mark>brûlée</mark>"),
    ],
)
def test_hits_are_marked(text: str, words: Words, shown: str) -> None:
    """Words in any case, phrases, beginnings of words, beside escapes of JSON and in scripts without spaces."""
    assert marked(text, words) == shown


def test_hits_that_overlap_are_one() -> None:
    """A word within a phrase is not marked twice."""
    assert marked("the refund policy", Words("refund policy"), Words("policy")) == "the <mark>refund policy</mark>"


@pytest.mark.parametrize(
    ("tree", "columns"),
    [
        (Words("a"), COLUMNS),
        (Not(Words("a")), ()),
        (Not(Not(Words("a"))), COLUMNS),
        (And((SPANS.test("model", "", ["a"]), Not(Or((Words("a"),))))), ()),
        (SPANS.test("output", "full_text", ["a"]), ("output",)),
        (SPANS.test("output", "contains", ["a"]), ()),
        (Words("!!"), ()),
    ],
)
def test_what_is_looked_for(tree: Filter, columns: tuple[str, ...]) -> None:
    """Words that spans must have, wherever they stand; not those that they must lack."""
    assert tuple(snippets.patterns(tree)) == tuple(columns)


@hypothesis.given(st.text(alphabet="ab<>&\"'/ \\nu0", max_size=30), st.text(alphabet="ab0n", min_size=1, max_size=3))
def test_only_marks_are_markup(text: str, word: str) -> None:
    """Whatever a span holds, the snippet has no tag but the mark, and without marks it is the escaped text."""
    shown = marked(text, Words(word))
    assert set(re.findall(r"<[^>]*>", shown)) <= {"<mark>", "</mark>"}
    plain = re.sub(r"</?mark>", "", shown)
    assert not re.search(r"[<>\"']", plain)
    assert plain == html.escape(text)
