"""Environments beside ours: one for each real client, because their dependencies conflict."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
REQUIREMENTS = Path(__file__).parent / "clients"


def environment(name: str, folder: Path = REQUIREMENTS) -> Path:
    """The Python of the environment with what `<name>.txt` of a folder pins, of `tests/clients` unless said.

    Made once and kept under `.cache/clients`, under a name that changes with the file's content and the Python version.
    """
    requirements = folder / f"{name}.txt"
    directory = _kept(name, requirements, lambda made: create(made, ["--requirements", str(requirements)]))
    return python_of(directory)


def node_modules(name: str, folder: Path = REQUIREMENTS) -> Path:
    """The directory of Node.js modules that `<name>/package-lock.json` of a folder pins; made and kept likewise."""
    given = folder / name

    def install(made: Path) -> None:
        made.mkdir(exist_ok=True)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(given / file, made)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        done = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"npm ci:\n{done.stdout}{done.stderr}"

    return _kept(name, given / "package-lock.json", install) / "node_modules"


def _kept(name: str, requirements: Path, make: Callable[[Path], object]) -> Path:
    """The directory that `make` filled, now or earlier."""
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    directory = CACHE / "clients" / f"{name}-{digest}"
    directory.parent.mkdir(parents=True, exist_ok=True)
    with (directory.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test processes may want the same environment
        if not (directory / "complete").exists():
            make(directory)
            (directory / "complete").touch()
    return directory


def create(directory: Path, install: Sequence[str]) -> Path:
    """Make a virtual environment with this Python and `uv pip install` into it. Returns its Python."""
    run_uv("venv", "--clear", "--python", sys.executable, str(directory))
    run_uv("pip", "install", "--python", str(python_of(directory)), *install)
    return python_of(directory)


def python_of(directory: Path) -> Path:
    return directory / "bin" / "python"


def run_uv(*arguments: str, cwd: Path = ROOT) -> str:
    """Run uv and return what it printed. Raises AssertionError with its words when it fails."""
    variables = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    command = [str(uv()), "--quiet", *arguments]
    done = subprocess.run(command, cwd=cwd, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"uv {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
    return done.stdout


def uv() -> Path:
    """The uv that set this checkout up, else one beside our Python or on the path."""
    ours = sorted(CACHE.glob("uv-*/bin/uv"))
    beside = Path(sys.executable).with_name("uv")
    found = ours[-1] if ours else beside if beside.exists() else shutil.which("uv")
    assert found, "uv is not there; `make test` brings it"
    return Path(found)
