"""The API's types for the web UI, kept as `web/src/api/schema.d.ts`. `python -m tests.web_types` writes them anew."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from midspan.http import openapi
from scripts import build_ui
from tests.environments import ROOT
from tests.test_openapi import operations

WEB = ROOT / "web"
SCHEMA = WEB / "src" / "api" / "schema.d.ts"
PROSE = {"description", "summary", "example", "examples", "title"}


def generated(directory: Path) -> str:
    """The types of the API as it is declared now, without words. What all refusals share stands once, as 400."""
    described = directory / "openapi.json"
    written = directory / "schema.d.ts"
    described.write_text(json.dumps(_without_prose(openapi.describe(operations(), "0"))))
    folder = build_ui.node_folder(ROOT)
    assert folder is not None, "needs Node.js"
    command = [str(WEB / "node_modules" / ".bin" / "openapi-typescript"), str(described), "-o", str(written)]
    variables = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    command += ["--alphabetize", "--exclude-deprecated"]
    done = subprocess.run(command, cwd=WEB, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return written.read_text()


def _without_prose(part: Any, *, names: bool = False) -> Any:
    """The description without its words. Below `names`, keys are names of the API's own."""
    if isinstance(part, list):
        return [_without_prose(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: _without_prose(value, names=key in ("properties", "schemas", "paths") and not names)
        for key, value in part.items()
        if names or not (key in PROSE or re.fullmatch("4[^0].|40[^0]|5..", key))
    }


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        SCHEMA.write_text(generated(Path(temporary)))
    sys.stdout.write(f"{SCHEMA.relative_to(ROOT)} is written.\n")
