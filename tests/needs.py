"""What some tests need of the machine: root, programs of Debian packages, Chromium.

A test that cannot run here is skipped with its reason, and named at the end of the run. With `TESTS_COMPLETE=1`, which
continuous integration sets, whatever was skipped has failed.
"""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.environments import ROOT

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DOWNLOADED = ROOT / ".cache" / "browsers"
"""Where `make test` puts a Chromium for a machine that has none."""
STARTS_SECONDS = 30

COMPLETE = os.environ.get("TESTS_COMPLETE", "") not in ("", "0")


def missing(item: pytest.Item) -> str | None:
    """The sentence that says what this test needs and the machine has not, or None."""
    for mark in item.iter_markers():
        if mark.name == "root" and (reason := _root(loop=bool(mark.kwargs.get("loop", False)))):
            return reason
        if mark.name == "debian" and (reason := _programs(mark.args)):
            return reason
        if mark.name == "browser" and browser() is None:
            return "needs Chromium"
    return None


@functools.cache
def browser() -> Path | None:
    """A Chromium of this machine; else the one that was downloaded, if the machine has the libraries that it needs."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return Path(found) if found else next(filter(_starts, sorted(DOWNLOADED.glob("*/*/*headless*shell"))), None)


def _starts(program: Path) -> bool:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=STARTS_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def program(name: str) -> str | None:
    """Where a program is; administrators' programs are not on everybody's path."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def _root(*, loop: bool) -> str | None:
    if os.geteuid() != 0:
        return "needs root"
    if loop and not Path("/dev/loop-control").exists():
        return "needs loop devices"
    return None


def _programs(names: Sequence[str]) -> str | None:
    absent = [name for name in names if program(name) is None]
    return f"needs {', '.join(absent)}" if absent else None


if __name__ == "__main__":
    sys.exit(browser() is None)
