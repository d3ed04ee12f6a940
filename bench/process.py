"""What a process tree takes: CPU time, memory, disk, read from /proc."""

import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def tree(root: int) -> list[int]:
    """The live processes of the tree under `root`, `root` first."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (stat := _stat(int(entry))):
            children.setdefault(int(stat[1]), []).append(int(entry))
    found = [root] if _stat(root) else []
    for process in found:
        found += children.get(process, [])
    return found


def cpu_seconds(root: int) -> float:
    """User and system time of the tree, and of its children that have ended."""
    stats = filter(None, map(_stat, tree(root)))
    return sum(sum(map(int, stat[11:15])) for stat in stats) / TICKS


def memory_bytes(root: int) -> int:
    """Resident memory now; pages that processes share count once for each."""
    return sum(_status(process, "VmRSS") for process in tree(root))


def memory_peak_bytes(root: int) -> int:
    """The kernel's own high-water mark of resident memory."""
    return sum(_status(process, "VmHWM") for process in tree(root))


def reset_memory_peak(root: int) -> None:
    """Have the kernel begin its high-water marks anew."""
    for process in tree(root):
        Path(f"/proc/{process}/clear_refs").write_text("5")


def disk_bytes(path: Path) -> int:
    """Allocated bytes below `path`, as `du` counts them."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_blocks * 512
            except FileNotFoundError:
                continue
    return total


def kill(root: int, wait: float = 15) -> None:
    """SIGKILL to the tree at once."""
    processes = tree(root)
    for process in processes:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue
    end = time.monotonic() + wait
    while time.monotonic() < end and any(_runs(processes)):
        time.sleep(0.01)


def _runs(processes: Iterable[int]) -> Iterable[bool]:
    for process in processes:
        stat = _stat(process)
        yield bool(stat) and stat[0] != b"Z"


def _stat(process: int) -> list[bytes]:
    """The fields of /proc/…/stat from the state on; empty when there is no such process."""
    try:
        return Path(f"/proc/{process}/stat").read_bytes().rsplit(b")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _status(process: int, name: str) -> int:
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0)
