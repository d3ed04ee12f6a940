"""The decoders of OTLP against inputs that coverage finds: a short run; `make fuzz` makes long ones."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.environments import ROOT

RUNS = 20_000
ATHERIS_BUILT_FOR = ((3, 11), (3, 12), (3, 13))


@pytest.mark.skipif(sys.version_info[:2] not in ATHERIS_BUILT_FOR, reason="atheris has no build for this Python")
def test_no_input_gets_past_the_decoders(tmp_path: Path) -> None:
    """Whatever the bytes are, spans come out or a fault that says why; nothing else is raised."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", f"-runs={RUNS}", f"-artifact_prefix={tmp_path}/"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert f"Done {RUNS} runs" in done.stderr
