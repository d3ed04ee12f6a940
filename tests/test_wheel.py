"""The wheel holds all that the server needs, and what is installed from it runs."""

import zipfile
from pathlib import Path

import pytest

from tests.environments import ROOT, create, run_uv
from tests.server import Server

pytestmark = [pytest.mark.wheel, pytest.mark.timeout(300)]

PACKAGE = ROOT / "src" / "midspan"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution as a release is."""
    directory = tmp_path_factory.mktemp("dist")
    run_uv("build", "--out-dir", str(directory))
    (built,) = directory.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The names of the files in the wheel."""
    return set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.parametrize("suffix", [".py", ".sql", ".typed", ".css", ".js", ".html", ".mako"])
def test_every_file_of_the_package_is_in_the_wheel(names: set[str], suffix: str) -> None:
    """Modules, schema, migrations, the typing mark and assets are all there."""
    expected = {
        str(path.relative_to(PACKAGE.parent)) for path in PACKAGE.rglob(f"*{suffix}") if "__pycache__" not in path.parts
    }

    assert expected <= names


def test_what_is_no_python_is_among_them(names: set[str]) -> None:
    """The schema, the migrations and the typing mark are found at all."""
    assert "midspan/py.typed" in names
    assert any(name.startswith("midspan/store/schema/") and name.endswith(".sql") for name in names)
    assert any(name.startswith("midspan/control/migrations/versions/") for name in names)


def test_the_pages_are_in_the_wheel(names: set[str]) -> None:
    """The server serves its documentation, so `docs/` travels as `midspan/docs/`."""
    pages = {f"midspan/docs/{path.relative_to(ROOT / 'docs')}" for path in (ROOT / "docs").rglob("*.md")}

    assert pages
    assert pages <= names


def test_the_web_ui_is_in_the_wheel(names: set[str]) -> None:
    """The page, its files, each compressed beside itself, and the licences of what was built in."""
    assert "midspan/ui/index.html" in names
    assert "midspan/ui/assets/licenses.md" in names
    scripts = {name for name in names if name.startswith("midspan/ui/assets/") and name.endswith((".js", ".css"))}
    assert scripts
    assert {f"{name}.gz" for name in scripts} <= names


def test_the_licence_is_in_the_wheel(names: set[str]) -> None:
    """Apache-2.0 asks that its text goes with every copy."""
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_nothing_else_is_in_the_wheel(names: set[str]) -> None:
    """Tests, benchmarks and caches stay at home."""
    strangers = [name for name in names if not name.startswith(("midspan/", "midspan-")) or "__pycache__" in name]

    assert strangers == []


def test_the_installed_wheel_serves(wheel: Path, tmp_path: Path) -> None:
    """In an environment with the locked dependencies and the wheel alone, a span goes in, docs and UI come out."""
    requirements = tmp_path / "requirements.txt"
    run_uv("export", "--frozen", "--no-default-groups", "--no-emit-project", "--output-file", str(requirements))
    python = create(tmp_path / "venv", ["--requirements", str(requirements)])
    run_uv("pip", "install", "--python", str(python), "--no-deps", str(wheel))

    with Server(tmp_path / "data", command=python.with_name("midspan")) as server:
        server.start()
        stored = server.client.post("/api/request-logs/", json={"model": "gpt-4o", "input": "hi", "output": "ho"})
        page = server.client.get("/docs")
        ui = server.client.get("/spans", headers={"Accept": "text/html"})
        code = server.stop()

    assert stored.status_code == 201, stored.text
    assert page.status_code == 200, page.text
    assert ui.status_code == 200, ui.text
    assert "assets/index-" in ui.text
    assert code == 0, server.log
