"""midspan.ingest.logs: a body's members, and a list cut into rows that stand or fall alone."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midspan.errors import BadRequest
from midspan.ingest.logs import Row, members, mended_members, rows

LOGS, BOTH = ("logs",), ("data", "logs")


def cut(body: bytes, names: tuple[str, ...] = LOGS, array: bool = False) -> list[bytes]:
    found = rows(body, names, array)
    assert [row.index for row in found] == list(range(len(found)))
    return [row.raw for row in found]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"), (b"   ", "empty"), (b"[]", "object"), (b"3", "object"), (b'"x"', "object"), (b"null", "object"),
        (b"{", "not JSON"), (b'{"a":1}x', "not JSON"), (b"{'a':1}", "not JSON"), (b'{"a":1,}', "not JSON"),
        (b'{"a":NaN}', "not JSON"), (b'{"a":Infinity}', "not JSON"), (b'{"a":"\\ud800"}', "not JSON"),
        (b'{"a":"\x01"}', "not JSON"), (b'{"a":01}', "not JSON"), (b'{"a":[1,2}', "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"), ('{"a":1}'.encode("utf-16"), "not JSON"), (b'{"a":"\xff"}', "UTF-8"),
        (b'{"\xff":1}', "UTF-8"), (b'{"a":["\xed\xa0\x80"]}', "UTF-8"), (b'{"a":' + b"[" * 100_000, "deep"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "deep"),
    ],
)  # fmt: skip
def test_members_refuses(body: bytes, reason: str) -> None:
    """What is not one well-formed JSON object in UTF-8 is refused, and the sentence says why."""
    with pytest.raises(BadRequest, match=reason):
        members(body)


def test_members_of_a_name_twice() -> None:
    """Of a name that comes twice the last counts."""
    assert {k: bytes(v) for k, v in members(b'{"a":1,"b": [ 2 ],"a":"x"}').items()} == {"a": b'"x"', "b": b"[ 2 ]"}


@pytest.mark.parametrize(
    ("body", "names", "array", "found"),
    [
        (b'{"logs":[]}', LOGS, False, []),
        (b'{"logs":[{"a":1}, {"b":[1,2]}]}', LOGS, False, [b'{"a":1}', b'{"b":[1,2]}']),
        (b'{"x":1,"logs":[1,"x",null]}', LOGS, False, [b"1", b'"x"', b"null"]),
        (b'[{"a":1},{}]', BOTH, True, [b'{"a":1}', b"{}"]),
        (b' \n[ ]', BOTH, True, []),
        (b'{"data":[{"a":1}]}', BOTH, True, [b'{"a":1}']),
        (b'{"logs":[{"a":1}]}', BOTH, True, [b'{"a":1}']),
        (b'{"logs":[1],"data":[2]}', BOTH, True, [b"2"]),
        (b'{"data":null,"logs":[1]}', BOTH, True, [b"1"]),
        # Not well-formed: the good rows are found all the same.
        (b'{"logs":[{"a":NaN},{"b":"]}, \\" {"},{}]}', LOGS, False,
         [b'{"a":NaN}', b'{"b":"]}, \\" {"}', b"{}"]),
        (b'{"logs":[{"a":1},{"b":', LOGS, False, [b'{"a":1}', b'{"b":']),
        (b'{"logs":[{"a":1},{"b":"x', LOGS, False, [b'{"a":1}', b'{"b":"x']),
        (b'{"logs":[{"a":1},]}', LOGS, False, [b'{"a":1}']),
        (b'{"logs":[{"a":1},,{"b":2}]}', LOGS, False, [b'{"a":1}', b"", b'{"b":2}']),
        (b'{"x":{"logs":[9]},"logs" : [{"a":\x01}]}', LOGS, False, [b'{"a":\x01}']),
        (b'[{"a":\xff},{"b":1}]', BOTH, True, [b'{"a":\xff}', b'{"b":1}']),
        (b'[{"a":1}] trailing', BOTH, True, [b'{"a":1}']),
    ],
)  # fmt: skip
def test_rows(body: bytes, names: tuple[str, ...], array: bool, found: list[bytes]) -> None:
    """Rows come in order, each as the bytes that it came as."""
    assert cut(body, names, array) == found


@pytest.mark.parametrize(
    ("body", "array"),
    [
        (b"", True), (b"hello", True), (b"{}", True), (b'{"logs":{}}', False), (b'{"logs":null}', False),
        (b'{"logs":"x"}', False), (b'[{"a":1}]', False), (b'[{"a":NaN}]', False), (b"3", True),
        (b'{"rows":[1]}', False),
        (b'{"rows":[NaN]}', False), (b'{"x":{"logs":[NaN]}}', False), (b"\xff\xfe", True),
    ],
)  # fmt: skip
def test_body_without_rows(body: bytes, array: bool) -> None:
    """A body without a list of rows is refused whole."""
    with pytest.raises(BadRequest):
        rows(body, LOGS, array)


def test_deep_row_costs_itself_only() -> None:
    """A row nested too deeply is cut out like any other, and the rows beside it are read."""
    deep = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert cut(b'{"logs":[{"b":1},' + deep + b',{"c":2}]}') == [b'{"b":1}', deep, b'{"c":2}']


def test_mended_members_names_the_repair() -> None:
    """A row that is not JSON is mended when it is read, and says so; a good one is left alone."""
    bad, good = Row(0, b'{"a":NaN}'), Row(1, b'{"a":1}')
    assert bytes(mended_members(bad)["a"]) == b"null"
    assert bytes(mended_members(good)["a"]) == b"1"
    assert len(bad.repairs) == 1
    assert good.repairs == []


@given(st.lists(st.dictionaries(st.text(max_size=6), st.text() | st.integers() | st.lists(st.floats()), max_size=3)))
def test_broken_and_whole_bodies_are_cut_alike(values: list[dict[str, object]]) -> None:
    """A list is cut into the same rows whether or not another row breaks the body."""
    whole = [json.dumps(value).encode() for value in values]
    if not any(b"NaN" in row or b"Infinity" in row for row in whole):
        assert cut(b'{"logs":[' + b",".join(whole) + b"]}") == whole
    assert cut(b'{"logs":[' + b",".join([*whole, b"{NaN}"]) + b"]}") == [*whole, b"{NaN}"]


@given(st.binary())
def test_any_bytes_are_cut_or_refused(body: bytes) -> None:
    """No body makes anything but rows or a refusal."""
    for text in (body, b"[" + body, b'{"logs":[' + body):
        with contextlib.suppress(BadRequest):
            rows(text, BOTH, True)


@pytest.mark.parametrize("junk", [b'"\\' * 100_000, b"[" * 200_000, b"]" * 200_000, b"{" * 200_000, b'"' * 200_001])
def test_cutting_takes_time_by_length_only(junk: bytes) -> None:
    """No body makes the search start over and over again."""
    for body in (b"[" + junk, b'{"logs":[' + junk, junk):
        with contextlib.suppress(BadRequest):
            rows(body, LOGS, True)
