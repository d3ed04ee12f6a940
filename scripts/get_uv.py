"""get_uv.py DIRECTORY: puts uv, the installer, at DIRECTORY/bin/uv, in the version that uv.lock holds.

With pip, so that the machine's own settings for it count. A Python may come without pip and without the means to make
an environment that has it, as Debian's does; then the wheel is fetched from where uv.lock says, and checked. Runs
before anything is installed: the standard library only.
"""

import hashlib
import importlib.util
import io
import platform
import shutil
import ssl
import subprocess
import sys
import tomllib
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parent.parent / "uv.lock"


def main(directory: Path) -> None:
    """Put uv into the directory, which is made anew."""
    (package,) = (package for package in tomllib.loads(LOCK.read_text())["package"] if package["name"] == "uv")
    requirement = f"uv=={package['version']}"
    shutil.rmtree(directory, ignore_errors=True)
    if _makes_environments(directory):
        _pip(directory / "bin" / "python", requirement)
    elif importlib.util.find_spec("pip"):
        _pip(Path(sys.executable), requirement, "--target", str(directory))
    else:
        _fetch(package, directory)


def _makes_environments(directory: Path) -> bool:
    """Whether an environment with pip could be made; Debian ships `ensurepip` in a package of its own."""
    made = subprocess.run([sys.executable, "-m", "venv", str(directory)], capture_output=True, check=False)
    if made.returncode != 0:
        shutil.rmtree(directory, ignore_errors=True)
    return made.returncode == 0


def _pip(python: Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit("pip could not install uv; its words above say why.")


def _fetch(package: dict[str, Any], directory: Path) -> None:
    wheel = next((wheel for wheel in package["wheels"] if _fits(wheel["url"])), None)
    if wheel is None:
        sys.exit(
            "Midspan needs pip on this kind of machine to set itself up, and this Python has none.\n"
            "Debian and Ubuntu: apt-get install python3-venv"
        )
    try:
        with urllib.request.urlopen(wheel["url"], timeout=60, context=ssl.create_default_context()) as answer:
            content = answer.read()
    except urllib.error.URLError as error:
        sys.exit(f"{wheel['url']} cannot be fetched: {error.reason}.")
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != wheel["hash"]:
        sys.exit(f"{wheel['url']} is not what uv.lock says: its hash differs.")
    target = directory / "bin" / "uv"
    target.parent.mkdir(parents=True)
    archive = zipfile.ZipFile(io.BytesIO(content))
    (name,) = (name for name in archive.namelist() if name.endswith("/scripts/uv"))
    target.write_bytes(archive.read(name))
    target.chmod(0o755)


def _fits(url: str) -> bool:
    """Whether a wheel is for this machine, by the platform in its name."""
    tags = url.rpartition("-")[2].removesuffix(".whl")
    machine = platform.machine().lower()
    if sys.platform == "darwin":
        return tags.startswith("macosx") and tags.endswith(machine)
    libc = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    return sys.platform == "linux" and any(tag.startswith(libc) and tag.endswith(machine) for tag in tags.split("."))


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
