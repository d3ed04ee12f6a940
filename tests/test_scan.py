"""midspan.ingest.scan: texts are passed over whole, however long they are."""

import json
import resource
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midspan.ingest.credentials import scrub
from midspan.ingest.logs import rows
from midspan.ingest.mend import mend
from midspan.ingest.scan import flattened, text_end


@given(st.text(), st.text())
def test_end_of_a_text(text: str, tail: str) -> None:
    """The end of a text is behind its closing quote, in characters and in bytes alike."""
    quoted = json.dumps(text, ensure_ascii=False)
    assert text_end("[" + quoted + tail, 1) == len(quoted) + 1
    assert text_end(("[" + quoted + tail).encode(), 1) == len(quoted.encode()) + 1


@pytest.mark.parametrize("body", ['"', '"a', '"a\\', '"a\\"', '"' + "\\n" * 5_000, '"' + "x" * 5_000 + "\\"])
def test_text_without_end(body: str) -> None:
    """A text that never ends takes everything."""
    assert text_end(body, 0) == len(body)
    assert text_end(body.encode(), 0) == len(body.encode())


VALUES = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


def cut(value: object, depth: int) -> object:
    """A value whose lists and objects within so many others are texts."""
    if not isinstance(value, dict | list):
        return value
    if depth == 1:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return [cut(inner, depth - 1) for inner in value]
    return {name: cut(inner, depth - 1) for name, inner in value.items()}


@given(VALUES, st.integers(1, 4))
def test_what_is_too_deep_becomes_text(value: object, deep: int) -> None:
    """What lies within so many brackets is the JSON text of itself; all else is as it was."""
    assert json.loads(flattened(json.dumps(value, ensure_ascii=False).encode(), deep)) == cut(value, deep)


@pytest.mark.parametrize("body", [b"", b"]]", b"[[", b'[["', b"{" * 100_000, b"[" * 100_000 + b"]" * 100_000])
def test_brackets_that_never_end_cost_no_more_than_their_length(body: bytes) -> None:
    """Whatever is no JSON stays none."""
    assert len(flattened(body, 10)) <= len(body) + 2


ESCAPES = '"' + "\\n" * 2_000_000 + '"'


@pytest.mark.parametrize(
    "work",
    [
        lambda: mend(b"[" + ESCAPES.encode() + b",NaN]"),
        lambda: mend(b"[" + ESCAPES.encode()[:-1] + b'\\x"]'),
        lambda: rows(b'{"x":' + ESCAPES.encode() + b',"logs":[' + ESCAPES.encode() + b",NaN]}", ("logs",), array=False),
        lambda: scrub('{"api_key":' + ESCAPES + ',"x":' + ESCAPES + "}"),
        lambda: mend(b"[" + b'"",' * 1_000_000 + b"NaN]"),
        lambda: scrub('{"api_key":[' + '"",' * 1_000_000 + '1],"x":[' + '"",' * 1_000_000 + "1]}"),
    ],
)
def test_memory_follows_the_length(work: Callable[[], object]) -> None:
    """Millions of escapes or texts take a few times their own bytes, not hundreds."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work()
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert kilobytes < 128 * 1024
