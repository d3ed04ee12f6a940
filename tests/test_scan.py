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
from midspan.ingest.scan import text_end


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
