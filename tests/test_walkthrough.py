"""The walk from a question to its answer, as a new user goes it: every command as printed, every answer held."""

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.environments import ROOT
from tests.server import MIDSPAN, Server
from tests.speaking import create, tenant

PAGE = (ROOT / "docs" / "walkthrough.md").read_text()
QUIETLY = 'curl() { command curl --silent --show-error --fail-with-body "$@"; }\n'
SECONDS = 30

pytestmark = pytest.mark.debian("curl")


class Step(NamedTuple):
    """A command of the page, and what the page says that it prints."""

    command: str
    language: str
    shown: str


def steps() -> Iterator[Step]:
    """The commands in order; the first block only says where things are."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    for at, (language, text) in enumerate(blocks):
        if language == "sh" and "export " not in text:
            following = blocks[at + 1] if at + 1 < len(blocks) else ("sh", "")
            yield Step(text, *(following if following[0] in ("", "json") else ("", "")))


STEPS = list(steps())


class Desk(NamedTuple):
    """Where somebody walks: a directory, a key of one's own, and the variables that the page sets."""

    directory: Path
    client: httpx.Client
    variables: dict[str, str]

    def run(self, command: str) -> str:
        """What the command printed."""
        text = command.replace("http://127.0.0.1:8400", self.variables["MIDSPAN_URL"])
        done = subprocess.run(
            ["sh", "-ec", QUIETLY + text],
            cwd=self.directory,
            env=self.variables,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def desk(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The page's week is sent by its own program, saved under the name that the page gives it."""
    client = tenant(server)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MIDSPAN_")}
    variables = {
        **inherited,
        "PATH": f"{MIDSPAN.parent}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
        "no_proxy": "127.0.0.1",
        "MIDSPAN_URL": server.url,
        "MIDSPAN_API_KEY": client.headers["authorization"].removeprefix("Bearer "),
    }
    found = Desk(tmp_path_factory.mktemp("walk"), client, variables)
    (program,) = re.findall(r"^```python\n(.*?)^```$", PAGE, flags=re.DOTALL | re.MULTILINE)
    (found.directory / "week.py").write_text(program)
    found.run("python3 week.py")
    return found


def holds(shown: Any, found: Any) -> bool:
    """Whether an answer holds all that the page shows of it: objects may have more keys, lists no more elements."""
    if isinstance(shown, dict):
        return isinstance(found, dict) and all(name in found and holds(shown[name], found[name]) for name in shown)
    if isinstance(shown, list):
        return len(shown) == len(found) and all(map(holds, shown, found))
    return bool(shown == found)


def test_the_page_goes_all_three_ways() -> None:
    """Each way asks and shows what it is answered; only the command that waits shows nothing."""
    assert len(STEPS) == 8
    assert [step.command for step in STEPS if not step.shown] == [
        step.command for step in STEPS if "tail" in step.command
    ]


@pytest.mark.parametrize("step", STEPS, ids=[str(at) for at in range(len(STEPS))])
def test_each_step_is_answered_as_the_page_shows(desk: Desk, step: Step) -> None:
    """The commands work as printed, in any order, and print what the page says; sent twice the week is the same."""
    if "midspan tail" in step.command:
        ends = threading.Event()
        failing = threading.Thread(target=_fail_until, args=(desk, ends))
        failing.start()
        try:
            assert "Too many." in desk.run(step.command)
        finally:
            ends.set()
            failing.join()
        return
    printed = desk.run(step.command)
    if step.language == "json":
        assert holds(json.loads(step.shown), json.loads(printed)), printed
    else:
        assert printed == step.shown


def _fail_until(desk: Desk, ends: threading.Event) -> None:
    """Send failures of another trace until somebody has seen one; then they are no more."""
    sent = {"trace_unique_id": "seen", "span_unique_id": "seen", "customer_identifier": "tidewater"}
    while not ends.wait(0.05):
        create(desk.client, log_type="task", status_code=500, error_message="Too many.", **sent)
    desk.client.delete("/api/traces/seen/").raise_for_status()
