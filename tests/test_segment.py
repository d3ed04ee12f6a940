"""midspan.store.segment: what is left of a segment after a crash."""

from pathlib import Path

import pytest

from midspan.store.segment import Segment, segment_files

ID = "0123456789abcdef" * 2
GOOD = b'{"organization_id":"o","environment":"prod","key_time":5,"id":"%s","version":1}\n' % ID.encode()
THEIRS = GOOD.replace(b'"version"', b'"has_client_ids":true,"version"')


def recover(directory: Path, content: bytes) -> Segment | None:
    path = directory / "00000007.ndjson"
    path.write_bytes(content)
    return Segment.recover(path)


@pytest.mark.parametrize(
    "torn",
    [
        b"",
        GOOD[:-1],
        GOOD[:40],
        b"{",
        bytes(5000),
        GOOD[:40] + bytes(512) + b"\n",
        b"\n",
        bytes(100) + b"\n" + bytes(100) + b"\n",
        GOOD[:40] + bytes(10) + GOOD[50:] + GOOD[:20],
    ],
)
def test_a_torn_end_is_cut_off(tmp_path: Path, torn: bytes) -> None:
    """What was being written when the machine stopped goes; every line before it stays as it was."""
    segment = recover(tmp_path, GOOD + THEIRS + torn)

    assert segment is not None
    assert segment.path.read_bytes() == GOOD + THEIRS
    assert (segment.number, segment.rows, segment.size) == (7, 2, len(GOOD + THEIRS))
    assert segment.keys == [(ID, 5)]
    assert segment.holds(("anybody", "prod"))


@pytest.mark.parametrize("content", [b"", bytes(4096), GOOD[:30]])
def test_a_segment_without_a_line_is_removed(tmp_path: Path, content: bytes) -> None:
    """Nothing in it was ever acknowledged, so nothing of it is left."""
    assert recover(tmp_path, content) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "damaged",
    [
        b"not JSON\n",
        b"\n",
        b"[]\n",
        b"null\n",
        GOOD.replace(b'"key_time":5', b'"key_time":"soon"'),
        GOOD.replace(b"0123", b"\xff\xfe23"),
        THEIRS.replace(ID.encode(), b"not an id"),
        b"[" * 100_000 + b"]" * 100_000 + b"\n",
    ],
)
def test_damage_before_the_end_is_kept(tmp_path: Path, damaged: bytes) -> None:
    """A line that cannot be read, with good ones after it, is no torn write: it goes to the engine with the others."""
    segment = recover(tmp_path, GOOD + damaged + THEIRS)

    assert segment is not None
    assert segment.path.read_bytes() == GOOD + damaged + THEIRS
    assert segment.rows == 3
    assert segment.keys == [(ID, 5)]


def test_a_whole_last_line_is_kept_whatever_it_says(tmp_path: Path) -> None:
    """A last line that is JSON was written whole, so it may have been acknowledged: the engine judges it."""
    last = GOOD.replace(b'"key_time":5', b'"key_time":"soon"')
    segment = recover(tmp_path, GOOD + last)

    assert segment is not None
    assert segment.rows == 2


def test_segments_are_files_with_a_number(tmp_path: Path) -> None:
    """Oldest first, by number; what else lies in the directory is left alone."""
    for name in ("100000000.ndjson", "00000009.ndjson", "99999999.ndjson", "notes.ndjson", "next", "00000010.keys"):
        (tmp_path / name).touch()

    assert [path.name for path in segment_files(tmp_path)] == [
        "00000009.ndjson",
        "99999999.ndjson",
        "100000000.ndjson",
    ]
