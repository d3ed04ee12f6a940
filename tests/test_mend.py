"""midspan.ingest.mend: broken JSON is made readable, and nothing else in it is touched."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from midspan.ingest import mend as module
from midspan.ingest.mend import mend

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("body", "mended", "repair"),
    [
        (b'{"a":NaN}', b'{"a":null}', module.NUMBERS),
        (b'{"a":Infinity}', b'{"a":null}', module.NUMBERS),
        (b'{"a":[-Infinity, 1]}', b'{"a":[null, 1]}', module.NUMBERS),
        (b'{"a":"\\ud800"}', b'{"a":"\\ufffd"}', module.SURROGATES),
        (b'{"a":"\\udc00x"}', b'{"a":"\\ufffdx"}', module.SURROGATES),
        (b'{"a":"\\ud800\\ud800\\udc00"}', b'{"a":"\\ufffd\\ud800\\udc00"}', module.SURROGATES),
        (b'{"\\uD83D":1}', b'{"\\ufffd":1}', module.SURROGATES),
        (b'{"a":"\xff"}', '{"a":"�"}'.encode(), module.ENCODING),
        (b'{"\xff":1}', '{"�":1}'.encode(), module.ENCODING),
        (b'{"a":"\xed\xa0\x80"}', '{"a":"���"}'.encode(), module.ENCODING),
        (b'{"a":"x\ny\x01"}', b'{"a":"x\\u000ay\\u0001"}', module.CONTROLS),
        (b'{"a":"\\d+"}', b'{"a":"\\\\d+"}', module.BACKSLASHES),
    ],
)
def test_fault_is_mended(body: bytes, mended: bytes, repair: str) -> None:
    """Each fault is mended where it stands, named, and the rest stays as it came."""
    assert mend(body) == (mended, [repair])
    msgspec.json.decode(mended)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"NaN and Infinity, -Infinity"}', b'{"a":"\\ud83d\\ude00"}', b'{"a":"\\\\ud800"}', b'{"a" : "\\"NaN"}',
        b' {\n "a":\t1.50e3 , "b":-1}\r\n', b'{"a":"\\u0000"}', "{\"a\":\"é\"}".encode(),
    ],
)  # fmt: skip
def test_good_json_is_left_alone(body: bytes) -> None:
    """Well-formed JSON comes back byte for byte, also where it quotes what would be a fault outside a text."""
    assert mend(body) == (body, [])


@given(JSON, st.booleans())
def test_any_json_is_left_alone(value: object, ascii_only: bool) -> None:
    """No JSON value that an encoder writes is changed."""
    body = json.dumps(value, ensure_ascii=ascii_only, indent=1).encode()
    assert mend(body) == (body, [])


@given(st.recursive(st.floats() | st.text(st.characters(codec=None)), lambda inner: st.lists(inner, max_size=3)))
def test_what_python_writes_becomes_json(value: object) -> None:
    """Whatever Python's own encoder writes (NaN, lone surrogates) is JSON afterwards."""
    mended, _ = mend(json.dumps(value).encode())
    msgspec.json.decode(mended)


@given(st.binary())
def test_any_bytes_are_taken(body: bytes) -> None:
    """Anything at all can be handed over; what is UTF-8 afterwards decodes or is refused by the decoder."""
    mended, _ = mend(body)
    mended.decode()


@pytest.mark.parametrize(
    "body", [b'"' + b'\\"' * 200_000, b"N" * 200_000, b"-" * 200_000, b'"\\' * 200_000, b'"' * 200_001]
)
def test_time_grows_with_length_only(body: bytes) -> None:
    """No input makes the search start over and over again (it would run into the test's time limit)."""
    for _ in range(5):
        mend(body)


@pytest.mark.parametrize("fault", [b"NaN,", b'"\\x",', b'"\\ud800",', b'"\n",'])
def test_too_many_faults_are_left(fault: bytes) -> None:
    """A body with more faults than any slip makes is left as it is, soon enough not to hold up others."""
    few, many = (b"[" + fault * count + b"1]" for count in (module.FAULTS_MAX, module.FAULTS_MAX + 1))
    assert len(mend(few)[1]) == 1
    assert mend(many) == (many, [])
