"""The README's commands, run as they are printed."""

import json
import os
import re
import subprocess
from typing import Any

import pytest

from tests.environments import ROOT
from tests.server import Server

pytestmark = pytest.mark.debian("curl")


def commands() -> list[str]:
    """Every curl of the README, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    return re.findall(r"^curl (?:.*\\\n|.*'\{\n(?:.*\n)*?.*\}')*.*$", "\n".join(blocks), flags=re.MULTILINE)


def run(command: str, server: Server, **variables: str) -> Any:
    """What the command printed, as JSON."""
    command = command.replace("http://127.0.0.1:8400", server.url).replace(
        "curl ", "curl --silent --fail-with-body ", 1
    )
    environment = {**os.environ, "KEY": server.key, "no_proxy": "127.0.0.1", **variables}
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_the_first_span_goes_in_and_comes_out_with_its_cost(server: Server) -> None:
    """The README's curl stores a span; the two after it read it back, alone and in the list, with the same cost."""
    create, read, newest = commands()

    stored = run(create, server)
    alone = run(read, server, ID=stored["id"])
    listed = run(newest, server)["results"]

    assert float(stored["cost"]) == pytest.approx(12 * 0.15e-6 + 3 * 0.6e-6)
    assert alone["id"] == stored["id"]
    assert alone["cost"] == stored["cost"]
    assert alone["customer_identifier"] == "ada"
    assert stored["id"] in [span["id"] for span in listed]
