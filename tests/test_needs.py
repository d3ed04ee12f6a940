"""The rule for tests that this machine cannot run: named when left out, failed where none may be left out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import needs
from tests.environments import ROOT

SAMPLE = """
import pytest

@pytest.mark.debian("no-such-program")
def test_marked(): ...

def test_by_itself():
    pytest.skip("no weather")

@pytest.mark.xfail
def test_expected_to_fail():
    assert False

def test_runs(): ...
"""


def run(directory: Path, *, complete: bool) -> subprocess.CompletedProcess[str]:
    """Run pytest with our rules on the sample and on a module that skips itself."""
    (directory / "test_sample.py").write_text(SAMPLE)
    (directory / "test_module.py").write_text('import pytest\n\npytest.skip("not today", allow_module_level=True)\n')
    plugins = ["-p", "tests.conftest", "-p", "pytest_timeout"]
    options = ["-c", str(ROOT / "pyproject.toml"), "--continue-on-collection-errors"]
    variables = {
        **os.environ,
        "TESTS_COMPLETE": "1" if complete else "",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # importing what the sample does not use takes seconds
    }
    command = [sys.executable, "-m", "pytest", *plugins, *options, str(directory)]
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def test_what_is_left_out_is_named(tmp_path: Path) -> None:
    """A run that leaves tests out passes, and names each of them with its reason before the closing line."""
    done = run(tmp_path, complete=False)

    assert done.returncode == 0, done.stdout + done.stderr
    left_out = done.stdout.partition("left out")[2]
    assert "test_marked: needs no-such-program" in left_out
    assert "test_by_itself: no weather" in left_out
    assert "test_module.py: not today" in left_out
    assert "1 passed, 3 skipped, 1 xfailed" in done.stdout.splitlines()[-1]


def test_nothing_is_left_out_of_a_complete_run(tmp_path: Path) -> None:
    """With TESTS_COMPLETE a test or a module that was skipped has failed, whoever skipped it."""
    done = run(tmp_path, complete=True)

    assert done.returncode == 1
    for reason in ("needs no-such-program", "no weather", "not today"):
        assert reason in done.stdout
    assert "1 failed, 1 passed, 1 xfailed, 2 errors" in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(("says", "found"), [("exit 0", True), ("exit 127", False)], ids=["starts", "lacks a library"])
def test_a_downloaded_browser_counts_when_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, found: bool
) -> None:
    """On a machine without the libraries of a browser its tests are left out, and do not fail."""
    program = tmp_path / "chromium-1" / "linux" / "chrome-headless-shell"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{says}\n")
    program.chmod(0o755)
    monkeypatch.setattr(needs, "BROWSERS", ())
    monkeypatch.setattr(needs, "DOWNLOADED", tmp_path)

    assert needs.browser.__wrapped__() == (program if found else None)
