"""What keeps the house tidy: sizes, docstrings, dead modules, links. A bound is raised only with a reason beside it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "midspan"
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BENCH = sorted((ROOT / "bench").rglob("*.py"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]

MODULE_LINES_MAX = 400
TEST_LINES_MAX = 500
FUNCTION_LINES_MAX = 60
TEST_FUNCTION_LINES_MAX = 80

# Longer than the bound, and better so.
LONG = {
    "src/midspan/search/reading.py:read",  # one line for each field of the answer
}

# Entry points: started by their name, so nobody imports them.
STARTED = {"midspan.cli", "midspan.__main__", "midspan.control.migrations.env"}
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)[^)]*\)")


def name_of(path: Path) -> str:
    """`midspan.store.rows` of `src/midspan/store/rows.py`."""
    return ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__")


def files() -> list[Path]:
    """Every file of the project but this one, which holds the words it looks for: kept by git, or new."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs a git checkout")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file() and path != Path(__file__)]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """(name, lines without the docstring) of every function in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = ast.get_docstring(node) is not None and first.end_lineno is not None
            prose = first.end_lineno - first.lineno + 1 if documented and first.end_lineno else 0
            assert node.end_lineno is not None
            yield node.name, node.end_lineno - node.lineno + 1 - prose


@pytest.mark.parametrize(
    ("paths", "lines_max"), [(MODULES, MODULE_LINES_MAX), (TESTS, TEST_LINES_MAX), (BENCH, MODULE_LINES_MAX)]
)
def test_no_file_is_long(paths: list[Path], lines_max: int) -> None:
    """A module is one noun and fits a reader's head; split the one that does not."""
    long = {
        str(path.relative_to(ROOT)): count
        for path in paths
        if (count := len(path.read_text().splitlines())) > lines_max
    }

    assert long == {}


@pytest.mark.parametrize(
    ("paths", "lines_max"),
    [(MODULES, FUNCTION_LINES_MAX), (TESTS, TEST_FUNCTION_LINES_MAX), (BENCH, TEST_FUNCTION_LINES_MAX)],
)
def test_no_function_is_long(paths: list[Path], lines_max: int) -> None:
    """A function does one thing on one screen."""
    long = {
        label: lines
        for path in paths
        for name, lines in functions(path)
        if lines > lines_max and (label := f"{path.relative_to(ROOT)}:{name}") not in LONG
    }

    assert long == {}


def test_every_module_says_what_it_is() -> None:
    """A module opens with a docstring; an empty `__init__` has nothing to say."""
    silent = [
        str(path.relative_to(ROOT))
        for path in [*MODULES, *TESTS, *BENCH]
        if path.read_text().strip() and ast.get_docstring(ast.parse(path.read_text())) is None
    ]

    assert silent == []


def test_every_test_says_what_holds() -> None:
    """A test's docstring is the sentence that it proves."""
    silent = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and ast.get_docstring(node) is None
    ]

    assert silent == []


def test_no_module_is_dead() -> None:
    """Every module is imported by another one, or is started by name."""
    imported: set[str] = set()
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    dead = [
        name
        for path in MODULES
        if (name := name_of(path)) not in imported | STARTED
        and path.name != "__init__.py"
        and "migrations" not in path.parts  # found by Alembic in their folder
    ]

    assert dead == []


def test_nothing_is_left_for_later() -> None:
    """What is not done is not in the tree; there is no note that says so."""
    word = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files()
        if path.suffix in {".py", ".md", ".sql", ".toml", ".js", ".css", ".html"} or path.name == "Makefile"
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if word.search(line)
    ]

    assert found == []


def test_no_registry_is_named() -> None:
    """Where packages come from is the business of the machine's own settings; only the lock file may say."""
    hosts = set(re.findall(r'https://([^/"]+)', (ROOT / "uv.lock").read_text()))
    found = [
        str(path.relative_to(ROOT))
        for path in files()
        if path.name != "uv.lock" and any(host in path.read_text(errors="replace") for host in hosts)
    ]

    assert hosts
    assert found == []


def test_no_group_is_possessive() -> None:
    """CPython before 3.11.5 matches possessive groups wrongly (gh-106052); atomic `(?>(?:…)*)` is right."""
    possessive = re.compile(r"(?<!\\)\)[*+?]\+")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in MODULES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if possessive.search(line)
    ]

    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    """A relative link in a page names a file of the project and, after `#`, one of its headings."""
    broken = [target for target in LINK.findall(_without_code(page.read_text())) if not _leads_somewhere(page, target)]

    assert broken == []


def test_the_architecture_names_every_module() -> None:
    """ARCHITECTURE.md has a line for every module that there is and for no other, so that a reader finds each place."""
    rows = re.findall(r"^\| `([\w/]+\.py)` \|", (ROOT / "ARCHITECTURE.md").read_text(), flags=re.MULTILINE)
    modules = {
        str(path.relative_to(PACKAGE))
        for path in MODULES
        if path.name != "__init__.py" and "versions" not in path.parts
    }

    assert set(rows) == modules


def _without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def _leads_somewhere(page: Path, target: str) -> bool:
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return True  # another site's page; not ours to hold
    path, _, anchor = target.partition("#")
    if path.startswith("/"):
        return True  # a route of the server, proven by the tests of its pages
    file = page if not path else (page.parent / path)
    if not file.exists():
        return False
    return not anchor or anchor in _anchors(file)


def _anchors(page: Path) -> set[str]:
    """The anchors that the headings of a page have, in the manner of GitHub."""
    headings = re.findall(r"^#+\s+(.*)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}
