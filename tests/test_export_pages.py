"""The commands of the pages on export and live tail, run as they are printed."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.environments import ROOT
from tests.server import MIDSPAN, Server
from tests.speaking import create, tenant


def commands(page: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)\n```", (ROOT / "docs" / f"{page}.md").read_text(), flags=re.DOTALL)


@pytest.mark.parametrize("page", ["export", "live-tail"])
def test_the_commands_work_as_printed(server: Server, tmp_path: Path, page: str) -> None:
    """Each one ends well and shows the span that it asks for; a tail is let go when it has shown one."""
    client = tenant(server)
    key = client.headers["authorization"].removeprefix("Bearer ")
    environment = {
        **os.environ,
        "PATH": f"{MIDSPAN.parent}:{os.environ['PATH']}",
        "MIDSPAN_URL": server.url,
        "MIDSPAN_API_KEY": key,
    }
    create(client, latency=3, status_code=500, error_message="Rate limit")
    for command in commands(page):
        text = command.replace("http://127.0.0.1:8400", server.url)
        follows = page == "live-tail"
        with subprocess.Popen(
            ["sh", "-c", f"exec {text}"],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as started:
            assert started.stdout is not None
            if follows:
                os.set_blocking(started.stdout.fileno(), False)
                shown = b""
                for _ in range(200):
                    create(client, latency=3, status_code=500, error_message="Rate limit")
                    shown += started.stdout.read() or b""
                    if b"Rate limit" in shown:
                        break
                started.terminate()
            else:
                shown = started.communicate(timeout=30)[0]
                assert started.returncode == 0, text
        assert b"gpt-4o-mini" in shown or text.startswith("midspan"), text
        assert not follows or b"Rate limit" in shown, text
    assert page != "export" or (tmp_path / "failed.parquet").exists()
