"""A disk of a test's own: one whose power can be cut, or one that is soon full. Needs root."""

import contextlib
import fcntl
import os
import shutil
import signal
import struct
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults.load import wait_until
from tests.needs import program
from tests.server import Server

MEMORY = Path("/dev/shm")
"""Where the images lie if there is room: an fsync of theirs then costs what the file system inside costs, no more."""


SHUTDOWN = 0x8004587D
"""ext4's ioctl: from now on nothing reaches the disk, and what was not written yet never will."""
WITHOUT_FLUSHING = 2


class Disk:
    """A mounted file system. Subclasses say how it is mounted."""

    def __init__(self, directory: Path) -> None:
        self.root = directory / "disk"
        self.root.mkdir()
        self._mount()

    def _mount(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _run("umount", "--lazy", str(self.root))


class SmallDisk(Disk):
    """So many MiB, in memory."""

    def __init__(self, directory: Path, mebibytes: int) -> None:
        self._size = mebibytes
        super().__init__(directory)

    def _mount(self) -> None:
        _run("mount", "-t", "tmpfs", "-o", f"size={self._size}m", "tmpfs", str(self.root))

    @property
    def free(self) -> int:
        found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize

    def fill(self, but: int = 0) -> Path:
        """Take all the space but so many bytes, in a file that can be removed, while others write too."""
        path = self.root / "filler"
        taken = 0
        with path.open("wb") as file:
            while (more := self.free - but) > 0:
                with contextlib.suppress(OSError):  # somebody else was quicker
                    os.posix_fallocate(file.fileno(), taken, more)
                    taken += more
        return path


class PowerDisk(Disk):
    """An ext4 file system in a file: what was not synced when the power goes is not there when it comes back."""

    def __init__(self, directory: Path, mebibytes: int = 256) -> None:
        self._images = Path(tempfile.mkdtemp(dir=MEMORY if os.access(MEMORY, os.W_OK) else directory))
        self._image = self._images / "image"
        with self._image.open("wb") as file:
            file.truncate(mebibytes << 20)
        _run("mkfs.ext4", "-q", "-m", "0", "-J", "size=8", "-E", "nodiscard", str(self._image))
        super().__init__(directory)

    def _mount(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self.root))

    def cut(self, server: Server) -> None:
        """Cut the power while the server runs, and bring it back; the server is gone, and not started again."""
        server.send(signal.SIGSTOP)  # nobody acknowledges on a disk that fails
        root = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(root, SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING))
        finally:
            os.close(root)
        server.kill()
        wait_until(lambda: _tried("umount", str(self.root)) == "", 30)  # until the last file of the killed is closed
        self._mount()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        shutil.rmtree(self._images)


def _run(name: str, *arguments: str) -> None:
    assert (fault := _tried(name, *arguments)) == "", fault


def _tried(name: str, *arguments: str) -> str:
    """What the program complains of; "" when it did what it was told."""
    found = program(name)
    assert found is not None, f"{name} is not here"
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr or f"code {done.returncode}"
