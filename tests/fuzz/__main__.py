"""`make fuzz`: runs `tests/fuzz/otlp.py` where atheris is, with this checkout's Midspan."""

import os
import sys

from tests.environments import ROOT, environment

paths = [str(ROOT), str(ROOT / "src"), *(path for path in sys.path if path.endswith("site-packages"))]
python = str(environment("atheris"))
os.execve(
    python, [python, "-m", "tests.fuzz.otlp", *sys.argv[1:]], {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
)
