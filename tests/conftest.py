"""Fixtures that every test may ask for, and the rule for what is left out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import needs
from tests.server import Server, Starter, free_port

# Two cores shared with an engine make single examples slow now and then; the whole test has a time limit anyway.
hypothesis.settings.register_profile("midspan", deadline=None, print_blob=True)
hypothesis.settings.load_profile("midspan")

LONGEST = (
    "test_quick_starts.py", "test_screens.py", "test_bench.py", "test_description.py", "test_kill.py", "test_export.py",
    "test_stop.py", "test_store.py", "test_io_errors.py", "test_newest.py", "test_disk_full.py", "test_clients.py",
    "test_sizes.py", "test_doctor.py", "test_tail.py", "test_power.py", "test_answers.py", "test_where.py",
    "test_wheel.py",
)  # fmt: skip
"""Files that are begun with: one that came last would keep one process busy while the others have nothing to do."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server for all tests that neither stop nor fill it. Its keys are shared: tell your spans by their ids."""
    settings = {"otlp_grpc_port": free_port()}
    with Server(tmp_path_factory.mktemp("server") / "data", settings=settings) as running:
        running.start()
        yield running
        assert running.stop() == 0, running.log
        assert "Traceback" not in running.log, running.log


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Starter]:
    """Starts servers of the test's own: `start_server(settings={"segment_age_ms": 50}, prefix=["strace", …])`."""
    starter = Starter(tmp_path)
    yield starter
    starter.close()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The path of a Chromium; for tests marked `browser`."""
    found = needs.browser()
    assert found is not None, "mark the test `browser`"
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what this machine cannot run."""
    if reason := needs.missing(item):
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Show the server's log with a failure; with TESTS_COMPLETE, let no skip pass."""
    report = yield
    if report.failed:
        for log in _logs(item):
            report.sections.append(("server log", log))
    if report.skipped and needs.COMPLETE and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"left out, but TESTS_COMPLETE is set: {report.longrepr[2]}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Any:
    """With TESTS_COMPLETE, let no module skip itself either."""
    report = yield
    if report.skipped and needs.COMPLETE:
        report.outcome = "failed"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name, at the end, every test that was left out and why."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if isinstance(report.longrepr, tuple)]
    if not skipped:
        return
    terminalreporter.section("left out")
    for report in skipped:
        assert isinstance(report.longrepr, tuple)
        terminalreporter.line(f"{report.nodeid}: {report.longrepr[2].removeprefix('Skipped: ')}")
    terminalreporter.line("`.ci/run` installs what these tests need and runs them all.")


def _logs(item: pytest.Item) -> Iterator[str]:
    for value in getattr(item, "funcargs", {}).values():
        if isinstance(value, Server):
            yield value.log_tail
        elif isinstance(value, Starter):
            yield from (server.log_tail for server in value.servers)
