"""midspan.store.segment: what is left of a segment after a crash."""

from pathlib import Path

import pytest

from midspan.store.segment import OpenSegment, Segment, segment_files

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
        b"\n",
        GOOD,
        GOOD[:-1],
        GOOD + GOOD[:40],
        b"{",
        bytes(5000),
        GOOD[:40] + bytes(512) + b"\n\n",
        GOOD + bytes(512) + b"\n" + GOOD + b"\n",
        bytes(100) + b"\n\n" + bytes(100) + b"\n\n",
        GOOD[:40] + bytes(10) + GOOD[50:] + b"\n" + GOOD[:20],
    ],
)
def test_a_torn_commit_is_cut_off_whole(tmp_path: Path, torn: bytes) -> None:
    """A commit that was being written when the machine stopped goes, its good lines too; those before it stay."""
    segment = recover(tmp_path, GOOD + b"\n" + GOOD + THEIRS + b"\n" + torn)

    assert segment is not None
    assert segment.path.read_bytes().rstrip() == (GOOD + b"\n" + GOOD + THEIRS).rstrip()
    assert (segment.number, segment.rows, segment.size) == (7, 3, segment.path.stat().st_size)
    assert segment.keys == [(ID, 5)]
    assert segment.holds(("anybody", "prod"))


@pytest.mark.parametrize("content", [b"", bytes(4096), GOOD[:30], GOOD, GOOD + bytes(20) + b"\n\n"])
def test_a_segment_without_a_commit_is_removed(tmp_path: Path, content: bytes) -> None:
    """Nothing in it was ever acknowledged, so nothing of it is left."""
    assert recover(tmp_path, content) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "damaged",
    [
        b"not JSON\n",
        b"[]\n",
        b"null\n",
        GOOD.replace(b'"key_time":5', b'"key_time":"soon"'),
        GOOD.replace(b"0123", b"\xff\xfe23"),
        THEIRS.replace(ID.encode(), b"not an id"),
        b"[" * 100_000 + b"]" * 100_000 + b"\n",
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_damage_is_not_a_torn_commit(tmp_path: Path, damaged: bytes, place: int) -> None:
    """A line that cannot be read, in a commit that is whole, goes to the engine with the others, wherever it stands."""
    lines = [GOOD, THEIRS]
    lines.insert(place, damaged)
    content = b"".join(lines) + b"\n"
    segment = recover(tmp_path, content)

    assert segment is not None
    assert segment.path.read_bytes() == content
    assert segment.rows == 3
    assert segment.keys == [(ID, 5)]


def test_a_commit_is_written_with_its_end(tmp_path: Path) -> None:
    """What a segment writes it recovers, commit by commit."""
    line = GOOD[:-3]
    segment = OpenSegment(tmp_path, 7)
    for commit in ([line], [line, line]):
        segment.keep(segment.write(commit), ("o", "prod"), ())
    segment.close()
    content = segment.path.read_bytes()
    assert (segment.rows, segment.size) == (3, len(content))

    rows = []
    for size in range(len(content) + 1):
        found = recover(tmp_path, content[:size])
        rows.append(found.rows if found else 0)
    assert sorted(set(rows)) == [0, 1, 3]
    assert rows == sorted(rows)


def test_segments_are_files_with_a_number(tmp_path: Path) -> None:
    """Oldest first, by number; what else lies in the directory is left alone."""
    for name in ("100000000.ndjson", "00000009.ndjson", "99999999.ndjson", "notes.ndjson", "next", "00000010.keys"):
        (tmp_path / name).touch()

    assert [path.name for path in segment_files(tmp_path)] == [
        "00000009.ndjson",
        "99999999.ndjson",
        "100000000.ndjson",
    ]


def test_a_size_that_cannot_be_read_keeps_every_row(tmp_path: Path) -> None:
    """Beside a segment stands what is no number: nothing of the segment is thrown away, and the start goes on."""
    (tmp_path / "00000007.cut").write_bytes(b"{}")
    segment = recover(tmp_path, GOOD + b"\n")

    assert segment is not None
    assert segment.rows == 1
