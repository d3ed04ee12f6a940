"""midspan.store.home: one process a directory, one id a store, and numbers that are never given out twice."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from midspan.errors import Misconfigured
from midspan.store import home
from midspan.store.home import NUMBERS_RESERVED, Home, Numbers, write_durably


def test_a_directory_is_made_whole(tmp_path: Path) -> None:
    """The first process makes every room, private, and an id that later ones find."""
    root = tmp_path / "deep" / "data"
    with Home(root) as first:
        assert {path.name for path in root.iterdir()} >= {"engine", "journal", "rejected", "store.json", "lock"}
        assert root.stat().st_mode & 0o777 == 0o700
        assert (root / "lock").read_text() == f"{os.getpid()}\n"
        store_id = first.store_id

    with Home(root) as second:
        assert second.store_id == store_id


def test_new_names_are_made_durable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every directory that gets a new name in it is fsynced, up to the one that was there."""
    synced: list[Path] = []
    monkeypatch.setattr(home, "fsync_directory", synced.append)
    root = tmp_path / "deep" / "data"
    with Home(root):
        pass

    assert {tmp_path, tmp_path / "deep", root} <= set(synced)


def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    """Another process is refused, told who holds the directory, and harms nothing."""
    code = "import sys; from pathlib import Path; from midspan.store.home import Home; Home(Path(sys.argv[1]))"
    with Home(tmp_path):
        other = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
        assert f"Misconfigured: another Midspan (process {os.getpid()}) is using" in other.stderr
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"

    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"store": 1}'])
def test_a_damaged_id_is_not_replaced(tmp_path: Path, content: str) -> None:
    """A store whose id cannot be read is not opened under a new one: its deduplication tokens hang on it."""
    (tmp_path / "store.json").write_text(content)

    with pytest.raises(Misconfigured, match=r"store\.json is damaged"):
        Home(tmp_path)

    assert (tmp_path / "store.json").read_text() == content


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    """What cannot be a data directory is refused with the fix."""
    (tmp_path / "file").write_text("")

    with pytest.raises(Misconfigured, match=r"cannot be used: .* Give another with --data-dir"):
        Home(tmp_path / "file" / "data")


def test_numbers_go_up_and_are_kept_before_they_are_given(tmp_path: Path) -> None:
    """A number given out lies below the one in the file, so that a process killed now cannot give it out again."""
    numbers = Numbers(tmp_path, 1)
    for expected in range(1, 3 * NUMBERS_RESERVED):
        assert numbers.take() == expected
        assert int((tmp_path / "next").read_bytes()) > expected

    assert Numbers(tmp_path, 1).take() > expected


def test_a_lost_file_is_guarded_by_what_is_known_to_be_used(tmp_path: Path) -> None:
    """Without the file the numbers begin after those that segments and rows bear; an old file does not lower them."""
    assert Numbers(tmp_path, 4711).take() == 4711
    (tmp_path / "next").write_text("5\n")
    assert Numbers(tmp_path, 4712).take() == 4712


@pytest.mark.parametrize("content", [b"", b"sixty-four", b"12\0\0"])
def test_a_damaged_file_of_numbers_is_refused(tmp_path: Path, content: bytes) -> None:
    """Numbers that cannot be read are not guessed."""
    (tmp_path / "next").write_bytes(content)

    with pytest.raises(Misconfigured, match="next is damaged"):
        Numbers(tmp_path, 1)


def test_a_number_that_cannot_be_kept_is_not_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the file cannot be written there is no number; then the same one as before is next."""
    numbers = Numbers(tmp_path, 1)

    def fail(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="Input/output"):
            numbers.take()
    assert numbers.take() == 1


def test_a_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replacement that fails half way leaves the old content."""
    path = tmp_path / "file"
    write_durably(path, b"old")

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_durably(path, json.dumps("new").encode())

    assert path.read_bytes() == b"old"
